package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.DeadLetter.Reason;

/** A record's way into the dead letters: an answer, not a fault, so it carries no stack. The detail never holds row data. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1;

    private static final int NO_FIELD = -1;

    private final Reason reason;
    private final String detail;
    private final int field;

    private Refused(Reason reason, String detail, int field) {
        super(detail, null, false, false);
        this.reason = reason;
        this.detail = detail;
        this.field = field;
    }

    static Refused because(Reason reason, String detail, Object... arguments) {
        return new Refused(reason, arguments.length == 0 ? detail : String.format(detail, arguments), NO_FIELD);
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
        return at(place, field);
    }

    /** @param field of the row, by its number */
    Refused at(String place, int field) {
        return new Refused(reason, place + ": " + detail, field);
    }

    Reason reason() {
        return reason;
    }

    String detail() {
        return detail;
    }

    /** The number of the row's field that was refused; negative when it was not one alone. */
    int field() {
        return field;
    }
}
