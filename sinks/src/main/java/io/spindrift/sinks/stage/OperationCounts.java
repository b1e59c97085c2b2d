package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.Operation;

/** Rows by operation. */
public record OperationCounts(long reads, long creates, long updates, long deletes, long truncates) {

    public static final OperationCounts NONE = new OperationCounts(0, 0, 0, 0, 0);

    public OperationCounts {
        require(
                reads >= 0 && creates >= 0 && updates >= 0 && deletes >= 0 && truncates >= 0,
                "negative row count: %d, %d, %d, %d, %d",
                reads,
                creates,
                updates,
                deletes,
                truncates);
    }

    public long rows() {
        return reads + creates + updates + deletes + truncates;
    }

    public long of(Operation operation) {
        return switch (operation) {
            case READ -> reads;
            case CREATE -> creates;
            case UPDATE -> updates;
            case DELETE -> deletes;
            case TRUNCATE -> truncates;
        };
    }

    public OperationCounts plus(OperationCounts other) {
        return new OperationCounts(
                reads + other.reads,
                creates + other.creates,
                updates + other.updates,
                deletes + other.deletes,
                truncates + other.truncates);
    }
}
