package io.spindrift.cli.check;

import java.util.Locale;

/** What becomes of the data when nothing is done; the worst first. */
enum Severity {
    /** Changes, rows or columns never reach the warehouse, the dead letters among them. */
    LOSES_DATA("loses data"),
    /** Values arrive as others than the source holds, and nothing tells. */
    BENDS_VALUES("bends values"),
    /** Nothing is lost yet; it will be, or the pipeline stops, when something else happens. */
    RISK("risk"),
    /** Good to know. */
    NOTE("note");

    private final String text;

    Severity(String text) {
        this.text = text;
    }

    /** Whether the data is wrong already. */
    boolean isHarm() {
        return this == LOSES_DATA || this == BENDS_VALUES;
    }

    String text() {
        return text;
    }

    String heading() {
        return text.toUpperCase(Locale.ROOT);
    }
}
