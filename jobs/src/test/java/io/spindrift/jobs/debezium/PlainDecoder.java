package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.spindrift.jobs.ingest.RawRecord;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericEnumSymbol;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericFixed;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.avro.shaded.org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * What a record holds, found the plain and slow way: Avro's GenericRecord or Jackson's tree, then {@link PlainCells}. Shares with the decoder
 * how a schema's text becomes a {@link ConnectSchema}, and nothing of how bytes become cells. The answer is {@link Decoded#text}'s, with the
 * position behind it; {@code ignored}, or {@code refused}.
 */
final class PlainDecoder {

    static {
        // A damaged length must not cost memory: no captured value is as long as this.
        for (String limits : List.of("org.apache.avro.limits.", "org.apache.flink.avro.shaded.org.apache.avro.limits.")) {
            System.setProperty(limits + "string.maxLength", "100000");
            System.setProperty(limits + "bytes.maxLength", "100000");
            System.setProperty(limits + "collectionItems.maxLength", "100000");
        }
    }

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final ObjectMapper STRICT =
            MAPPER.copy().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
    private static final Set<String> SNAPSHOTS =
            Set.of("true", "first", "first_in_data_collection", "last_in_data_collection", "last", "incremental");
    private static final Set<String> SIDE_TOPICS = Set.of(
            "io.debezium.connector.common.Heartbeat",
            "io.debezium.connector.common.TransactionMetadataValue",
            "io.debezium.connector.common.Notification",
            "io.debezium.connector.postgresql.MessageValue");

    private final WriterSchemas registry;
    private final Map<Integer, Schema> schemas = new HashMap<>();
    private final Map<Integer, AvroType> types = new HashMap<>();

    PlainDecoder(WriterSchemas registry) {
        this.registry = registry;
    }

    /** A value and its schema; of a struct the value is a map by field name. */
    private record Typed(ConnectSchema schema, @Nullable Object value) {}

    /** Thrown for what no decoder may take. */
    static final class Impossible extends Exception {
        private static final long serialVersionUID = 1;

        Impossible(String why) {
            super(why, null, false, false);
        }
    }

    String decode(RawRecord record) throws IOException {
        byte[] value = record.value();
        if (value == null) {
            return "ignored";
        }
        try {
            Typed typed = typed(value);
            if (ValueSchema.rowOf(typed.schema).isEmpty()) {
                if (SIDE_TOPICS.contains(typed.schema.name())) {
                    return "ignored";
                }
                throw new Impossible("no envelope");
            }
            return event(record, typed);
        } catch (Impossible impossible) {
            return "refused: " + impossible.getMessage();
        }
    }

    private Typed typed(byte[] bytes) throws Impossible, IOException {
        if (bytes.length > 0 && bytes[0] == '{') {
            return json(bytes);
        }
        if (bytes.length < 5 || bytes[0] != 0) {
            throw new Impossible("neither Avro nor JSON");
        }
        return avro(bytes);
    }

    // ---- the envelope

    private String event(RawRecord record, Typed envelope) throws Impossible, IOException {
        Map<?, ?> fields = (Map<?, ?>) Objects.requireNonNull(envelope.value);
        String op = String.valueOf(fields.get("op"));
        if (!(fields.get("op") instanceof String) || op.getBytes(StandardCharsets.UTF_8).length != 1) {
            throw new Impossible("no op");
        }
        if (!(fields.get("source") instanceof Map<?, ?> source)) {
            throw new Impossible("no source");
        }
        if (op.equals("m")) {
            return "ignored";
        }
        if (!(source.get("schema") instanceof String) || !(source.get("table") instanceof String table)) {
            throw new Impossible("no table");
        }
        if (table.isBlank() || table.length() > 255) {
            return "ignored";
        }
        String position = position(source, op);
        String target = table.toUpperCase(Locale.ROOT);
        return switch (op) {
            case "t" -> "t " + target + position;
            case "r", "c", "u", "d" -> row(record, envelope, fields, op, target) + position;
            default -> throw new Impossible("op " + op);
        };
    }

