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

    private static final int MICROS = 1_000_000;
    private static final int MICRO_DIGITS = 6;
    private static final byte[] UTC = ascii(" +00:00,");
    private static final byte[] TRUE = ascii("true,");
    private static final byte[] FALSE = ascii("false,");

    private final CellBuffer line = new CellBuffer();
    private final CellCursor cursor = new CellCursor();
    /** The text of {@link #second}, up to the point. */
    private final CellBuffer secondText = new CellBuffer();

    private long second = Long.MIN_VALUE;

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
        appendCommitTime(position.committedAtMicros());
        appendNumber(line, position.lsn());
        appendNumber(line, position.txId());
        byte[] fields = partition.csvFields();
        line.append(fields, 0, fields.length);
        appendNumber(line, position.offset());
        append(row.superseded() ? TRUE : FALSE);
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

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void append(byte[] text) {
        line.append(text, 0, text.length);
    }

    /** As {@link TimestampText#appendUtcMicros} does, and a comma. Changes that come together were committed together, mostly. */
    private void appendCommitTime(long micros) {
        long itsSecond = Math.floorDiv(micros, MICROS);
        if (itsSecond != second) {
            secondText.clear();
            TimestampText.appendMicros(secondText, itsSecond * MICROS);
            second = itsSecond;
        }
        line.append(secondText.array(), 0, secondText.size() - MICRO_DIGITS);
        line.appendPadded(Math.floorMod(micros, MICROS), MICRO_DIGITS);
        append(UTC);
    }

    private int appendCells(RowChange row) {
        cursor.on(row.cells());
        int count = 0;
        int leftOut = 0;
        while (cursor.next()) {
            if (cursor.isUnchanged()) {
                leftOut++;
            } else if (!cursor.isNull()) {
                line.appendQuoted(cursor.bytes(), cursor.textStart(), cursor.textLength());
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
        line.appendQuoted(json, 0, json.length);
    }

    static void appendText(CellBuffer out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.appendQuoted(utf8, 0, utf8.length);
        out.append((byte) ',');
    }

    static void appendNumber(CellBuffer out, long value) {
        if (value != Position.NONE) {
            out.appendLong(value);
        }
        out.append((byte) ',');
    }
}
