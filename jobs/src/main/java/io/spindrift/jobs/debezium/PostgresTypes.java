package io.spindrift.jobs.debezium;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A type of PostgreSQL, as {@code format_type} writes it → the Connect schema that Debezium gives a column of that type (PostgreSQL
 * connector, data type mappings). Left out are types that Debezium does not send, and those whose form it does not settle by type and
 * setting alone.
 */
final class PostgresTypes {

    private static final Pattern ARRAY = Pattern.compile("(.*?)\\s*((\\[\\d*])+)");
    private static final Pattern MODIFIER = Pattern.compile("([^(]*)\\(([^)]*)\\)(.*)");
    private static final Set<String> OF_EXTENSIONS = Set.of("hstore", "citext", "ltree");
    private static final Set<String> WITH_MODIFIER = Set.of(
            "numeric",
            "text",
            "bit",
            "varbit",
            "interval",
            "time",
            "timestamp",
            "time with time zone",
            "timestamp with time zone");
    private static final Set<String> WITHOUT_ARRAY =
            Set.of("money", "bit", "varbit", "interval", "xml", "point", "hstore", "tsvector");

    private static final Map<String, String> ALIASES = aliases();
    private static final Map<String, ConnectSchema> FIXED = fixed();

    private PostgresTypes() {}

    /** @param modifier what stands in parentheses: precision and scale, or a length */
    private record Declared(String text, String name, List<Integer> modifier, boolean array) {}

    static ConnectSchema of(String text, HandlingModes modes) throws Refused {
        Declared type = parse(text);
        if (!type.array) {
            return scalar(type, modes);
        }
        if (WITHOUT_ARRAY.contains(type.name)) {
            throw unknown(text);
        }
        if (!isSettledInArrays(type, modes)) {
            throw Refused.unsupported(
                    "Debezium's form of %s cannot be told without a schema: set decimal.handling.mode=string or"
                            + " time.precision.mode=microseconds, or exclude the column with column.exclude.list",
                    text);
        }
        ConnectSchema item = scalar(type, modes);
        boolean optional = !type.name.equals("enum");
        return new ConnectSchema(
                ConnectSchema.Type.ARRAY, "", Map.of(), true, List.of(), List.of(optional ? item : item.asRequired()));
    }

    /** Debezium takes an array's scale and precision from the column's, and JDBC tells them apart only where they are given. */
    private static boolean isSettledInArrays(Declared type, HandlingModes modes) {
        return switch (type.name) {
            case "numeric" -> modes.decimals() != HandlingModes.Decimals.PRECISE || !type.modifier.isEmpty();
            case "time", "timestamp" ->
                modes.times() == HandlingModes.Times.MICROSECONDS || modes.times() == HandlingModes.Times.NANOSECONDS;
            default -> true;
        };
    }

    private static ConnectSchema scalar(Declared type, HandlingModes modes) throws Refused {
        return switch (type.name) {
            case "numeric" -> numeric(type, modes);
            case "money" -> money(modes);
            case "date" -> date(modes);
            case "time" -> time(type, modes);
            case "timestamp" -> timestamp(type, modes);
            case "interval" ->
                modes.intervals() == HandlingModes.Intervals.STRING
                        ? named(ConnectSchema.Type.STRING, "io.debezium.time.Interval")
                        : named(ConnectSchema.Type.INT64, "io.debezium.time.MicroDuration");
            case "bytea" ->
                ConnectSchema.of(
                        modes.binaries() == HandlingModes.Binaries.BYTES
                                ? ConnectSchema.Type.BYTES
                                : ConnectSchema.Type.STRING);
            case "bit" -> bit(type);
            case "hstore" ->
                modes.hstores() == HandlingModes.Hstores.JSON
                        ? named(ConnectSchema.Type.STRING, "io.debezium.data.Json")
                        : new ConnectSchema(
                                ConnectSchema.Type.MAP,
                                "",
                                Map.of(),
                                true,
                                List.of(),
                                List.of(ConnectSchema.of(ConnectSchema.Type.STRING)));
            default -> {
                ConnectSchema fixed = FIXED.get(type.name);
                if (fixed == null) {
                    throw unknown(type.text);
                }
                yield fixed;
            }
        };
    }

    private static ConnectSchema numeric(Declared type, HandlingModes modes) {
        switch (modes.decimals()) {
            case STRING -> {
                return ConnectSchema.of(ConnectSchema.Type.STRING);
            }
            case DOUBLE -> {
                return ConnectSchema.of(ConnectSchema.Type.FLOAT64);
            }
            case PRECISE -> {}
        }
        if (type.modifier.isEmpty()) {
            return struct(
                    "io.debezium.data.VariableScaleDecimal",
                    new ConnectSchema.Field(
                            "scale", ConnectSchema.of(ConnectSchema.Type.INT32).asRequired()),
                    new ConnectSchema.Field(
                            "value", ConnectSchema.of(ConnectSchema.Type.BYTES).asRequired()));
        }
        int scale = type.modifier.size() == 1 ? 0 : type.modifier.get(1);
        return decimal(Map.of(
                "scale", String.valueOf(scale), "connect.decimal.precision", String.valueOf(type.modifier.get(0))));
    }

