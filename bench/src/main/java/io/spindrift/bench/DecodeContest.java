package io.spindrift.bench;

import com.sun.net.httpserver.HttpServer;
import io.spindrift.bench.OrderRecords.Encoding;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DebeziumDecoder;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/**
 * From a record's bytes to cells, the texts that Snowflake loads: ours, Flink's own formats and Avro's GenericRecord over the same rows. Ours
 * reads the Kafka key too, and the position in the source, which {@code debezium-json} and {@code debezium-avro-confluent} step over. The
 * others give objects, whose strings may not even be made yet; the same cells are made out of them with the JDK's own means.
 */
final class DecodeContest implements AutoCloseable {

    static final int RECORDS = 1000;

    private static final int HEADER = 5;

    private final List<RawRecord> avro;
    private final List<RawRecord> jsonWithSchema;
    private final List<RawRecord> json;
    private final DebeziumDecoder decoder;
    private final HttpServer registry;
    private final DeserializationSchema<RowData> flinkJsonWithSchema;
    private final DeserializationSchema<RowData> flinkJson;
    private final DeserializationSchema<RowData> flinkAvro;
    private final GenericDatumReader<GenericRecord> generic;
    private BinaryDecoder binary;
    private final CellBuffer cells = new CellBuffer();
    /** Keeps what was made from being optimised away. */
    private Object last = "";

    /** Who reads, and what becomes of it. */
    enum Way {
        SPINDRIFT_AVRO,
        SPINDRIFT_JSON_WITH_SCHEMA,
        SPINDRIFT_JSON,
        GENERIC_RECORD,
        GENERIC_RECORD_TO_CELLS,
        FLINK_AVRO,
        FLINK_AVRO_TO_CELLS,
        FLINK_JSON_WITH_SCHEMA,
        FLINK_JSON_WITH_SCHEMA_TO_CELLS,
        FLINK_JSON,
        FLINK_JSON_TO_CELLS
    }

    /** Inserts have no row before; updates have one, as under REPLICA IDENTITY FULL: Flink's formats refuse an update without. */
    enum Kind {
        INSERT,
        UPDATE
    }

