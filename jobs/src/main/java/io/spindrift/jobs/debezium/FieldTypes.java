package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.RowChange.LeftOut;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The registry of column types: a field's semantic name and Connect type give the Snowflake type and the encoder. What is not registered is
 * refused by name, never guessed: an int64 with an unknown name may be days, microseconds or a plain number.
 */
final class FieldTypes {

    /** Debezium's default of {@code unavailable.value.placeholder}; of a bytes column, its bytes. */
    static final byte[] PLACEHOLDER = "__debezium_unavailable_value".getBytes(StandardCharsets.UTF_8);

    /** With column.propagate.source.type. */
    private static final String SOURCE_TYPE = "__debezium.source.column.type";

    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";
    private static final String VARIABLE_SCALE_DECIMAL = "io.debezium.data.VariableScaleDecimal";
    private static final Set<String> TEXT_ARRAYS = Set.of("_TEXT", "_VARCHAR", "_BPCHAR");
    private static final String BITS = "io.debezium.data.Bits";
    private static final Set<String> VECTORS = Set.of("io.debezium.data.DoubleVector", "io.debezium.data.FloatVector");
    private static final String GEOMETRY = "io.debezium.data.geometry.";
    private static final String POINT = GEOMETRY + "Point";

    /** PostgreSQL moves no value below 24 bytes out of its row, and a NUMERIC has four digits in two bytes behind a head of at most eight. */
    private static final int SHORTEST_DECIMAL_LEFT_OUT = 25;

    private static final int MAX_PRECISION = 38;
    private static final int MAX_SCALE = 37;
    /** PostgreSQL allows more; a text of more bits than this is somebody's bitmap. */
    private static final int MAX_BITS = 1 << 20;

    private static final Map<ConnectSchema.Type, FieldType> PLAIN = Map.of(
            ConnectSchema.Type.BOOLEAN, FieldType.of(new ColumnType.Bool(), new Encoders.Bool()),
            ConnectSchema.Type.INT8, integer(3, Byte.SIZE),
            ConnectSchema.Type.INT16, integer(5, Short.SIZE),
            ConnectSchema.Type.INT32, integer(10, Integer.SIZE),
            ConnectSchema.Type.INT64, integer(19, Long.SIZE),
            ConnectSchema.Type.FLOAT32, FieldType.of(new ColumnType.Double(), new Encoders.Float32()),
            ConnectSchema.Type.FLOAT64, FieldType.of(new ColumnType.Double(), new Encoders.Float64()),
            ConnectSchema.Type.STRING, FieldType.toastable(text(), new Encoders.Text(ColumnType.Text.MAX_LENGTH)),
            ConnectSchema.Type.BYTES,
                    FieldType.toastable(new ColumnType.Binary(ColumnType.Binary.MAX_LENGTH), new Encoders.Hex()));

    private static final JsonTextEncoder JSON_TEXT = new JsonTextEncoder();
    private static final CellEncoder RAW_NUMBER = new Encoders.RawNumber();
    private static final CellEncoder ANY_TEXT = new Encoders.Text(ColumnType.Text.MAX_LENGTH);

    /** Texts as Debezium writes them. */
    private static final List<String> TEXTS =
            List.of("data.Enum", "data.EnumSet", "time.ZonedTime", "time.IsoDate", "time.IsoTime", "time.IsoTimestamp");

    private static final Map<Semantic, FieldType> NAMED = named();

    private static final Map<String, String> ADVICE = Map.of(
            BITS,
            "bit cannot be told from bit varying, which loses its leading zeros in Debezium: set"
                    + " column.propagate.source.type for a bit column, exclude it if it is bit varying",
            "io.debezium.time.MicroDuration",
            "set interval.handling.mode=string",
            "io.debezium.time.NanoDuration",
            "set interval.handling.mode=string",
            "org.apache.kafka.connect.data.Date",
            "set time.precision.mode=adaptive",
            "org.apache.kafka.connect.data.Time",
            "set time.precision.mode=adaptive",
            "org.apache.kafka.connect.data.Timestamp",
            "set time.precision.mode=adaptive");

    private FieldTypes() {}

    /** A semantic name counts only on the Connect type that Debezium documents for it. */
    private record Semantic(String name, ConnectSchema.Type type) {}

