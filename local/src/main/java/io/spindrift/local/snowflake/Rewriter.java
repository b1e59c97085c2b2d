package io.spindrift.local.snowflake;

import static java.util.stream.Collectors.joining;

import io.spindrift.local.snowflake.Scope.Field;
import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Snowflake's queries and DML → DuckDB's. Every identifier goes out quoted and folded, every table fully qualified, every value bound
 * in place. FROM is read before the items that stand before it, so that the types of their columns are known.
 */
final class Rewriter extends Expressions {
    private static final Set<String> AFTER_ITEMS = Reserved.words(
            "FROM WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET FETCH UNION EXCEPT INTERSECT MINUS INTO");
    private static final Set<String> JOINS = Set.of("INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS");
    private static final Set<String> SET_OPERATORS = Set.of("UNION", "EXCEPT", "INTERSECT", "MINUS");

    private static final List<Field> FLATTENED = Stream.of(
                    "SEQ FIXED", "KEY TEXT", "PATH TEXT", "INDEX FIXED", "VALUE VARIANT", "THIS VARIANT")
            .map(column -> column.split(" "))
            .map(column -> new Field(column[0], Optional.of(SnowflakeType.of(Kind.valueOf(column[1])))))
            .toList();

    private final Map<String, List<Field>> commonTables = new HashMap<>();
    private List<Field> fields = List.of();

    /** A query of DuckDB's, and its columns; none if they are not known. */
    record Query(String sql, List<Field> fields) {}

    Rewriter(Tokens in, Names names, Binds binds) {
        super(in, names, binds);
    }

    /** Expressions over a staged file: {@code $n} and {@code METADATA$…} by this function. */
    Rewriter overStagedFile(Function<Token, Optional<String>> columns) {
        stagedColumns = columns;
        return this;
    }

    /** A query to the end of the statement, its result columns labelled as Snowflake labels them. */
    String query() {
        Query query = query(null);
        if (!in.atEnd()) {
            throw Reserved.unexpected(in);
        }
        fields = query.fields();
        return query.sql();
    }

    /** The columns of the query; none if they are not known. */
    List<Field> fields() {
        return fields;
    }

    /** One expression, to the comma, the closing parenthesis or this word after it. */
    Value expressionOf(String end) {
        Value value = expression();
        if (!in.atWord(end) && !in.atSymbol(",") && !in.atSymbol(")")) {
            throw in.unexpected();
        }
        return value;
    }

    @Override
    Value subquery() {
        Query query = query(scope);
        return new Value(query.sql(), Scope.type(query.fields(), 0));
    }

    // Queries.

    private Query query(@Nullable Scope outer) {
        Scope around = scope;
        Map<String, List<Field>> known = new HashMap<>(commonTables);
        String with = in.accept("WITH") ? with() : "";
        scope = new Scope(outer);
        Query query = term(outer);
        while (SET_OPERATORS.contains(in.peek().upper())) {
            query = combined(query, outer);
        }
        String sql = with + query.sql() + tail();
        scope = around;
        commonTables.clear();
        commonTables.putAll(known);
        return new Query(sql, query.fields());
    }

    private Query combined(Query first, @Nullable Scope outer) {
        String operator = in.next().upper();
        String all = in.accept("ALL") ? " ALL " : " ";
        in.accept("DISTINCT");
        if (in.atWord("BY")) {
            throw SnowflakeError.unsupported("UNION BY NAME in " + in.sql());
        }
        Scope ordered = scope;
        scope = new Scope(outer);
        Query next = term(outer);
        scope = ordered;
        String sql = first.sql() + " " + (operator.equals("MINUS") ? "EXCEPT" : operator) + all + next.sql();
        return new Query(sql, common(first.fields(), next.fields()));
    }

    private String with() {
        boolean recursive = in.accept("RECURSIVE");
        // Recursion needs no word in Snowflake. DuckDB reads the word as a permission.
        return "WITH RECURSIVE " + String.join(", ", in.separated(() -> commonTable(recursive))) + " ";
    }

