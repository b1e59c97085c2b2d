package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The functions the stand-in knows: most by the table {@code functions.txt}, over macros in {@code functions.sql}; those whose call has
 * another form in DuckDB here. A function that is in neither fails as unknown, even where DuckDB has one of that name: its meaning may
 * differ.
 */
final class Functions {
    private static final Map<String, Known> KNOWN = table();
    private static final Set<String> PART_FIRST =
            Reserved.words("DATEADD TIMEADD TIMESTAMPADD DATEDIFF TIMEDIFF TIMESTAMPDIFF DATE_PART");
    private static final Map<String, String> PARTS = parts();

    /** What a function takes and gives, and DuckDB's name for it. */
    private record Known(String takes, String gives, String duck) {}

    private Functions() {}

    /** Into the open database: functions live as long as the process, macros are written anew at each start. */
    static void install(Connection connection) throws SQLException {
        Natives.register(connection);
        for (String macro : resource("functions.sql").split(";\\s*\n")) {
            Transaction.command(connection, macro);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Functions.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of {@code takes -> gives: NAME OTHER=duck …}. */
    private static Map<String, Known> table() {
        Map<String, Known> known = new HashMap<>();
        for (String line : resource("functions.txt")
                .lines()
                .filter(l -> l.matches("\\w+ -> .*"))
                .toList()) {
            String[] sides = line.split("->|:", 3);
            for (String entry : sides[2].strip().split("\\s+")) {
                String[] names = entry.split("=");
                String duck = names.length > 1 ? names[1] : names[0].toLowerCase(Locale.ROOT);
                known.put(names[0], new Known(sides[0].strip(), sides[1].strip(), duck));
            }
        }
        return Map.copyOf(known);
    }

    private static Map<String, String> parts() {
        Map<String, String> parts = new HashMap<>();
        resource("parts.txt").lines().forEach(line -> {
            String[] names = line.split("\\s+");
            List.of(names).forEach(name -> parts.put(name, names[0]));
        });
        return Map.copyOf(parts);
    }

    /** DuckDB's name of a date part. */
    static String part(String name) {
        String part = PARTS.get(name.toLowerCase(Locale.ROOT));
        if (part == null) {
            throw SnowflakeError.unsupported("the date part " + name);
        }
        return part;
    }

    /** Whether the first argument is a bare date part. */
    static boolean takesPart(String name) {
        return PART_FIRST.contains(name);
    }

    static SnowflakeError unknown(String name) {
        return SnowflakeError.compilation(
                "002140", "42601", "Unknown function " + name + " (not supported by the local Snowflake).");
    }

    /** A call whose arguments have been read; an OVER clause may come next. */
    static Value call(Expressions around, String name, List<Value> args, String distinct, String order) {
        if (args.stream().anyMatch(arg -> arg.sql().equals("*")) && !name.equals("COUNT")) {
            throw SnowflakeError.unsupported(name + "(*)");
        }
        Known known = KNOWN.get(name);
        if (known == null) {
            Call call = new Call(name, args, distinct, order);
            Value value = call.special().orElseThrow(() -> unknown(name));
            if (around.in.atWord("OVER")) {
                throw SnowflakeError.unsupported(name + " OVER in " + around.in.sql());
            }
            return value;
        }
        if (!distinct.isEmpty() && args.size() > 1) {
            throw SnowflakeError.unsupported(name + "(DISTINCT …) of several values");
        }
        List<Value> taken = take(name, known.takes(), args);
        String within = "(" + distinct + join(taken) + around.nulls() + ")";
        String over = around.over(name);
        if (name.equals("AVG") && taken.get(0).is(Kind.FIXED)) {
            SnowflakeType of = taken.get(0).type().orElseThrow();
            int scale = Arithmetic.quotientScale(of.scale());
            String quotient =
                    Arithmetic.quotient("sum" + within + over, "nullif(count" + within + over + ", 0)", scale);
            return Value.typed(quotient, SnowflakeType.number(38, scale));
        }
        return new Value(known.duck() + within + over, gives(known.gives(), taken));
    }

    private static List<Value> take(String name, String takes, List<Value> args) {
        List<Value> taken = new ArrayList<>(args);
        boolean variant = args.stream().anyMatch(Value::semiStructured);
        switch (takes) {
            case "any" -> {
                return variant || args.size() > 1 ? alike(args) : args;
            }
            case "text" -> {
                for (int i = 0; i < taken.size(); i++) {
                    Value arg = taken.get(i);
                    if (i == 0 && !arg.is(Kind.BINARY) || arg.semiStructured()) {
                        taken.set(i, Storing.cast(arg, SnowflakeType.text(SnowflakeType.TEXT_MAX)));
                    }
                }
            }
            case "time" -> {
                for (int i = 0; i < taken.size(); i++) {
                    taken.set(i, moment(taken.get(i)));
                }
            }
            case "json" -> taken.set(0, Value.of(Storing.variant(args.get(0)), Kind.VARIANT));
            default -> {
                if (variant && !takes.equals("first")) {
                    throw SnowflakeError.unsupported(name + " of a VARIANT: cast it, as in v:x::NUMBER(10,2)");
                }
            }
        }
        return taken;
    }

    /** Texts stand for times where a function wants one. */
    private static Value moment(Value arg) {
        return arg.is(Kind.TEXT) || arg.semiStructured()
                ? Storing.cast(arg, SnowflakeType.of(Kind.TIMESTAMP_NTZ))
                : arg;
    }

    private static Optional<SnowflakeType> gives(String gives, List<Value> args) {
        return switch (gives) {
            case "same" -> args.get(0).type();
            case "common" -> common(args);
            case "whole" ->
                args.get(0).type().map(type -> type.kind() == Kind.FIXED ? SnowflakeType.number(38, 0) : type);
            case "sum" ->
                args.get(0)
                        .type()
                        .map(type -> type.kind() == Kind.FIXED ? SnowflakeType.number(38, type.scale()) : type);
            case "?" -> Optional.empty();
            default -> Optional.of(SnowflakeType.of(Kind.valueOf(gives)));
        };
    }

    /** Values of one CASE, COALESCE or column: beside a VARIANT all become VARIANTs. */
    static List<Value> alike(List<Value> values) {
        if (values.stream().noneMatch(Value::semiStructured)) {
            return values;
        }
        return values.stream()
                .map(value -> value.isNull() || value.semiStructured()
                        ? value
                        : Value.of(Storing.variant(value), Kind.VARIANT))
                .toList();
    }

    /** The type of values of which any one may be meant. */
    static Optional<SnowflakeType> common(List<Value> values) {
        List<Value> some = values.stream().filter(value -> !value.isNull()).toList();
        Optional<SnowflakeType> common =
                some.isEmpty() ? Optional.empty() : some.get(0).type();
        for (Value value : some) {
            common = common.flatMap(one -> value.type().flatMap(one::common));
        }
        return common;
    }

    private static String join(List<Value> args) {
        return args.stream().map(Value::sql).collect(Collectors.joining(", "));
    }

    /** One step after the other into a VARIANT, in one call: each would read the text again. */
    static Value path(Value value, List<String> steps) {
        return Value.of(
                "CAST(sf_get(CAST(" + value.sql() + " AS VARCHAR), " + String.join(", ", steps) + ") AS JSON)",
                Kind.VARIANT);
    }

    static Value datePart(String part, Value from) {
        String name = part(part);
        Value of = moment(from);
        return switch (name) {
            case "epoch" -> Value.of("CAST(floor(epoch(" + of.sql() + ")) AS BIGINT)", Kind.FIXED);
            case "second" -> Value.of("second(" + of.sql() + ")", Kind.FIXED);
            default -> Value.of("date_part('" + name + "', " + of.sql() + ")", Kind.FIXED);
        };
    }

    /** A call that has another form in DuckDB. */
    private record Call(String name, List<Value> args, String distinct, String order) {
        Optional<Value> special() {
            return Optional.ofNullable(
                    switch (name) {
                        case "CONCAT" -> Value.of("(" + joined(" || ") + ")", Kind.TEXT);
                        case "GREATEST", "LEAST" ->
                            new Value(
                                    "CASE WHEN " + joined(" IS NULL OR ") + " IS NULL THEN NULL ELSE "
                                            + name.toLowerCase(Locale.ROOT) + "(" + joined(", ") + ") END",
                                    common(args));
                        case "IFF" -> iff(args);
                        case "NVL2" -> iff(List.of(truth(arg(0) + " IS NOT NULL"), args.get(1), args.get(2)));
                        case "ROUND", "TRUNC", "TRUNCATE" -> round();
                        case "DATE_TRUNC" -> truncated(part(literal(args.get(0))), moment(args.get(1)));
                        case "TRUNC_DATE" -> truncated(part(literal(args.get(1))), moment(args.get(0)));
                        case "DATE_PART" -> datePart(arg(0), args.get(1));
                        case "DATEADD", "TIMEADD", "TIMESTAMPADD" -> added(arg(0), args.get(1), moment(args.get(2)));
                        case "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF" -> difference(arg(0), args.get(1), args.get(2));
                        case "OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL" -> object();
                        case "ARRAY_CONSTRUCT" ->
                            json(
                                    "'[' || concat_ws(',', "
                                            + orEmpty(args.stream().map(a -> "coalesce(" + element(a) + ", 'null')"))
                                            + ") || ']'",
                                    Kind.ARRAY);
                        case "LISTAGG" ->
                            Value.of(
                                    "coalesce(string_agg(" + distinct + Storing.text(args.get(0)) + ", "
                                            + (args.size() > 1 ? arg(1) : "''") + order + "), '')",
                                    Kind.TEXT);
                        case "ARRAY_AGG" ->
                            json(
                                    "'[' || coalesce(string_agg(" + distinct + element(args.get(0)) + ", ','" + order
                                            + "), '') || ']'",
                                    Kind.ARRAY);
                        case "OBJECT_AGG" ->
                            json("'{' || coalesce(string_agg(" + entry(0) + ", ','), '') || '}'", Kind.OBJECT);
                        case "GET", "GET_PATH" -> get();
                        case "CONVERT_TIMEZONE" -> converted();
                        case "SEQ4", "SEQ8" -> Value.of("(row_number() OVER () - 1)", Kind.FIXED);
                        case "TO_VARIANT", "TO_OBJECT", "TO_ARRAY" -> semiStructured();
                        default ->
                            name.startsWith("TRY_TO_") ? conversion(name.substring(4), true) : conversion(name, false);
                    });
        }

        private Value semiStructured() {
            if (!name.equals("TO_VARIANT") && !args.get(0).semiStructured()) {
                throw SnowflakeError.unsupported(name + " of " + arg(0));
            }
            return Value.of(Storing.variant(args.get(0)), Kind.valueOf(name.substring(3)));
        }

        private String arg(int index) {
            if (index >= args.size()) {
                throw SnowflakeError.compilation("000938", "22023", "not enough arguments for function [" + name + "]");
            }
            return args.get(index).sql();
        }

        private String joined(String separator) {
            return args.stream().map(Value::sql).collect(Collectors.joining(separator));
        }

        private static Value truth(String sql) {
            return Value.of(sql, Kind.BOOLEAN);
        }

        private String literal(Value value) {
            if (!Binds.isText(value.sql())) {
                throw SnowflakeError.unsupported(name + " with " + value.sql());
            }
            return value.sql().substring(1, value.sql().length() - 1);
        }

        private static Value iff(List<Value> args) {
            List<Value> results = alike(args.subList(1, 3));
            return new Value(
                    "CASE WHEN " + args.get(0).sql() + " THEN " + results.get(0).sql() + " ELSE "
                            + results.get(1).sql() + " END",
                    common(results));
        }

        /** To digits of a NUMBER that are known; of a FLOAT to any. */
        private Value round() {
            Value value = args.get(0);
            if (args.size() > 1 && Binds.isText(arg(1))) {
                return new Call("TRUNC_DATE", args, distinct, order).special().orElseThrow();
            }
            String sql = (name.equals("ROUND") ? "round(" : "trunc(") + joined(", ") + ")";
            if (!value.is(Kind.FIXED)) {
                return new Value(sql, value.is(Kind.REAL) ? value.type() : Optional.empty());
            }
            String digits = args.size() > 1 ? arg(1) : "0";
            int declared = value.type().orElseThrow().scale();
            int scale = digits.matches("\\d{1,2}") ? Math.min(declared, Integer.parseInt(digits)) : declared;
            return Value.typed("CAST(" + sql + " AS DECIMAL(38," + scale + "))", SnowflakeType.number(38, scale));
        }

        /** A DATE stays one. */
        private static Value truncated(String part, Value value) {
            String sql = "date_trunc('" + part + "', " + value.sql() + ")";
            return value.is(Kind.DATE)
                    ? Value.of("CAST(" + sql + " AS DATE)", Kind.DATE)
                    : new Value(sql, value.type());
        }

        private static Value added(String part, Value count, Value to) {
            String number = "CAST(round(" + count.sql() + ") AS BIGINT)";
            String interval =
                    switch (part) {
                        case "nanosecond" -> throw SnowflakeError.unsupported("DATEADD of nanoseconds");
                        case "hour", "minute", "microsecond" -> "to_" + part + "s(" + number + ")";
                        case "millisecond" -> "to_microseconds(1000 * " + number + ")";
                        case "second" -> "to_microseconds(1000000 * " + number + ")";
                        case "quarter" -> "to_months(CAST(3 * " + number + " AS INTEGER))";
                        case "year", "month", "week", "day" -> "to_" + part + "s(CAST(" + number + " AS INTEGER))";
                        default -> throw SnowflakeError.unsupported("DATEADD of " + part);
                    };
            String sum = "(" + to.sql() + " + " + interval + ")";
            boolean days = Set.of("year", "quarter", "month", "week", "day").contains(part);
            if (!to.is(Kind.DATE)) {
                return new Value(sum, to.type());
            }
            return days ? Value.of("CAST(" + sum + " AS DATE)", Kind.DATE) : Value.of(sum, Kind.TIMESTAMP_NTZ);
        }

        /** Boundaries crossed, not time elapsed. Weeks begin on Monday. */
        private static Value difference(String part, Value from, Value to) {
            boolean times = from.is(Kind.TIME) && to.is(Kind.TIME);
            SnowflakeType ntz = SnowflakeType.of(Kind.TIMESTAMP_NTZ);
            String one = times ? from.sql() : Storing.cast(from, ntz).sql();
            String other = times ? to.sql() : Storing.cast(to, ntz).sql();
            String sql =
                    switch (part) {
                        case "week" ->
                            "date_diff('day', date_trunc('week', " + one + "), date_trunc('week', " + other + ")) // 7";
                        case "nanosecond" -> "date_diff('microsecond', " + one + ", " + other + ") * 1000";
                        default -> "date_diff('" + part + "', " + one + ", " + other + ")";
                    };
            return Value.of("(" + sql + ")", Kind.FIXED);
        }

        private static Value json(String sql, Kind kind) {
            return Value.of("CAST(" + sql + " AS JSON)", kind);
        }

        private static String orEmpty(java.util.stream.Stream<String> parts) {
            String all = parts.collect(Collectors.joining(", "));
            return all.isEmpty() ? "''" : all;
        }

        private static String element(Value value) {
            return value.isNull() ? "NULL" : "CAST(" + Storing.variant(value) + " AS VARCHAR)";
        }

        private String entry(int at) {
            return "CAST(to_json(" + Storing.text(args.get(at)) + ") AS VARCHAR) || ':' || "
                    + element(args.get(at + 1));
        }

        /** Without the entries whose value is NULL, unless they are kept. */
        private Value object() {
            if (args.size() % 2 != 0) {
                throw SnowflakeError.compilation(
                        "000939", "22023", "odd number of arguments for function [" + name + "]");
            }
            List<String> entries = new ArrayList<>();
            for (int i = 0; i < args.size(); i += 2) {
                Value value = args.get(i + 1);
                boolean keep = name.endsWith("KEEP_NULL");
                entries.add(
                        keep ? entry(i).replace(element(value), "coalesce(" + element(value) + ", 'null')") : entry(i));
            }
            return json("'{' || concat_ws(',', " + orEmpty(entries.stream()) + ") || '}'", Kind.OBJECT);
        }

        /** The instant stays; only the form with three arguments changes the time on the clock. */
        private Value converted() {
            return args.size() == 2
                    ? Storing.cast(args.get(1), SnowflakeType.of(Kind.TIMESTAMP_TZ))
                    : Value.of(
                            "timezone(" + arg(1) + ", timezone(" + arg(0) + ", "
                                    + Storing.cast(args.get(2), SnowflakeType.of(Kind.TIMESTAMP_NTZ))
                                            .sql() + "))",
                            Kind.TIMESTAMP_NTZ);
        }

        private Value get() {
            if (name.equals("GET")) {
                return path(args.get(0), List.of(Storing.text(args.get(1))));
            }
            List<String> steps = new ArrayList<>();
            Tokens in = new Tokens(literal(args.get(1)));
            while (!in.atEnd()) {
                Token token = in.next();
                if (token.isName() || token.kind() == Token.Kind.NUMBER || token.kind() == Token.Kind.STRING) {
                    steps.add(Binds.text(token.text()));
                }
            }
            return path(args.get(0), steps);
        }

        private @org.jspecify.annotations.Nullable Value conversion(String to, boolean attempt) {
            return switch (to) {
                case "TO_CHAR", "TO_VARCHAR" -> attempt ? null : text();
                case "TO_NUMBER", "TO_DECIMAL", "TO_NUMERIC" -> {
                    boolean format = args.size() > 1 && Binds.isText(arg(1));
                    if (format) {
                        throw SnowflakeError.unsupported(name + " with a format");
                    }
                    int precision = args.size() > 1 ? Integer.parseInt(arg(1)) : 38;
                    int scale = args.size() > 2 ? Integer.parseInt(arg(2)) : 0;
                    yield convert(SnowflakeType.number(precision, scale), attempt);
                }
                case "TO_DOUBLE" -> convert(SnowflakeType.of(Kind.REAL), attempt);
                case "TO_BOOLEAN" -> convert(SnowflakeType.of(Kind.BOOLEAN), attempt);
                case "TO_BINARY" -> binary(attempt);
                case "TO_DATE", "DATE" -> time(Kind.DATE, attempt);
                case "TO_TIME", "TIME" -> time(Kind.TIME, attempt);
                case "TO_TIMESTAMP", "TO_TIMESTAMP_NTZ" -> time(Kind.TIMESTAMP_NTZ, attempt);
                case "TO_TIMESTAMP_LTZ" -> time(Kind.TIMESTAMP_LTZ, attempt);
                case "TO_TIMESTAMP_TZ" -> time(Kind.TIMESTAMP_TZ, attempt);
                default -> null;
            };
        }

        private Value convert(SnowflakeType to, boolean attempt) {
            return attempt ? Storing.tryCast(args.get(0), to, "'AUTO'") : Storing.cast(args.get(0), to);
        }

        private Value time(Kind kind, boolean attempt) {
            SnowflakeType to = SnowflakeType.of(kind);
            if (args.size() == 1 || !args.get(0).is(Kind.TEXT)) {
                if (args.size() > 1 && !Set.of("0", "3", "6").contains(arg(1))) {
                    throw SnowflakeError.unsupported(name + " of a value that is no text, with " + arg(1));
                }
                return args.size() == 1 ? convert(to, attempt) : epoch(to);
            }
            if (attempt) {
                return Storing.tryCast(args.get(0), to, arg(1));
            }
            return Value.typed(
                    "CAST(sf_read_time('" + kind + "', " + arg(1) + ", " + arg(0) + ") AS " + to.duck() + ")", to);
        }

        /** A number of seconds, milliseconds or microseconds. */
        private Value epoch(SnowflakeType to) {
            long micros = Math.round(Math.pow(10, 6 - Integer.parseInt(arg(1))));
            return Storing.cast(
                    Value.of("make_timestamp(CAST(" + arg(0) + " * " + micros + " AS BIGINT))", Kind.TIMESTAMP_NTZ),
                    to);
        }

        private Value binary(boolean attempt) {
            String format = args.size() > 1 ? literal(args.get(1)).toUpperCase(Locale.ROOT) : "HEX";
            String sql =
                    switch (format) {
                        case "HEX" ->
                            args.get(0).is(Kind.TEXT) ? "unhex(" + arg(0) + ")" : "sf_to_binary(" + arg(0) + ")";
                        case "BASE64" -> "from_base64(" + arg(0) + ")";
                        case "UTF-8", "UTF8" -> "encode(" + arg(0) + ")";
                        default -> throw SnowflakeError.unsupported(name + " with the format " + format);
                    };
            return Value.of(attempt ? "TRY(" + sql + ")" : sql, Kind.BINARY);
        }

        private Value text() {
            Value value = args.get(0);
            if (args.size() == 1) {
                return Value.of(Storing.text(value), Kind.TEXT);
            }
            if (value.is(Kind.BINARY)) {
                String format = literal(args.get(1)).toUpperCase(Locale.ROOT);
                return switch (format) {
                    case "HEX" -> Value.of("hex(" + arg(0) + ")", Kind.TEXT);
                    case "BASE64" -> Value.of("base64(" + arg(0) + ")", Kind.TEXT);
                    case "UTF-8", "UTF8" -> Value.of("decode(" + arg(0) + ")", Kind.TEXT);
                    default -> throw SnowflakeError.unsupported(name + " with the format " + format);
                };
            }
            if (value.type().isEmpty() || value.isNumber() || value.is(Kind.TEXT) || value.semiStructured()) {
                throw SnowflakeError.unsupported(name + " with a format, of a value that is no time");
            }
            return Value.of("sf_write_time(" + arg(1) + ", CAST(" + arg(0) + " AS VARCHAR))", Kind.TEXT);
        }
    }
}
