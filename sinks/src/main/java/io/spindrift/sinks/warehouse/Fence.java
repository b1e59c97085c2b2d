package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.ConsistencyGroups;

/**
 * What one commit at a time may pass: a pipeline's consistency group.
 *
 * @param group {@link #WHOLE} where the pipeline is not divided
 */
record Fence(String pipeline, String group) {

    static final String WHOLE = ConsistencyGroups.REST;

    /** Pipelines' names have no dots. */
    String name() {
        return group.equals(WHOLE) ? pipeline : pipeline + "." + group;
    }
}
