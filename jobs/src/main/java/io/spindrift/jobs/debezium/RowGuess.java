package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.List;

/**
 * What a row will be read with, as long as the table, its key and the operation, which stand behind it, are those of the last record. A row
 * that is read by a right guess need not be stepped over first; after a wrong one it is read again.
 */
record RowGuess(EnvelopeReader reader, RowCells cells) {

    static final RowGuess NONE = new RowGuess(new Nothing(), new RowCells("", List.of(), List.of()));

    private record Nothing() implements EnvelopeReader {
        @Override
        public void readHeader(byte[] value, int from, int to, EventHeader header) {
            throw new IllegalStateException("there are no such envelopes");
        }

        @Override
        public void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
            throw new IllegalStateException("there are no such rows");
        }
    }
}
