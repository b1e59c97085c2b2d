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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The functions the stand-in knows, by the table {@code functions.txt} over the macros in {@code functions.sql}; those whose form
 * depends on the types of their arguments are here. A function that is not in the table fails as unknown, even where DuckDB has one of
 * that name: its meaning may differ.
 */
final class Functions {
    private static final Pattern PLACE = Pattern.compile("\\{(\\d|\\*|d|o)([tjJ]?)(?:\\|([^}]*))?}");
    private static final Map<String, Known> KNOWN = table();
    private static final Map<String, String> PARTS = parts();
    private static final Set<String> PART_FIRST =
            Reserved.words("DATEADD TIMEADD TIMESTAMPADD DATEDIFF TIMEDIFF TIMESTAMPDIFF DATE_PART DATE_TRUNC");
    private static final Pattern ELEMENT = Pattern.compile(
            "HH\\d+|FF\\d?|TZH:?TZM|MMMM|MM|MON|MI|YYYY|\\p{Alpha}{2}|\\p{Alnum}|%|\"[^\"]*\"",
            Pattern.CASE_INSENSITIVE);
    private static final String ELEMENTS =
            "YYYY=%Y MMMM=%B MON=%b MM=%m DD=%d DY=%a HH24=%H HH12=%I MI=%M SS=%S AM=%p PM=%p FF6=%f T=T";
    private static final Set<String> DAYS = Set.of("year", "quarter", "month", "week", "day");

    /** What a function takes and gives, and DuckDB's name or form of it. */
    private record Known(String takes, String gives, String duck) {}

    private Functions() {}

    /** Into the open database: macros are written anew at each start. */
    static void install(Connection connection) throws SQLException {
        Natives.register(connection);
        for (String macro : resource("functions.sql").split(";\\s*\n")) {
            Transaction.command(connection, macro);
        }
    }

    static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Functions.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Known> table() {
        Map<String, Known> known = new HashMap<>();
        for (String line : resource("functions.txt")
                .lines()
                .filter(l -> l.matches("\\w+ -> .*"))
                .toList()) {
            String[] sides = line.split(" -> |: ", 3);
            if (sides[0].equals("form")) {
                String[] form = sides[2].split(" ", 2);
                known.put(form[0], new Known("form", sides[1], form[1]));
                continue;
            }
            for (String entry : sides[2].split(" ")) {
                String[] names = entry.split("=");
                String duck = names.length > 1 ? names[1] : names[0].toLowerCase(Locale.ROOT);
                known.put(names[0], new Known(sides[0], sides[1], duck));
            }
        }
        return Map.copyOf(known);
    }

    private static Map<String, String> parts() {
        Map<String, String> parts = new HashMap<>();
        resource("parts.txt").lines().map(line -> line.split(" ")).forEach(names -> List.of(names)
                .forEach(name -> parts.put(name, names[0])));
        return Map.copyOf(parts);
    }

    /** DuckDB's name of a date part. */
    static String part(String name) {
        return Optional.ofNullable(PARTS.get(name.toLowerCase(Locale.ROOT)))
                .orElseThrow(() -> SnowflakeError.unsupported("the date part " + name));
    }

    /** Whether the first argument is a bare date part. */
    static boolean takesPart(String name) {
        return PART_FIRST.contains(name);
    }

    static SnowflakeError unknown(String name) {
        return SnowflakeError.compilation(
                "002140", "42601", "Unknown function " + name + " (not supported by the local Snowflake).");
    }

    /** A call whose arguments have been read; {@code order} is that of WITHIN GROUP, and an OVER clause may come next. */
    static Value call(Expressions around, String name, List<Value> args, String distinct, String order) {
        Known known = KNOWN.get(name);
        if (known == null) {
            throw unknown(name);
        }
        boolean ruled = Set.of("form", "cast", "java").contains(known.takes());
        if (args.stream().anyMatch(arg -> arg.sql().equals("*")) && !name.equals("COUNT")
                || !distinct.isEmpty()
                        && (args.size() > 1 || ruled)
                        && !known.duck().contains("{d}")
                || !order.isEmpty() && !known.duck().contains("{o}")) {
            throw SnowflakeError.unsupported("these arguments of " + name);
        }
        Value value =
                switch (known.takes()) {
                    case "form" ->
                        new Value(form(known.duck(), name, args, distinct, order), gives(known.gives(), args));
                    case "cast" -> conversion(name, SnowflakeType.of(Kind.valueOf(known.gives())), args);
                    case "java" -> special(name, args);
                    default -> plain(around, name, known, take(name, known, args), distinct);
                };
        if (around.in.atWord("OVER")) {
            throw SnowflakeError.unsupported(name + " OVER in " + around.in.sql());
        }
        return value;
    }

