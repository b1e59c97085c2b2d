package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

import java.util.List;

/**
 * A change of one row.
 *
 * @param shape fingerprint of the {@link TableShape} whose columns the cells follow
 * @param cells one cell a column, as {@link CellBuffer} writes them; of a delete only the key's cells are set, or where there is no key, all
 *     that are known. Not to be changed
 * @param superseded a true change that came after a newer one of its row: it belongs to the change log and not to the current state
 * @param leftOut the columns whose cells are unchanged TOAST values, in the order of these cells; nearly always none
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere: identity is the position
public record RowChange(
        RowKey key,
        long shape,
        Operation operation,
        Position position,
        byte[] cells,
        boolean superseded,
        List<LeftOut> leftOut)
        implements ChangeEvent {

    public RowChange {
        leftOut = List.copyOf(leftOut);
    }

    /** A change with every value. */
    public RowChange(RowKey key, long shape, Operation operation, Position position, byte[] cells, boolean superseded) {
        this(key, shape, operation, position, cells, superseded, List.of());
    }

    /**
     * A column that the source left out because PostgreSQL had not changed it.
     *
     * @param doubtFrom {@link #NO_DOUBT}; or Debezium has no placeholder for the type and sends NULL, so that it may as well be a true NULL.
     *     It is one where the row's last value has fewer bytes of text than this: too short to be left out
     */
    public record LeftOut(String column, int doubtFrom) {
        public static final int NO_DOUBT = Integer.MAX_VALUE;

        public LeftOut {
            require(!column.isBlank(), "a column without a name was left out");
        }

        public boolean isInDoubt() {
            return doubtFrom != NO_DOUBT;
        }
    }

    /** The same change, with some of what it had left out, or all. */
    public RowChange filled(byte[] filled, List<LeftOut> stillLeftOut) {
        return filled(shape, filled, stillLeftOut);
    }

    /** @param otherShape that the cells follow */
    public RowChange filled(long otherShape, byte[] filled, List<LeftOut> stillLeftOut) {
        return new RowChange(key, otherShape, operation, position, filled, superseded, stillLeftOut);
    }

    public RowChange asSuperseded() {
        return new RowChange(key, shape, operation, position, cells, true, leftOut);
    }
}