    private String commonTable(boolean recursive) {
        String name = in.identifier();
        List<String> columns = in.atSymbol("(") ? nameList() : List.of();
        in.expect("AS");
        in.expectSymbol("(");
        boolean mayReadItself = recursive || !isTable(name);
        if (mayReadItself) {
            commonTables.put(name, List.of());
        }
        Query query = query(null);
        in.expectSymbol(")");
        commonTables.put(name, renamed(query.fields(), columns));
        return QualifiedName.quote(name) + quotedList(columns) + " AS (" + query.sql() + ")";
    }

    private boolean isTable(String name) {
        try {
            return names.catalog().table(names.resolve(List.of(name))).isPresent();
        } catch (SnowflakeError e) {
            return false;
        }
    }

    private List<String> nameList() {
        return in.parenthesized(in::identifier);
    }

    private static String quotedList(List<String> list) {
        return list.isEmpty() ? "" : list.stream().map(QualifiedName::quote).collect(joining(", ", " (", ")"));
    }

    private static List<Field> renamed(List<Field> fields, List<String> labels) {
        List<Field> renamed = new ArrayList<>();
        for (String label : labels) {
            renamed.add(new Field(label, Scope.type(fields, renamed.size())));
        }
        return labels.isEmpty() ? fields : renamed;
    }

    /** The columns of both, under the names of the first. */
    static List<Field> common(List<Field> one, List<Field> other) {
        List<Field> common = new ArrayList<>();
        for (Field left : one) {
            Optional<SnowflakeType> right = Scope.type(other, common.size());
            common.add(new Field(left.name(), left.type().flatMap(type -> right.flatMap(type::common))));
        }
        return common;
    }

    private Query term(@Nullable Scope outer) {
        if (in.acceptSymbol("(")) {
            Query query = query(outer);
            in.expectSymbol(")");
            queried(query);
            return new Query("(" + query.sql() + ")", query.fields());
        }
        if (in.accept("VALUES")) {
            Query query = values();
            queried(query);
            return query;
        }
        in.expect("SELECT");
        return select();
    }

    /** ORDER BY finds the columns of a query that is no SELECT of its own. */
    private void queried(Query query) {
        query.fields().forEach(scope::label);
        if (query.fields().isEmpty()) {
            scope.reads("", List.of());
        }
    }

    private String tail() {
        String order = in.accept("ORDER", "BY") ? " ORDER BY " + (in.accept("ALL") ? "ALL" : order()) : "";
        String limit = in.accept("LIMIT") ? " LIMIT " + expression().sql() : "";
        return order + limit + (in.accept("OFFSET") ? " OFFSET " + expression().sql() : "");
    }

