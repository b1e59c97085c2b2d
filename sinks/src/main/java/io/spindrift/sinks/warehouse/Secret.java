package io.spindrift.sinks.warehouse;

import java.io.Serializable;

/** A value that cannot print: whatever writes it into a log, an error or a plan writes stars. */
public final class Secret implements Serializable {

    private static final long serialVersionUID = 1;

    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /** The value itself, for the one call that needs it. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "******";
    }
}
