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
    private static final Pattern PLACE = Pattern.compile("\\{(\\d|\\*|d|o)([tjJi]?)(?:\\|([^}]*))?}");
    private static final Map<String, Known> KNOWN = table();
    private static final Map<String, String> PARTS = parts();
    private static final Set<String> PART_FIRST =
            Reserved.words("DATEADD TIMEADD TIMESTAMPADD DATEDIFF TIMEDIFF TIMESTAMPDIFF DATE_PART DATE_TRUNC");
    private static final SnowflakeType NTZ = SnowflakeType.of(Kind.TIMESTAMP_NTZ);
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
                    case "form" -> form(known, name, args, distinct, order);
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
        String within = "(" + distinct + join(args) + around.nulls() + ")";
        String over = around.over(name);
        if (!name.equals("AVG") || args.isEmpty() || !args.get(0).is(Kind.FIXED)) {
            return new Value(known.duck() + within + over, gives(known.gives(), args));
        }
        int digits = Arithmetic.quotientScale(args.get(0).type().orElseThrow().scale());
        String count = "nullif(count" + within + over + ", 0)";
        return Value.typed(Arithmetic.quotient("sum" + within + over, count, digits), SnowflakeType.number(38, digits));
    }

    private static List<Value> take(String name, Known known, List<Value> args) {
        List<Value> taken = new ArrayList<>();
        for (Value arg : known.takes().equals("any") ? alike(args) : args) {
            if (known.takes().equals("plain") && arg.semiStructured()) {
                throw SnowflakeError.unsupported(name + " of a VARIANT: cast it, as in v:x::NUMBER(10,2)");
            }
            boolean first = taken.isEmpty();
            boolean counts = known.gives().equals("FIXED") || known.gives().equals("BOOLEAN");
            taken.add(
                    switch (known.takes()) {
                        case "time" -> moment(arg);
                        case "json" -> first ? Value.of(Storing.variant(arg), Kind.VARIANT) : arg;
                        case "text" ->
                            first && !arg.is(Kind.BINARY) || arg.semiStructured()
                                    ? Value.of(Storing.text(arg), Kind.TEXT)
                                    : arg;
                        default -> counts ? arg.comparable() : arg;
                    });
        }
        return taken;
    }

    /** Texts stand for times where a function wants one. */
    private static Value moment(Value arg) {
        return arg.is(Kind.TEXT) || arg.is(Kind.TIMESTAMP_TZ) || arg.semiStructured() ? Storing.cast(arg, NTZ) : arg;
    }

    private static Optional<SnowflakeType> gives(String gives, List<Value> args) {
        return switch (gives) {
            case "same" -> args.isEmpty() ? Optional.empty() : args.get(0).type();
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

    /**
     * {@code {1}} is an argument, {@code {1t}} its text, {@code {1j}} its JSON, {@code {1i}} its instant, {@code {2|x}} x if it is missing,
     * {@code {*J}} all as JSON.
     */
    private static Value form(Known known, String name, List<Value> given, String distinct, String order) {
        List<Value> args = new ArrayList<>(given.subList(0, known.gives().equals("result") ? 1 : 0));
        List<Value> rest = given.subList(args.size(), given.size());
        args.addAll(Set.of("result", "common").contains(known.gives()) ? alike(rest) : rest);
        if (!known.duck().contains("{*") && !known.duck().contains("{" + args.size()) && !args.isEmpty()) {
            throw SnowflakeError.unsupported(args.size() + " arguments of " + name);
        }
        String sql = PLACE.matcher(known.duck()).replaceAll(place -> {
            String otherwise = place.group(3);
            return Matcher.quoteReplacement(
                    switch (place.group(1)) {
                        case "d" -> distinct;
                        case "o" -> order;
                        case "*" -> all(args, place.group(2), otherwise == null ? ", " : otherwise);
                        default -> {
                            int index = Integer.parseInt(place.group(1)) - 1;
                            boolean missing = index >= args.size() && otherwise != null;
                            yield missing ? otherwise : as(place.group(2), arg(name, args, index));
                        }
                    });
        });
        return new Value(sql, gives(known.gives(), args));
    }

    private static String all(List<Value> args, String kind, String between) {
        List<String> all = args.stream().map(arg -> as(kind, arg)).toList();
        return all.isEmpty() ? "''" : String.join(between, all);
    }

    private static String as(String kind, Value value) {
        String json = value.isNull() ? "NULL" : "CAST(" + Storing.variant(value) + " AS VARCHAR)";
        return switch (kind) {
            case "t" -> Storing.text(value);
            case "i" ->
                value.is(Kind.TIME)
                        ? value.sql()
                        : Storing.cast(value.comparable(), NTZ).sql();
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
            case "DATE_TRUNC" -> moved(arg(name, args, 1), "date_trunc('" + first + "', %s)", true);
            case "ADD_MONTHS" ->
                moved(args.get(0), "sf_add_months(%s, " + arg(name, args, 1).sql() + ")", true);
            case "DATE_PART" -> datePart(first, arg(name, args, 1));
            case "DATEADD", "TIMEADD", "TIMESTAMPADD" -> {
                String interval = "sf_interval('" + first + "', " + args.get(1).sql() + ")";
                yield moved(arg(name, args, 2), "(%s + " + interval + ")", DAYS.contains(first));
            }
            case "OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL" -> object(args, name.endsWith("NULL") ? "J" : "j");
            default -> throw unknown(name);
        };
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

    /** TO_DATE and its like, with TRY_ or without. Of the formats only that of hexadecimal digits is known. */
    private static Value conversion(String name, SnowflakeType to, List<Value> args) {
        SnowflakeType type = to;
        if (args.size() > 1 && to.kind() == Kind.FIXED && args.get(1).is(Kind.FIXED)) {
            int scale = args.size() > 2 ? Integer.parseInt(args.get(2).sql()) : 0;
            type = SnowflakeType.number(Integer.parseInt(args.get(1).sql()), scale);
        } else if (args.size() > 1
                && !(to.kind() == Kind.BINARY && args.get(1).sql().equalsIgnoreCase("'HEX'"))) {
            throw SnowflakeError.unsupported(
                    name + " with the format " + args.get(1).sql());
        }
        Value value = arg(name, args, 0);
        return name.startsWith("TRY_") ? Storing.tryCast(value, type) : Storing.cast(value, type);
    }
}
