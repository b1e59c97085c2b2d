package io.spindrift.bench;

import com.sun.net.httpserver.HttpServer;
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
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * From a record's bytes to a row, in nanoseconds a record: ours, Flink's own formats and Avro's GenericRecord over the same rows. Ours gives
 * cells, the texts that Snowflake loads, and reads the Kafka key. The others give objects, and with {@code AsCells} the same cells out of
 * them; neither reads the Kafka key, {@code debezium-json} and {@code debezium-avro-confluent} also step over the source and its position.
 * Before anything is measured, everybody's cells are compared. {@link DecodeRatios} prints the ratios and what is wanted of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@OperationsPerInvocation(DecodeBenchmark.RECORDS)
@SuppressWarnings("NullAway.Init")
public class DecodeBenchmark {

    static final int RECORDS = 1000;

    private static final int HEADER = 5;

    /** Inserts have no row before; updates have one, as under REPLICA IDENTITY FULL: Flink's formats refuse an update without. */
    @Param({"insert", "update"})
    public String change;

    private List<RawRecord> avro;
    private List<RawRecord> jsonWithSchema;
    private List<RawRecord> json;
    private DebeziumDecoder decoder;
    private HttpServer registry;
    private DeserializationSchema<RowData> flinkJsonWithSchema;
    private DeserializationSchema<RowData> flinkJson;
    private DeserializationSchema<RowData> flinkAvro;
    private GenericDatumReader<GenericRecord> generic;
    private BinaryDecoder binary;
    private final CellBuffer cells = new CellBuffer();

    @Setup(Level.Trial)
    public void open() throws Exception {
        OrderRecords records = new OrderRecords(change.equals("update"));
        avro = records.avro(RECORDS);
        jsonWithSchema = records.jsonWithSchema(RECORDS);
        json = records.json(RECORDS);
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
        requireEqualCells();
    }

    @TearDown(Level.Trial)
    public void close() {
        registry.stop(0);
    }

    @Benchmark
    public void spindriftAvro(Blackhole out) throws IOException {
        decode(avro, out);
    }

    @Benchmark
    public void spindriftJsonWithSchema(Blackhole out) throws IOException {
        decode(jsonWithSchema, out);
    }

    /** The same records without their schemas, read by the table's declaration. */
    @Benchmark
    public void spindriftJson(Blackhole out) throws IOException {
        decode(json, out);
    }

    @Benchmark
    public void genericRecord(Blackhole out) throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            out.consume(read(avro.get(i)));
        }
    }

    @Benchmark
    public void genericRecordAsCells(Blackhole out) throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            out.consume(cells(read(avro.get(i))));
        }
    }

    @Benchmark
    public void flinkDebeziumAvro(Blackhole out) throws IOException {
        deserialize(flinkAvro, avro, new Rows(out));
    }

    @Benchmark
    public void flinkDebeziumAvroAsCells(Blackhole out) throws IOException {
        deserialize(flinkAvro, avro, new Cells(out));
    }

    @Benchmark
    public void flinkDebeziumJson(Blackhole out) throws IOException {
        deserialize(flinkJson, json, new Rows(out));
    }

    @Benchmark
    public void flinkDebeziumJsonAsCells(Blackhole out) throws IOException {
        deserialize(flinkJson, json, new Cells(out));
    }

    @Benchmark
    public void flinkDebeziumJsonWithSchema(Blackhole out) throws IOException {
        deserialize(flinkJsonWithSchema, jsonWithSchema, new Rows(out));
    }

    @Benchmark
    public void flinkDebeziumJsonWithSchemaAsCells(Blackhole out) throws IOException {
        deserialize(flinkJsonWithSchema, jsonWithSchema, new Cells(out));
    }

    private void decode(List<RawRecord> records, Blackhole out) throws IOException {
        for (int i = 0; i < RECORDS; i++) {
            decoder.decode(records.get(i), out::consume);
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

    private record Rows(Blackhole out) implements Collector<RowData> {
        @Override
        public void collect(RowData row) {
            out.consume(row);
        }

        @Override
        public void close() {}
    }

    /** Of an update the row after alone, as that is all that ours gives. */
    private final class Cells implements Collector<RowData> {
        private final Blackhole out;

        Cells(Blackhole out) {
            this.out = out;
        }

        @Override
        public void collect(RowData row) {
            if (row.getRowKind() != RowKind.UPDATE_BEFORE) {
                out.consume(cells(row));
            }
        }

        @Override
        public void close() {}
    }

    private void requireEqualCells() throws IOException {
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
