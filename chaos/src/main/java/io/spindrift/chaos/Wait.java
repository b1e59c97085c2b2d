package io.spindrift.chaos;

import io.spindrift.local.process.Deadline;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits at a pace that leaves the machine to what is tested. */
final class Wait {
    private static final Duration PACE = Duration.ofMillis(200);

    private Wait() {}

    /** As {@link Deadline#await}, asking less often. */
    static void until(String what, Duration allowed, Callable<Boolean> condition) {
        Deadline.in(allowed).await(what, () -> {
            boolean holds = false;
            try {
                holds = condition.call();
            } finally {
                if (!holds) {
                    pause(PACE);
                }
            }
            return holds;
        });
    }

    static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
