package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.ColumnType;

/**
 * How a field becomes a column.
 *
 * @param updating the same, where Debezium's placeholder of a value that an update left out may stand in the value's place
 */
record FieldType(ColumnType column, CellEncoder encoder, CellEncoder updating) {

    static FieldType of(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, encoder);
    }

    static FieldType toastable(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, new Encoders.Toastable(encoder, FieldTypes.PLACEHOLDER));
    }
}
