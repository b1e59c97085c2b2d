package io.spindrift.sinks.model;

import java.util.Arrays;

/** A table and the primary key's cells within it: what the job is keyed by. The hash is stable across JVMs. */
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
