package io.spindrift.local.workload;

import java.util.concurrent.TimeUnit;

/** Shares a rate of row changes among sessions. A session that falls behind by more than a second is not hurried to catch up. */
final class Pace {
    private static final long LARGEST_DEBT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final double nanosPerChange;
    private long nextNanos;

    Pace(int changesPerSecond, long nowNanos) {
        if (changesPerSecond < 1) {
            throw new IllegalArgumentException("changes per second must be at least 1: " + changesPerSecond);
        }
        this.nanosPerChange = (double) TimeUnit.SECONDS.toNanos(1) / changesPerSecond;
        this.nextNanos = nowNanos;
    }

    /** How long to wait before the next transaction. */
    synchronized long waitNanos(long nowNanos) {
        return Math.max(0, nextNanos - nowNanos);
    }

    synchronized void spent(long changes, long nowNanos) {
        nextNanos = Math.max(nextNanos, nowNanos - LARGEST_DEBT_NANOS) + (long) (changes * nanosPerChange);
    }
}
