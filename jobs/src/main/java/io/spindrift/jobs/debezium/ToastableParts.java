package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import java.util.Arrays;

/** An array or a map that an update may leave out: Debezium sends its placeholder in the element's own type, alone. */
final class ToastableParts implements CellEncoder, Parts {

    private final Parts value;
    private final byte[] placeholder;
    private final CellBuffer cell = new CellBuffer();
    private final CellCursor cursor = new CellCursor();

    /** @param placeholder the cell that the placeholder becomes */
    ToastableParts(Parts value, byte[] placeholder) {
        this.value = value;
        this.placeholder = placeholder;
    }

    @Override
    public Parts ofParts() {
        return this;
    }

    @Override
    public void begin(CellBuffer out) {
        cell.clear();
        value.begin(cell);
    }

    @Override
    public void key(byte[] utf8, int offset, int length) throws Refused {
        value.key(utf8, offset, length);
    }

    @Override
    public CellEncoder part(int index) {
        return value.part(index);
    }

    @Override
    public CellBuffer buffer() {
        return value.buffer();
    }

    @Override
    public void add(int index, CellBuffer out) throws Refused {
        value.add(index, cell);
    }

    @Override
    public void end(CellBuffer out) throws Refused {
        value.end(cell);
        if (Arrays.equals(cell.array(), 0, cell.size(), placeholder, 0, placeholder.length)) {
            out.addUnchanged();
        } else {
            cursor.on(cell).next();
            out.addCell(cursor);
        }
    }
}
