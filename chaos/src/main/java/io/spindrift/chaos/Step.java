package io.spindrift.chaos;

/** The kinds of statements that the product sends, in the order in which a commit's life has them. */
enum Step {
    SET_UP("^CREATE SCHEMA IF NOT EXISTS", Occasion.RESTART),
    TAKE_OVER("^UPDATE \"SPINDRIFT\"\\.\"PIPELINES\"", Occasion.RESTART),
    SESSION("^ALTER SESSION SET", Occasion.NEW_SESSION),
    READ_EPOCH("^SELECT \"EPOCH\"", Occasion.NEW_SESSION),
    READ_LEDGER("^SELECT \"MANIFEST_HASH\"", Occasion.NEW_SESSION),
    READ_OFFSETS("^SELECT \"TOPIC\"", Occasion.NEW_SESSION),
    PUT("^PUT ", Occasion.COMMIT),
    BEGIN("^BEGIN", Occasion.COMMIT),
    FENCE("^UPDATE \"SPINDRIFT\"\\.\"FENCE_", Occasion.COMMIT),
    ASSERT_PREMISES("^SELECT TO_NUMBER\\(CASE\\s+WHEN NVL", Occasion.COMMIT),
    COPY("^COPY INTO \"(RAW|SPINDRIFT)\"", Occasion.COMMIT),
    ASSERT_LOADED("^SELECT MIN\\(TO_NUMBER", Occasion.COMMIT),
    ASSERT_SAME_HISTORY("^SELECT TO_NUMBER\\(CASE WHEN COUNT", Occasion.REWIND),
    DELETE("^DELETE FROM \"(RAW|SPINDRIFT)\"", Occasion.REWIND),
    MERGE("^MERGE INTO \"MIRROR\"", Occasion.COMMIT),
    WRITE_LEDGER("^INSERT INTO \"SPINDRIFT\"\\.\"COMMITS\"", Occasion.COMMIT),
    WRITE_OFFSETS("^MERGE INTO \"SPINDRIFT\"\\.\"OFFSETS\"", Occasion.COMMIT),
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