    private static Value plain(Expressions around, String name, Known known, List<Value> args, String distinct) {
        boolean fixed = !args.isEmpty() && args.get(0).is(Kind.FIXED);
        int scale = fixed ? args.get(0).type().orElseThrow().scale() : 0;
        String first = name.equals("MEDIAN") && fixed
                ? "CAST(%s AS DECIMAL(38,%d))".formatted(args.get(0).sql(), scale + 3)
                : "";
        String within = "(" + distinct + (first.isEmpty() ? join(args) : first) + around.nulls() + ")";
        String over = around.over(name);
        if (name.equals("AVG") && fixed) {
            int digits = Arithmetic.quotientScale(scale);
            String count = "nullif(count" + within + over + ", 0)";
            return Value.typed(
                    Arithmetic.quotient("sum" + within + over, count, digits), SnowflakeType.number(38, digits));
        }
        return new Value(known.duck() + within + over, gives(known.gives(), args));
    }

    private static List<Value> take(String name, Known known, List<Value> args) {
        String takes = known.takes();
        List<Value> taken = new ArrayList<>(takes.equals("any") ? alike(args) : args);
        for (int i = 0; i < taken.size(); i++) {
            boolean counts = known.gives().equals("FIXED") || known.gives().equals("BOOLEAN");
            Value arg = counts && !takes.equals("time") ? taken.get(i).comparable() : taken.get(i);
            taken.set(i, arg);
            boolean asText = takes.equals("text") && (i == 0 && !arg.is(Kind.BINARY) || arg.semiStructured());
            if (takes.equals("plain") && arg.semiStructured()) {
                throw SnowflakeError.unsupported(name + " of a VARIANT: cast it, as in v:x::NUMBER(10,2)");
            }
            if (takes.equals("time")) {
                taken.set(i, moment(arg));
            } else if (takes.equals("json") && i == 0) {
                taken.set(i, Value.of(Storing.variant(arg), Kind.VARIANT));
            } else if (asText) {
                taken.set(i, Value.of(Storing.text(arg), Kind.TEXT));
            }
        }
        return taken;
    }

    /** Texts stand for times where a function wants one. */
    private static Value moment(Value arg) {
        return arg.is(Kind.TEXT) || arg.is(Kind.TIMESTAMP_TZ) || arg.semiStructured()
                ? Storing.cast(arg, SnowflakeType.of(Kind.TIMESTAMP_NTZ))
                : arg;
    }

    private static Optional<SnowflakeType> gives(String gives, List<Value> args) {
        return switch (gives) {
            case "same" -> args.get(0).type();
            case "common" -> common(args);
            case "result" -> common(args.subList(1, args.size()));
            case "whole", "sum" ->
                args.get(0)
                        .type()
                        .map(type -> type.kind() == Kind.FIXED
                                ? SnowflakeType.number(38, gives.equals("sum") ? type.scale() : 0)
                                : type);
            case "?" -> Optional.empty();
            default -> Optional.of(SnowflakeType.of(Kind.valueOf(gives)));
        };
    }

    /** Values of one CASE, COALESCE or column: beside a VARIANT or TIMESTAMP_TZ all become such. */
    static List<Value> alike(List<Value> values) {
        Kind wanted = values.stream().anyMatch(Value::semiStructured) ? Kind.VARIANT : Kind.TIMESTAMP_TZ;
        boolean converts = wanted == Kind.VARIANT || values.stream().anyMatch(value -> value.is(wanted));
        return values.stream()
                .map(value -> !converts || value.isNull() || value.semiStructured() || value.is(wanted)
                        ? value
                        : Storing.cast(value, SnowflakeType.of(wanted)))
                .toList();
    }

