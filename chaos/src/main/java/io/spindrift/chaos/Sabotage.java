package io.spindrift.chaos;

import io.spindrift.local.snowflake.Fault;
import java.util.Locale;

/**
 * Negative controls: a rule of the commit is taken out of the product's SQL on its way into the warehouse. The comparison must then fail.
 */
public enum Sabotage {
    /** The fence lets older epochs pass. */
    FENCE("SET \"LAST_COMMIT_ID\"", "\"EPOCH\" = (\\?|\\d+)", "\"EPOCH\" >= $1"),
    /** Rows that the log has already stay in the commit. */
    OVERLAP("^DELETE FROM \"RAW\"", "(\"_KAFKA_OFFSET\" = t\\.\"_KAFKA_OFFSET\")", "$1 AND FALSE"),
    /** Whatever a commit holds goes into the mirror. */
    POSITION_GUARD("^MERGE INTO \"MIRROR\"", "CASE WHEN t\\.\"_KAFKA_TOPIC\".*?END", "TRUE");

    private final Fault rewrite;

    Sabotage(String statement, String pattern, String replacement) {
        this.rewrite =
                Fault.before(statement, new Fault.Rewrite(pattern, replacement)).repeated(Integer.MAX_VALUE);
    }

    Fault rewrite() {
        return rewrite;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
