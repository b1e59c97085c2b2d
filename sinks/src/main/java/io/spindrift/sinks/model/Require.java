package io.spindrift.sinks.model;

/** Preconditions of records. The message names what, which and the value seen. */
public final class Require {

    private Require() {}

    public static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(message, arguments));
        }
    }
}
