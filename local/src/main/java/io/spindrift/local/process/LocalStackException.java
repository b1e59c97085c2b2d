package io.spindrift.local.process;

/** A part of the local stack did not start, stop or answer. The message says which, and what was seen. */
public final class LocalStackException extends RuntimeException {
    public LocalStackException(String message) {
        super(message);
    }

    public LocalStackException(String message, Throwable cause) {
        super(message, cause);
    }
}
