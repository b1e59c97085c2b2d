package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Snowflake's queries, expressions and DML → DuckDB's, in one pass over the tokens. It follows just enough structure to know what a
 * word is: a clause, a table, a function, a column or a type. Every identifier goes out quoted and folded, every table fully
 * qualified, every value bound in place.
 */
final class Rewriter {
    private static final Set<String> END_OF_FROM = Set.of(
            "WHERE",
            "GROUP",
            "HAVING",
            "QUALIFY",
            "ORDER",
            "LIMIT",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            "MINUS",
            "WHEN",
            "VALUES");
    private static final Set<String> COMPARISONS = Set.of("=", "<>", "!=", "<", "<=", ">", ">=");
    private static final Set<String> TYPED_LITERALS =
            Set.of("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATETIME");

    private final Tokens in;
    private final Names names;
    private final Binds binds;
    private final Set<Table> tables = new LinkedHashSet<>();
    private final Set<String> commonTables = new HashSet<>();
    private final Set<String> aliases = new HashSet<>();
    private final Set<String> quotedColumns = new LinkedHashSet<>();
    private Function<Token, Optional<String>> staged = token -> Optional.empty();
    private @Nullable Table target;
    private StringBuilder out = new StringBuilder();
    private int primary = -1;
    private boolean divisor;
    private Shape shape = Shape.SCALAR;
    private Optional<SnowflakeType> type = Optional.empty();
    private final SourceTables sources = new SourceTables();

    /** What the latest operand is: casts of a semi-structured one must go through its text, those of a text need no look at its type. */
    private enum Shape {
        SCALAR,
        TEXT,
        SEMI_STRUCTURED
    }

    /** What one level of parentheses is about. */
    private static final class Scope {
        private final Place place;
        private boolean selected;
        private boolean from;
        private boolean tableNext;
        private boolean aliasNext;
        private boolean assignments;
        private boolean assigneeNext;
        private @Nullable Column assignee;
        private int assignedAt;
        private int itemAt = -1;
        private boolean labelled;
        private final SourceTables.Query query = new SourceTables.Query();
        private final Deque<Integer> cases = new ArrayDeque<>();

        private Scope(Place place) {
            this.place = place;
        }
    }

    private enum Place {
        STATEMENT,
        QUERY,
        PARENTHESES,
        ARGUMENT
    }

    Rewriter(Tokens in, Names names, Binds binds) {
        this.in = in;
        this.names = names;
        this.binds = binds;
        findCommonTables();
    }

    /** Expressions over a staged file: {@code $n} and {@code METADATA$…} by this function. */
    Rewriter overStagedFile(Function<Token, Optional<String>> columns) {
        staged = columns;
        return this;
    }

    /** The tables and views met so far. */
    Set<Table> tables() {
        return tables;
    }

    /** A query to the end of the statement, its result columns labelled as Snowflake labels them. */
    String query() {
        String sql = rewrite(new Scope(Place.QUERY));
        in.expectEnd();
        checkCase();
        return sql;
    }

    /** UPDATE, DELETE and MERGE, to the end of the statement. */
    String dml(Table written) {
        target = written;
        String sql = rewrite(new Scope(Place.STATEMENT));
        in.expectEnd();
        checkCase();
        return sql;
    }

    /** One expression, to the comma or closing parenthesis after it. */
    String expression() {
        return rewrite(new Scope(Place.ARGUMENT));
    }

    /** A field of a staged file. */
    static Storing.Value field(String field) {
        return Storing.Value.typed(field, SnowflakeType.text(SnowflakeType.TEXT_MAX));
    }

    /** One expression, to the comma, the closing parenthesis or this word after it. */
    Storing.Value expressionOf(String end) {
        Scope scope = new Scope(Place.ARGUMENT);
        StringBuilder outer = out;
        out = new StringBuilder();
        primary = -1;
        while (!in.atEnd() && !in.atSymbol(")") && !in.atSymbol(",") && !in.atWord(end)) {
            step(scope);
        }
        Storing.Value rewritten = valueFrom(0);
        out = outer;
        return rewritten;
    }

