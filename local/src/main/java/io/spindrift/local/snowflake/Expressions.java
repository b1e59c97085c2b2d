package io.spindrift.local.snowflake;

import static java.util.stream.Collectors.joining;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Snowflake's expressions → DuckDB's, a method a level of precedence. Types go along as far as they are certain, because the two
 * engines convert and calculate differently: arithmetic of NUMBERs, comparisons with VARIANTs.
 */
abstract class Expressions {
    private static final Set<String> COMPARISONS = Set.of("=", "<>", "!=", "<", "<=", ">", ">=");
    private static final Set<String> TIMES =
            Set.of("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATETIME");
    private static final Set<String> PREDICATES = Set.of("BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP");
    private static final Set<String> FRAME =
            Set.of("ROWS", "RANGE", "BETWEEN", "UNBOUNDED", "PRECEDING", "AND", "FOLLOWING", "CURRENT", "ROW");
    private static final Set<String> WHOLE_WINDOW = Set.of("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE");

    final Tokens in;
    final Names names;
    private final Map<Integer, Value> bound = new HashMap<>();
    Function<Token, Optional<String>> stagedColumns = token -> Optional.empty();
    Scope scope = new Scope(null);

    Expressions(Tokens in, Names names, Binds binds) {
        this.in = in;
        this.names = names;
        int start = in.position();
        for (; in.peek().kind() != Token.Kind.END; in.next()) {
            if (in.peek().kind() == Token.Kind.BIND) {
                bound.put(in.position(), binds.next());
            }
        }
        in.moveTo(start);
    }

    /** A query up to the parenthesis that closes it. */
    abstract Value subquery();

    /** A field of a staged file. */
    static Value field(String field) {
        return Value.typed(field, SnowflakeType.text(SnowflakeType.TEXT_MAX));
    }

    /** A field of a staged file, or a METADATA column. */
    private Optional<Value> staged(Token token) {
        Optional<String> column = stagedColumns.apply(token);
        return column.map(sql -> token.kind() == Token.Kind.POSITION ? field(sql) : Value.untyped(sql));
    }

    /** The value of CURRENT_TIMESTAMP and its like. */
    private Optional<Value> context(String name) {
        String value = names.context().get(name);
        return Optional.ofNullable(value).map(sql -> ContextFunctions.typed(name, sql));
    }

    Value expression() {
        return logical("OR", () -> logical("AND", this::negation));
    }

    /** An expression that is TRUE or FALSE. */
    String condition() {
        return bool(expression());
    }

    private static String bool(Value value) {
        return value.semiStructured()
                ? Storing.cast(value, SnowflakeType.of(Kind.BOOLEAN)).sql()
                : value.sql();
    }

    private static Value truth(String sql) {
        return Value.of(sql, Kind.BOOLEAN);
    }

    private Value logical(String word, Supplier<Value> part) {
        Value left = part.get();
        while (in.accept(word)) {
            left = truth(bool(left) + " " + word + " " + bool(part.get()));
        }
        return left;
    }

    private Value negation() {
        return in.accept("NOT") ? truth("NOT " + bool(negation())) : comparison();
    }

    private Value comparison() {
        Value left = sum();
        while (true) {
            Token token = in.peek();
            if (token.kind() == Token.Kind.SYMBOL && COMPARISONS.contains(token.text())) {
                in.next();
                left = truth(Comparisons.compare(left, token.text(), sum()));
            } else if (in.accept("IS")) {
                left = is(left);
            } else if (PREDICATES.contains((token.isWord("NOT") ? in.peek(1) : token).upper())) {
                boolean not = in.accept("NOT");
                String predicate = predicate(left, in.next().upper());
                left = truth(not ? "(NOT " + predicate + ")" : predicate);
            } else {
                return left;
            }
        }
    }

    private Value is(Value left) {
        String not = in.accept("NOT") ? "NOT " : "";
        if (in.accept("DISTINCT", "FROM")) {
            String distinct = " IS " + not + "DISTINCT FROM ";
            return truth(left.comparable().sql() + distinct + sum().comparable().sql());
        }
        if (!in.atWord("NULL") && !in.atWord("TRUE") && !in.atWord("FALSE")) {
            throw in.unexpected();
        }
        String what = in.next().upper();
        return truth((what.equals("NULL") ? left.sql() : bool(left)) + " IS " + not + what);
    }

