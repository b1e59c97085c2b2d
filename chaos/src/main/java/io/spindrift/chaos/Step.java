package io.spindrift.chaos;

/** The kinds of statements that the product sends, in the order in which a commit's life has them. */
enum Step {
    SET_UP("^CREATE SCHEMA IF NOT EXISTS", Occasion.RESTART),
    TAKE_OVER("^UPDATE \"SPINDRIFT\"\\.\"PIPELINES\" SET \"EPOCH\"", Occasion.RESTART),
    SESSION("^ALTER SESSION SET", Occasion.NEW_SESSION),
    PUT("^PUT ", Occasion.COMMIT),
    BEGIN("^BEGIN", Occasion.COMMIT),
    FENCE("^UPDATE \"SPINDRIFT\"\\.\"PIPELINES\" SET \"LAST_COMMIT_ID\"", Occasion.COMMIT),
    LEDGER_READ("^SELECT .*\"SPINDRIFT\"\\.\"(COMMITS|OFFSETS)\"", Occasion.COMMIT),
    COPY("^COPY INTO \"RAW\"", Occasion.COMMIT),
    DELETE("^DELETE FROM \"RAW\"", Occasion.REWIND),
    MERGE("^MERGE INTO \"MIRROR\"", Occasion.COMMIT),
    LEDGER_COMMIT("^INSERT INTO \"SPINDRIFT\"\\.\"COMMITS\"", Occasion.COMMIT),
    LEDGER_OFFSETS("^(MERGE|INSERT) INTO \"SPINDRIFT\"\\.\"OFFSETS\"", Occasion.COMMIT),
    COMMIT("^COMMIT", Occasion.COMMIT);

    /** When such a statement is sent: with every commit, or only when something else has happened. */
    enum Occasion {
        COMMIT,
        NEW_SESSION,
        RESTART,
        REWIND
    }

    private final String pattern;
    private final Occasion occasion;

    Step(String pattern, Occasion occasion) {
        this.pattern = pattern;
        this.occasion = occasion;
    }

    /** A regular expression for a statement's text. */
    String pattern() {
        return pattern;
    }

    Occasion occasion() {
        return occasion;
    }
}