    /** What was written from here on; its type is known when it is one operand of a known type. */
    private Storing.Value valueFrom(int start) {
        return new Storing.Value(out.substring(start).strip(), primary == start ? type : Optional.empty());
    }

    private void findCommonTables() {
        int start = in.position();
        for (in.moveTo(0); !in.atEnd(); in.next()) {
            if (in.peek().isName()
                    && (in.previous(1).isWord("WITH")
                            || in.previous(1).isWord("RECURSIVE")
                            || in.previous(1).isSymbol(","))
                    && definesCommonTable()) {
                commonTables.add(in.peek().identifier());
            }
        }
        in.moveTo(start);
    }

    private boolean definesCommonTable() {
        int ahead = 1;
        if (in.peek(ahead).isSymbol("(")) {
            while (!in.peek(ahead).isSymbol(")") && in.peek(ahead).kind() != Kind.END) {
                ahead++;
            }
            ahead++;
        }
        return in.peek(ahead).isWord("AS") && in.peek(ahead + 1).isSymbol("(");
    }

    private String rewrite(Scope scope) {
        return rewriteValue(scope).sql();
    }

    private Storing.Value rewriteValue(Scope scope) {
        StringBuilder outer = out;
        int outerPrimary = primary;
        boolean outerDivisor = divisor;
        divisor = false;
        out = new StringBuilder();
        primary = -1;
        while (!in.atEnd() && !in.atSymbol(")") && !(scope.place == Place.ARGUMENT && in.atSymbol(","))) {
            step(scope);
        }
        finishDivisor();
        finishItem(scope);
        finishAssignment(scope);
        Storing.Value rewritten = valueFrom(0);
        out = outer;
        primary = outerPrimary;
        divisor = outerDivisor;
        return rewritten;
    }

    private void step(Scope scope) {
        if (in.peek().isName() && in.peek(1).isSymbol(".") && in.peek(2).kind() == Kind.POSITION) {
            // t.$1: a staged file has no other table beside it.
            in.next();
            in.next();
        }
        Token token = in.peek();
        if (!token.isSymbol("::") && !token.isSymbol(":") && !token.isSymbol("[")) {
            finishDivisor();
        }
        switch (token.kind()) {
            case STRING -> literal(Binds.text(in.next().text()));
            case NUMBER -> operand(in.next().text(), Shape.SCALAR);
            case BIND -> {
                in.next();
                literal(binds.next());
            }
            case POSITION -> operand(stagedColumn(in.next()), SnowflakeType.text(SnowflakeType.TEXT_MAX));
            case QUOTED -> name(scope);
            case WORD -> word(scope);
            case SYMBOL -> symbol(scope);
            case STAGE, END -> throw SnowflakeError.unsupported("a query over " + token.text());
        }
    }

    private String stagedColumn(Token token) {
        return staged.apply(token)
                .orElseThrow(() -> SnowflakeError.unsupported("$" + token.text() + " in " + in.sql()));
    }

    private void emit(String text) {
        if (!out.isEmpty()) {
            out.append(' ');
        }
        out.append(text);
    }

    private void operand(String text, Shape ofShape) {
        emit(text);
        primary = out.length() - text.length();
        shape = ofShape;
        type = Optional.empty();
    }

    private void operand(String text, SnowflakeType ofType) {
        operand(text, shape(ofType));
        type = Optional.of(ofType);
    }

    private static Shape shape(SnowflakeType type) {
        if (type.semiStructured()) {
            return Shape.SEMI_STRUCTURED;
        }
        return type.kind() == SnowflakeType.Kind.TEXT ? Shape.TEXT : Shape.SCALAR;
    }

    /** A text has at most as many characters as its literal. */
    private void literal(String duck) {
        if (Binds.isText(duck)) {
            operand(duck, SnowflakeType.text(duck.length()));
        } else {
            operand(duck, Shape.SCALAR);
        }
    }

    private void syntax(String text) {
        emit(text);
        primary = -1;
    }