    DecodeContest(Kind kind) throws Exception {
        avro = new OrderRecords(Encoding.AVRO).of(RECORDS, kind);
        jsonWithSchema = new OrderRecords(Encoding.JSON_WITH_SCHEMA).of(RECORDS, kind);
        json = new OrderRecords(Encoding.JSON).of(RECORDS, kind);
        Map<Integer, String> schemas = OrderRecords.avroSchemas();
        decoder = new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                OrderRecords.declared(),
                id -> Optional.ofNullable(schemas.get(id)),
                source -> Optional.of(new TableName("ORDERS")),
                ColumnSettings.DEFAULT);
        registry = FlinkFormats.registry(schemas);
        flinkJsonWithSchema = FlinkFormats.json(true);
        flinkJson = FlinkFormats.json(false);
        flinkAvro =
                FlinkFormats.avro("http://localhost:" + registry.getAddress().getPort());
        generic = new GenericDatumReader<>(new Schema.Parser().parse(schemas.get(OrderRecords.VALUE_SCHEMA_ID)));
        binary = DecoderFactory.get().binaryDecoder(new byte[0], null);
    }

    @Override
    public void close() {
        registry.stop(0);
    }

    /** All records, once. */
    void run(Way way) throws IOException {
        switch (way) {
            case SPINDRIFT_AVRO -> decode(avro);
            case SPINDRIFT_JSON_WITH_SCHEMA -> decode(jsonWithSchema);
            case SPINDRIFT_JSON -> decode(json);
            case GENERIC_RECORD -> {
                for (int i = 0; i < RECORDS; i++) {
                    last = read(avro.get(i));
                }
            }
            case GENERIC_RECORD_TO_CELLS -> {
                for (int i = 0; i < RECORDS; i++) {
                    last = cells(read(avro.get(i)));
                }
            }
            case FLINK_AVRO -> deserialize(flinkAvro, avro, new Rows());
            case FLINK_AVRO_TO_CELLS -> deserialize(flinkAvro, avro, new Cells());
            case FLINK_JSON_WITH_SCHEMA -> deserialize(flinkJsonWithSchema, jsonWithSchema, new Rows());
            case FLINK_JSON_WITH_SCHEMA_TO_CELLS -> deserialize(flinkJsonWithSchema, jsonWithSchema, new Cells());
            case FLINK_JSON -> deserialize(flinkJson, json, new Rows());
            case FLINK_JSON_TO_CELLS -> deserialize(flinkJson, json, new Cells());
        }
    }

    private void decode(List<RawRecord> records) throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            decoder.decode(records.get(i), event -> last = event);
        }
    }

    private static void deserialize(
            DeserializationSchema<RowData> format, List<RawRecord> records, Collector<RowData> out) throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            format.deserialize(records.get(i).value(), out);
        }
    }

    private GenericRecord read(RawRecord record) throws IOException {
        byte[] value = value(record);
        binary = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, binary);
        return generic.read(null, binary);
    }

    private static byte[] value(RawRecord record) {
        byte[] value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("a tombstone");
        }
        return value;
    }

    private byte[] cells(GenericRecord envelope) {
        GenericRecord after = (GenericRecord) envelope.get("after");
        cells.clear();
        for (int i = 0; i < OrderColumn.ALL.size(); i++) {
            OrderColumn column = OrderColumn.ALL.get(i);
            Object value = after.get(i);
            if (value == null) {
                cells.addNull();
            } else {
                cells.addText(column.cell(value instanceof java.nio.ByteBuffer bytes ? bytes.array() : value));
            }
        }
        return cells.toBytes();
    }

    private byte[] cells(RowData row) {
        cells.clear();
        for (int i = 0; i < OrderColumn.ALL.size(); i++) {
            if (row.isNullAt(i)) {
                cells.addNull();
            } else {
                OrderColumn column = OrderColumn.ALL.get(i);
                // Either format gives rows of objects.
                cells.addText(column.cell(((org.apache.flink.table.data.GenericRowData) row).getField(i)));
            }
        }
        return cells.toBytes();
    }

    private final class Rows implements Collector<RowData> {
        @Override
        public void collect(RowData row) {
            last = row;
        }

        @Override
        public void close() {}
    }

    /** Of an update the row after alone, as that is all that ours gives. */
    private final class Cells implements Collector<RowData> {
        @Override
        public void collect(RowData row) {
            if (row.getRowKind() != RowKind.UPDATE_BEFORE) {
                last = cells(row);
            }
        }

        @Override
        public void close() {}
    }

    /** That everybody reads the same. */
    void requireEqualCells() throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            String wanted = text(decoded(avro.get(i)));
            requireEqual(wanted, text(decoded(jsonWithSchema.get(i))));
            requireEqual(wanted, text(decoded(json.get(i))));
            requireEqual(wanted, text(cells(read(avro.get(i)))));
            requireEqual(wanted, text(deserialized(flinkAvro, avro.get(i))));
            requireEqual(wanted, text(deserialized(flinkJson, json.get(i))));
            requireEqual(wanted, text(deserialized(flinkJsonWithSchema, jsonWithSchema.get(i))));
        }
    }

    private byte[] decoded(RawRecord record) throws IOException {
        List<ChangeEvent> events = new ArrayList<>();
        decoder.decode(record, events::add);
        return ((RowChange) events.get(events.size() - 1)).cells();
    }

    private byte[] deserialized(DeserializationSchema<RowData> format, RawRecord record) throws IOException {
        List<byte[]> rows = new ArrayList<>();
        format.deserialize(value(record), new Collector<>() {
            @Override
            public void collect(RowData row) {
                rows.add(cells(row));
            }

            @Override
            public void close() {}
        });
        return rows.get(rows.size() - 1);
    }

    private static String text(byte[] cells) {
        StringJoiner row = new StringJoiner("|");
        CellCursor cursor = new CellCursor().on(cells);
        while (cursor.next()) {
            row.add(String.valueOf(cursor.text()));
        }
        return row.toString();
    }

    private static void requireEqual(String wanted, String seen) {
        if (!wanted.equals(seen)) {
            throw new IllegalStateException("cells differ: %s, and %s".formatted(wanted, seen));
        }
    }
}
