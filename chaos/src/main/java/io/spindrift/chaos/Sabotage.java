package io.spindrift.chaos;

import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.Fault.Rewrite;
import java.util.List;
import java.util.Locale;

/**
 * Negative controls: a rule of the commit is taken out of the product's SQL on its way into the warehouse. The comparison must then fail.
 */
public enum Sabotage {
    /** Each statement is a transaction of its own. */
    TRANSACTION(always(Step.BEGIN, "^BEGIN.*$", "SELECT 1")),
    /** Whoever commits may: the compare-and-set and the assertion behind it let everyone pass. */
    FENCE(
            always(Step.FENCE, "WHERE \"LAST_COMMIT_ID\" = '[^']*'", ""),
            always(Step.ASSERT_PREMISES, "^.*$", "SELECT 1")),
    /** Rows that the log has already stay in the commit. */
    OVERLAP(always(Step.DELETE, "(\"(_KAFKA_)?OFFSET\" = t\\.\"(_KAFKA_)?OFFSET\")", "$1 AND FALSE")),
    /** Whatever a commit holds goes into the mirror. */
    POSITION_GUARD(always(
            Step.MERGE, "CASE WHEN t\\.\"_KAFKA_TOPIC\".*?ELSE s\\.\"_CDC_LSN\" > t\\.\"_CDC_LSN\" END", "TRUE")),
    /** Changes of rows without a key that the connector has written again are counted again. */
    REPETITION(always("^DELETE FROM \"RAW\".*\"_CDC_ORDER\"", "o\\.\"_CDC_ORDER\" = t\\.\"_CDC_ORDER\"", "FALSE"));

    private final List<Fault> rewrites;

    Sabotage(Fault... rewrites) {
        this.rewrites = List.of(rewrites);
    }

    private static Fault always(Step step, String pattern, String replacement) {
        return always(step.pattern(), pattern, replacement);
    }

    private static Fault always(String statement, String pattern, String replacement) {
        return Fault.before(statement, new Rewrite(pattern, replacement)).repeated(Integer.MAX_VALUE);
    }

    List<Fault> rewrites() {
        return rewrites;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