    /** The type of values of which any one may be meant. */
    static Optional<SnowflakeType> common(List<Value> values) {
        return values.stream()
                .filter(value -> !value.isNull())
                .map(Value::type)
                .reduce((one, other) -> one.flatMap(a -> other.flatMap(a::common)))
                .orElse(Optional.empty());
    }

    private static String join(List<Value> args) {
        return String.join(", ", args.stream().map(Value::sql).toList());
    }

    private static Value arg(String name, List<Value> args, int index) {
        if (index >= args.size()) {
            throw SnowflakeError.compilation("000938", "22023", "not enough arguments for function [" + name + "]");
        }
        return args.get(index);
    }

    /** {@code {1}} is an argument, {@code {1t}} its text, {@code {1j}} its JSON, {@code {2|x}} x if it is missing, {@code {*J}} all as JSON. */
    private static String form(String form, String name, List<Value> args, String distinct, String order) {
        return PLACE.matcher(form).replaceAll(place -> {
            String what = place.group(1);
            if (what.equals("*")) {
                List<String> all =
                        args.stream().map(arg -> as(place.group(2), arg)).toList();
                return Matcher.quoteReplacement(
                        all.isEmpty() ? "''" : String.join(place.group(3) == null ? ", " : place.group(3), all));
            }
            if (what.equals("d") || what.equals("o")) {
                return Matcher.quoteReplacement(what.equals("d") ? distinct : order);
            }
            int index = Integer.parseInt(what) - 1;
            boolean missing = index >= args.size() && place.group(3) != null;
            return Matcher.quoteReplacement(missing ? place.group(3) : as(place.group(2), arg(name, args, index)));
        });
    }

    private static String as(String kind, Value value) {
        String json = value.isNull() ? "NULL" : "CAST(" + Storing.variant(value) + " AS VARCHAR)";
        return switch (kind) {
            case "t" -> Storing.text(value);
            case "j" -> json;
            case "J" -> "coalesce(" + json + ", 'null')";
            default -> value.sql();
        };
    }

    /** One step after the other into a VARIANT, in one call: each would read the text again. */
    static Value path(Value value, List<String> steps) {
        String way = String.join(", ", steps);
        return Value.of("CAST(sf_get(CAST(%s AS VARCHAR), %s) AS JSON)".formatted(value.sql(), way), Kind.VARIANT);
    }

    static Value datePart(String name, Value from) {
        String part = part(name);
        String of = moment(from).sql();
        String sql = part.equals("epoch")
                ? "CAST(floor(epoch(" + of + ")) AS BIGINT)"
                : "date_part('" + part + "', " + of + ")";
        return Value.of(sql, Kind.FIXED);
    }

    private static Value special(String name, List<Value> args) {
        String first = arg(name, args, 0).sql();
        return switch (name) {
            case "IFF" -> {
                List<Value> results = alike(args.subList(1, args.size()));
                yield new Value("sf_iff(" + first + ", " + join(results) + ")", common(results));
            }
            case "ROUND", "TRUNC", "TRUNCATE" -> round(name.equals("ROUND") ? "round(" : "trunc(", args);
            case "DATE_TRUNC" -> moved(arg(name, args, 1), "date_trunc('" + first + "', %s)", true);
            case "ADD_MONTHS" ->
                moved(args.get(0), "sf_add_months(%s, " + arg(name, args, 1).sql() + ")", true);
            case "CONVERT_TIMEZONE" -> timezone(name, args);
            case "DATE_PART" -> datePart(first, arg(name, args, 1));
            case "DATEADD", "TIMEADD", "TIMESTAMPADD" ->
                added(first, args.get(1).sql(), arg(name, args, 2));
            case "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF" -> difference(first, args.get(1), arg(name, args, 2));
            case "OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL" -> object(args, name.endsWith("NULL") ? "J" : "j");
            case "GET_PATH" -> path(args.get(0), steps(literal(name, arg(name, args, 1))));
            default -> throw unknown(name);
        };
    }

    private static String literal(String name, Value value) {
        if (!Binds.isText(value.sql())) {
            throw SnowflakeError.unsupported(name + " with " + value.sql());
        }
        return value.sql().substring(1, value.sql().length() - 1);
    }

