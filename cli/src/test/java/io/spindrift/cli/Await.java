package io.spindrift.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for a condition, with a deadline. */
final class Await {

    private static final long POLL_MILLIS = 200;

    private Await() {}

    static void until(String what, Duration deadline, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + deadline.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.call()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + deadline.toSeconds() + " s: " + what);
            }
            never.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
