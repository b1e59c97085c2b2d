package io.spindrift.sinks.model;

/**
 * A change of one row.
 *
 * @param shape fingerprint of the {@link TableShape} whose columns the cells follow
 * @param cells one cell a column, as {@link CellBuffer} writes them; of a delete only the key's cells are set. Not to be changed
 * @param superseded a true change that came after a newer one of its row: it belongs to the change log and not to the current state
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere: identity is the position
public record RowChange(
        RowKey key, long shape, Operation operation, Position position, byte[] cells, boolean superseded)
        implements ChangeEvent {

    public RowChange withCells(byte[] filled) {
        return withCells(shape, filled);
    }

    /** @param otherShape that the cells follow */
    public RowChange withCells(long otherShape, byte[] filled) {
        return new RowChange(key, otherShape, operation, position, filled, superseded);
    }

    public RowChange asSuperseded() {
        return new RowChange(key, shape, operation, position, cells, true);
    }
}
