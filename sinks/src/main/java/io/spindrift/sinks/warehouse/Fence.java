package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.ConsistencyGroups;
import java.util.Optional;

/**
 * What one commit at a time may pass: a pipeline's consistency group.
 *
 * @param group {@link #WHOLE} where the pipeline is not divided
 */
record Fence(String pipeline, String group) {

    static final String WHOLE = ConsistencyGroups.REST;

    /** Ahead of its name, that of its table in the ledger. */
    static final String TABLE = "FENCE_";

    /** Pipelines' names have no dots. */
    String name() {
        return group.equals(WHOLE) ? pipeline : pipeline + "." + group;
    }

    /** The fence that a table of the ledger is, if it is one of this pipeline. */
    static Optional<Fence> ofTable(String table, String pipeline) {
        String whole = TABLE + pipeline;
        if (table.equals(whole)) {
            return Optional.of(new Fence(pipeline, WHOLE));
        }
        return table.startsWith(whole + ".")
                ? Optional.of(new Fence(pipeline, table.substring(whole.length() + 1)))
                : Optional.empty();
    }
}
