package io.spindrift.jobs.ingest;

import java.time.Clock;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How long records wait that were read and that no completed checkpoint has taken: without completed checkpoints nothing is committed, and a
 * job that looks well brings nothing. Written by the task, read by the reporters' threads.
 */
final class Liveness {

    private static final long NONE = -1;

    private final Clock clock;
    /** When the first record of an unfinished checkpoint was read, ms since 1970 UTC. */
    private final NavigableMap<Long, Long> unfinished = new TreeMap<>();

    private volatile long sinceMillis = NONE;

    Liveness(Clock clock) {
        this.clock = clock;
    }

    /** A record was read. */
    void read() {
        if (sinceMillis == NONE) {
            sinceMillis = clock.millis();
        }
    }

    synchronized void barrier(long checkpointId) {
        if (sinceMillis != NONE) {
            unfinished.put(checkpointId, sinceMillis);
            sinceMillis = NONE;
        }
    }

    synchronized void completed(long checkpointId) {
        unfinished.headMap(checkpointId, true).clear();
    }

    /** Age of the oldest record that still waits; 0 when none does. */
    synchronized long waitingMillis() {
        long oldest =
                unfinished.isEmpty() ? sinceMillis : unfinished.firstEntry().getValue();
        return oldest == NONE ? 0 : clock.millis() - oldest;
    }
}
