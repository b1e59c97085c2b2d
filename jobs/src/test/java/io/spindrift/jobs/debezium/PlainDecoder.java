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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
        for (String limits :
                List.of("org.apache.avro.limits.", "org.apache.flink.avro.shaded.org.apache.avro.limits.")) {
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
    private static final Set<Set<String>> PLAIN_SIDE_TOPICS = Set.of(
            Set.of("status", "id", "event_count", "data_collections", "ts_ms"),
            Set.of("id", "aggregate_type", "type", "additional_data", "timestamp"));
    private static final Set<String> SIDE_TOPICS = Set.of(
            "io.debezium.connector.common.Heartbeat",
            "io.debezium.connector.common.TransactionMetadataValue",
            "io.debezium.connector.common.Notification",
            "io.debezium.connector.postgresql.MessageValue");

    private final WriterSchemas registry;
    private final DeclaredTables declared;
    private final Map<Integer, Schema> schemas = new HashMap<>();
    private final Map<Integer, AvroType> types = new HashMap<>();

    /** @param declared tables whose records may come without a schema */
    PlainDecoder(WriterSchemas registry, DeclaredTables declared) {
        this.registry = registry;
        this.declared = declared;
    }

    /**
     * A change: op, source, before, after.
     *
     * @param columns of the row; null: as declared
     * @param flattened its row is the whole record, before a delete and after any other change
     */
    private record Change(
            @Nullable List<ConnectSchema.Field> columns, Map<String, @Nullable Object> fields, boolean flattened) {}

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
            Optional<Change> change = change(record.topic(), value);
            return change.isEmpty() ? "ignored" : event(record, change.get());
        } catch (Impossible impossible) {
            return "refused: " + impossible.getMessage();
        }
    }

    /** Empty for a side topic's record. */
    private Optional<Change> change(String topic, byte[] bytes) throws Impossible, IOException {
        if (bytes.length > 0 && bytes[0] == '{') {
            JsonNode root = tree(bytes);
            return root.path("schema").isObject() ? json(topic, root) : plainJson(topic, root);
        }
        if (bytes.length < 5 || bytes[0] != 0) {
            throw new Impossible("neither Avro nor JSON");
        }
        return avro(topic, bytes);
    }

    /** Of records whose schema says what they are: an envelope's columns, or a flattened record's; empty for a side topic. */
    private static Optional<List<ConnectSchema.Field>> columns(ConnectSchema schema) throws Impossible {
        Optional<List<ConnectSchema.Field>> row = ValueSchema.rowOf(schema);
        if (row.isPresent()) {
            return row;
        }
        Optional<Flattened> flattened = Flattened.of(schema);
        if (flattened.isPresent()) {
            requireMetadata(flattened.get().metadata());
            return Optional.of(flattened.get().row());
        }
        if (SIDE_TOPICS.contains(schema.name())) {
            return Optional.empty();
        }
        throw new Impossible("no envelope");
    }

    private static void requireMetadata(Set<Metadata> metadata) throws Impossible {
        if (Flattened.lack(metadata).isPresent()) {
            throw new Impossible("half flattened");
        }
    }

    /** @param values by name, JSON's or Avro's */
    private static Change flattened(
            String topic, @Nullable List<ConnectSchema.Field> columns, Object row, Map<String, ?> values)
            throws Impossible {
        Map<String, @Nullable Object> source = new LinkedHashMap<>();
        Map<String, @Nullable Object> change = new LinkedHashMap<>();
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            Object value = entry.getValue();
            switch (Metadata.of(entry.getKey())) {
                case OPERATION -> change.put("op", text(value));
                case DELETED -> change.put("deleted", text(value));
                case SCHEMA -> source.put("schema", text(value));
                case TABLE -> source.put("table", text(value));
                case SNAPSHOT -> source.put("snapshot", text(value));
                case LSN -> source.put("lsn", number(value));
                case TX_ID -> source.put("txId", number(value));
                case COMMIT_MILLIS -> source.put("ts_ms", number(value));
                case COMMIT_MICROS -> source.put("ts_us", number(value));
                case COMMIT_NANOS -> source.put("ts_ns", number(value));
                case COLUMN, OTHER -> {}
            }
        }
        nameAfter(topic, source);
        change.put("source", source);
        change.put("before", row);
        change.put("after", row);
        return new Change(columns, change, true);
    }

    /** Schema and table as {@code prefix.schema.table} says them. */
    private static void nameAfter(String topic, Map<String, @Nullable Object> source) throws Impossible {
        if (source.get("schema") != null && source.get("table") != null) {
            return;
        }
        Object table = source.get("table");
        String end = table == null ? topic.substring(topic.lastIndexOf('.') + 1) : inTopic(table);
        if (!topic.endsWith("." + end)) {
            throw new Impossible("another topic's table");
        }
        String[] ahead = topic.substring(0, topic.length() - end.length() - 1).split("\\.", -1);
        String schema = ahead[ahead.length - 1];
        if (ahead.length < 2 || schema.isEmpty() || end.isEmpty()) {
            throw new Impossible("no table in the topic");
        }
        if (source.get("schema") != null && !inTopic(source.get("schema")).equals(schema)) {
            throw new Impossible("another topic's schema");
        }
        source.putIfAbsent("schema", schema);
        source.putIfAbsent("table", end);
    }

    private static String inTopic(@Nullable Object name) {
        return String.valueOf(name).replaceAll("[^a-zA-Z0-9._-]", "_");
    }

    // ---- the envelope

    private String event(RawRecord record, Change change) throws Impossible, IOException {
        Map<String, @Nullable Object> fields = change.fields;
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
        if (change.flattened) {
            requireAgreement(fields, source, op);
        }
        String position = position(source, op, change.flattened);
        String target = table.toUpperCase(Locale.ROOT);
        return switch (op) {
            case "t" -> "t " + target + position;
            case "r", "c", "u", "d" -> row(record, change, columns(change, source), op, target) + position;
            default -> throw new Impossible("op " + op);
        };
    }

    private static void requireAgreement(Map<String, @Nullable Object> fields, Map<?, ?> source, String op)
            throws Impossible {
        if (!String.valueOf(op.equals("d")).equals(fields.get("deleted"))) {
            throw new Impossible("__deleted says otherwise");
        }
        if (source.get("lsn") == null && !op.equals("r")) {
            throw new Impossible("no LSN");
        }
    }

    private List<ConnectSchema.Field> columns(Change change, Map<?, ?> source) throws Impossible {
        if (change.columns != null) {
            return change.columns;
        }
        for (DeclaredTables.Table table : declared.tables()) {
            if (table.name().schema().equals(source.get("schema"))
                    && table.name().table().equals(source.get("table"))) {
                try {
                    return declared.fields(table);
                } catch (Refused refused) {
                    throw new Impossible(refused.detail());
                }
            }
        }
        throw new Impossible("not declared");
    }

    private static String position(Map<?, ?> source, String op, boolean flattened) throws Impossible {
        boolean snapshot = flattened && op.equals("r");
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

    private String row(RawRecord record, Change change, List<ConnectSchema.Field> columns, String op, String target)
            throws Impossible, IOException {
        byte[] keyBytes = record.key();
        if (keyBytes == null) {
            throw new Impossible("no key");
        }
        List<String> key = keyColumns(keyBytes);
        Object row = change.fields.get(op.equals("d") ? "before" : "after");
        if (key.isEmpty()
                || !columns.stream().map(ConnectSchema.Field::name).toList().containsAll(key)) {
            throw new Impossible("no key columns");
        }
        if (row == null) {
            throw new Impossible("no row");
        }
        Map<?, ?> values = row instanceof JsonNode json ? jsonRow(columns, json, change.flattened) : (Map<?, ?>) row;
        boolean updating = op.equals("u") || op.equals("c") && record.headers().lastHeader("__debezium.oldkey") != null;
        boolean moved = record.headers().lastHeader("__debezium.newkey") != null;
        boolean hasBefore = op.equals("u") && !change.flattened && change.fields.get("before") != null;
        StringJoiner cells = new StringJoiner("|");
        StringJoiner keyCells = new StringJoiner("|");
        for (ConnectSchema.Field column : columns) {
            boolean inKey = key.contains(column.name());
            PlainCells.requireSupported(column.schema());
            String cell = op.equals("d") && !inKey
                    ? moved && PlainCells.mayNotCome(column.schema()) ? "…" : "∅"
                    : PlainCells.cell(column.schema(), values.get(column.name()), updating);
            if (cell.equals("∅") && updating && !hasBefore && PlainCells.mayBeLeftOut(column.schema())) {
                cell = "…";
            }
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
            JsonNode root = tree(key);
            return root.path("schema").isObject()
                    ? jsonSchema(root).fields().stream()
                            .map(ConnectSchema.Field::name)
                            .toList()
                    : root.properties().stream().map(Map.Entry::getKey).toList();
        }
        if (key.length < 5 || key[0] != 0) {
            throw new Impossible("key");
        }
        return type(ByteBuffer.wrap(key).getInt(1)).schema().fields().stream()
                .map(ConnectSchema.Field::name)
                .toList();
    }

    // ---- JSON

    private static JsonNode tree(byte[] bytes) throws Impossible {
        if (utf8(bytes, bytes.length) instanceof BigInteger) {
            throw new Impossible("not UTF-8");
        }
        try {
            return MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw new Impossible("no JSON");
        }
    }

    private static ConnectSchema jsonSchema(JsonNode root) throws Impossible {
        if (root.size() != 2 || !root.path("payload").isObject()) {
            throw new Impossible("not schema and payload");
        }
        try {
            return JsonSchema.parse(root.get("schema"));
        } catch (Refused refused) {
            throw new Impossible("schema: " + refused.detail());
        }
    }

    private static Optional<Change> json(String topic, JsonNode root) throws Impossible {
        ConnectSchema schema = jsonSchema(root);
        Optional<List<ConnectSchema.Field>> columns = columns(schema);
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        JsonNode payload = root.get("payload");
        return Optional.of(
                ValueSchema.rowOf(schema).isPresent()
                        ? jsonEnvelope(columns.get(), payload)
                        : flattened(topic, columns.get(), payload, byName(payload)));
    }

    private static Optional<Change> plainJson(String topic, JsonNode root) throws Impossible {
        Set<String> names = new HashSet<>();
        root.fieldNames().forEachRemaining(names::add);
        boolean hasSource = root.path("source").isObject() && names.contains("op");
        if (hasSource && names.contains("before") && names.contains("after")) {
            return Optional.of(jsonEnvelope(null, root));
        }
        if (hasSource && names.contains("message")) {
            return Optional.empty();
        }
        EnumSet<Metadata> metadata = EnumSet.noneOf(Metadata.class);
        names.forEach(name -> metadata.add(Metadata.of(name)));
        metadata.remove(Metadata.COLUMN);
        if (!metadata.isEmpty()) {
            requireMetadata(metadata);
            return Optional.of(flattened(topic, null, root, byName(root)));
        }
        if (PLAIN_SIDE_TOPICS.contains(names) || names.equals(Set.of("ts_ms")) && topic.contains("heartbeat")) {
            return Optional.empty();
        }
        throw new Impossible("no envelope");
    }

    private static Map<String, JsonNode> byName(JsonNode object) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        return fields;
    }

    private static Change jsonEnvelope(@Nullable List<ConnectSchema.Field> columns, JsonNode payload)
            throws Impossible {
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
        for (String name : List.of("before", "after")) {
            JsonNode row = payload.get(name);
            if (row != null && !row.isNull()) {
                if (!row.isObject()) {
                    throw new Impossible("row is no object");
                }
                envelope.put(name, row);
            }
        }
        return new Change(columns, envelope, false);
    }

    private static Map<String, @Nullable Object> jsonRow(
            List<ConnectSchema.Field> columns, JsonNode row, boolean flattened) throws Impossible {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (ConnectSchema.Field column : columns) {
            JsonNode value = row.get(column.name());
            if (value == null) {
                throw new Impossible("a column is missing");
            }
            values.put(column.name(), value);
        }
        long fields = byName(row).keySet().stream()
                .filter(name -> !flattened || Metadata.of(name).isColumn())
                .count();
        if (fields != columns.size()) {
            throw new Impossible("more fields than columns");
        }
        return values;
    }

    private static @Nullable String text(@Nullable Object value) throws Impossible {
        if (value == null || value instanceof String) {
            return (String) value;
        }
        JsonNode node = node(value);
        if (node.isNull()) {
            return null;
        }
        if (!node.isTextual()) {
            throw new Impossible("no text");
        }
        return node.asText();
    }

    private static @Nullable Long number(@Nullable Object value) throws Impossible {
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        JsonNode node = node(value);
        if (node.isNull()) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new Impossible("no integer");
        }
        return node.asLong();
    }

    private static JsonNode node(Object value) throws Impossible {
        if (value instanceof JsonNode node) {
            return node;
        }
        throw new Impossible("neither text nor number");
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

    private Optional<Change> avro(String topic, byte[] bytes) throws Impossible, IOException {
        int id = ByteBuffer.wrap(bytes).getInt(1);
        String text = schemaText(id);
        Schema schema = schemas.computeIfAbsent(
                id, i -> new Schema.Parser().setValidateDefaults(false).parse(text));
        ConnectSchema connect = type(id).schema();
        Optional<List<ConnectSchema.Field>> columns = columns(connect);
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> values = record(schema, bytes);
        return Optional.of(
                ValueSchema.rowOf(connect).isPresent()
                        ? new Change(columns.get(), values, false)
                        : flattened(topic, columns.get(), values, values));
    }

    @SuppressWarnings("unchecked") // A record's.
    private static Map<String, @Nullable Object> record(Schema schema, byte[] bytes) throws Impossible {
        try {
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null);
            Object read = new GenericDatumReader<>(schema).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new Impossible("bytes behind the value");
            }
            return (Map<String, @Nullable Object>) Objects.requireNonNull(plain(read));
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
