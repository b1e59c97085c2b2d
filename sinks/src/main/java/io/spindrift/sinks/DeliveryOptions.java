package io.spindrift.sinks;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.commit.CommitCadence;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.stage.WriterLimits;
import java.io.Serializable;
import java.time.Duration;
import java.util.Set;

/**
 * How changes are brought into the warehouse.
 *
 * @param fileBytes compressed size at which a writer ends a file and begins the next
 * @param sourceEpochs by which the mirror tells the newer of two changes
 * @param stagedFileRetention how long staged files are kept, committed or not
 * @param rowMemory of the job's ordering: what it forgets, each commit looks up in the change log
 * @param stops which dead letters stop a table
 * @param failing reasons of dead letters that end the job, where a commit would write them
 */
public record DeliveryOptions(
        CommitCadence cadence,
        ConsistencyGroups groups,
        SourceEpochs sourceEpochs,
        long fileBytes,
        Duration stagedFileRetention,
        RowMemory rowMemory,
        StopPolicy stops,
        Set<DeadLetter.Reason> failing)
        implements Serializable {

    public static final DeliveryOptions DEFAULT = new DeliveryOptions(
            CommitCadence.EVERY_CHECKPOINT,
            ConsistencyGroups.NONE,
            SourceEpochs.NONE,
            WriterLimits.DEFAULT_FILE_BYTES,
            Duration.ofDays(7),
            RowMemory.LASTING,
            StopPolicy.NONE,
            Set.of());

    public DeliveryOptions {
        failing = Set.copyOf(failing);
        require(fileBytes > 0, "files of %d bytes", fileBytes);
        require(
                stagedFileRetention.compareTo(Duration.ofHours(1)) >= 0,
                "staged files are kept for at least an hour, not for %s: commits under way need them",
                stagedFileRetention);
        // Within a commit, what a change leaves out may stand in the one before it, which the job must know then.
        require(
                rowMemory == RowMemory.LASTING || cadence.equals(CommitCadence.EVERY_CHECKPOINT),
                "where rows are forgotten, each checkpoint is a commit");
    }
}
