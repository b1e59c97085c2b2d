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
 * row → buffer of its shape ── few rows ─────────────► part, at the checkpoint
 *         │         │ the largest when memory is short
 *         │         ▼
 *         │     spill log ── full, or checkpoint ─┐
 *         │         │ large by now                ▼
 *         └─────────┴──► open file ─────────► finished file
 * </pre>
 *
 * Used by the task's thread. Must be closed: open files hold memory outside of the heap.
 */
final class RowBuffers implements Closeable {

    /** So many rows are worth a file while they come: a compressor's memory, and no copy in the spill log. */
    private static final int OPENING_BYTES = 4 << 20;

    /** Uncompressed. What the log may take of the local disk; when it is full, each shape in it gets its file. */
    private static final long LOG_BYTES = 1L << 30;

    /** A buffer whose file is open already waits no longer than to here. */
    private static final int APPENDING_BYTES = 256 << 10;

    private final WriterLimits limits;
    private final SpillDirectory directory;
    private final Finished finished;
    private final SegmentPool pool = new SegmentPool();
    private final CsvLine line = new CsvLine();
    private final List<ShapeRows> shapes = new ArrayList<>();
    private @Nullable ShapeRows[] slots = new ShapeRows[256];
    private final SpillLog log;
    private int openFiles;

    RowBuffers(WriterLimits limits, SpillDirectory directory, Finished finished) {
        this.limits = limits;
        this.directory = directory;
        this.finished = finished;
        this.log = new SpillLog(directory.log());
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
        if (rows.hasFile() ? rows.bufferedBytes() >= APPENDING_BYTES : isWorthAFile(rows)) {
            append(rows);
        }
        while (pool.usedBytes() > limits.bufferBytes()) {
            spill(largest());
        }
    }

    private boolean isWorthAFile(ShapeRows rows) {
        return rows.unfiledBytes() >= Math.min(OPENING_BYTES, limits.fileBytes()) && openFiles < limits.openFiles();
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
        if (rows.hasFile()) {
            append(rows);
        } else {
            rows.appendToLog(log);
            if (rows.unfiledBytes() >= limits.fileBytes()) {
                finish(rows);
            }
            if (log.size() >= LOG_BYTES) {
                finishLogged();
            }
        }
    }

    private void finishLogged() throws IOException {
        for (ShapeRows rows : shapes) {
            if (rows.isLogged()) {
                finish(rows);
            }
        }
        log.clear();
    }

    private void append(ShapeRows rows) throws IOException {
        openFile(rows);
        if (rows.appendToFile() >= limits.fileBytes()) {
            finish(rows);
        }
    }

    private void openFile(ShapeRows rows) throws IOException {
        if (!rows.hasFile()) {
            rows.openFile(new SpillFile(directory.nextFile()), log);
            openFiles++;
        }
    }

    private void finish(ShapeRows rows) throws IOException {
        openFile(rows);
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
            } else if (rows.bufferedBytes() > 0 && !rows.isLogged()) {
                small.add(rows);
            }
        }
        finishLogged();
        small.sort(Comparator.comparingLong(ShapeRows::bufferedBytes));
        List<CsvPart> parts = new ArrayList<>();
        long room = limits.inlineBytes();
        for (ShapeRows rows : small) {
            room -= rows.bufferedBytes();
            if (room >= 0) {
                parts.add(rows.part(announced));
            } else {
                finish(rows);
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
        try (log) {
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
}
