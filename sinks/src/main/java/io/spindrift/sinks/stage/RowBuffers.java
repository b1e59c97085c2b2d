package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.RowChange;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of all shapes → finished local files, and small parts at a checkpoint's end; within {@link WriterLimits}, whatever the number of
 * shapes.
 *
 * <pre>
 * row → buffer of its shape ─ few rows ──────────────────────────────► part, at the checkpoint
 *              │ large, or the largest when memory is short
 *              ▼
 *         open file, at most so many ─ full, least recently used, or checkpoint ─► finished file
 * </pre>
 *
 * Used by the task's thread. Must be closed: open files hold memory outside of the heap.
 */
final class RowBuffers implements Closeable {

    /** A buffer of this size makes a file worth opening. */
    private static final int OPENING_BYTES = 4 << 20;

    /** A buffer whose file is open already waits no longer than to here. */
    private static final int APPENDING_BYTES = 256 << 10;

    private final WriterLimits limits;
    private final SpillDirectory directory;
    private final Finished finished;
    private final SegmentPool pool = new SegmentPool();
    private final CsvLine line = new CsvLine();
    private final List<ShapeRows> shapes = new ArrayList<>();
    private @Nullable ShapeRows[] slots = new ShapeRows[256];
    private int openFiles;
    private long ticks;

    RowBuffers(WriterLimits limits, SpillDirectory directory, Finished finished) {
        this.limits = limits;
        this.directory = directory;
        this.finished = finished;
    }

    /** Takes finished files. */
    interface Finished {
        /**
         * @param shape its fingerprint
         * @param cells that each of its rows has
         */
        void file(long shape, int cells, LocalFile file) throws IOException;
    }

    void add(RowChange row, long sequence) throws IOException {
        ShapeRows rows = rowsOf(row.shape());
        rows.add(row, sequence, line);
        if (rows.bufferedBytes() >= (rows.hasFile() ? APPENDING_BYTES : OPENING_BYTES)) {
            spill(rows);
        }
        while (pool.usedBytes() > limits.bufferBytes()) {
            spill(largest());
        }
    }

    /** Fingerprints are hashes already, so their low bits say where to look first. */
    private ShapeRows rowsOf(long fingerprint) {
        int mask = slots.length - 1;
        int slot = (int) fingerprint & mask;
        for (ShapeRows rows = slots[slot]; rows != null; rows = slots[slot]) {
            if (rows.fingerprint() == fingerprint) {
                return rows;
            }
            slot = (slot + 1) & mask;
        }
        ShapeRows added = new ShapeRows(fingerprint, pool);
        slots[slot] = added;
        shapes.add(added);
        if (shapes.size() * 2 > slots.length) {
            growSlots();
        }
        return added;
    }

    private void growSlots() {
        @Nullable ShapeRows[] larger = new ShapeRows[slots.length * 2];
        int mask = larger.length - 1;
        for (ShapeRows rows : shapes) {
            int slot = (int) rows.fingerprint() & mask;
            while (larger[slot] != null) {
                slot = (slot + 1) & mask;
            }
            larger[slot] = rows;
        }
        slots = larger;
    }

    private ShapeRows largest() {
        ShapeRows largest = shapes.get(0);
        for (ShapeRows rows : shapes) {
            if (rows.bufferedBytes() > largest.bufferedBytes()) {
                largest = rows;
            }
        }
        return largest;
    }

    private void spill(ShapeRows rows) throws IOException {
        if (!rows.hasFile()) {
            if (openFiles == limits.openFiles()) {
                finish(leastRecentlyUsed());
            }
            rows.openFile(new SpillFile(directory.nextFile()));
            openFiles++;
        }
        if (rows.appendToFile(ticks++) >= limits.fileBytes()) {
            finish(rows);
        }
    }

    private ShapeRows leastRecentlyUsed() {
        return shapes.stream()
                .filter(ShapeRows::hasFile)
                .min(Comparator.comparingLong(ShapeRows::lastAppended))
                .orElseThrow();
    }

    private void finish(ShapeRows rows) throws IOException {
        LocalFile file = rows.finishFile();
        openFiles--;
        finished.file(rows.fingerprint(), rows.cells(), file);
    }

    /**
     * Ends the checkpoint: the smallest buffers become parts, together no larger than the limit; all other rows go into files. Nothing is
     * left then.
     */
    List<CsvPart> finish(AnnouncedShapes announced) throws IOException {
        List<ShapeRows> small = new ArrayList<>();
        for (ShapeRows rows : shapes) {
            if (rows.hasFile()) {
                finish(rows);
            } else if (rows.bufferedBytes() > 0) {
                small.add(rows);
            }
        }
        small.sort(Comparator.comparingLong(ShapeRows::bufferedBytes));
        List<CsvPart> parts = new ArrayList<>();
        long room = limits.inlineBytes();
        for (ShapeRows rows : small) {
            room -= rows.bufferedBytes();
            if (room >= 0) {
                parts.add(rows.part(announced));
            } else {
                spill(rows);
                if (rows.hasFile()) {
                    finish(rows);
                }
            }
        }
        shapes.clear();
        slots = new ShapeRows[256];
        return parts;
    }

    /** Of the rows that are in no file. */
    long bufferedBytes() {
        return pool.usedBytes();
    }

    int openFiles() {
        return openFiles;
    }

    @Override
    public void close() throws IOException {
        IOException failed = null;
        for (ShapeRows rows : shapes) {
            try {
                rows.close();
            } catch (IOException e) {
                failed = e;
            }
        }
        shapes.clear();
        if (failed != null) {
            throw failed;
        }
    }
}
