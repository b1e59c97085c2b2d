package io.spindrift.sinks.stage;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Memory for the rows of all shapes, in equal pieces that go from one shape to the next: what was needed once is kept, and nothing is left
 * to the garbage collector. Not thread-safe.
 */
final class SegmentPool {

    static final int SEGMENT_BYTES = 4096;

    private final Deque<byte[]> free = new ArrayDeque<>();
    private long taken;

    byte[] take() {
        taken++;
        byte[] segment = free.poll();
        return segment == null ? new byte[SEGMENT_BYTES] : segment;
    }

    void giveBack(byte[] segment) {
        taken--;
        free.push(segment);
    }

    /** Of the segments that are in use. */
    long usedBytes() {
        return taken * SEGMENT_BYTES;
    }
}
