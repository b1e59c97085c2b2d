package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.RowChange;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one shape since its last finished file, in the order of the calls: first those in the open file, or those in the spill log, then
 * those in the buffer.
 */
final class ShapeRows implements Closeable {

    private static final int NO_ROWS_YET = -1;

    private final long fingerprint;
    private final SegmentBuffer buffer;
    private RowTally tally = new RowTally();
    private int cells = NO_ROWS_YET;
    private final List<SpillLog.Extent> logged = new ArrayList<>();
    private long loggedBytes;
    private @Nullable SpillFile file;

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

    /** Of rows that are in no file. */
    long unfiledBytes() {
        return loggedBytes + buffer.size();
    }

    boolean hasFile() {
        return file != null;
    }

    boolean isLogged() {
        return loggedBytes > 0;
    }

    /** Moves the buffer into the log; there must be no file. */
    void appendToLog(SpillLog log) throws IOException {
        SpillLog.Extent extent = log.append(buffer);
        logged.add(extent);
        loggedBytes += extent.length();
    }

    /** Takes over an empty file, and moves there what stands in the log. */
    void openFile(SpillFile opened, SpillLog log) throws IOException {
        file = opened;
        for (SpillLog.Extent extent : logged) {
            log.copy(extent, opened.lines());
        }
        logged.clear();
        loggedBytes = 0;
    }

    /**
     * Moves the buffer into the open file.
     *
     * @return how large the file is by now, compressed
     */
    long appendToFile() throws IOException {
        SpillFile open = openFile();
        buffer.drainTo(open.lines());
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

    /** The buffered rows as one part; there must be no others. */
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
