package io.spindrift.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.bench.DecodeContest.Kind;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Changes of orders as Debezium 3.6 puts them into Kafka, the same rows in each encoding: Avro in Confluent's wire format, and Connect's JSON
 * with and without its schema. The envelope is that of captured records.
 */
final class OrderRecords {

    static final int VALUE_SCHEMA_ID = 7;
    static final int KEY_SCHEMA_ID = 8;

    static final String TOPIC = "shop.public.orders";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RecordHeaders NO_HEADERS = new RecordHeaders();
    private static final long NOW_MICROS = 1_795_234_465_204_102L;

    private static final String SOURCE_FIELDS = """
            {"type":"string","optional":false,"field":"version"},{"type":"string","optional":false,"field":"connector"},
            {"type":"string","optional":false,"field":"name"},{"type":"int64","optional":false,"field":"ts_ms"},
            {"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":
            "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"default":"false","field":"snapshot"},
            {"type":"string","optional":false,"field":"db"},{"type":"string","optional":true,"field":"sequence"},
            {"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"},
            {"type":"string","optional":false,"field":"schema"},{"type":"string","optional":false,"field":"table"},
            {"type":"int64","optional":true,"field":"txId"},{"type":"int64","optional":true,"field":"lsn"},
            {"type":"int64","optional":true,"field":"xmin"},{"type":"string","optional":true,"field":"origin"},
            {"type":"int64","optional":true,"field":"origin_lsn"}""".replace("\n", "");

    private static final String TAIL_FIELDS = """
            {"type":"struct","fields":[{"type":"string","optional":false,"field":"id"},
            {"type":"int64","optional":false,"field":"total_order"},{"type":"int64","optional":false,"field":"data_collection_order"}],
            "optional":true,"name":"event.block","version":1,"field":"transaction"},{"type":"string","optional":false,"field":"op"},
            {"type":"int64","optional":true,"field":"ts_ms"},{"type":"int64","optional":true,"field":"ts_us"},
            {"type":"int64","optional":true,"field":"ts_ns"}""".replace("\n", "");

    private static final String AVRO_SOURCE = """
            {"type":"record","name":"Source","namespace":"io.debezium.connector.postgresql","fields":[
            {"name":"version","type":"string"},{"name":"connector","type":"string"},{"name":"name","type":"string"},
            {"name":"ts_ms","type":"long"},{"name":"snapshot","type":[{"type":"string","connect.version":1,"connect.parameters":{"allowed":
            "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"connect.default":"false",
            "connect.name":"io.debezium.data.Enum"},"null"],"default":"false"},{"name":"db","type":"string"},
            {"name":"sequence","type":["null","string"],"default":null},{"name":"ts_us","type":["null","long"],"default":null},
            {"name":"ts_ns","type":["null","long"],"default":null},{"name":"schema","type":"string"},{"name":"table","type":"string"},
            {"name":"txId","type":["null","long"],"default":null},{"name":"lsn","type":["null","long"],"default":null},
            {"name":"xmin","type":["null","long"],"default":null},{"name":"origin","type":["null","string"],"default":null},
            {"name":"origin_lsn","type":["null","long"],"default":null}],"connect.version":1,
            "connect.name":"io.debezium.connector.postgresql.Source"}""";

    private static final String AVRO_TAIL = """
            {"name":"transaction","type":["null",{"type":"record","name":"block","namespace":"event","fields":[
            {"name":"id","type":"string"},{"name":"total_order","type":"long"},{"name":"data_collection_order","type":"long"}],
            "connect.version":1,"connect.name":"event.block"}],"default":null},{"name":"op","type":"string"},
            {"name":"ts_ms","type":["null","long"],"default":null},{"name":"ts_us","type":["null","long"],"default":null},
            {"name":"ts_ns","type":["null","long"],"default":null}""";

    private static final String VALUE_SCHEMA = connectSchema();
    private static final String KEY_SCHEMA =
            "{\"type\":\"struct\",\"fields\":[%s],\"optional\":false,\"name\":\"%s.Key\"}"
                    .formatted(OrderColumn.ALL.get(0).connect(), TOPIC);

    private static final Schema AVRO_KEY = new Schema.Parser().parse(schema(KEY_SCHEMA_ID));
    private static final Schema AVRO_VALUE = new Schema.Parser().parse(schema(VALUE_SCHEMA_ID));

