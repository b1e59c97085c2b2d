package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;

/** Reads the envelopes of one schema: first the header, stepping over the rows, then the row that the operation asks for. */
interface EnvelopeReader {

    /** Reads the whole value, from {@code from} up to {@code to}; the header learns where the rows stand. */
    void readHeader(byte[] value, int from, int to, EventHeader header) throws Refused;

    /**
     * Reads the row at {@code at} while the header is read, and stands behind it then. False: not this way; some cells may be written, and
     * nothing is said of the place.
     */
    default boolean readAhead(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        return false;
    }

    /** Reads {@code transaction.total_order} into the header, out of the whole value; a record without it leaves the header as it is. */
    default void readTotalOrder(byte[] value, int from, int to, EventHeader header) throws Refused {}

    /** Steps over a row in JSON, of which no cell is wanted. False, somewhere in it: its fields do not stand as this reader expects them. */
    default boolean stepOver(JsonInput in) {
        return false;
    }

    /** Reads the row at {@code at}, a cell a column. */
    void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused;
}
