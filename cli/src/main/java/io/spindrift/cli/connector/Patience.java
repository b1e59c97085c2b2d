package io.spindrift.cli.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long to wait for Connect.
 *
 * @param timeout until a change has taken effect
 * @param pause between two looks
 * @param runs how long a connector must be seen to run: Connect may tell states from before a change, and a task that starts may yet fail
 * @param failed how long a connector that had failed before must still be seen so
 */
public record Patience(Duration timeout, Duration pause, Duration runs, Duration failed) {

    public static Patience of(Duration timeout) {
        return new Patience(timeout, Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    /** What is asked again and again. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** @throws IOException when it does not hold in time */
    void await(String what, Condition condition) throws IOException {
        if (!reached(condition)) {
            throw new IOException("waited %d s for: %s".formatted(timeout.toSeconds(), what));
        }
    }

    /** @return whether it came to hold in time */
    boolean reached(Condition condition) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            rest();
        }
        return true;
    }

    private void rest() throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for Connect", e);
        }
    }
}