    private final Encoding encoding;

    enum Encoding {
        AVRO,
        JSON,
        JSON_WITH_SCHEMA
    }

    /**
     * @param place in the source's log, from 0; commit times and LSNs ascend with it
     * @param operation Debezium's letter
     * @param before null: not there, as under REPLICA IDENTITY DEFAULT, or with an insert
     */
    record Change(int place, String operation, @Nullable Map<String, Object> before, Map<String, Object> after) {}

    OrderRecords(Encoding encoding) {
        this.encoding = encoding;
    }

    static Map<Integer, String> avroSchemas() {
        String columns = OrderColumn.ALL.stream().map(OrderColumn::avro).collect(Collectors.joining(","));
        String value = """
                {"type":"record","name":"Envelope","namespace":"%1$s","fields":[{"name":"before","type":["null",
                {"type":"record","name":"Value","fields":[%2$s],"connect.name":"%1$s.Value"}],"default":null},
                {"name":"after","type":["null","Value"],"default":null},{"name":"source","type":%3$s},%4$s],
                "connect.version":2,"connect.name":"%1$s.Envelope"}""".formatted(TOPIC, columns, AVRO_SOURCE, AVRO_TAIL);
        String key =
                "{\"type\":\"record\",\"name\":\"Key\",\"namespace\":\"%1$s\",\"fields\":[%2$s],\"connect.name\":\"%1$s.Key\"}"
                        .formatted(TOPIC, OrderColumn.ALL.get(0).avro());
        return Map.of(VALUE_SCHEMA_ID, value, KEY_SCHEMA_ID, key);
    }

    /** What reads JSON without schema. */
    static DeclaredTables declared() {
        List<DeclaredTables.Column> columns = OrderColumn.ALL.stream()
                .map(column -> DeclaredTables.Column.parse(column.name(), column.postgres()))
                .toList();
        DeclaredTables.Table orders = new DeclaredTables.Table(new SourceTable("public", "orders"), columns, List.of());
        return new DeclaredTables(HandlingModes.DEFAULTS, List.of(orders));
    }

    /** The first orders, each in one change: an insert, or an update with the row before, as under REPLICA IDENTITY FULL. */
    List<RawRecord> of(int count, Kind kind) {
        return IntStream.range(0, count)
                .mapToObj(index -> {
                    Map<String, Object> order = OrderValues.of(index);
                    Change change =
                            switch (kind) {
                                case INSERT -> new Change(index, "c", null, order);
                                case UPDATE -> new Change(index, "u", OrderValues.inStatus("new", index), order);
                            };
                    return new RawRecord(TOPIC, 0, index, NOW_MICROS / 1000, key(order), value(change), NO_HEADERS);
                })
                .toList();
    }

    byte[] key(Map<String, Object> order) {
        return switch (encoding) {
            case AVRO -> binary(KEY_SCHEMA_ID, avroKey(order));
            case JSON -> text(jsonKey(order));
            case JSON_WITH_SCHEMA -> withSchema(KEY_SCHEMA, jsonKey(order));
        };
    }

    byte[] value(Change change) {
        return switch (encoding) {
            case AVRO -> binary(VALUE_SCHEMA_ID, envelope(change));
            case JSON -> text(jsonEnvelope(change));
            case JSON_WITH_SCHEMA -> withSchema(VALUE_SCHEMA, jsonEnvelope(change));
        };
    }

    private static String schema(int id) {
        String schema = avroSchemas().get(id);
        if (schema == null) {
            throw new IllegalArgumentException("no schema " + id);
        }
        return schema;
    }

    private static GenericRecord avroKey(Map<String, Object> order) {
        GenericRecord key = new GenericData.Record(AVRO_KEY);
        key.put("order_id", order.get("order_id"));
        return key;
    }

    private static GenericRecord envelope(Change change) {
        Schema row = AVRO_VALUE.getField("after").schema().getTypes().get(1);
        GenericRecord envelope = new GenericData.Record(AVRO_VALUE);
        envelope.put("before", change.before() == null ? null : row(row, change.before()));
        envelope.put("after", row(row, change.after()));
        Schema sourceSchema = AVRO_VALUE.getField("source").schema();
        GenericRecord source = new GenericData.Record(sourceSchema);
        source(change.place()).forEach(source::put);
        envelope.put("source", source);
        envelope.put("op", change.operation());
        times(change.place()).forEach(envelope::put);
        return envelope;
    }

