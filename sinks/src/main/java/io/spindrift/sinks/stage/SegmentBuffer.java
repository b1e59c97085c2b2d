package io.spindrift.sinks.stage;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** Bytes one behind the other, in segments of a pool; takes no memory while it is empty. Not thread-safe. */
final class SegmentBuffer {

    private final SegmentPool pool;
    private final List<byte[]> segments = new ArrayList<>();
    private int usedInLast = SegmentPool.SEGMENT_BYTES;

    SegmentBuffer(SegmentPool pool) {
        this.pool = pool;
    }

    void append(byte[] bytes, int length) {
        int from = 0;
        while (from < length) {
            if (usedInLast == SegmentPool.SEGMENT_BYTES) {
                segments.add(pool.take());
                usedInLast = 0;
            }
            int fits = Math.min(length - from, SegmentPool.SEGMENT_BYTES - usedInLast);
            System.arraycopy(bytes, from, segments.get(segments.size() - 1), usedInLast, fits);
            from += fits;
            usedInLast += fits;
        }
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Bytes in it. */
    long size() {
        return (segments.size() - 1L) * SegmentPool.SEGMENT_BYTES + usedInLast;
    }

    /** Writes everything, then is empty; also when writing fails. */
    void drainTo(OutputStream out) throws IOException {
        try {
            for (int i = 0; i < segments.size(); i++) {
                out.write(segments.get(i), 0, usedIn(i));
            }
        } finally {
            clear();
        }
    }

    /** A copy of everything; is empty then. */
    byte[] drain() {
        byte[] bytes = new byte[Math.toIntExact(size())];
        for (int i = 0; i < segments.size(); i++) {
            System.arraycopy(segments.get(i), 0, bytes, i * SegmentPool.SEGMENT_BYTES, usedIn(i));
        }
        clear();
        return bytes;
    }

    private int usedIn(int segment) {
        return segment == segments.size() - 1 ? usedInLast : SegmentPool.SEGMENT_BYTES;
    }

    private void clear() {
        segments.forEach(pool::giveBack);
        segments.clear();
        usedInLast = SegmentPool.SEGMENT_BYTES;
    }
}
