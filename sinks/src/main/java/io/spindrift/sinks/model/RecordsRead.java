package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

/**
 * How many records a reader has taken from the source since it last said so. Travels ahead of a checkpoint's barrier, so that a commit can
 * compare it with what became of them.
 *
 * @param ignored of them: tombstones, heartbeats, tables that no route takes
 */
public record RecordsRead(long records, long ignored) implements ChangeEvent {

    public RecordsRead {
        require(ignored >= 0 && ignored <= records, "%d of %d records were ignored", ignored, records);
    }
}
