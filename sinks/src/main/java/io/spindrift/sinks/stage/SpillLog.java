package io.spindrift.sinks.stage;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * CSV lines of all shapes that found no room in memory and are too few for a file of their own: one local file, uncompressed, whatever the
 * number of shapes. Not thread-safe.
 */
final class SpillLog implements Closeable {

    private final Path path;
    private final ByteBuffer copied = ByteBuffer.allocate(64 << 10);
    private @Nullable FileChannel channel;
    private long size;

    SpillLog(Path path) {
        this.path = path;
    }

    /** A stretch of the log. */
    record Extent(long start, long length) {}

    /** Moves a buffer to the log's end. */
    Extent append(SegmentBuffer lines) throws IOException {
        FileChannel open = channel;
        if (open == null) {
            open = FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            channel = open;
        }
        Extent extent = new Extent(size, lines.size());
        open.position(size);
        lines.drainTo(Channels.newOutputStream(open));
        size += extent.length();
        return extent;
    }

    void copy(Extent extent, OutputStream out) throws IOException {
        FileChannel open = channel;
        long at = extent.start();
        long end = at + extent.length();
        while (at < end) {
            copied.clear().limit((int) Math.min(copied.capacity(), end - at));
            int read = open == null ? -1 : open.read(copied, at);
            if (read <= 0) {
                throw new IOException("the spill log " + path + " ends at " + at + ", before " + end);
            }
            out.write(copied.array(), 0, read);
            at += read;
        }
    }

    /** Bytes in it. */
    long size() {
        return size;
    }

    /** Empties it: all extents are void. */
    void clear() throws IOException {
        size = 0;
        if (channel != null) {
            channel.truncate(0);
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
