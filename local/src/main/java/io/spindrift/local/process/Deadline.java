package io.spindrift.local.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A moment by which a condition must hold. Asks again every few milliseconds until it does, or fails with what it last saw. */
public final class Deadline {
    private static final long PAUSE_MILLIS = 15;

    private final Duration allowed;
    private final long atNanos;

    private Deadline(Duration allowed) {
        this.allowed = allowed;
        this.atNanos = System.nanoTime() + allowed.toNanos();
    }

    public static Deadline in(Duration allowed) {
        return new Deadline(allowed);
    }

    /**
     * Returns once the condition is true. An exception from the condition means "not yet", except a
     * {@link LocalStackException}, which ends the wait at once.
     */
    public void await(String what, Callable<Boolean> condition) {
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (LocalStackException e) {
                throw e;
            } catch (Exception e) {
                last = e;
            }
            pause(what);
        } while (System.nanoTime() < atNanos);
        throw timedOut(what, last);
    }

    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
    }

    private LocalStackException timedOut(String what, @Nullable Exception last) {
        String message = "waited %d s for: %s".formatted(allowed.toSeconds(), what);
        return last == null ? new LocalStackException(message) : new LocalStackException(message + ": " + last, last);
    }

    private static void pause(String what) {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for: " + what, e);
        }
    }
}