    private Query values() {
        List<List<Value>> rows = in.separated(this::row);
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < rows.get(0).size(); i++) {
            int at = i;
            if (rows.stream().anyMatch(row -> row.size() != rows.get(0).size())) {
                throw in.unexpected();
            }
            List<Value> alike =
                    Functions.alike(rows.stream().map(row -> row.get(at)).toList());
            for (int j = 0; j < rows.size(); j++) {
                rows.get(j).set(at, alike.get(j));
            }
            fields.add(new Field("COLUMN" + (i + 1), Functions.common(alike)));
        }
        return new Query(rows.stream().map(Rewriter::sql).collect(joining(", ", "VALUES ", "")), fields);
    }

    /** {@code (…)}. */
    private List<Value> row() {
        in.expectSymbol("(");
        List<Value> row = list(")");
        if (row.stream().anyMatch(value -> value.sql().equals("DEFAULT"))) {
            throw SnowflakeError.unsupported("DEFAULT in " + in.sql());
        }
        return row;
    }

    private Query select() {
        String distinct = in.accept("DISTINCT") ? "DISTINCT " : "";
        in.accept("ALL");
        int items = in.position();
        skipTo(AFTER_ITEMS);
        String from = in.accept("FROM") ? " FROM " + from() : "";
        int rest = in.position();
        in.moveTo(items);
        List<Field> selected = new ArrayList<>();
        List<Boolean> known = new ArrayList<>();
        String list = String.join(", ", in.separated(() -> {
            int before = selected.size();
            String item = item(selected);
            known.add(selected.size() > before);
            return item;
        }));
        if (!from.isEmpty()) {
            if (!in.atWord("FROM")) {
                throw Reserved.unexpected(in);
            }
            in.moveTo(rest);
        }
        String sql = "SELECT " + distinct + list + from + clauses();
        return new Query(sql, known.contains(false) ? List.of() : selected);
    }

    /** To the first of these words outside parentheses, or to the end of the query. */
    private void skipTo(Set<String> words) {
        int depth = 0;
        while (!in.atEnd() && (depth > 0 || !in.atSymbol(")"))) {
            Token token = in.peek();
            boolean within = in.previous(1).isWord("WITHIN")
                    || in.previous(1).isWord("DISTINCT")
                            && (in.previous(2).isWord("IS") || in.previous(2).isWord("NOT"));
            if (depth == 0 && token.kind() == Token.Kind.WORD && words.contains(token.upper()) && !within) {
                return;
            }
            depth += token.isSymbol("(") ? 1 : token.isSymbol(")") ? -1 : 0;
            in.next();
        }
    }

    private String clauses() {
        String where = where();
        String group = in.accept("GROUP", "BY") ? " GROUP BY " + (in.accept("ALL") ? "ALL" : order()) : "";
        String having = in.accept("HAVING") ? " HAVING " + condition() : "";
        return where + group + having + (in.accept("QUALIFY") ? " QUALIFY " + condition() : "");
    }

    // Items.

    private String item(List<Field> fields) {
        int start = in.position();
        boolean qualified =
                in.peek().isName() && in.peek(1).isSymbol(".") && in.peek(2).isSymbol("*");
        if (in.atSymbol("*") || qualified) {
            Optional<String> alias = qualified ? Optional.of(in.identifier()) : Optional.empty();
            in.moveTo(start + (qualified ? 3 : 1));
            return everything(alias, fields);
        }
        Value value = expression();
        boolean plain = value.sql().startsWith("\"") && isColumn(in.between(start, in.position()));
        String text = in.text(start);
        String label = plain ? in.previous(1).identifier() : text.toUpperCase(Locale.ROOT);
        boolean named = in.accept("AS") || Reserved.atAlias(in);
        if (named) {
            label = in.identifier();
        }
        Field field = new Field(label, value.type());
        fields.add(field);
        scope.label(field);
        return plain && !named ? value.sql() : value.sql() + " AS " + QualifiedName.quote(label);
    }

    private static boolean isColumn(List<Token> item) {
        for (int i = 0; i < item.size(); i++) {
            if (i % 2 == 0 ? !item.get(i).isName() : !item.get(i).isSymbol(".")) {
                return false;
            }
        }
        return true;
    }

    /** {@code * EXCLUDE (…)}. */
    private String everything(Optional<String> alias, List<Field> fields) {
        String sql = alias.map(a -> QualifiedName.quote(a) + ".*").orElse("*");
        List<Field> all = new ArrayList<>(scope.everything(alias));
        if (in.accept("EXCLUDE")) {
            List<String> excluded = in.atSymbol("(") ? nameList() : List.of(in.identifier());
            excluded.forEach(name -> scope.column(qualified(alias, name)));
            all.removeIf(field -> excluded.contains(field.name()));
            sql += " EXCLUDE" + quotedList(excluded);
        }
        fields.addAll(all);
        return sql;
    }

    private static List<String> qualified(Optional<String> alias, String name) {
        return alias.map(a -> List.of(a, name)).orElse(List.of(name));
    }

    // FROM.

    private String from() {
        StringBuilder sql = new StringBuilder(relation());
        while (true) {
            if (in.acceptSymbol(",")) {
                sql.append(", ").append(relation());
            } else if (atJoin()) {
                sql.append(join());
            } else if (in.atEnd()
                    || in.atSymbol(")")
                    || AFTER_ITEMS.contains(in.peek().upper())) {
                return sql.toString();
            } else {
                throw Reserved.unexpected(in);
            }
        }
    }

    private boolean atJoin() {
        int ahead = 0;
        while (JOINS.contains(in.peek(ahead).upper())) {
            ahead++;
        }
        return in.peek(ahead).isWord("JOIN");
    }

    private String join() {
        StringBuilder sql = new StringBuilder();
        while (!in.accept("JOIN")) {
            sql.append(' ').append(in.next().upper());
        }
        boolean lateral = in.atWord("LATERAL");
        sql.append(" JOIN ").append(relation());
        if (in.accept("ON")) {
            sql.append(" ON ").append(condition());
        } else if (in.accept("USING")) {
            List<String> columns = nameList();
            scope.joins(columns);
            sql.append(" USING").append(quotedList(columns));
        } else if (sql.indexOf("CROSS") < 0 || lateral && sql.indexOf("LEFT") >= 0) {
            sql.append(" ON true");
        }
        return sql.toString();
    }

    /** One thing that FROM reads, under its name. */
    private String relation() {
        Token first = in.peek();
        boolean call = in.peek(1).isSymbol("(") && first.kind() == Token.Kind.WORD && !first.isWord("VALUES");
        if (in.accept("LATERAL") || call) {
            return flatten();
        }
        if (in.atWord("VALUES") || in.atSymbol("(")) {
            return derived();
        }
        if (first.kind() == Token.Kind.STAGE) {
            throw SnowflakeError.unsupported("a query over " + first.text());
        }
        if (!first.isName() || first.kind() == Token.Kind.WORD && Reserved.isReserved(first.upper())) {
            throw in.unexpected();
        }
        List<String> parts = in.name();
        String last = parts.get(parts.size() - 1);
        if (parts.size() == 1 && commonTables.containsKey(last)) {
            return named(QualifiedName.quote(last), last, commonTables.getOrDefault(last, List.of()));
        }
        QualifiedName name = names.resolve(parts);
        boolean schema = name.schema().equals("INFORMATION_SCHEMA");
        if (schema && !LocalSchema.VIEWS.contains(name.name())) {
            throw SnowflakeError.unsupported("INFORMATION_SCHEMA." + name.name());
        }
        return named(
                name.duck(), last, schema ? List.of() : Field.of(names.catalog().require(name)));
    }

    private String derived() {
        boolean parenthesized = in.acceptSymbol("(");
        if (parenthesized && !atQuery() && !in.atWord("VALUES")) {
            String joined = "(" + from() + ")";
            in.expectSymbol(")");
            return joined;
        }
        Query query;
        if (in.accept("VALUES")) {
            Query values = values();
            List<String> columns = values.fields().stream().map(Field::name).toList();
            query = new Query("SELECT * FROM (" + values.sql() + ") AS v" + quotedList(columns), values.fields());
        } else {
            query = query(scope.outer());
        }
        if (parenthesized) {
            in.expectSymbol(")");
        }
        return named("(" + query.sql() + ")", "", query.fields());
    }

    /** {@code … [AS] alias [(columns)]}. */
    private String named(String sql, String otherwise, List<Field> fields) {
        if (!in.accept("AS") && !Reserved.atAlias(in)) {
            scope.reads(otherwise, fields);
            return sql;
        }
        String alias = in.identifier();
        List<String> columns = in.atSymbol("(") ? nameList() : List.of();
        scope.reads(alias, renamed(fields, columns));
        return sql + " AS " + QualifiedName.quote(alias) + quotedList(columns);
    }

    /** {@code FLATTEN(…)} and {@code TABLE(FLATTEN(…))}, of INPUT and OUTER. */
    private String flatten() {
        boolean wrapped = in.accept("TABLE");
        if (wrapped) {
            in.expectSymbol("(");
        }
        String function = in.identifier();
        in.expectSymbol("(");
        Map<String, Value> args = new HashMap<>();
        while (!in.acceptSymbol(")")) {
            String name = in.peek(1).isSymbol("=>") ? in.identifier() : "INPUT";
            in.acceptSymbol("=>");
            args.put(name, expression());
            in.acceptSymbol(",");
        }
        if (wrapped) {
            in.expectSymbol(")");
        }
        Value input = args.remove("INPUT");
        Value outer = args.remove("OUTER");
        if (!function.equals("FLATTEN") || input == null || !args.isEmpty()) {
            throw SnowflakeError.unsupported("this table function, or these arguments of it, in " + in.sql());
        }
        String sql = """
                LATERAL (SELECT r.s AS "SEQ", r.k AS "KEY", r.p AS "PATH", r.i AS "INDEX", CAST(r.v AS JSON) AS "VALUE", "THIS"
                FROM (SELECT unnest(sf_flatten(%1$s, %2$s)) AS r, CAST(%1$s AS JSON) AS "THIS"))""";
        return named(sql.formatted(Storing.variant(input), outer == null ? "FALSE" : outer.sql()), "", FLATTENED);
    }

    // DML.

    /** UPDATE, DELETE and MERGE, to the end of the statement; strict where an UPDATE by two rows is an error. */
    String dml(Table target, boolean strict) {
        String verb = in.next().upper();
        in.accept(verb.equals("MERGE") ? "INTO" : "FROM");
        List<String> parts = in.name();
        String named = named(target.name().duck(), parts.get(parts.size() - 1), Field.of(target));
        String sql =
                switch (verb) {
                    case "UPDATE" -> update(target, named, strict);
                    case "DELETE" -> "DELETE FROM " + named + (in.accept("USING") ? " USING " + from() : "") + where();
                    default -> "MERGE INTO " + named + merge(target);
                };
        if (!in.atEnd()) {
            throw Reserved.unexpected(in);
        }
        return sql;
    }

    private String where() {
        return in.accept("WHERE") ? " WHERE " + condition() : "";
    }

    private String update(Table target, String named, boolean strict) {
        int start = in.position();
        skipTo(Set.of("FROM"));
        String from = in.accept("FROM") ? from() : "";
        int rest = in.position();
        in.moveTo(start);
        in.expect("SET");
        String set = assignments(target);
        if (!from.isEmpty()) {
            in.expect("FROM");
            in.moveTo(rest);
        }
        if (strict && !from.isEmpty()) {
            scope.requireTwo();
            String on = in.accept("WHERE") ? condition() : "TRUE";
            return "MERGE INTO " + named + " USING " + from + " ON " + on + " WHEN MATCHED THEN UPDATE SET " + set;
        }
        return "UPDATE " + named + " SET " + set + (from.isEmpty() ? "" : " FROM " + from) + where();
    }

    private String assignments(Table target) {
        return String.join(", ", in.separated(() -> {
            Column column = column(target);
            in.expectSymbol("=");
            return QualifiedName.quote(column.name()) + " = " + Storing.value(expression(), column);
        }));
    }

    /** A column of the target, perhaps qualified. */
    private Column column(Table target) {
        List<String> parts = in.name();
        return target.require(parts.get(parts.size() - 1));
    }

    private String merge(Table target) {
        in.expect("USING");
        StringBuilder sql = new StringBuilder(" USING ").append(relation());
        in.expect("ON");
        sql.append(" ON ").append(condition());
        while (in.accept("WHEN")) {
            sql.append(in.accept("NOT") ? " WHEN NOT MATCHED" : " WHEN MATCHED");
            in.expect("MATCHED");
            if (in.atWord("BY")) {
                throw SnowflakeError.unsupported("WHEN NOT MATCHED BY in " + in.sql());
            }
            sql.append(in.accept("AND") ? " AND " + condition() : "");
            in.expect("THEN");
            sql.append(" THEN ").append(action(target));
        }
        return sql.toString();
    }

    private String action(Table target) {
        if (in.accept("DELETE")) {
            return "DELETE";
        }
        if (in.accept("UPDATE")) {
            in.expect("SET");
            return "UPDATE SET " + assignments(target);
        }
        in.expect("INSERT");
        List<Column> columns = in.atSymbol("(") ? in.parenthesized(() -> column(target)) : target.columns();
        in.expect("VALUES");
        in.expectSymbol("(");
        List<Value> values = list(")");
        Dml.requireAsMany(columns, values.size());
        List<String> stored = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            stored.add(Storing.value(values.get(i), columns.get(i)));
        }
        List<String> list = columns.stream().map(Column::name).toList();
        return "INSERT" + quotedList(list) + " VALUES (" + String.join(", ", stored) + ")";
    }
}