    /** As VARCHAR, which also holds a NUMERIC of more digits than Snowflake's NUMBER. */
    static FieldType asText(ConnectSchema schema) throws Refused {
        if (isDecimal(schema)) {
            return FieldType.of(text(), new DecimalText(number(schema, "scale", 0)));
        }
        return of(schema).asText();
    }

    private static boolean isDecimal(ConnectSchema schema) {
        return schema.type() == ConnectSchema.Type.BYTES && schema.name().equals(DECIMAL);
    }

    /** The semantic names that are registered. */
    static Set<String> names() {
        Set<String> names = new HashSet<>(ADVICE.keySet());
        NAMED.keySet().forEach(semantic -> names.add(semantic.name()));
        return names;
    }

    static FieldType of(ConnectSchema schema) throws Refused {
        switch (schema.type()) {
            case BYTES -> {
                if (schema.name().equals(DECIMAL)) {
                    return decimal(schema);
                }
                if (schema.name().equals(BITS)) {
                    return bits(schema);
                }
            }
            case ARRAY -> {
                if (!schema.items().isEmpty() && (schema.name().isEmpty() || VECTORS.contains(schema.name()))) {
                    return array(schema, schema.items().get(0));
                }
            }
            case MAP -> {
                if (!schema.items().isEmpty() && schema.name().isEmpty()) {
                    return map(of(schema.items().get(0)));
                }
            }
            case STRUCT -> {
                List<String> fields =
                        schema.fields().stream().map(ConnectSchema.Field::name).toList();
                if (schema.name().equals(VARIABLE_SCALE_DECIMAL)
                        && Set.copyOf(fields).equals(Set.of("scale", "value"))) {
                    VariableScaleDecimal decimal = new VariableScaleDecimal(fields.indexOf("scale"));
                    return FieldType.withoutPlaceholder(text(), decimal, SHORTEST_DECIMAL_LEFT_OUT);
                }
                if (schema.name().startsWith(GEOMETRY) && !fields.isEmpty()) {
                    return struct(schema);
                }
            }
            case STRING -> refuseName(schema);
            default -> {}
        }
        FieldType type = schema.name().isEmpty()
                ? PLAIN.get(schema.type())
                : NAMED.get(new Semantic(schema.name(), schema.type()));
        if (type == null) {
            String advice = ADVICE.getOrDefault(schema.name(), "exclude it");
            throw Refused.unsupported("no column type for %s: %s", schema.described(), advice);
        }
        return type;
    }

    private static void refuseName(ConnectSchema schema) throws Refused {
        if (schema.parameters().getOrDefault(SOURCE_TYPE, "").equalsIgnoreCase("NAME")) {
            throw Refused.unsupported(
                    "Debezium sends NULL for a column of type name in every change but a snapshot's: exclude it");
        }
    }

    /**
     * NUMBER(p,s), where p is Debezium's {@code connect.decimal.precision}. Without it (money) the column is as wide as Snowflake allows,
     * and a longer value is refused on its own.
     */
    private static FieldType decimal(ConnectSchema schema) throws Refused {
        int scale = number(schema, "scale", -1);
        // PostgreSQL allows NUMERIC(3,5): 0.00999. Snowflake wants at least as many digits as decimals.
        int precision = Math.max(scale, number(schema, "connect.decimal.precision", MAX_PRECISION));
        if (scale < 0 || scale > MAX_SCALE || precision < 1 || precision > MAX_PRECISION) {
            throw Refused.unsupported(
                    "NUMERIC(%s,%s) exceeds Snowflake's NUMBER(38,37): give it type: text",
                    schema.parameters().getOrDefault("connect.decimal.precision", "?"),
                    schema.parameters().getOrDefault("scale", "?"));
        }
        return FieldType.of(new ColumnType.Number(precision, scale), new DecimalEncoder(precision, scale))
                .withRaw(new DecimalText(scale));
    }