    // Words.

    private void word(Scope scope) {
        Token token = in.peek();
        if (Keywords.isUnsupported(in)) {
            throw SnowflakeError.unsupported(token.upper() + " in " + in.sql());
        }
        boolean call = in.peek(1).isSymbol("(");
        if (scope.aliasNext && !Keywords.next(in) || scope.tableNext && !Keywords.next(in)) {
            name(scope);
        } else if (call && commonTables.contains(token.upper()) && definesCommonTable()) {
            syntax(QualifiedName.quote(in.next().upper()));
        } else if (call && isFunction(token.upper())) {
            function(in.next().upper());
        } else if (in.peek(1).kind() == Kind.STRING && TYPED_LITERALS.contains(token.upper())) {
            SnowflakeType to = SnowflakeType.parse(in);
            operand(cast(Binds.text(in.string()), to, Shape.TEXT), to);
        } else if (Keywords.next(in)) {
            keyword(scope, token.upper());
        } else if (call) {
            throw SnowflakeError.compilation(
                    "002140",
                    "42601",
                    "Unknown function " + token.upper() + " (not supported by the local Snowflake).");
        } else {
            contextOrName(scope);
        }
    }

    private boolean isFunction(String word) {
        return word.equals("CAST")
                || word.equals("TRY_CAST")
                || word.equals("LISTAGG")
                || word.equals("ARRAY_AGG")
                || FunctionCalls.PART_FIRST.contains(word)
                || Functions.duck(word).isPresent()
                || names.context().containsKey(word)
                || FunctionCalls.known(word);
    }

    private void contextOrName(Scope scope) {
        String value = names.context().get(in.peek().upper());
        Optional<String> column = staged.apply(in.peek());
        if (value != null && !in.previous(1).isWord("AS") && !in.peek(1).isSymbol(".")) {
            in.next();
            operand(value, Shape.SCALAR);
        } else if (column.isPresent()) {
            in.next();
            operand(column.get(), Shape.SCALAR);
        } else {
            name(scope);
        }
    }

    private void keyword(Scope scope, String word) {
        switch (word) {
            case "SELECT" -> select(scope);
            case "FROM" -> from(scope);
            case "JOIN", "INTO", "UPDATE" -> {
                // MERGE … THEN UPDATE SET names no table.
                scope.tableNext = !in.peek(1).isWord("SET");
                scope.aliasNext = false;
                syntax(in.next().upper());
            }
            case "USING" -> {
                scope.tableNext = scope.place == Place.STATEMENT && !scope.selected;
                scope.aliasNext = false;
                syntax(in.next().upper());
            }
            case "SET" -> assignments(scope);
            case "INSERT" -> mergeInsert();
            case "CASE" -> {
                syntax(in.next().upper());
                scope.cases.push(out.length() - word.length());
            }
            case "END" -> end(scope);
            case "AS" -> alias(scope);
            case "TABLE", "LATERAL" -> throw SnowflakeError.unsupported(word + " in a query: " + in.sql());
            case "NULL", "TRUE", "FALSE" -> operand(in.next().upper(), Shape.SCALAR);
            default -> clause(scope, word);
        }
    }

    private void assignments(Scope scope) {
        syntax(in.next().upper());
        scope.assignments = true;
        scope.assigneeNext = true;
        scope.aliasNext = false;
    }

    private void clause(Scope scope, String word) {
        scope.aliasNext = false;
        scope.query.clause();
        if (END_OF_FROM.contains(word) && scope.cases.isEmpty()) {
            finishItem(scope);
            finishAssignment(scope);
            scope.assignments = false;
            scope.from = false;
        }
        in.next();
        syntax(word.equals("MINUS") ? "EXCEPT" : word);
    }

    private void end(Scope scope) {
        if (scope.cases.isEmpty()) {
            throw in.unexpected();
        }
        in.next();
        emit("END");
        primary = scope.cases.pop();
        shape = Shape.SCALAR;
        type = Optional.empty();
    }

