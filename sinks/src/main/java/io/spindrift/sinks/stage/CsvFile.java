package io.spindrift.sinks.stage;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TimestampText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of one shape → a local CSV.zst file, in the order of the calls. Texts are always quoted, NULL is the empty unquoted field, a quote
 * within a text is doubled: no other rule exists, so every text survives. The columns of {@link io.spindrift.sinks.schema.MetaColumn} that
 * the load does not add follow the row's own. Owned by one writer's thread; what is in it does not survive a crash, Kafka's offsets do.
 */
final class CsvFile {

    private static final int COMPRESSION_LEVEL = 1;

    private final long shape;
    private final Path local;
    private final OutputStream compressed;
    private final CellBuffer line = new CellBuffer();
    private final CellCursor cursor = new CellCursor();
    private final List<OpenRange> ranges = new ArrayList<>();
    private final long[] counts = new long[Operation.values().length];
    private int columns = -1;
    private long highestLsn = Position.NONE;

    CsvFile(long shape, Path local) throws IOException {
        this.shape = shape;
        this.local = local;
        this.compressed = new ZstdOutputStreamNoFinalizer(Files.newOutputStream(local), COMPRESSION_LEVEL);
    }

    private static final class OpenRange {
        private final String topic;
        private final int partition;
        private long first;
        private long last;

        OpenRange(Position position) {
            topic = position.topic();
            partition = position.partition();
            first = position.offset();
            last = position.offset();
        }

        boolean covers(Position position) {
            return partition == position.partition() && topic.equals(position.topic());
        }
    }

    Path local() {
        return local;
    }

    /** @param cells in the order of the shape's columns, none of them unchanged */
    void add(Operation operation, Position position, byte[] cells, SequencedRow row) throws IOException {
        line.clear();
        appendCells(cells);
        appendText(operation.code());
        appendUtc(position.committedAtMicros());
        appendNumber(position.lsn());
        appendNumber(position.txId());
        appendText(position.topic());
        appendNumber(position.partition());
        appendNumber(position.offset());
        line.appendAscii(row.superseded() ? "true," : "false,");
        line.appendLong(row.sequence());
        line.append((byte) '\n');
        compressed.write(line.array(), 0, line.size());
        counts[operation.ordinal()]++;
        extend(position);
        if (!position.snapshot()) {
            highestLsn = Math.max(highestLsn, position.lsn());
        }
    }

    /** A row's place in its commit. */
    record SequencedRow(long sequence, boolean superseded) {}

    private void appendCells(byte[] cells) {
        cursor.on(cells);
        int count = 0;
        while (cursor.next()) {
            if (cursor.isUnchanged()) {
                throw new IllegalStateException("an unchanged TOAST value reached the writer in column " + count
                        + " of shape " + Long.toHexString(shape) + ": ordering must fill it first");
            }
            if (!cursor.isNull()) {
                appendQuoted(cursor.bytes(), cursor.textStart(), cursor.textLength());
            }
            line.append((byte) ',');
            count++;
        }
        if (columns >= 0 && columns != count) {
            throw new IllegalStateException(
                    "rows of " + columns + " and of " + count + " cells under one shape " + Long.toHexString(shape));
        }
        columns = count;
    }

    private void appendQuoted(byte[] utf8, int offset, int length) {
        line.append((byte) '"');
        int from = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            if (utf8[i] == '"') {
                line.append(utf8, from, i - from + 1);
                from = i;
            }
        }
        line.append(utf8, from, end - from);
        line.append((byte) '"');
    }

    private void appendText(char code) {
        line.append((byte) code);
        line.append((byte) ',');
    }

    private void appendText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        appendQuoted(utf8, 0, utf8.length);
        line.append((byte) ',');
    }

    private void appendUtc(long micros) {
        TimestampText.appendUtcMicros(line, micros);
        line.append((byte) ',');
    }

    private void appendNumber(long value) {
        if (value != Position.NONE) {
            line.appendLong(value);
        }
        line.append((byte) ',');
    }

    private void extend(Position position) {
        for (OpenRange range : ranges) {
            if (range.covers(position)) {
                range.first = Math.min(range.first, position.offset());
                range.last = Math.max(range.last, position.offset());
                return;
            }
        }
        ranges.add(new OpenRange(position));
    }

    /** Ends the file. */
    void close() throws IOException {
        compressed.close();
    }

    /** The closed file, as it will stand in the stage. */
    StagedFile staged(TableShape announced, String directory) throws IOException {
        if (columns != announced.columns().size()) {
            throw new IllegalStateException("rows of " + columns + " cells in a file of " + announced.table()
                    + ", whose shape has " + announced.columns().size() + " columns");
        }
        List<OffsetRange> offsets = ranges.stream()
                .map(range -> new OffsetRange(range.topic, range.partition, range.first, range.last))
                .toList();
        return new StagedFile(
                announced, directory + local.getFileName(), Files.size(local), operationCounts(), offsets, highestLsn);
    }

    private OperationCounts operationCounts() {
        return new OperationCounts(
                counts[Operation.READ.ordinal()],
                counts[Operation.CREATE.ordinal()],
                counts[Operation.UPDATE.ordinal()],
                counts[Operation.DELETE.ordinal()],
                counts[Operation.TRUNCATE.ordinal()]);
    }
}
