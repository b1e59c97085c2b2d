package io.spindrift.sinks.commit;

import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.jspecify.annotations.Nullable;

/**
 * Commits of completed checkpoints → the warehouse, in the order in which Flink hands them over. Three endings for each: committed, already
 * committed, or a failure of the job; data is never given up. Flink repeats commits after a restore, under their old identity.
 */
public final class SnowflakeCommitter implements Committer<Commit> {

    private static final long NOT_RAISED = -1;

    private final CommitTarget target;
    private final CommitMetrics metrics;
    private long epoch = NOT_RAISED;
    /** Of a completed checkpoint, and in the aggregator's state too. */
    private @Nullable Commit waiting;

    public SnowflakeCommitter(CommitTarget target, CommitMetrics metrics) {
        this.target = target;
        this.metrics = metrics;
    }

    /** Fences off every older committer of the pipeline. */
    public void open() throws IOException {
        epoch = target.raiseEpoch();
    }

    @Override
    public void commit(Collection<CommitRequest<Commit>> requests) throws IOException {
        for (CommitRequest<Commit> request : requests) {
            Commit commit = request.getCommittable();
            if (commit.timing() == Commit.Timing.AT_THE_END) {
                waiting = commit;
                continue;
            }
            waiting = null;
            switch (apply(commit)) {
                case COMMITTED -> {}
                case ALREADY_COMMITTED -> request.signalAlreadyCommitted();
            }
        }
    }

    private CommitTarget.Outcome apply(Commit commit) throws IOException {
        if (epoch == NOT_RAISED) {
            throw new IllegalStateException("commit " + commit.id()
                    + " reached a committer that holds no epoch: commits go to the " + "first subtask alone");
        }
        try {
            metrics.begun();
            CommitTarget.Outcome outcome = target.commit(commit, epoch);
            metrics.ended(commit, outcome);
            return outcome;
        } catch (CommitTarget.FencedException e) {
            metrics.fenced();
            if (e.byOwnJob()) {
                throw e;
            }
            // A restart would take the pipeline back from the other job, and the two would take turns.
            throw new SuppressRestartsException(e);
        } catch (CommitTarget.UnsafeSourceException | CommitTarget.FailingLetterException e) {
            // No restart brings back what a topic has dropped, or a value that nobody has.
            throw new SuppressRestartsException(e);
        }
    }

    /**
     * After a stop with savepoint, or whatever else ends the task: what waits belongs to a completed checkpoint, so it may be committed. A
     * later job brings the same again in another commit, which finds it in the log.
     */
    @Override
    public void close() throws IOException {
        try (target) {
            Commit last = waiting;
            waiting = null;
            if (last != null) {
                apply(last);
            }
        }
    }
}
