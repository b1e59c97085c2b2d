package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.RowChange;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one shape since its last finished file, in the order of the calls: first those in the open file, if there is one, then those in
 * the buffer.
 */
final class ShapeRows implements Closeable {

    private static final int NO_ROWS_YET = -1;

    private final long fingerprint;
    private final SegmentBuffer buffer;
    private RowTally tally = new RowTally();
    private int cells = NO_ROWS_YET;
    private @Nullable SpillFile file;
    private long lastAppended;

    ShapeRows(long fingerprint, SegmentPool pool) {
        this.fingerprint = fingerprint;
        this.buffer = new SegmentBuffer(pool);
    }

    void add(RowChange row, long sequence, CsvLine line) {
        int count = line.write(row, sequence, tally.add(row));
        if (count != cells && cells != NO_ROWS_YET) {
            throw new IllegalStateException("rows of " + cells + " and of " + count + " cells under one shape "
                    + Long.toHexString(fingerprint));
        }
        cells = count;
        buffer.append(line.array(), line.size());
    }

    long fingerprint() {
        return fingerprint;
    }

    /** How many cells each row has. */
    int cells() {
        return cells;
    }

    long bufferedBytes() {
        return buffer.size();
    }

    boolean hasFile() {
        return file != null;
    }

    /** The later, the greater. */
    long lastAppended() {
        return lastAppended;
    }

    void openFile(SpillFile opened) {
        file = opened;
    }

    /**
     * Moves the buffer into the open file.
     *
     * @return how large the file is by now, compressed
     */
    long appendToFile(long tick) throws IOException {
        SpillFile open = openFile();
        buffer.drainTo(open.lines());
        lastAppended = tick;
        return open.compressedBytes();
    }

    /** Ends the file, with every row in it. */
    LocalFile finishFile() throws IOException {
        SpillFile open = openFile();
        buffer.drainTo(open.lines());
        LocalFile finished = open.finish(tally.summary());
        file = null;
        tally = new RowTally();
        return finished;
    }

    /** The buffered rows as one part; there must be no file. */
    CsvPart part(AnnouncedShapes shapes) {
        CsvPart part = new CsvPart(shapes.of(fingerprint, cells), tally.summary(), buffer.drain());
        tally = new RowTally();
        return part;
    }

    private SpillFile openFile() {
        if (file == null) {
            throw new IllegalStateException("shape " + Long.toHexString(fingerprint) + " has no open file");
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
