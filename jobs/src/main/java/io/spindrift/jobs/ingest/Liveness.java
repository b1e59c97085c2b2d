package io.spindrift.jobs.ingest;

import java.time.Clock;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How long records wait that were read and that no completed checkpoint has taken: without completed checkpoints nothing is committed, and a
 * job that looks well brings nothing. Written by the task, read by the reporters' threads.
 */
final class Liveness {

    /** Of a record that is no change. */
    static final long NO_COMMIT_TIME = Long.MAX_VALUE;

    private static final long NONE = -1;

    private final Clock clock;
    private final NavigableMap<Long, Waiting> unfinished = new TreeMap<>();

    private volatile long sinceMillis = NONE;
    private volatile long committedMillis = NO_COMMIT_TIME;

    /**
     * The records of an unfinished checkpoint, ms since 1970 UTC.
     *
     * @param sinceMillis when the first was read
     * @param committedMillis when the oldest change among them was committed in the source
     */
    private record Waiting(long sinceMillis, long committedMillis) {}

    Liveness(Clock clock) {
        this.clock = clock;
    }

    /**
     * A record was read.
     *
     * @param committed when the change was committed in the source, ms since 1970 UTC, or {@link #NO_COMMIT_TIME}
     */
    void read(long committed) {
        if (sinceMillis == NONE) {
            sinceMillis = clock.millis();
        }
        if (committed < committedMillis) {
            committedMillis = committed;
        }
    }

    synchronized void barrier(long checkpointId) {
        if (sinceMillis != NONE) {
            unfinished.put(checkpointId, new Waiting(sinceMillis, committedMillis));
            sinceMillis = NONE;
            committedMillis = NO_COMMIT_TIME;
        }
    }

    synchronized void completed(long checkpointId) {
        unfinished.headMap(checkpointId, true).clear();
    }

    /** Age of the oldest record that still waits; 0 when none does. */
    synchronized long waitingMillis() {
        long oldest = unfinished.isEmpty()
                ? sinceMillis
                : unfinished.firstEntry().getValue().sinceMillis();
        return oldest == NONE ? 0 : clock.millis() - oldest;
    }

    /** How long ago the source committed the oldest change that still waits; 0 when none does, or the source's clock is ahead. */
    synchronized long lagMillis() {
        long oldest = committedMillis;
        for (Waiting waiting : unfinished.values()) {
            oldest = Math.min(oldest, waiting.committedMillis());
        }
        return oldest == NO_COMMIT_TIME ? 0 : Math.max(0, clock.millis() - oldest);
    }
}
