package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.DeadLetter.Reason;

/** A record's way into the dead letters: an answer, not a fault, so it carries no stack. The detail never holds row data. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final String detail;

    private Refused(Reason reason, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
        this.detail = detail;
    }

    static Refused because(Reason reason, String detail, Object... arguments) {
        return new Refused(reason, arguments.length == 0 ? detail : String.format(detail, arguments));
    }

    static Refused undecodable(String detail, Object... arguments) {
        return because(Reason.UNDECODABLE, detail, arguments);
    }

    static Refused unrepresentable(String detail, Object... arguments) {
        return because(Reason.UNREPRESENTABLE_VALUE, detail, arguments);
    }

    static Refused unsupported(String detail, Object... arguments) {
        return because(Reason.UNSUPPORTED_TYPE, detail, arguments);
    }

    /** The same answer, with the place ahead of it. */
    Refused at(String place) {
        return new Refused(reason, place + ": " + detail);
    }

    Reason reason() {
        return reason;
    }

    String detail() {
        return detail;
    }
}
