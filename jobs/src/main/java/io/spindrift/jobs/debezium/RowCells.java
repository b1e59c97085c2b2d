package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.List;

/**
 * How a row's fields become cells: one encoder a field, in order. Most write one cell.
 *
 * @param place the table, for messages
 */
@SuppressWarnings("ArrayRecordComponent") // compared by identity alone
record RowCells(String place, List<ConnectSchema.Field> fields, CellEncoder[] encoders) {

    /**
     * Stands for a field whose value is not wanted: so many cells are NULL, or unchanged, whatever the row says. None: the field has no
     * column.
     */
    record Skipped(int cells, boolean unchanged) implements CellEncoder {
        Skipped(int cells) {
            this(cells, false);
        }

        void write(CellBuffer out) {
            for (int i = 0; i < cells; i++) {
                if (unchanged) {
                    out.addUnchanged();
                } else {
                    out.addNull();
                }
            }
        }
    }

    static final CellEncoder SKIPPED = new Skipped(1);

    RowCells(String place, List<ConnectSchema.Field> fields, List<CellEncoder> encoders) {
        this(place, fields, encoders.toArray(CellEncoder[]::new));
    }

    String placeOf(int field) {
        return place + "." + fields.get(field).name();
    }
}