    private static ConnectSchema money(HandlingModes modes) {
        return switch (modes.decimals()) {
            case STRING -> ConnectSchema.of(ConnectSchema.Type.STRING);
            case DOUBLE -> ConnectSchema.of(ConnectSchema.Type.FLOAT64);
            case PRECISE -> decimal(Map.of("scale", String.valueOf(modes.moneyFractionDigits())));
        };
    }

    private static ConnectSchema decimal(Map<String, String> parameters) {
        return ConnectSchema.of(ConnectSchema.Type.BYTES, "org.apache.kafka.connect.data.Decimal", parameters);
    }

    private static ConnectSchema date(HandlingModes modes) {
        return switch (modes.times()) {
            case ADAPTIVE, ADAPTIVE_TIME_MICROSECONDS, MICROSECONDS, NANOSECONDS ->
                named(ConnectSchema.Type.INT32, "io.debezium.time.Date");
            case ISOSTRING -> named(ConnectSchema.Type.STRING, "io.debezium.time.IsoDate");
            case CONNECT -> named(ConnectSchema.Type.INT32, "org.apache.kafka.connect.data.Date");
        };
    }

    private static ConnectSchema time(Declared type, HandlingModes modes) {
        boolean millis = modes.times() == HandlingModes.Times.ADAPTIVE && digits(type) <= 3;
        return switch (modes.times()) {
            case ADAPTIVE, ADAPTIVE_TIME_MICROSECONDS, MICROSECONDS ->
                millis
                        ? named(ConnectSchema.Type.INT32, "io.debezium.time.Time")
                        : named(ConnectSchema.Type.INT64, "io.debezium.time.MicroTime");
            case NANOSECONDS -> named(ConnectSchema.Type.INT64, "io.debezium.time.NanoTime");
            case ISOSTRING -> named(ConnectSchema.Type.STRING, "io.debezium.time.IsoTime");
            case CONNECT -> named(ConnectSchema.Type.INT32, "org.apache.kafka.connect.data.Time");
        };
    }

    private static ConnectSchema timestamp(Declared type, HandlingModes modes) {
        boolean millis = modes.times() != HandlingModes.Times.MICROSECONDS && digits(type) <= 3;
        return switch (modes.times()) {
            case ADAPTIVE, ADAPTIVE_TIME_MICROSECONDS, MICROSECONDS ->
                named(
                        ConnectSchema.Type.INT64,
                        millis ? "io.debezium.time.Timestamp" : "io.debezium.time.MicroTimestamp");
            case NANOSECONDS -> named(ConnectSchema.Type.INT64, "io.debezium.time.NanoTimestamp");
            case ISOSTRING -> named(ConnectSchema.Type.STRING, "io.debezium.time.IsoTimestamp");
            case CONNECT -> named(ConnectSchema.Type.INT64, "org.apache.kafka.connect.data.Timestamp");
        };
    }

    private static int digits(Declared type) {
        return type.modifier.isEmpty() ? 6 : type.modifier.get(0);
    }

    /** The source's type stands in the schema: of bits the decoder must know that they are no {@code bit varying}. */
    private static ConnectSchema bit(Declared type) {
        int length = type.modifier.isEmpty() ? 1 : type.modifier.get(0);
        return length == 1
                ? ConnectSchema.of(ConnectSchema.Type.BOOLEAN)
                : ConnectSchema.of(
                        ConnectSchema.Type.BYTES,
                        "io.debezium.data.Bits",
                        Map.of("length", String.valueOf(length), "__debezium.source.column.type", "BIT"));
    }

    private static Declared parse(String text) throws Refused {
        String rest = text.strip().toLowerCase(Locale.ROOT);
        Matcher array = ARRAY.matcher(rest);
        boolean isArray = array.matches();
        rest = isArray ? array.group(1) : rest;
        List<Integer> modifier = List.of();
        Matcher modified = MODIFIER.matcher(rest);
        if (modified.matches()) {
            modifier = numbers(text, modified.group(2));
            rest = modified.group(1) + " " + modified.group(3);
        }
        String name = name(rest.strip().replaceAll("\\s+", " "));
        boolean fits = modifier.isEmpty() || WITH_MODIFIER.contains(name);
        if (!fits || modifier.size() > (name.equals("numeric") ? 2 : 1)) {
            throw unknown(text);
        }
        return new Declared(text, name, modifier, isArray);
    }

    private static List<Integer> numbers(String text, String written) throws Refused {
        List<Integer> numbers = new ArrayList<>();
        for (String number : written.split(",", -1)) {
            try {
                numbers.add(Integer.valueOf(number.strip()));
            } catch (NumberFormatException e) {
                throw unknown(text);
            }
        }
        return numbers;
    }

