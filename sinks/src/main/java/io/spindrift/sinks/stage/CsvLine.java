package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TimestampText;
import java.nio.charset.StandardCharsets;

/**
 * A row → its line of CSV; reused from row to row. Texts are always quoted, NULL is the empty unquoted field, a quote within a text is
 * doubled: no other rule exists, so every text survives. The columns of {@link io.spindrift.sinks.schema.MetaColumn} that the load does not
 * add follow the row's own. Not thread-safe.
 */
final class CsvLine {

    private final CellBuffer line = new CellBuffer();
    private final CellCursor cursor = new CellCursor();

    /**
     * @param row its cells in the order of the shape's columns
     * @param sequence the row's place in the order of its writer
     * @return how many cells it has
     */
    int write(RowChange row, long sequence, RowTally.Partition partition) {
        line.clear();
        int cells = appendCells(row);
        Position position = row.position();
        line.append((byte) row.operation().code());
        line.append((byte) ',');
        TimestampText.appendUtcMicros(line, position.committedAtMicros());
        line.append((byte) ',');
        appendNumber(line, position.lsn());
        appendNumber(line, position.txId());
        byte[] fields = partition.csvFields();
        line.append(fields, 0, fields.length);
        appendNumber(line, position.offset());
        line.appendAscii(row.superseded() ? "true," : "false,");
        line.appendLong(sequence);
        line.append((byte) ',');
        if (!row.leftOut().isEmpty()) {
            appendLeftOut(row);
        }
        line.append((byte) '\n');
        return cells;
    }

    /** The line, valid up to {@link #size()} until the next one is written. */
    byte[] array() {
        return line.array();
    }

    int size() {
        return line.size();
    }

    private int appendCells(RowChange row) {
        cursor.on(row.cells());
        int count = 0;
        int leftOut = 0;
        while (cursor.next()) {
            if (cursor.isUnchanged()) {
                leftOut++;
            } else if (!cursor.isNull()) {
                appendQuoted(line, cursor.bytes(), cursor.textStart(), cursor.textLength());
            }
            line.append((byte) ',');
            count++;
        }
        if (leftOut != row.leftOut().size()) {
            throw new IllegalStateException("a row of shape %x has %d unchanged cells, and names %d"
                    .formatted(row.shape(), leftOut, row.leftOut().size()));
        }
        return count;
    }

    /** A JSON array of their names, for PARSE_JSON. */
    private void appendLeftOut(RowChange row) {
        StringBuilder names = new StringBuilder();
        for (RowChange.LeftOut column : row.leftOut()) {
            names.append(names.isEmpty() ? "[" : ",")
                    .append('"')
                    .append(column.column().replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        byte[] json = names.append(']').toString().getBytes(StandardCharsets.UTF_8);
        appendQuoted(line, json, 0, json.length);
    }

    private static void appendQuoted(CellBuffer out, byte[] utf8, int offset, int length) {
        out.append((byte) '"');
        int from = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            if (utf8[i] == '"') {
                out.append(utf8, from, i - from + 1);
                from = i;
            }
        }
        out.append(utf8, from, end - from);
        out.append((byte) '"');
    }

    static void appendText(CellBuffer out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        appendQuoted(out, utf8, 0, utf8.length);
        out.append((byte) ',');
    }

    static void appendNumber(CellBuffer out, long value) {
        if (value != Position.NONE) {
            out.appendLong(value);
        }
        out.append((byte) ',');
    }
}