    private static String position(Map<?, ?> source, String op) throws Impossible {
        boolean snapshot = false;
        if (source.get("snapshot") instanceof BigInteger) {
            throw new Impossible("snapshot is no text");
        }
        if (source.get("snapshot") instanceof String mark && !mark.equals("false")) {
            if (!SNAPSHOTS.contains(mark)) {
                throw new Impossible("snapshot " + mark);
            }
            snapshot = op.equals("r");
        }
        long micros;
        if (source.get("ts_us") instanceof Long us) {
            micros = us;
        } else if (source.get("ts_ns") instanceof Long ns) {
            micros = Math.floorDiv(ns, 1000L);
        } else if (source.get("ts_ms") instanceof Long ms && Math.abs(ms) <= Long.MAX_VALUE / 1000) {
            micros = ms * 1000;
        } else {
            throw new Impossible("no time");
        }
        return " @" + orNone(source.get("lsn")) + "," + orNone(source.get("txId")) + "," + micros + "," + snapshot;
    }

    private static Object orNone(@Nullable Object number) {
        return number == null ? -1L : number;
    }

    private String row(RawRecord record, Typed envelope, Map<?, ?> fields, String op, String target)
            throws Impossible, IOException {
        byte[] keyBytes = record.key();
        if (keyBytes == null) {
            throw new Impossible("no key");
        }
        List<String> key = keyColumns(keyBytes);
        List<ConnectSchema.Field> columns = ValueSchema.rowOf(envelope.schema).orElseThrow();
        Object row = fields.get(op.equals("d") ? "before" : "after");
        if (key.isEmpty() || !columns.stream().map(ConnectSchema.Field::name).toList().containsAll(key)) {
            throw new Impossible("no key columns");
        }
        if (!(row instanceof Map<?, ?> values)) {
            throw new Impossible("no row");
        }
        boolean updating =
                op.equals("u") || op.equals("c") && record.headers().lastHeader("__debezium.oldkey") != null;
        StringJoiner cells = new StringJoiner("|");
        StringJoiner keyCells = new StringJoiner("|");
        for (ConnectSchema.Field column : columns) {
            boolean inKey = key.contains(column.name());
            PlainCells.requireSupported(column.schema());
            String cell = op.equals("d") && !inKey
                    ? "∅"
                    : PlainCells.cell(column.schema(), values.get(column.name()), updating);
            if (inKey && (cell.equals("∅") || cell.equals("…"))) {
                throw new Impossible("half a key");
            }
            cells.add(cell);
            if (inKey) {
                keyCells.add(cell);
            }
        }
        return "%s %s [%s] %s".formatted(op, target, keyCells, cells);
    }

    private List<String> keyColumns(byte[] key) throws Impossible, IOException {
        if (key.length > 0 && key[0] == '{') {
            return jsonSchema(key).fields().stream().map(ConnectSchema.Field::name).toList();
        }
        if (key.length < 5 || key[0] != 0) {
            throw new Impossible("key");
        }
        return type(ByteBuffer.wrap(key).getInt(1)).schema().fields().stream()
                .map(ConnectSchema.Field::name)
                .toList();
    }

    // ---- JSON

    private static JsonNode root(byte[] bytes) throws Impossible {
        if (utf8(bytes, bytes.length) instanceof BigInteger) {
            throw new Impossible("not UTF-8");
        }
        try {
            JsonNode root = MAPPER.readTree(bytes);
            if (root.size() != 2 || !root.path("schema").isObject() || !root.path("payload").isObject()) {
                throw new Impossible("not schema and payload");
            }
            return root;
        } catch (IOException e) {
            throw new Impossible("no JSON");
        }
    }

    private static ConnectSchema jsonSchema(byte[] bytes) throws Impossible {
        try {
            return JsonSchema.parse(root(bytes).get("schema"));
        } catch (Refused refused) {
            throw new Impossible("schema: " + refused.detail());
        }
    }

    private static Typed json(byte[] bytes) throws Impossible {
        ConnectSchema schema = jsonSchema(bytes);
        JsonNode payload = root(bytes).get("payload");
        if (ValueSchema.rowOf(schema).isEmpty()) {
            return new Typed(schema, null);
        }
        Map<String, @Nullable Object> envelope = new LinkedHashMap<>();
        envelope.put("op", text(payload.get("op")));
        if (!payload.path("source").isObject()) {
            throw new Impossible("no source");
        }
        Map<String, @Nullable Object> source = new LinkedHashMap<>();
        for (String name : List.of("schema", "table", "snapshot")) {
            source.put(name, text(payload.get("source").get(name)));
        }
        for (String name : List.of("lsn", "txId", "ts_ms", "ts_us", "ts_ns")) {
            source.put(name, number(payload.get("source").get(name)));
        }
        envelope.put("source", source);
        String op = String.valueOf(envelope.get("op"));
        for (String name : List.of("before", "after")) {
            JsonNode row = payload.get(name);
            if (row != null && !row.isNull()) {
                if (!row.isObject()) {
                    throw new Impossible("row is no object");
                }
                boolean wanted = op.equals("d") == name.equals("before") && !op.equals("t") && !op.equals("m");
                envelope.put(name, wanted ? jsonRow(schema, row) : Map.of());
            }
        }
        return new Typed(schema, envelope);
    }