    /** A {@code bit varying(8)} looks like a {@code bit(8)}, and Debezium has cut its leading zeros off: only the source's own type tells. */
    private static FieldType bits(ConnectSchema schema) throws Refused {
        int length = number(schema, "length", Integer.MAX_VALUE);
        boolean fixed = schema.parameters().getOrDefault(SOURCE_TYPE, "").equalsIgnoreCase("BIT");
        if (!fixed || length < 1 || length > MAX_BITS) {
            throw Refused.unsupported("no column type for %s: %s", schema.described(), ADVICE.getOrDefault(BITS, ""));
        }
        return FieldType.of(new ColumnType.Text(length), new BitsEncoder(length));
    }

    /** Debezium's placeholder of an array that was left out depends on the element's type. */
    private static FieldType array(ConnectSchema schema, ConnectSchema item) throws Refused {
        FieldType type = of(item);
        JsonEncoder encoder = JsonEncoder.array(
                type.encoder() == JSON_TEXT
                        ? FieldType.of(type.column(), new JsonTextEncoder.Element(JSON_TEXT))
                        : type);
        CellBuffer placeholder = new CellBuffer();
        encoder.begin(placeholder);
        switch (item.type()) {
            case STRING -> {
                byte[] text = item.name().equals("io.debezium.data.Uuid")
                        ? UUID.nameUUIDFromBytes(PLACEHOLDER).toString().getBytes(StandardCharsets.US_ASCII)
                        : PLACEHOLDER;
                if (item.name().startsWith("io.debezium.time.")) {
                    return FieldType.withoutPlaceholder(new ColumnType.Variant(), encoder, 1);
                }
                encoder.part(0).ofText(text, 0, text.length, encoder.buffer());
                encoder.add(0, placeholder);
            }
            case BYTES -> {
                if (!item.name().isEmpty()) {
                    return FieldType.withoutPlaceholder(new ColumnType.Variant(), encoder, 1);
                }
                encoder.part(0).ofBytes(PLACEHOLDER, 0, PLACEHOLDER.length, encoder.buffer());
                encoder.add(0, placeholder);
            }
            case INT8, INT16, INT32, INT64 -> {
                if (!item.name().isEmpty() && !item.name().equals("io.debezium.time.Date")) {
                    return FieldType.withoutPlaceholder(new ColumnType.Variant(), encoder, 1);
                }
                for (byte b : PLACEHOLDER) {
                    encoder.part(0).ofLong(b, encoder.buffer());
                    encoder.add(0, placeholder);
                }
            }
            default -> {
                return FieldType.withoutPlaceholder(new ColumnType.Variant(), encoder, 1);
            }
        }
        encoder.end(placeholder);
        return toastable(encoder, placeholder, hasPlaceholder(schema, item) ? LeftOut.NO_DOUBT : 1);
    }

    /**
     * Debezium has one for arrays of these alone: of int4, int8, date, uuid, json, bytea and the texts. Others look like them: smallint, and as texts
     * inet, citext, enumerations, ranges; they are NULL when they are left out.
     */
    private static boolean hasPlaceholder(ConnectSchema array, ConnectSchema item) {
        return switch (item.type()) {
            case INT32, INT64, BYTES -> true;
            case STRING ->
                item.name().equals("io.debezium.data.Uuid")
                        || item.name().equals("io.debezium.data.Json")
                        || TEXT_ARRAYS.contains(
                                array.parameters().getOrDefault(SOURCE_TYPE, "").toUpperCase(Locale.ROOT));
            default -> false;
        };
    }

    private static FieldType toastable(JsonEncoder encoder, CellBuffer placeholder, int doubtFrom) {
        ToastableParts updating = new ToastableParts(encoder, placeholder.toBytes());
        return new FieldType(new ColumnType.Variant(), encoder, updating, doubtFrom, FieldType.NO_RAW);
    }

    private static FieldType map(FieldType value) throws Refused {
        JsonEncoder encoder = JsonEncoder.map(value);
        CellBuffer placeholder = new CellBuffer();
        encoder.begin(placeholder);
        encoder.key(PLACEHOLDER, 0, PLACEHOLDER.length);
        encoder.part(0).ofText(PLACEHOLDER, 0, PLACEHOLDER.length, encoder.buffer());
        encoder.add(0, placeholder);
        encoder.end(placeholder);
        return toastable(encoder, placeholder, LeftOut.NO_DOUBT);
    }

