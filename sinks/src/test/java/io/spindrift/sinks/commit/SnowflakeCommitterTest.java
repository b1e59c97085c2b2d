package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.commit.CommitTarget.FencedException;
import io.spindrift.sinks.metrics.ShownMetrics;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SnowflakeCommitterTest {

    private final Ledger ledger = new Ledger();
    private final ShownMetrics shown = new ShownMetrics();
    private final SnowflakeCommitter committer =
            new SnowflakeCommitter(ledger, new CommitMetrics(shown, Clock.systemUTC()));

    /** A warehouse's ledger in memory. */
    private static final class Ledger implements CommitTarget {
        private final Map<UUID, Long> epochs = new LinkedHashMap<>();
        private long epoch;
        private boolean byOwnJob;
        private boolean repliesAreLost;
        private boolean closed;
        private @Nullable IOException refusal;

        @Override
        public long raiseEpoch() {
            return ++epoch;
        }

        @Override
        public Outcome commit(Commit commit, long held) throws IOException {
            if (held != epoch) {
                throw new FencedException("epoch " + held + ", not " + epoch, byOwnJob);
            }
            if (refusal != null) {
                throw refusal;
            }
            boolean isNew = epochs.putIfAbsent(commit.id(), held) == null;
            if (repliesAreLost) {
                throw new IOException("the reply was lost");
            }
            return isNew ? Outcome.COMMITTED : Outcome.ALREADY_COMMITTED;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** What Flink hands over with a commit; giving data up fails the test. */
    private static final class Request implements Committer.CommitRequest<Commit> {
        private final Commit commit;
        private boolean alreadyCommitted;

        Request(Commit commit) {
            this.commit = commit;
        }

        @Override
        public Commit getCommittable() {
            return commit;
        }

        @Override
        public int getNumberOfRetries() {
            return 0;
        }

        @Override
        public void signalFailedWithKnownReason(Throwable t) {
            throw new AssertionError("Flink drops the data of such a commit", t);
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable t) {
            throw new AssertionError("a commit that fails is thrown", t);
        }

        @Override
        public void retryLater() {
            throw new AssertionError("Flink tries again at once, and gives up after ten times");
        }

        @Override
        public void updateAndRetryLater(Commit committable) {
            throw new AssertionError("a commit never changes");
        }

        @Override
        public void signalAlreadyCommitted() {
            alreadyCommitted = true;
        }
    }

    private static Commit commit(int id) {
        return commit(id, Commit.Timing.DUE);
    }

    private static Commit commit(int id, Commit.Timing timing) {
        TableShape shape = new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Date(), true)));
        StagedFile file = new StagedFile(
                shape, "p/T/f", 1, new OperationCounts(0, 1, 0, 0, 0), List.of(new OffsetRange("t", 0, 1, 1)), 5);
        return new Commit(new UUID(0, id), id, List.of(file), List.of(), 0, timing);
    }

    private List<Request> commits(int... ids) throws IOException {
        List<Request> requests = new ArrayList<>();
        for (int id : ids) {
            requests.add(new Request(commit(id)));
        }
        committer.commit(new ArrayList<>(requests));
        return requests;
    }

    @Test
    void commitsAreAppliedInTheirOrderUnderTheEpochOfTheCommitter() throws IOException {
        committer.open();
        assertThat(commits(3, 1, 2)).noneMatch(request -> request.alreadyCommitted);
        assertThat(ledger.epochs.keySet()).containsExactly(new UUID(0, 3), new UUID(0, 1), new UUID(0, 2));
        assertThat(ledger.epochs.values()).containsOnly(1L);
    }

    @Test
    void aCommitWhoseReplyWasLostIsNotAppliedTwice() throws IOException {
        committer.open();
        ledger.repliesAreLost = true;
        assertThatThrownBy(() -> commits(1)).isInstanceOf(IOException.class).hasMessage("the reply was lost");
        ledger.repliesAreLost = false;
        SnowflakeCommitter restarted =
                new SnowflakeCommitter(ledger, new CommitMetrics(new UnregisteredMetricsGroup(), Clock.systemUTC()));
        restarted.open();
        Request again = new Request(commit(1));
        restarted.commit(List.of(again));
        assertThat(again.alreadyCommitted).isTrue();
        assertThat(ledger.epochs).containsExactly(Map.entry(new UUID(0, 1), 1L));
    }

    @Test
    void aFailureOfTheWarehouseFailsTheJobAndLeavesLaterCommitsAlone() throws IOException {
        committer.open();
        ledger.repliesAreLost = true;
        assertThatThrownBy(() -> commits(1, 2)).isInstanceOf(IOException.class);
        assertThat(ledger.epochs).hasSize(1);
    }

    @Test
    void whatWaitsIsCommittedWhenTheJobEndsAndNotBefore() throws IOException {
        committer.open();
        committer.commit(List.of(new Request(commit(1, Commit.Timing.AT_THE_END))));
        committer.commit(List.of(new Request(commit(2, Commit.Timing.AT_THE_END))));
        assertThat(ledger.epochs).isEmpty();
        committer.close();
        assertThat(ledger.epochs.keySet()).containsExactly(new UUID(0, 2));
        assertThat(ledger.closed).isTrue();
    }

    @Test
    void whatWaitedIsInTheNextCommit() throws IOException {
        committer.open();
        committer.commit(List.of(new Request(commit(1, Commit.Timing.AT_THE_END)), new Request(commit(2))));
        committer.close();
        assertThat(ledger.epochs.keySet()).containsExactly(new UUID(0, 2));
    }

    /** It may be one that froze while it started: the restarted attempt takes the pipeline back. */
    @Test
    void aCommitterFencedByAnotherAttemptOfItsJobIsRestarted() throws IOException {
        committer.open();
        ledger.byOwnJob = true;
        new SnowflakeCommitter(ledger, new CommitMetrics(new UnregisteredMetricsGroup(), Clock.systemUTC())).open();
        assertThatThrownBy(() -> commits(1)).isInstanceOf(FencedException.class);
        assertThat(shown.value("fenced")).isOne();
    }

    /** Two jobs of one pipeline would take turns at fencing each other off, if the loser came back. */
    @Test
    void aFencedCommitterEndsItsJobForGood() throws IOException {
        committer.open();
        new SnowflakeCommitter(ledger, new CommitMetrics(new UnregisteredMetricsGroup(), Clock.systemUTC())).open();
        assertThatThrownBy(() -> commits(1))
                .isInstanceOf(SuppressRestartsException.class)
                .hasCauseInstanceOf(FencedException.class);
        assertThat(ledger.epochs).isEmpty();
        assertThat(shown.value("fenced")).isOne();
    }

    static List<IOException> lasting() {
        return List.of(
                new CommitTarget.UnsafeSourceException("offsets 3 to 7"),
                new CommitTarget.FailingLetterException("users-0@3"));
    }

    @ParameterizedTest
    @MethodSource("lasting")
    void whatOnlyAPersonCanDecideEndsTheJobForGood(IOException refusal) throws IOException {
        committer.open();
        ledger.refusal = refusal;
        assertThatThrownBy(() -> commits(1))
                .isInstanceOf(SuppressRestartsException.class)
                .hasCause(refusal);
    }

    @Test
    void aCommitterWithoutAnEpochAppliesNothing() {
        assertThatThrownBy(() -> commits(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reached a committer that holds no epoch");
        assertThat(ledger.epochs).isEmpty();
    }

    @Test
    void closingTheCommitterClosesItsTarget() throws IOException {
        committer.close();
        assertThat(ledger.closed).isTrue();
    }
}
