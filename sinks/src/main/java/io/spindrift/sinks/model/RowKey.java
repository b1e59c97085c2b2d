package io.spindrift.sinks.model;

import java.util.Arrays;

/** A table and the primary key's cells within it, or a record's place: what the job is keyed by. The hash is stable across JVMs. */
public final class RowKey {

    private final TableName table;
    private final byte[] cells;

    public RowKey(TableName table, byte[] cells) {
        this.table = table;
        this.cells = cells;
    }

    public TableName table() {
        return table;
    }

    /**
     * Of a row that has no key: its record's place, which spreads such rows. NULL stands ahead of it, as in no row's key.
     *
     * @param out for the cells; what it held is gone
     */
    public static RowKey ofRecord(TableName table, Position place, CellBuffer out) {
        out.clear();
        out.addNull();
        out.begin();
        // A topic's name is ASCII: letters, digits, '.', '_' and '-' (Kafka, Topic.validate).
        out.appendAscii(place.topic());
        out.end();
        out.addLong(place.partition());
        out.addLong(place.offset());
        return new RowKey(table, out.toBytes());
    }

    /** Whether the row has no key: its changes have no order, and no mirror. */
    public boolean isOfRecord() {
        return cells.length > 0 && cells[0] == CellBuffer.NULL;
    }

    /** The key columns' cells, as {@link CellBuffer} writes them; not to be changed. */
    public byte[] cells() {
        return cells;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that && table.equals(that.table) && Arrays.equals(cells, that.cells);
    }

    @Override
    public int hashCode() {
        return 31 * table.value().hashCode() + Arrays.hashCode(cells);
    }

    @Override
    public String toString() {
        return table + " key of " + cells.length + " bytes";
    }
}
