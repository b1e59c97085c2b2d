package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.ColumnType;

/**
 * How a field becomes a column.
 *
 * @param toastable an update may carry Debezium's placeholder in place of the value
 */
record FieldType(ColumnType column, CellEncoder encoder, boolean toastable) {

    static FieldType of(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, false);
    }

    static FieldType toastable(ColumnType column, CellEncoder encoder) {
        return new FieldType(column, encoder, true);
    }
}
