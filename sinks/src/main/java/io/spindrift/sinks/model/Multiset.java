package io.spindrift.sinks.model;

import java.util.List;

/**
 * The columns of a table whose rows have no key beside the rows' own. A row is known by its values: by a hash over them, which stands in for the
 * key; equal rows are one row of the mirror, with their number.
 */
public final class Multiset {

    /** Bytes of a row's hash. */
    public static final int HASH_BYTES = 16;

    /** The hash of the row that a change brings; of a delete, of the row that was. The mirror has a row for each. */
    public static final Column ROW = new Column("_CDC_ROW", new ColumnType.Binary(HASH_BYTES), true);

    /** Of an update, the hash of the row that was. */
    public static final Column ROW_BEFORE = new Column("_CDC_ROW_BEFORE", new ColumnType.Binary(HASH_BYTES), false);

    /**
     * The change's number in its transaction, which it has again when the connector writes it again. NULL for a read; for one that was sent again, where it
     * stood in its partition, as a negative number.
     */
    public static final Column ORDER = new Column("_CDC_ORDER", new ColumnType.Number(19, 0), false);

    /** Behind a row's own columns, in this order. */
    public static final List<Column> COLUMNS = List.of(ROW, ROW_BEFORE, ORDER);

    /** Of the mirror alone: how many equal rows there are. Less than none while deletes have come ahead of their rows, through another partition. */
    public static final Column COUNT = new Column("_CDC_COUNT", new ColumnType.Number(19, 0), false);

    private Multiset() {}
}
