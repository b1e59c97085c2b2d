package io.spindrift.bench;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.FileUploader;
import io.spindrift.sinks.stage.SnowflakeWriter;
import io.spindrift.sinks.stage.SpillDirectory;
import io.spindrift.sinks.stage.WriterLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.SimpleCounter;

/** A writer and its rows: tables of 12 columns, about 200 bytes of values a row, every row other values. */
final class WriterRows {

    private static final int DISTINCT_ROWS = 20_000;
    private static final int COLUMNS = 12;
    private static final WriterContext CONTEXT = new WriterContext();

    private final List<TableShape> shapes;
    private final byte[][] cells = new byte[DISTINCT_ROWS][];
    private final String[] topics;
    private final RowKey[] keys;
    private final long[] fingerprints;
    private long offset;

    WriterRows(int tables) {
        shapes = IntStream.range(0, tables).mapToObj(WriterRows::shape).toList();
        topics = IntStream.range(0, tables)
                .mapToObj(table -> "shop.public.table_" + table)
                .toArray(String[]::new);
        keys = shapes.stream()
                .map(shape -> new RowKey(shape.table(), new byte[0]))
                .toArray(RowKey[]::new);
        fingerprints = shapes.stream().mapToLong(TableShape::fingerprint).toArray();
        CellBuffer row = new CellBuffer();
        for (int i = 0; i < DISTINCT_ROWS; i++) {
            cells[i] = cells(row, i);
        }
    }

    private static final class WriterContext implements SinkWriter.Context {
        @Override
        public long currentWatermark() {
            return 0;
        }

        @Override
        public Long timestamp() {
            return 0L;
        }
    }

    private static TableShape shape(int table) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < COLUMNS; i++) {
            columns.add(new Column("C" + i, new ColumnType.Text(100), i == 0));
        }
        return new TableShape(new TableName("TABLE_" + table), columns);
    }

    private static byte[] cells(CellBuffer row, int id) {
        long hash = id * 0x9E3779B97F4A7C15L;
        row.clear();
        row.addLong(id);
        row.addText("customer-" + Long.toHexString(hash) + "@example.com");
        row.addText("some text of a row that is " + Long.toString(hash, 36));
        row.addText(id % 1000 + "." + (10 + id % 90));
        row.addText("2026-11-21 08:00:" + (10 + id % 50) + "." + (100_000 + id) + " +00:00");
        row.addText(id % 2 == 0 ? "true" : "false");
        row.addText(id % 3 == 0 ? "PENDING" : "SHIPPED");
        row.addText("2026-11-" + (10 + id % 19));
        row.addLong(hash >>> 20);
        row.addText("https://example.com/orders/" + id + "/lines");
        row.addNull();
        row.addText("");
        return row.toBytes();
    }

    /** A writer that knows the shapes; its stage takes files, and forgets them. */
    SnowflakeWriter writer(WriterLimits limits) throws IOException {
        SnowflakeWriter writer = new SnowflakeWriter(
                "bench",
                0,
                SpillDirectory.create("bench", "0", UUID.randomUUID()),
                limits,
                Forgetful::new,
                new SimpleCounter());
        for (TableShape shape : shapes) {
            writer.write(new ShapeAnnounced(shape), CONTEXT);
        }
        return writer;
    }

    /** Writes a row of each table in turn. */
    void write(SnowflakeWriter writer, int rows) throws IOException {
        int tables = shapes.size();
        for (int i = 0; i < rows; i++) {
            int table = (int) (offset % tables);
            Position position =
                    new Position(topics[table], 0, offset, offset, offset / 10, 1_795_248_000_000_000L, false);
            writer.write(
                    new RowChange(
                            keys[table],
                            fingerprints[table],
                            Operation.UPDATE,
                            position,
                            cells[(int) (offset % DISTINCT_ROWS)],
                            false),
                    CONTEXT);
            offset++;
        }
    }

    private static final class Forgetful implements FileUploader {
        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public void upload(Path file, String directory) {}

        @Override
        public void close() {}
    }
}