    private static String name(String written) {
        String name = written.startsWith("pg_catalog.") ? written.substring("pg_catalog.".length()) : written;
        String own = name.substring(name.lastIndexOf('.') + 1);
        name = OF_EXTENSIONS.contains(own) ? own : name;
        return name.startsWith("interval") ? "interval" : ALIASES.getOrDefault(name, name);
    }

    private static Refused unknown(String text) {
        return Refused.unsupported(
                "no type of PostgreSQL that Debezium sends and that is read here is written %s: name an enum as 'enum'"
                        + " and a domain by its base type, leave out what the connector does not send, and exclude the"
                        + " rest with column.exclude.list",
                text);
    }

    private static ConnectSchema named(ConnectSchema.Type type, String name) {
        return ConnectSchema.of(type, name, Map.of());
    }

    private static ConnectSchema struct(String name, ConnectSchema.Field... fields) {
        return new ConnectSchema(ConnectSchema.Type.STRUCT, name, Map.of(), true, List.of(fields), List.of());
    }

    private static Map<String, String> aliases() {
        Map<String, String> aliases = new HashMap<>();
        alias(aliases, "smallint", "int2", "smallserial", "serial2");
        alias(aliases, "integer", "int", "int4", "serial", "serial4");
        alias(aliases, "bigint", "int8", "bigserial", "serial8");
        alias(aliases, "real", "float4");
        alias(aliases, "double precision", "float8", "float");
        alias(aliases, "boolean", "bool");
        alias(aliases, "numeric", "decimal");
        alias(aliases, "text", "character varying", "varchar", "character", "char", "bpchar");
        alias(aliases, "time", "time without time zone");
        alias(aliases, "timestamp", "timestamp without time zone");
        alias(aliases, "time with time zone", "timetz");
        alias(aliases, "timestamp with time zone", "timestamptz");
        alias(aliases, "varbit", "bit varying");
        return Map.copyOf(aliases);
    }

    private static void alias(Map<String, String> aliases, String name, String... others) {
        for (String other : others) {
            aliases.put(other, name);
        }
    }

    private static Map<String, ConnectSchema> fixed() {
        Map<String, ConnectSchema> fixed = new HashMap<>();
        fixed.put("smallint", ConnectSchema.of(ConnectSchema.Type.INT16));
        fixed.put("integer", ConnectSchema.of(ConnectSchema.Type.INT32));
        fixed.put("bigint", ConnectSchema.of(ConnectSchema.Type.INT64));
        fixed.put("oid", ConnectSchema.of(ConnectSchema.Type.INT64));
        fixed.put("real", ConnectSchema.of(ConnectSchema.Type.FLOAT32));
        fixed.put("double precision", ConnectSchema.of(ConnectSchema.Type.FLOAT64));
        fixed.put("boolean", ConnectSchema.of(ConnectSchema.Type.BOOLEAN));
        for (String name : List.of(
                "text",
                "citext",
                "inet",
                "cidr",
                "macaddr",
                "macaddr8",
                "int4range",
                "int8range",
                "numrange",
                "tsrange",
                "tstzrange",
                "daterange")) {
            fixed.put(name, ConnectSchema.of(ConnectSchema.Type.STRING));
        }
        fixed.put("time with time zone", named(ConnectSchema.Type.STRING, "io.debezium.time.ZonedTime"));
        fixed.put("timestamp with time zone", named(ConnectSchema.Type.STRING, "io.debezium.time.ZonedTimestamp"));
        fixed.put("varbit", named(ConnectSchema.Type.BYTES, "io.debezium.data.Bits"));
        fixed.put("uuid", named(ConnectSchema.Type.STRING, "io.debezium.data.Uuid"));
        fixed.put("json", named(ConnectSchema.Type.STRING, "io.debezium.data.Json"));
        fixed.put("jsonb", named(ConnectSchema.Type.STRING, "io.debezium.data.Json"));
        fixed.put("xml", named(ConnectSchema.Type.STRING, "io.debezium.data.Xml"));
        fixed.put("ltree", named(ConnectSchema.Type.STRING, "io.debezium.data.Ltree"));
        fixed.put("tsvector", named(ConnectSchema.Type.STRING, "io.debezium.data.Tsvector"));
        fixed.put("enum", named(ConnectSchema.Type.STRING, "io.debezium.data.Enum"));
        ConnectSchema coordinate = ConnectSchema.of(ConnectSchema.Type.FLOAT64).asRequired();
        fixed.put(
                "point",
                struct(
                        "io.debezium.data.geometry.Point",
                        new ConnectSchema.Field("x", coordinate),
                        new ConnectSchema.Field("y", coordinate),
                        new ConnectSchema.Field("wkb", ConnectSchema.of(ConnectSchema.Type.BYTES)),
                        new ConnectSchema.Field("srid", ConnectSchema.of(ConnectSchema.Type.INT32))));
        return Map.copyOf(fixed);
    }
}
