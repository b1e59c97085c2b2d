package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.RowChange.LeftOut;

/**
 * How a field becomes a column.
 *
 * @param updating the same, where Debezium's placeholder of a value that an update left out may stand in the value's place
 * @param doubtFrom {@link LeftOut#NO_DOUBT}; or Debezium has no placeholder for the type and sends NULL in the place of a value that was left
 *     out, whose text has at least this many bytes
 * @param raw writes the text of a value that the column's type does not hold; {@link #NO_RAW} when there is no such form
 */
record FieldType(ColumnType column, CellEncoder encoder, CellEncoder updating, int doubtFrom, CellEncoder raw) {

    static final CellEncoder NO_RAW = new CellEncoder() {};

    static FieldType of(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, encoder, LeftOut.NO_DOUBT, NO_RAW);
    }

    static FieldType toastable(ColumnType column, CellEncoder encoder) {
        CellEncoder updating = new Encoders.Toastable(encoder, FieldTypes.PLACEHOLDER, 1);
        return new FieldType(column, encoder, updating, LeftOut.NO_DOUBT, NO_RAW);
    }

    /** A type of which PostgreSQL may leave out a value, and Debezium then sends NULL. */
    static FieldType withoutPlaceholder(ColumnType column, CellEncoder encoder, int doubtFrom) {
        return new FieldType(column, encoder, encoder, doubtFrom, NO_RAW);
    }

    /** For an update whose {@code before} is absent: only REPLICA IDENTITY FULL sends every value. */
    CellEncoder updatingBlindly() {
        return doubtFrom == LeftOut.NO_DOUBT ? updating : new NullWhenLeftOut(updating);
    }

    /** Whether an update may come without the value. */
    boolean mayBeLeftOut() {
        return updating != encoder || doubtFrom != LeftOut.NO_DOUBT;
    }

    FieldType withRaw(CellEncoder text) {
        return new FieldType(column, encoder, updating, doubtFrom, text);
    }

    boolean hasRaw() {
        return raw != NO_RAW;
    }

    /** VARCHAR instead: a value has the text that the column would have, or else its raw one. */
    FieldType asText() {
        ColumnType text = new ColumnType.Text(ColumnType.Text.MAX_LENGTH);
        if (!hasRaw()) {
            return new FieldType(text, encoder, updating, doubtFrom, NO_RAW);
        }
        CellEncoder either = new RawValues.Instead(encoder, raw);
        return updating == encoder ? of(text, either) : toastable(text, either);
    }

    /** Two cells, the second of which is {@code raw}'s when the first is NULL for the value's sake. */
    FieldType withRawBeside() {
        CellEncoder both = new RawValues.Beside(encoder, raw);
        CellEncoder orUnchanged =
                updating == encoder ? both : new Encoders.Toastable(both, FieldTypes.PLACEHOLDER, RawValues.CELLS);
        return new FieldType(column, both, orUnchanged, doubtFrom, raw);
    }

    /** NULL may be no value, or one that was left out: whoever knows the row's last value decides. */
    private record NullWhenLeftOut(CellEncoder value) implements CellEncoder {
        @Override
        public void ofNull(CellBuffer out) {
            out.addUnchanged();
        }

        @Override
        public void ofBoolean(boolean bool, CellBuffer out) throws Refused {
            value.ofBoolean(bool, out);
        }

        @Override
        public void ofLong(long number, CellBuffer out) throws Refused {
            value.ofLong(number, out);
        }

        @Override
        public void ofDouble(double number, CellBuffer out) throws Refused {
            value.ofDouble(number, out);
        }

        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            value.ofText(utf8, offset, length, out);
        }

        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
            value.ofBytes(bytes, offset, length, out);
        }

        @Override
        public Parts ofParts() throws Refused {
            return value.ofParts();
        }
    }
}