    private static FieldType struct(ConnectSchema schema) throws Refused {
        List<String> names = new ArrayList<>();
        List<FieldType> types = new ArrayList<>();
        for (ConnectSchema.Field field : schema.fields()) {
            names.add(field.name());
            types.add(of(field.schema()));
        }
        JsonEncoder encoder = JsonEncoder.struct(names, types);
        // PostgreSQL's own point has 16 bytes, and is never moved out of its row.
        return schema.name().equals(POINT)
                ? FieldType.of(new ColumnType.Variant(), encoder)
                : FieldType.withoutPlaceholder(new ColumnType.Variant(), encoder, 1);
    }

    private static int number(ConnectSchema schema, String parameter, int absent) throws Refused {
        String text = schema.parameters().get(parameter);
        try {
            return text == null ? absent : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Refused.unsupported("parameter %s of %s is no number", parameter, schema.described());
        }
    }

    private static Map<Semantic, FieldType> named() {
        Map<Semantic, FieldType> named = new HashMap<>();
        FieldType date =
                FieldType.of(new ColumnType.Date(), new Encoders.Date()).withRaw(RAW_NUMBER);
        named.put(new Semantic("io.debezium.time.Date", ConnectSchema.Type.INT32), date);
        times(named, "Time", ConnectSchema.Type.INT32, 3, 1_000);
        times(named, "MicroTime", ConnectSchema.Type.INT64, 6, 1_000_000);
        times(named, "NanoTime", ConnectSchema.Type.INT64, 9, 1_000_000_000);
        timestamps(named, "Timestamp", 3, 1_000);
        timestamps(named, "MicroTimestamp", 6, 1_000_000);
        timestamps(named, "NanoTimestamp", 9, 1_000_000_000);
        FieldType instant = FieldType.of(new ColumnType.TimestampTz(6), new ZonedTimestampEncoder())
                .withRaw(ANY_TEXT);
        named.put(new Semantic("io.debezium.time.ZonedTimestamp", ConnectSchema.Type.STRING), instant);
        put(named, "io.debezium.data.Uuid", ConnectSchema.Type.STRING, new ColumnType.Text(36), new Encoders.Text(36));
        CellEncoder text = ANY_TEXT;
        for (String name : TEXTS) {
            put(named, "io.debezium." + name, ConnectSchema.Type.STRING, text(), text);
        }
        put(named, "io.debezium.time.Interval", ConnectSchema.Type.STRING, text(), new IntervalEncoder());
        for (String name : new String[] {"Xml", "Ltree", "Tsvector"}) {
            Semantic semantic = new Semantic("io.debezium.data." + name, ConnectSchema.Type.STRING);
            named.put(semantic, FieldType.toastable(text(), text));
        }
        Semantic json = new Semantic("io.debezium.data.Json", ConnectSchema.Type.STRING);
        named.put(json, FieldType.toastable(new ColumnType.Variant(), JSON_TEXT).withRaw(ANY_TEXT));
        return Map.copyOf(named);
    }

    private static void times(
            Map<Semantic, FieldType> named, String name, ConnectSchema.Type type, int digits, long unitsPerSecond) {
        CellEncoder encoder = new Encoders.Time(digits, unitsPerSecond);
        Semantic semantic = new Semantic("io.debezium.time." + name, type);
        named.put(semantic, FieldType.of(new ColumnType.Time(digits), encoder).withRaw(RAW_NUMBER));
    }

    private static void timestamps(Map<Semantic, FieldType> named, String name, int digits, long unitsPerSecond) {
        CellEncoder encoder = new Encoders.Timestamp(digits, unitsPerSecond);
        Semantic semantic = new Semantic("io.debezium.time." + name, ConnectSchema.Type.INT64);
        named.put(
                semantic,
                FieldType.of(new ColumnType.TimestampNtz(digits), encoder).withRaw(RAW_NUMBER));
    }

    private static void put(
            Map<Semantic, FieldType> named,
            String name,
            ConnectSchema.Type type,
            ColumnType column,
            CellEncoder encoder) {
        named.put(new Semantic(name, type), FieldType.of(column, encoder));
    }

    private static FieldType integer(int digits, int bits) {
        return FieldType.of(new ColumnType.Number(digits, 0), new Encoders.Integer(bits));
    }

    private static ColumnType text() {
        return new ColumnType.Text(ColumnType.Text.MAX_LENGTH);
    }
}
