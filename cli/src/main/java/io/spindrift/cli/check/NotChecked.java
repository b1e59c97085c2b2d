package io.spindrift.cli.check;

/** Something could not be read; the message says what, and why. */
final class NotChecked extends Exception {

    private static final long serialVersionUID = 1;

    NotChecked(String what) {
        super(what);
    }

    NotChecked(String what, Throwable cause) {
        super(what, cause);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
