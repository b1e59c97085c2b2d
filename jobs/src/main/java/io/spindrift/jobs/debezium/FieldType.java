package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.ColumnType;

/**
 * How a field becomes a column.
 *
 * @param updating the same, where Debezium's placeholder of a value that an update left out may stand in the value's place
 * @param raw writes the text of a value that the column's type does not hold; {@link #NO_RAW} when there is no such form
 */
record FieldType(ColumnType column, CellEncoder encoder, CellEncoder updating, CellEncoder raw) {

    static final CellEncoder NO_RAW = new CellEncoder() {};

    static FieldType of(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, encoder, NO_RAW);
    }

    static FieldType toastable(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, new Encoders.Toastable(encoder, FieldTypes.PLACEHOLDER, 1), NO_RAW);
    }

    FieldType withRaw(CellEncoder text) {
        return new FieldType(column, encoder, updating, text);
    }

    boolean hasRaw() {
        return raw != NO_RAW;
    }

    /** VARCHAR instead: a value has the text that the column would have, or else its raw one. */
    FieldType asText() {
        ColumnType text = new ColumnType.Text(ColumnType.Text.MAX_LENGTH);
        if (!hasRaw()) {
            return new FieldType(text, encoder, updating, NO_RAW);
        }
        CellEncoder either = new RawValues.Instead(encoder, raw);
        return updating == encoder ? of(text, either) : toastable(text, either);
    }

    /** Two cells, the second of which is {@code raw}'s when the first is NULL for the value's sake. */
    FieldType withRawBeside() {
        CellEncoder both = new RawValues.Beside(encoder, raw);
        CellEncoder orUnchanged =
                updating == encoder ? both : new Encoders.Toastable(both, FieldTypes.PLACEHOLDER, RawValues.CELLS);
        return new FieldType(column, both, orUnchanged, raw);
    }
}