    private void select(Scope scope) {
        syntax(in.next().upper());
        boolean first = !scope.selected;
        scope.selected = true;
        scope.from = false;
        if (in.atWord("DISTINCT") || in.atWord("ALL")) {
            syntax(in.next().upper());
        }
        if (in.atSymbol("*") && in.peek(1).isWord("FROM")) {
            scope.query.selectsEverything();
        } else {
            scope.query.selects();
        }
        if (in.atWord("TOP") && in.peek(1).kind() == Kind.NUMBER) {
            throw SnowflakeError.unsupported("TOP in " + in.sql());
        }
        if (scope.place == Place.QUERY && first && !scope.labelled) {
            scope.labelled = true;
            scope.itemAt = in.position();
        }
    }

    private void from(Scope scope) {
        boolean comparison = in.previous(1).isWord("DISTINCT")
                && (in.previous(2).isWord("IS") || in.previous(2).isWord("NOT"));
        boolean argument = scope.place == Place.ARGUMENT && !scope.selected;
        if (!comparison && !argument) {
            finishItem(scope);
            finishAssignment(scope);
            scope.assignments = false;
            scope.from = true;
            scope.tableNext = true;
        }
        in.next();
        syntax("FROM");
    }

    private void alias(Scope scope) {
        in.next();
        syntax("AS");
        if (in.peek().isName()) {
            syntax(QualifiedName.quote(newAlias(scope)));
        }
    }

