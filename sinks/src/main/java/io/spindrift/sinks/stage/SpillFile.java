package io.spindrift.sinks.stage;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** CSV lines → a local file of one zstd frame. Must be closed: its compressor's memory is outside of the heap. */
final class SpillFile implements Closeable {

    /** What an open file costs, at most: zstd's window, tables and buffers at this level (measured), its output buffer on the heap. */
    static final int MEMORY_BYTES = 1280 * 1024;

    private static final int COMPRESSION_LEVEL = 1;

    /** A quarter of the level's own window and table, so that the table stays in a core's nearest cache: a sixth quicker, and a hundredth larger. */
    private static final int WINDOW_LOG = 17;

    private static final int HASH_LOG = 12;

    private final Path path;
    private final CountingStream file;
    private final OutputStream compressed;

    SpillFile(Path path) throws IOException {
        this.path = path;
        this.file = new CountingStream(Files.newOutputStream(path));
        this.compressed = new ZstdOutputStreamNoFinalizer(file, COMPRESSION_LEVEL)
                .setWindowLog(WINDOW_LOG)
                .setHashLog(HASH_LOG);
    }

    private static final class CountingStream extends FilterOutputStream {
        private long written;

        CountingStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            written += length;
        }
    }

    /** Takes plain CSV. */
    OutputStream lines() {
        return compressed;
    }

    /** Written so far; the compressor still holds some, at most its window. */
    long compressedBytes() {
        return file.written;
    }

    /** Ends the frame and the file. */
    LocalFile finish(RowSummary rows) throws IOException {
        compressed.close();
        return new LocalFile(path, file.written, rows);
    }

    @Override
    public void close() throws IOException {
        try (file) {
            compressed.close();
        }
    }
}
