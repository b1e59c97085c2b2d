package io.spindrift.jobs.debezium;

import java.util.List;

/**
 * How a row's fields become cells: one encoder a field, in order.
 *
 * @param place the table, for messages
 */
record RowCells(String place, List<ConnectSchema.Field> fields, List<CellEncoder> encoders) {

    /** Stands for a field whose value is not wanted: its cell is NULL, whatever the row says. */
    static final CellEncoder SKIPPED = new CellEncoder() {};

    RowCells {
        encoders = List.copyOf(encoders);
    }

    String placeOf(int field) {
        return place + "." + fields.get(field).name();
    }
}