    /** {@code INSERT (columns) VALUES (expressions)} of a MERGE. */
    private void mergeInsert() {
        in.next();
        List<Column> columns = mergeColumns();
        in.expect("VALUES");
        in.expectSymbol("(");
        List<Storing.Value> values = values();
        if (values.size() != columns.size()) {
            throw SnowflakeError.compilation(
                    "001003",
                    "42000",
                    "INSERT names " + columns.size() + " columns and has " + values.size() + " values.");
        }
        List<String> names = new ArrayList<>();
        List<String> fitted = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            names.add(QualifiedName.quote(columns.get(i).name()));
            fitted.add(Storing.value(values.get(i), columns.get(i)));
        }
        syntax("INSERT (" + String.join(", ", names) + ") VALUES (" + String.join(", ", fitted) + ")");
    }

    private List<Column> mergeColumns() {
        Table written = target;
        if (written == null) {
            throw in.unexpected();
        }
        if (!in.acceptSymbol("(")) {
            return written.columns();
        }
        List<Column> columns = new ArrayList<>();
        do {
            List<String> parts = in.name();
            columns.add(written.require(parts.get(parts.size() - 1)));
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return columns;
    }

    // Names.

    private void name(Scope scope) {
        if (scope.tableNext) {
            table(scope);
        } else if (scope.aliasNext) {
            scope.aliasNext = false;
            syntax(QualifiedName.quote(newAlias(scope)));
            if (in.atSymbol("(")) {
                parentheses(new Scope(Place.PARENTHESES));
            }
        } else if (scope.assigneeNext) {
            assignee(scope);
        } else {
            column();
        }
    }

    private String newAlias(Scope scope) {
        String alias = in.identifier();
        aliases.add(alias);
        sources.name(alias, scope.query);
        if (in.atSymbol("(")) {
            sources.forget(alias);
        }
        return alias;
    }

    private void table(Scope scope) {
        scope.tableNext = false;
        scope.aliasNext = true;
        List<String> parts = in.name();
        if (parts.size() == 1 && commonTables.contains(parts.get(0))) {
            syntax(QualifiedName.quote(parts.get(0)));
            scope.query.readsOther();
            sources.name(parts.get(0), scope.query);
            return;
        }
        QualifiedName name = names.resolve(parts);
        if (name.schema().equals("INFORMATION_SCHEMA")) {
            if (!LocalSchema.VIEWS.contains(name.name())) {
                throw SnowflakeError.unsupported("INFORMATION_SCHEMA." + name.name());
            }
            scope.query.readsOther();
        } else {
            Table table = names.catalog().require(name);
            tables.add(table);
            scope.query.reads(table);
        }
        sources.name(name.name(), scope.query);
        syntax(name.duck());
    }

    private void column() {
        List<Token> chain = new ArrayList<>(List.of(in.next()));
        while (in.atSymbol(".") && (in.peek(1).isName() || in.peek(1).isSymbol("*"))) {
            in.next();
            chain.add(in.next());
        }
        if (in.atSymbol("(")) {
            throw SnowflakeError.compilation(
                    "002140", "42601", "Unknown function " + chain.get(0).text());
        }
        Token last = chain.get(chain.size() - 1);
        List<String> parts = chain.subList(Math.max(0, chain.size() - 2), chain.size()).stream()
                .map(token -> token.isSymbol("*") ? "*" : QualifiedName.quote(token.identifier()))
                .toList();
        if (!last.isSymbol("*")) {
            quotedColumns.add(last.identifier());
        }
        String sql = String.join(".", parts);
        operand(sql, Shape.SCALAR);
        if (chain.size() == 2 && last.isName()) {
            type = sources.column(chain.get(0).identifier(), last.identifier()).map(Column::type);
        }
    }

    /** DuckDB ignores the case of identifiers, also of quoted ones; Snowflake does not. */
    private void checkCase() {
        Map<String, String> known = new HashMap<>();
        Set<String> exact = new HashSet<>(aliases);
        for (Table table : tables) {
            for (Column column : table.columns()) {
                known.put(column.name().toLowerCase(Locale.ROOT), column.name());
                exact.add(column.name());
            }
        }
        for (String used : quotedColumns) {
            if (!exact.contains(used) && known.containsKey(used.toLowerCase(Locale.ROOT))) {
                throw SnowflakeError.invalidIdentifier(QualifiedName.quote(used));
            }
        }
    }

    // Assignments of UPDATE and MERGE.

    private void assignee(Scope scope) {
        List<String> parts = in.name();
        scope.assigneeNext = false;
        Table written = target;
        if (written == null) {
            throw in.unexpected();
        }
        Column column = written.require(parts.get(parts.size() - 1));
        in.expectSymbol("=");
        syntax(QualifiedName.quote(column.name()) + " =");
        scope.assignee = column;
        scope.assignedAt = out.length();
    }

    private void finishAssignment(Scope scope) {
        Column column = scope.assignee;
        if (column != null) {
            Storing.Value value = valueFrom(scope.assignedAt + 1);
            out.setLength(scope.assignedAt);
            emit(Storing.value(value, column));
            scope.assignee = null;
        }
    }

    // Labels of result columns.

    private void finishItem(Scope scope) {
        if (scope.itemAt < 0) {
            return;
        }
        List<Token> item = in.between(scope.itemAt, in.position());
        scope.itemAt = -1;
        if (Labels.needed(item)) {
            String text = in.sql()
                    .substring(item.get(0).start(), item.get(item.size() - 1).end());
            emit("AS " + QualifiedName.quote(text.toUpperCase(Locale.ROOT)));
        }
    }

    // Symbols.

    private void symbol(Scope scope) {
        switch (in.peek().text()) {
            case "(" -> parentheses(scope);
            case "::" -> castSuffix();
            case ":" -> path();
            case "[" -> subscript();
            case "," -> comma(scope);
            case "/", "%" -> {
                syntax(in.next().text());
                divisor = true;
            }
            default -> syntax(in.next().text());
        }
    }

    /** Division by zero is an error in Snowflake, and infinity in DuckDB. */
    private void finishDivisor() {
        if (divisor && primary >= 0) {
            replacePrimary(value -> "sf_divisor(" + value + ")", Shape.SCALAR);
            divisor = false;
        }
    }

    private void comma(Scope scope) {
        boolean item = scope.itemAt >= 0;
        finishItem(scope);
        finishAssignment(scope);
        in.next();
        syntax(",");
        scope.tableNext = scope.from;
        scope.aliasNext = false;
        scope.assigneeNext = scope.assignments;
        if (item) {
            scope.itemAt = in.position();
        }
    }

    private void parentheses(Scope scope) {
        boolean tableList = scope.tableNext;
        boolean after = scope.aliasNext && !tableList;
        scope.tableNext = false;
        scope.aliasNext = tableList || after;
        in.expectSymbol("(");
        Scope inner = new Scope(Place.PARENTHESES);
        inner.tableNext = tableList && in.peek().isName() && !Keywords.next(in);
        inner.from = inner.tableNext;
        String text = rewrite(inner);
        in.expectSymbol(")");
        if (tableList) {
            scope.query.reads(inner.query);
        }
        operand("(" + text + ")", Shape.SCALAR);
    }

    private void castSuffix() {
        in.next();
        SnowflakeType to = SnowflakeType.parse(in);
        replacePrimary(value -> cast(value, to, shape), shape(to));
        type = Optional.of(to);
    }

    private void replacePrimary(Function<String, String> change, Shape to) {
        if (primary < 0) {
            throw in.unexpected();
        }
        String changed = change.apply(out.substring(primary));
        out.setLength(primary);
        out.append(changed);
        shape = to;
        type = Optional.empty();
    }

    /** {@code v:a.b[0]."c d"}. */
    private void path() {
        in.expectSymbol(":");
        StringBuilder path = new StringBuilder("$").append(key(in.next()));
        while (in.atSymbol(".") && in.peek(1).isName()
                || in.atSymbol("[") && in.peek(2).isSymbol("]")) {
            if (in.acceptSymbol(".")) {
                path.append(key(in.next()));
            } else {
                path.append(bracket());
            }
        }
        if (in.peek().kind() == Kind.SYMBOL && COMPARISONS.contains(in.peek().text())
                || in.atWord("IN")
                || in.atWord("LIKE")) {
            replacePrimary(
                    value -> "json_extract_string(" + value + ", " + QualifiedName.literal(path.toString()) + ")",
                    Shape.SCALAR);
        } else {
            replacePrimary(value -> extract(value, path.toString()), Shape.SEMI_STRUCTURED);
        }
    }

    private void subscript() {
        if (!in.peek(2).isSymbol("]")) {
            throw SnowflakeError.unsupported("a computed subscript in " + in.sql());
        }
        String path = "$" + bracket();
        replacePrimary(value -> extract(value, path), Shape.SEMI_STRUCTURED);
    }

    private static String extract(String value, String path) {
        return "json_extract(" + value + ", " + QualifiedName.literal(path) + ")";
    }

    private String bracket() {
        in.expectSymbol("[");
        Token index = in.next();
        in.expectSymbol("]");
        return index.kind() == Kind.NUMBER ? "[" + index.text() + "]" : key(index);
    }

    /** Keys keep their case. */
    private static String key(Token token) {
        return ".\"" + token.text().replace("\"", "\\\"") + "\"";
    }

    // Functions and casts.

    private void function(String name) {
        in.expectSymbol("(");
        switch (name) {
            case "CAST", "TRY_CAST" -> castCall(name);
            case "LISTAGG", "ARRAY_AGG" -> aggregate(name);
            default -> {
                String call = names.context().containsKey(name) ? contextCall(name) : call(name);
                if (Functions.semiStructured(name)) {
                    operand(call, SnowflakeType.variant());
                } else {
                    operand(call, Shape.SCALAR);
                }
            }
        }
    }

    private String contextCall(String name) {
        while (!in.acceptSymbol(")")) {
            in.next();
        }
        return names.context().getOrDefault(name, "NULL");
    }

    private String call(String name) {
        if (FunctionCalls.PART_FIRST.contains(name)) {
            List<String> args = new ArrayList<>(List.of(FunctionCalls.part(in.next())));
            in.expectSymbol(",");
            args.addAll(arguments());
            return FunctionCalls.rewrite(name, args).orElseThrow();
        }
        boolean distinct = in.accept("DISTINCT");
        List<String> args = arguments();
        if (args.isEmpty() && name.equals("OBJECT_CONSTRUCT") || args.contains("*") && !name.equals("COUNT")) {
            throw SnowflakeError.unsupported(name + "(" + String.join(", ", args) + ")");
        }
        Optional<String> rewritten = FunctionCalls.rewrite(name, args);
        return rewritten.orElseGet(() -> Functions.duck(name).orElseThrow() + "(" + (distinct ? "DISTINCT " : "")
                + String.join(", ", args) + ")");
    }

    /** The arguments and the closing parenthesis. */
    private List<String> arguments() {
        return values().stream().map(Storing.Value::sql).toList();
    }

    private List<Storing.Value> values() {
        List<Storing.Value> args = new ArrayList<>();
        while (!in.acceptSymbol(")")) {
            args.add(rewriteValue(new Scope(Place.ARGUMENT)));
            if (!in.acceptSymbol(",") && !in.atSymbol(")")) {
                throw in.unexpected();
            }
        }
        return args;
    }

    private void castCall(String name) {
        StringBuilder outer = out;
        out = new StringBuilder();
        Scope scope = new Scope(Place.ARGUMENT);
        while (!in.atWord("AS") && !in.atEnd()) {
            step(scope);
        }
        String value = out.toString();
        Shape valueShape = primary == 0 ? shape : Shape.SCALAR;
        out = outer;
        in.expect("AS");
        SnowflakeType to = SnowflakeType.parse(in);
        in.expectSymbol(")");
        String cast = cast("(" + value + ")", to, valueShape);
        operand(name.equals("CAST") ? cast : tryCast(cast), to);
    }

    private static String tryCast(String cast) {
        return cast.startsWith("CAST(") ? "TRY_" + cast : "TRY(" + cast + ")";
    }

    static String cast(String value, SnowflakeType type, Shape from) {
        String scalar = from == Shape.SEMI_STRUCTURED ? "json_extract_string(" + value + ", '$')" : value;
        return switch (type.kind()) {
            case TEXT -> {
                String text = from == Shape.SCALAR ? "sf_text(" + value + ")" : "CAST(" + scalar + " AS VARCHAR)";
                yield Storing.fit(text, Column.nullable(type.sql(), type));
            }
            case TIMESTAMP_TZ, TIMESTAMP_LTZ ->
                from == Shape.SCALAR ? "sf_tz(" + value + ")" : "sf_text_tz(" + scalar + ")";
            case TIMESTAMP_NTZ -> from == Shape.SCALAR ? "sf_ntz(" + value + ")" : "CAST(" + scalar + " AS TIMESTAMP)";
            case BINARY -> "sf_to_binary(" + scalar + ")";
            case VARIANT, OBJECT, ARRAY -> from == Shape.SEMI_STRUCTURED ? value : "sf_to_variant(" + value + ")";
            case FIXED, REAL, BOOLEAN, DATE, TIME -> "CAST(" + scalar + " AS " + type.duck() + ")";
        };
    }

    /** LISTAGG and ARRAY_AGG: the order moves from WITHIN GROUP into the call; nulls are left out. */
    private void aggregate(String name) {
        String distinct = in.accept("DISTINCT") ? "DISTINCT " : "";
        List<String> args = arguments();
        String order = "";
        if (in.accept("WITHIN", "GROUP")) {
            in.expectSymbol("(");
            in.expect("ORDER", "BY");
            order = " ORDER BY " + rewrite(new Scope(Place.PARENTHESES));
            in.expectSymbol(")");
        }
        String value = args.get(0);
        if (in.atWord("OVER")) {
            throw SnowflakeError.unsupported(name + " OVER in " + in.sql());
        }
        if (name.equals("LISTAGG")) {
            String separator = args.size() > 1 ? args.get(1) : "''";
            operand(
                    "coalesce(string_agg(" + distinct + "sf_text(" + value + "), " + separator + order + "), '')",
                    Shape.SCALAR);
        } else {
            operand(
                    "coalesce(to_json(list(" + distinct + value + order + ") FILTER (WHERE " + value
                            + " IS NOT NULL)), '[]'::JSON)",
                    Shape.SEMI_STRUCTURED);
        }
    }
}