    private static List<String> steps(String path) {
        Tokens in = new Tokens(path);
        return in.between(0, in.size()).stream()
                .filter(token ->
                        token.isName() || token.kind() == Token.Kind.NUMBER || token.kind() == Token.Kind.STRING)
                .map(token -> Binds.text(token.text()))
                .toList();
    }

    /** NUMBERs keep as many digits as are asked for. */
    private static Value round(String function, List<Value> args) {
        Value value = args.get(0);
        String sql = function + join(args) + ")";
        if (!value.is(Kind.FIXED)) {
            return new Value(sql, value.is(Kind.REAL) ? value.type() : Optional.empty());
        }
        String digits = args.size() > 1 ? args.get(1).sql() : "0";
        int declared = value.type().orElseThrow().scale();
        int scale = digits.matches("\\d{1,2}") ? Math.min(declared, Integer.parseInt(digits)) : declared;
        return Value.typed("CAST(" + sql + " AS DECIMAL(38," + scale + "))", SnowflakeType.number(38, scale));
    }

    /** Days and larger parts keep a DATE one. */
    private static Value added(String part, String count, Value to) {
        String number = "CAST(round(" + count + ") AS BIGINT)";
        String interval =
                switch (part) {
                    case "hour", "minute", "microsecond" -> "to_" + part + "s(" + number + ")";
                    case "millisecond" -> "to_microseconds(1000 * " + number + ")";
                    case "second" -> "to_microseconds(1000000 * " + number + ")";
                    case "quarter" -> "to_months(CAST(3 * " + number + " AS INTEGER))";
                    case "year", "month", "week", "day" -> "to_" + part + "s(CAST(" + number + " AS INTEGER))";
                    default -> throw SnowflakeError.unsupported("DATEADD of " + part);
                };
        return moved(to, "(%s + " + interval + ")", DAYS.contains(part));
    }

    /** A time calculated from another: at the offset of that, and a DATE if that is one. */
    static Value moved(Value from, String form, boolean toDay) {
        Value moment = moment(from);
        String sql = form.formatted(moment.sql());
        if (from.is(Kind.TIMESTAMP_TZ)) {
            String offset = "struct_extract(" + from.sql() + ", 'offset')";
            return new Value("sf_at_offset(" + sql + ", " + offset + ")", from.type());
        }
        if (!from.is(Kind.DATE)) {
            return new Value(sql, moment.type());
        }
        return toDay ? Value.of("CAST(" + sql + " AS DATE)", Kind.DATE) : Value.of(sql, Kind.TIMESTAMP_NTZ);
    }

    /** With a source zone between clocks, else of an instant. */
    private static Value timezone(String name, List<Value> args) {
        Kind kind = args.size() > 2 ? Kind.TIMESTAMP_NTZ : Kind.TIMESTAMP_TZ;
        Kind from = args.size() > 2 ? Kind.TIMESTAMP_NTZ : Kind.TIMESTAMP_LTZ;
        List<Value> all = new ArrayList<>(args);
        all.set(args.size() - 1, Storing.cast(arg(name, args, Math.max(1, args.size() - 1)), SnowflakeType.of(from)));
        return Value.of("sf_convert_timezone(" + join(all) + ")", kind);
    }

    /** Boundaries crossed, not time elapsed. Weeks begin on Monday. */
    private static Value difference(String part, Value from, Value to) {
        boolean times = from.is(Kind.TIME) && to.is(Kind.TIME);
        SnowflakeType ntz = SnowflakeType.of(Kind.TIMESTAMP_NTZ);
        String one = times ? from.sql() : Storing.cast(from.comparable(), ntz).sql();
        String other = times ? to.sql() : Storing.cast(to.comparable(), ntz).sql();
        String form =
                switch (part) {
                    case "week" -> "(date_diff('day', date_trunc('week', %2$s), date_trunc('week', %3$s)) // 7)";
                    case "nanosecond" -> "(1000 * date_diff('microsecond', %2$s, %3$s))";
                    default -> "date_diff('%1$s', %2$s, %3$s)";
                };
        return Value.of(form.formatted(part, one, other), Kind.FIXED);
    }

