package io.spindrift.sinks.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads a row's cells one after the other; reused from row to row. The format stands at {@link CellBuffer}. Not thread-safe. */
public final class CellCursor {

    private byte[] bytes = new byte[0];
    private int end;
    private int cellStart;
    private int textStart;
    private int cellEnd;
    private int header;

    public CellCursor on(byte[] cells) {
        return on(cells, cells.length);
    }

    /** The buffer's cells, as long as it does not change. */
    public CellCursor on(CellBuffer cells) {
        return on(cells.array(), cells.size());
    }

    private CellCursor on(byte[] cells, int size) {
        bytes = cells;
        end = size;
        cellStart = 0;
        textStart = 0;
        cellEnd = 0;
        return this;
    }

    /** Steps to the next cell; false when there is none. */
    public boolean next() {
        if (cellEnd == end) {
            return false;
        }
        cellStart = cellEnd;
        int at = cellEnd;
        int value = 0;
        int shift = 0;
        byte b;
        do {
            b = bytes[at++];
            value |= (b & 0x7f) << shift;
            shift += 7;
        } while (b < 0);
        header = value;
        textStart = at;
        cellEnd = at + Math.max(0, value - CellBuffer.TEXT);
        if (cellEnd > end) {
            throw new IllegalStateException("cell of " + (value - CellBuffer.TEXT) + " bytes at " + cellStart
                    + " ends behind its row of " + end + " bytes");
        }
        return true;
    }

    public boolean isNull() {
        return header == CellBuffer.NULL;
    }

    public boolean isUnchanged() {
        return header == CellBuffer.UNCHANGED;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int textStart() {
        return textStart;
    }

    public int textLength() {
        return cellEnd - textStart;
    }

    int cellStart() {
        return cellStart;
    }

    int cellEnd() {
        return cellEnd;
    }

    /** The text, or null for SQL NULL. For tests and cold paths. */
    public @Nullable String text() {
        return isNull() ? null : new String(bytes, textStart, textLength(), StandardCharsets.UTF_8);
    }
}