    private String predicate(Value left, String word) {
        return switch (word) {
            case "BETWEEN" -> {
                String from = Comparisons.compare(left, ">=", sum());
                in.expect("AND");
                yield "(" + from + " AND " + Comparisons.compare(left, "<=", sum()) + ")";
            }
            case "IN" -> in(left);
            case "RLIKE", "REGEXP" -> "regexp_full_match(" + Storing.text(left) + ", " + Storing.text(sum()) + ")";
            default -> {
                String like = "(" + Storing.text(left) + " " + word + " " + Storing.text(sum());
                yield like + (in.accept("ESCAPE") ? " ESCAPE " + sum().sql() : "") + ")";
            }
        };
    }

    private String in(Value left) {
        in.expectSymbol("(");
        if (!atQuery()) {
            return Comparisons.in(left, list(")"));
        }
        if (left.is(Kind.TIMESTAMP_TZ)) {
            throw SnowflakeError.unsupported("a TIMESTAMP_TZ IN a query: use EXISTS");
        }
        String query = left.sql() + " IN (" + subquery().sql() + ")";
        in.expectSymbol(")");
        return query;
    }

    private Value sum() {
        Value left = product();
        while (in.atSymbol("+") || in.atSymbol("-") || in.atSymbol("||")) {
            String operator = in.next().text();
            Value right = product();
            left = operator.equals("||") ? concat(left, right) : Arithmetic.apply(left, operator, right);
        }
        return left;
    }

    private static Value concat(Value left, Value right) {
        boolean bytes = left.is(Kind.BINARY) && right.is(Kind.BINARY);
        String one = bytes ? left.sql() : Storing.text(left);
        String other = bytes ? right.sql() : Storing.text(right);
        return Value.of("(" + one + " || " + other + ")", bytes ? Kind.BINARY : Kind.TEXT);
    }

    private Value product() {
        Value left = unary();
        while (in.atSymbol("*") || in.atSymbol("/") || in.atSymbol("%")) {
            left = Arithmetic.apply(left, in.next().text(), unary());
        }
        return left;
    }

    private Value unary() {
        if (in.acceptSymbol("-")) {
            Value value = unary();
            return new Value("-" + value.sql(), value.type());
        }
        return in.acceptSymbol("+") ? unary() : postfix(primary());
    }

    private Value postfix(Value operand) {
        Value value = operand;
        while (true) {
            if (in.acceptSymbol("::")) {
                value = Storing.cast(value, SnowflakeType.parse(in));
            } else if (in.atSymbol(":") || in.atSymbol("[")) {
                value = path(value);
            } else if (in.atWord("COLLATE") || in.atWord("AT") && in.peek(1).isWord("TIME")) {
                throw SnowflakeError.unsupported(in.peek().upper() + " in " + in.sql());
            } else {
                return value;
            }
        }
    }

    /** {@code v:a.b[0]."c d"[n + 1]}: keys keep their case. */
    private Value path(Value value) {
        List<String> steps = new ArrayList<>();
        if (in.acceptSymbol(":")) {
            steps.add(Binds.text(in.next().text()));
        }
        while (in.atSymbol("[")
                || !steps.isEmpty() && in.atSymbol(".") && in.peek(1).isName()) {
            if (in.acceptSymbol(".")) {
                steps.add(Binds.text(in.next().text()));
            } else {
                in.expectSymbol("[");
                steps.add(Storing.text(expression()));
                in.expectSymbol("]");
            }
        }
        return Functions.path(value, steps);
    }

    // Operands.

    private Value primary() {
        Token token = in.peek();
        return switch (token.kind()) {
            case STRING -> text(Binds.text(in.next().text()));
            case NUMBER -> number(in.next().text());
            case BIND -> bound();
            case POSITION ->
                staged(in.next()).orElseThrow(() -> SnowflakeError.unsupported("$" + token.text() + " in " + in.sql()));
            case QUOTED -> name();
            case WORD -> word(token.upper());
            case SYMBOL -> parentheses();
            case STAGE -> throw SnowflakeError.unsupported("a query over " + token.text());
            case END -> throw in.unexpected();
        };
    }