    /** Entries whose value is NULL are left out, unless they are kept. */
    private static Value object(List<Value> args, String json) {
        if (args.size() % 2 != 0) {
            throw SnowflakeError.compilation("000939", "22023", "odd number of arguments for OBJECT_CONSTRUCT");
        }
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < args.size(); i += 2) {
            String key = "CAST(to_json(" + Storing.text(args.get(i)) + ") AS VARCHAR)";
            entries.add(key + " || ':' || " + as(json, args.get(i + 1)));
        }
        String all = entries.isEmpty() ? "''" : String.join(", ", entries);
        return Value.of("CAST('{' || concat_ws(',', " + all + ") || '}' AS JSON)", Kind.OBJECT);
    }

    /** TO_DATE and its like, with TRY_ or without, with a format or without. */
    private static Value conversion(String name, SnowflakeType to, List<Value> args) {
        boolean attempt = name.startsWith("TRY_");
        Value value = arg(name, args, 0);
        if (args.size() > 1
                && to.kind() == Kind.FIXED
                && !Binds.isText(args.get(1).sql())) {
            int scale = args.size() > 2 ? Integer.parseInt(args.get(2).sql()) : 0;
            return conversion(
                    name, SnowflakeType.number(Integer.parseInt(args.get(1).sql()), scale), args.subList(0, 1));
        }
        if (args.size() == 1) {
            return attempt ? Storing.tryCast(value, to) : Storing.cast(value, to);
        }
        String format = literal(name, args.get(1));
        if (to.kind() == Kind.BINARY || value.is(Kind.BINARY)) {
            String sql =
                    binary(to.kind() + " " + format.toUpperCase(Locale.ROOT)).formatted(value.sql());
            return Value.typed(attempt ? "TRY(" + sql + ")" : sql, to);
        }
        return formatted(name, to, value, format);
    }

    /** Between texts and times. */
    private static Value formatted(String name, SnowflakeType to, Value value, String format) {
        boolean writes = to.kind() == Kind.TEXT;
        boolean toTime = Set.of(Kind.DATE, Kind.TIME, Kind.TIMESTAMP_NTZ, Kind.TIMESTAMP_LTZ)
                .contains(to.kind());
        boolean ofTime =
                !value.isNumber() && !value.is(Kind.TEXT) && !value.is(Kind.BOOLEAN) && !value.semiStructured();
        if (value.type().isEmpty() || !(writes ? ofTime : toTime && value.is(Kind.TEXT))) {
            throw SnowflakeError.unsupported(name + " with the format " + format);
        }
        String pattern = QualifiedName.literal(pattern(format, writes));
        String read = name.startsWith("TRY_") ? "sf_try_time" : "sf_read_time";
        String sql = writes
                ? "strftime(" + moment(value).sql() + ", " + pattern + ")"
                : "CAST(%s(%s, %s) AS %s)".formatted(read, value.sql(), pattern, to.duck());
        return Value.typed(sql, to);
    }

    private static String binary(String conversion) {
        return switch (conversion) {
            case "BINARY HEX" -> "unhex(%s)";
            case "BINARY BASE64" -> "from_base64(%s)";
            case "BINARY UTF-8", "BINARY UTF8" -> "encode(%s)";
            case "TEXT HEX" -> "hex(%s)";
            case "TEXT BASE64" -> "base64(%s)";
            case "TEXT UTF-8", "TEXT UTF8" -> "decode(%s)";
            default -> throw SnowflakeError.unsupported("the conversion to " + conversion);
        };
    }

    /** Snowflake's format of a date or time → that of DuckDB's strptime and strftime. */
    private static String pattern(String format, boolean writes) {
        Map<String, String> elements = new HashMap<>();
        for (String element :
                (ELEMENTS + (writes ? " FF3=%g FF9=%n" : " FF=%f FF3=%f TZHTZM=%z TZH:TZM=%z")).split(" ")) {
            elements.put(element.split("=")[0], element.split("=")[1]);
        }
        return ELEMENT.matcher(format).replaceAll(found -> {
            String element = found.group().toUpperCase(Locale.ROOT);
            if (element.startsWith("\"")) {
                return Matcher.quoteReplacement(found.group().replace("\"", "").replace("%", "%%"));
            }
            return Optional.ofNullable(elements.get(element))
                    .orElseThrow(() -> SnowflakeError.unsupported(element + " in the format " + format));
        });
    }
}