    private static GenericRecord row(Schema schema, Map<String, Object> order) {
        GenericRecord row = new GenericData.Record(schema);
        order.forEach(
                (column, value) -> row.put(column, value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value));
        return row;
    }

    private static Map<String, Object> source(int place) {
        long micros = NOW_MICROS + 900L * place;
        long lsn = 27_624_288L + 700L * place;
        return Map.ofEntries(
                Map.entry("version", "3.6.3.Final"),
                Map.entry("connector", "postgresql"),
                Map.entry("name", "shop"),
                Map.entry("ts_ms", micros / 1000),
                Map.entry("snapshot", "false"),
                Map.entry("db", "shop"),
                Map.entry("sequence", "[\"%d\",\"%d\"]".formatted(lsn - 144, lsn)),
                Map.entry("ts_us", micros),
                Map.entry("ts_ns", micros * 1000),
                Map.entry("schema", "public"),
                Map.entry("table", "orders"),
                Map.entry("txId", 798L + place),
                Map.entry("lsn", lsn));
    }

    private static Map<String, Long> times(int place) {
        long micros = NOW_MICROS + 432_647 + 900L * place;
        return Map.of("ts_ms", micros / 1000, "ts_us", micros, "ts_ns", micros * 1000 + 108);
    }

    private static byte[] binary(int id, GenericRecord record) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(5).putInt(1, id).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static ObjectNode jsonKey(Map<String, Object> order) {
        return JSON.createObjectNode().put("order_id", String.valueOf(order.get("order_id")));
    }

    private static ObjectNode jsonEnvelope(Change change) {
        ObjectNode envelope = JSON.createObjectNode();
        if (change.before() == null) {
            envelope.putNull("before");
        } else {
            envelope.set("before", jsonRow(change.before()));
        }
        envelope.set("after", jsonRow(change.after()));
        ObjectNode source = envelope.putObject("source");
        Map<String, Object> values = source(change.place());
        for (String name : List.of(
                "version",
                "connector",
                "name",
                "ts_ms",
                "snapshot",
                "db",
                "sequence",
                "ts_us",
                "ts_ns",
                "schema",
                "table",
                "txId",
                "lsn",
                "xmin",
                "origin",
                "origin_lsn")) {
            source.set(name, JSON.valueToTree(values.get(name)));
        }
        envelope.putNull("transaction").put("op", change.operation());
        for (String name : List.of("ts_ms", "ts_us", "ts_ns")) {
            envelope.put(name, times(change.place()).get(name));
        }
        return envelope;
    }

    private static ObjectNode jsonRow(Map<String, Object> order) {
        ObjectNode row = JSON.createObjectNode();
        for (OrderColumn column : OrderColumn.ALL) {
            row.set(column.name(), JSON.valueToTree(order.get(column.name())));
        }
        return row;
    }

    private static byte[] text(ObjectNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] withSchema(String schema, ObjectNode payload) {
        String text = new String(text(payload), StandardCharsets.UTF_8);
        return ("{\"schema\":" + schema + ",\"payload\":" + text + "}").getBytes(StandardCharsets.UTF_8);
    }

    private static String connectSchema() {
        String columns = OrderColumn.ALL.stream().map(OrderColumn::connect).collect(Collectors.joining(","));
        String row = "{\"type\":\"struct\",\"fields\":[%s],\"optional\":true,\"name\":\"%s.Value\",\"field\":\"%s\"}";
        return "{\"type\":\"struct\",\"fields\":[%s,%s,%s,%s],\"optional\":false,\"name\":\"%s.Envelope\",\"version\":2}"
                .formatted(
                        row.formatted(columns, TOPIC, "before"),
                        row.formatted(columns, TOPIC, "after"),
                        "{\"type\":\"struct\",\"fields\":[" + SOURCE_FIELDS
                                + "],\"optional\":false,\"name\":\"io.debezium.connector.postgresql.Source\",\"version\":1,\"field\":\"source\"}",
                        TAIL_FIELDS,
                        TOPIC);
    }
}