    /** A text has at most as many characters as its literal. */
    static Value text(String literal) {
        return Value.typed(literal, SnowflakeType.text(literal.length()));
    }

    /** A literal, perhaps with a sign. */
    static Value number(String digits) {
        if (digits.contains("e") || digits.contains("E")) {
            return Value.of(digits, Kind.REAL);
        }
        int point = digits.indexOf('.');
        int scale = point < 0 ? 0 : digits.length() - point - 1;
        int precision = (int) digits.chars().filter(Character::isDigit).count();
        if (precision > 38 || scale > 37) {
            throw SnowflakeError.unsupported("a number of more than 38 digits: " + digits);
        }
        return Value.typed(digits, SnowflakeType.number(precision, scale));
    }

    private Value bound() {
        Value value = bound.getOrDefault(in.position(), Value.untyped("NULL"));
        in.next();
        return value;
    }

    private Value parentheses() {
        in.expectSymbol("(");
        if (atQuery()) {
            Value query = subquery();
            in.expectSymbol(")");
            return new Value("(" + query.sql() + ")", query.type());
        }
        List<Value> values = list(")");
        return values.size() == 1 ? new Value(sql(values), values.get(0).type()) : Value.untyped(sql(values));
    }

    /** Whether a query comes next, perhaps in parentheses of its own. */
    boolean atQuery() {
        int ahead = 0;
        while (in.peek(ahead).isSymbol("(")) {
            ahead++;
        }
        return in.peek(ahead).isWord("SELECT") || in.peek(ahead).isWord("WITH");
    }

    /** {@code (a, b)}. */
    static String sql(List<Value> values) {
        return values.stream().map(Value::sql).collect(joining(", ", "(", ")"));
    }

    /** Expressions up to this symbol and with it. */
    List<Value> list(String close) {
        List<Value> values = new ArrayList<>();
        while (!in.acceptSymbol(close)) {
            values.add(expression());
            if (!in.atSymbol(close)) {
                in.expectSymbol(",");
            }
        }
        return values;
    }

    private Value word(String word) {
        if (in.peek(1).kind() == Token.Kind.STRING && TIMES.contains(word)) {
            SnowflakeType type = SnowflakeType.parse(in);
            return Storing.cast(text(Binds.text(in.string())), type);
        }
        return switch (word) {
            case "CASE" -> cases();
            case "NULL", "DEFAULT" -> Value.untyped(in.next().upper());
            case "TRUE", "FALSE" -> truth(in.next().upper());
            case "EXISTS" -> {
                in.next();
                yield truth("EXISTS (" + in.enclosed(() -> subquery().sql()) + ")");
            }
            case "INTERVAL" -> interval();
            default -> in.peek(1).isSymbol("(") ? function() : name();
        };
    }

    private Value interval() {
        in.next();
        String[] parts = in.string().strip().split("\\s+");
        if (parts.length != 2) {
            throw SnowflakeError.unsupported("INTERVAL of several parts in " + in.sql());
        }
        return Value.untyped("INTERVAL '" + Integer.parseInt(parts[0]) + " " + Functions.part(parts[1]) + "'");
    }

    private Value cases() {
        in.next();
        Optional<Value> subject = in.atWord("WHEN") ? Optional.empty() : Optional.of(expression());
        List<Value> results = new ArrayList<>();
        List<String> conditions = new ArrayList<>();
        while (in.accept("WHEN")) {
            Value when = expression();
            conditions.add(" WHEN "
                    + subject.map(of -> Comparisons.compare(of, "=", when)).orElseGet(() -> bool(when)) + " THEN ");
            in.expect("THEN");
            results.add(expression());
        }
        conditions.add(" ELSE ");
        results.add(in.accept("ELSE") ? expression() : Value.untyped("NULL"));
        in.expect("END");
        List<Value> alike = Functions.alike(results);
        StringBuilder sql = new StringBuilder("CASE");
        for (int i = 0; i < conditions.size(); i++) {
            sql.append(conditions.get(i)).append(alike.get(i).sql());
        }
        return new Value(sql.append(" END").toString(), Functions.common(alike));
    }

