package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

/**
 * How much a writer may hold.
 *
 * @param memoryBytes of buffered rows and of the compressors of open files together, whatever the number of tables. Handing a checkpoint's
 *     small tables on costs up to three times {@code inlineBytes} besides, for a moment
 * @param openFiles local files that large tables are being written to at the same time; one more is open while a smaller table is ended
 * @param fileBytes compressed; a file that has reached it is ended, and uploaded while the next one fills
 * @param inlineBytes uncompressed; small tables of one checkpoint that travel to the aggregator, to share files with other writers' rows
 * @param waitingFiles finished files that wait for the upload or are in it; one more, and the writer takes no rows until there is room
 */
public record WriterLimits(long memoryBytes, int openFiles, long fileBytes, long inlineBytes, int waitingFiles) {

    public static final long DEFAULT_FILE_BYTES = 128L << 20;

    private static final long MIB = 1 << 20;
    private static final long ALL_WRITERS_INLINE_BYTES = 64 * MIB;
    private static final long MAX_INLINE_BYTES = 16 * MIB;

    public WriterLimits {
        require(openFiles > 0, "at least one open file, not %d", openFiles);
        require(fileBytes > 0, "files of %d bytes", fileBytes);
        require(inlineBytes >= 0, "%d bytes inline", inlineBytes);
        require(waitingFiles > 0, "at least one waiting file, not %d", waitingFiles);
        require(
                bufferBytes(memoryBytes, openFiles) > 0,
                "%d bytes of memory are too few for %d open files of %d bytes each",
                memoryBytes,
                openFiles,
                SpillFile.MEMORY_BYTES);
    }

    /** @param writers of the pipeline: together they send the aggregator no more than it can hold */
    public static WriterLimits of(int writers, long fileBytes) {
        long inlineBytes = Math.min(MAX_INLINE_BYTES, ALL_WRITERS_INLINE_BYTES / writers);
        return new WriterLimits(48 * MIB, 16, fileBytes, inlineBytes, 8);
    }

    /** What the open files leave to the rows. */
    long bufferBytes() {
        return bufferBytes(memoryBytes, openFiles);
    }

    private static long bufferBytes(long memoryBytes, int openFiles) {
        return memoryBytes - (openFiles + 1L) * SpillFile.MEMORY_BYTES;
    }
}