    private static Map<String, @Nullable Object> jsonRow(ConnectSchema schema, JsonNode row) throws Impossible {
        List<ConnectSchema.Field> columns = ValueSchema.rowOf(schema).orElseThrow();
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (ConnectSchema.Field column : columns) {
            JsonNode value = row.get(column.name());
            if (value == null) {
                throw new Impossible("a column is missing");
            }
            values.put(column.name(), value);
        }
        if (row.size() != columns.size()) {
            throw new Impossible("more fields than columns");
        }
        return values;
    }

    private static @Nullable String text(@Nullable JsonNode node) throws Impossible {
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isTextual()) {
            throw new Impossible("no text");
        }
        return node.asText();
    }

    private static @Nullable Long number(@Nullable JsonNode node) throws Impossible {
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new Impossible("no integer");
        }
        return node.asLong();
    }

    /** For texts that are JSON themselves. */
    static void requireJson(String text) throws Impossible {
        try {
            JsonNode tree = STRICT.readTree(text);
            if (tree.isMissingNode()) {
                throw new Impossible("no JSON in a text");
            }
        } catch (JsonProcessingException e) {
            throw new Impossible("no JSON in a text");
        }
    }

    // ---- Avro

    private AvroType type(int id) throws Impossible, IOException {
        try {
            AvroType type = types.get(id);
            if (type == null) {
                type = AvroType.parse(schemaText(id));
                types.put(id, type);
            }
            return type;
        } catch (Refused refused) {
            throw new Impossible("schema " + id);
        }
    }

    private String schemaText(int id) throws Impossible, IOException {
        return registry.byId(id).orElseThrow(() -> new Impossible("no schema " + id));
    }

    private Typed avro(byte[] bytes) throws Impossible, IOException {
        int id = ByteBuffer.wrap(bytes).getInt(1);
        String text = schemaText(id);
        Schema schema = schemas.computeIfAbsent(
                id, i -> new Schema.Parser().setValidateDefaults(false).parse(text));
        ConnectSchema connect = type(id).schema();
        if (ValueSchema.rowOf(connect).isEmpty()) {
            return new Typed(connect, null);
        }
        try {
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null);
            Object read = new GenericDatumReader<>(schema).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new Impossible("bytes behind the value");
            }
            return new Typed(connect, plain(read));
        } catch (IOException | RuntimeException e) {
            throw new Impossible("Avro: " + e.getClass().getSimpleName());
        }
    }

    /** Avro's objects as those of {@link PlainCells}. */
    private static @Nullable Object plain(@Nullable Object avro) throws Impossible {
        if (avro instanceof GenericRecord record) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            for (Schema.Field field : record.getSchema().getFields()) {
                fields.put(field.name(), plain(record.get(field.pos())));
            }
            return fields;
        }
        if (avro instanceof Utf8 text) {
            return utf8(text.getBytes(), text.getByteLength());
        }
        if (avro instanceof ByteBuffer buffer) {
            byte[] copy = new byte[buffer.remaining()];
            buffer.duplicate().get(copy);
            return copy;
        }
        if (avro instanceof GenericFixed fixed) {
            return fixed.bytes();
        }
        if (avro instanceof Integer number) {
            return number.longValue();
        }
        if (avro instanceof GenericEnumSymbol<?> symbol) {
            return symbol.toString();
        }
        if (avro instanceof List<?> items) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object item : items) {
                list.add(plain(item));
            }
            return list;
        }
        return avro;
    }

    /** A text, or its bytes when they are not UTF-8: refused only where the text is wanted. */
    private static Object utf8(byte[] bytes, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return new BigInteger(1, bytes);
        }
    }
}