    private Value name() {
        if (in.peek(1).isSymbol(".") && in.peek(2).kind() == Token.Kind.POSITION) {
            // t.$1: a staged file has no other table beside it.
            in.next();
            in.next();
            return primary();
        }
        Token first = in.peek();
        if (first.kind() == Token.Kind.WORD && !in.peek(1).isSymbol(".")) {
            Optional<Value> known = staged(first).or(() -> context(first.upper()));
            if (known.isPresent()) {
                in.next();
                return known.get();
            }
        }
        if (first.kind() == Token.Kind.WORD && Reserved.isReserved(first.upper())) {
            throw in.unexpected();
        }
        List<String> parts = in.name();
        if (in.atSymbol("(")) {
            throw Functions.unknown(String.join(".", parts));
        }
        return scope.column(parts);
    }

    // Calls.

    private Value function() {
        String name = in.next().upper();
        in.expectSymbol("(");
        Optional<Value> context = context(name);
        if (context.isPresent()) {
            // A precision would change nothing: there are microseconds.
            list(")");
            return context.get();
        }
        if (name.equals("CAST") || name.equals("TRY_CAST")) {
            Value value = expression();
            in.expect("AS");
            SnowflakeType to = SnowflakeType.parse(in);
            in.expectSymbol(")");
            return name.equals("CAST") ? Storing.cast(value, to) : Storing.tryCast(value, to);
        }
        if (name.equals("EXTRACT")) {
            String part = in.next().text();
            in.expect("FROM");
            return Functions.datePart(part, list(")").get(0));
        }
        String distinct = in.accept("DISTINCT") ? "DISTINCT " : "";
        List<Value> args = arguments(name);
        return Functions.call(this, name, args, distinct, withinGroup());
    }

    private List<Value> arguments(String function) {
        List<Value> args = new ArrayList<>();
        if (in.acceptSymbol("*")) {
            in.expectSymbol(")");
            args.add(Value.untyped("*"));
            return args;
        }
        if (Functions.takesPart(function)) {
            args.add(Value.untyped(Functions.part(in.next().text())));
            in.expectSymbol(",");
        }
        args.addAll(list(")"));
        return args;
    }

    private String withinGroup() {
        return !in.accept("WITHIN", "GROUP")
                ? ""
                : in.enclosed(() -> {
                    in.expect("ORDER", "BY");
                    return " ORDER BY " + order();
                });
    }

    /** IGNORE NULLS after the arguments, which DuckDB wants among them. */
    String nulls() {
        if (in.accept("IGNORE", "NULLS")) {
            return " IGNORE NULLS";
        }
        in.accept("RESPECT", "NULLS");
        return "";
    }

    /** {@code OVER (…)} of a window function, if it comes next. */
    String over(String function) {
        return in.accept("OVER") ? " OVER (" + in.enclosed(() -> window(function)) + ")" : "";
    }

    private String window(String function) {
        StringBuilder over = new StringBuilder();
        if (in.accept("PARTITION", "BY")) {
            over.append("PARTITION BY ");
            over.append(String.join(
                    ", ", in.separated(() -> expression().comparable().sql())));
        }
        if (in.accept("ORDER", "BY")) {
            over.append(" ORDER BY ").append(order());
        }
        if (in.atSymbol(")") && WHOLE_WINDOW.contains(function)) {
            over.append(" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
        }
        while (!in.atSymbol(")")) {
            if (in.peek().kind() != Token.Kind.NUMBER
                    && !FRAME.contains(in.peek().upper())) {
                throw in.unexpected();
            }
            over.append(' ').append(in.next().upper());
        }
        return over.toString();
    }

    /** What stands after ORDER BY. */
    String order() {
        return String.join(", ", in.separated(() -> {
            String value = expression().sql();
            String direction =
                    in.atWord("ASC") || in.atWord("DESC") ? " " + in.next().upper() : "";
            if (!in.accept("NULLS")) {
                return value + direction;
            }
            boolean first = in.accept("FIRST");
            in.expect(first ? new String[0] : new String[] {"LAST"});
            return value + direction + (first ? " NULLS FIRST" : " NULLS LAST");
        }));
    }
}
