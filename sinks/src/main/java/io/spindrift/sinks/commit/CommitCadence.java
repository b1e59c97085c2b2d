package io.spindrift.sinks.commit;

import static io.spindrift.sinks.model.Require.require;

import java.io.Serializable;
import java.time.Duration;

/**
 * When what checkpoints have brought together is committed: as soon as one of these is reached, at the checkpoint that reaches it. Also when
 * the job is stopped with a savepoint, and at the end of its input.
 *
 * @param checkpoints from 1
 * @param rows from 1
 * @param interval since the first of what waits
 */
public record CommitCadence(int checkpoints, long rows, Duration interval) implements Serializable {

    /** Each checkpoint is a commit. */
    public static final CommitCadence EVERY_CHECKPOINT =
            new CommitCadence(1, Long.MAX_VALUE, Duration.ofMillis(Long.MAX_VALUE));

    public CommitCadence {
        require(checkpoints > 0, "a commit every %d checkpoints", checkpoints);
        require(rows > 0, "a commit every %d rows", rows);
        require(interval.toMillis() > 0, "a commit every %s", interval);
    }

    /** Progress without rows tells the ledger that nothing is missing; a commit for it alone is worth making now and then. */
    private static final Duration PROGRESS_INTERVAL = Duration.ofMinutes(5);

    boolean isDue(PendingCommit pending, long nowMillis) {
        if (pending.files().isEmpty()) {
            return !pending.progress().isEmpty() && nowMillis - pending.sinceMillis() >= PROGRESS_INTERVAL.toMillis();
        }
        return pending.checkpoints() >= checkpoints
                || pending.rows() >= rows
                || nowMillis - pending.sinceMillis() >= interval.toMillis();
    }
}
