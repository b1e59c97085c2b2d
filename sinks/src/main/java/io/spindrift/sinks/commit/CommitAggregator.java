package io.spindrift.sinks.commit;

import io.spindrift.sinks.commit.Commit.Timing;
import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.stage.PartJoiner;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import io.spindrift.sinks.stage.WriterOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every writer's output of one checkpoint → a commit, when one is due; their small parts become files here, one a shape. Writers send ahead of
 * the barrier, and this sends on when the barrier has come from all of them. What no commit has taken yet is kept in state, also the source's
 * progress of checkpoints without rows. Nothing is sent on whose records do not balance. It is sent on all the same, for the case that the job ends here: a barrier does not tell that it belongs
 * to a stop with savepoint.
 */
final class CommitAggregator extends AbstractStreamOperator<CommittableMessage<Commit>>
        implements OneInputStreamOperator<CommittableMessage<WriterOutput>, CommittableMessage<Commit>>,
                BoundedOneInput {

    private static final long serialVersionUID = 1;

    private static final ListStateDescriptor<PendingCommit> PENDING =
            new ListStateDescriptor<>("pending-commit", PendingCommit.TYPE);

    private final SerializableSupplier<UUID> commitIds;
    private final PartJoiner.Opener joiners;
    private final CommitCadence cadence;
    private transient @Nullable PartJoiner joiner;
    private transient @Nullable ListState<PendingCommit> state;
    private transient @Nullable PendingCommit pending;
    private transient List<StagedFile> files = new ArrayList<>();
    private transient List<SourceProgress> progress = new ArrayList<>();
    private transient List<TableStop> stops = new ArrayList<>();
    private transient @Nullable RecordBalance balance;
    private transient long watermarkMillis;
    private transient int writers;
    private transient long checkpointId;

    // Made by open.
    @SuppressWarnings("NullAway.Init")
    private transient Counter joinedFiles;

    @SuppressWarnings("NullAway.Init")
    private transient Counter joinedBytes;

    CommitAggregator(SerializableSupplier<UUID> commitIds, PartJoiner.Opener joiners, CommitCadence cadence) {
        this.commitIds = commitIds;
        this.joiners = joiners;
        this.cadence = cadence;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        ListState<PendingCommit> restored = context.getOperatorStateStore().getListState(PENDING);
        for (PendingCommit commit : restored.get()) {
            pending = commit;
        }
        state = restored;
    }

    @Override
    public void open() throws Exception {
        super.open();
        joiner = joiners.open();
        joinedFiles = Metric.JOINED_FILES.counter(getMetricGroup());
        joinedBytes = Metric.JOINED_BYTES.counter(getMetricGroup());
        clear();
    }

    private void clear() {
        files = new ArrayList<>();
        progress = new ArrayList<>();
        stops = new ArrayList<>();
        balance = RecordBalance.NONE;
        watermarkMillis = Long.MAX_VALUE;
        writers = 0;
    }

    @Override
    public void processElement(StreamRecord<CommittableMessage<WriterOutput>> element) {
        CommittableMessage<WriterOutput> message = element.getValue();
        if (message instanceof CommittableSummary<WriterOutput> summary) {
            writers = summary.getNumberOfSubtasks();
            checkpointId = summary.getCheckpointIdOrEOI();
        } else if (message instanceof CommittableWithLineage<WriterOutput> committable) {
            WriterOutput output = committable.getCommittable();
            files.addAll(output.files());
            joiner().add(output.parts());
            progress.addAll(output.progress());
            stops.addAll(output.stops());
            balance = RecordBalance.sum(balance, output.balance());
            watermarkMillis = Math.min(watermarkMillis, output.watermarkMillis());
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long barrierCheckpointId) throws Exception {
        super.prepareSnapshotPreBarrier(barrierCheckpointId);
        emit(false);
    }

    @Override
    public void endInput() throws IOException {
        emit(true);
    }

    private void emit(boolean last) throws IOException {
        if (writers == 0) {
            return;
        }
        for (StagedFile joined : joiner().stage(checkpointId)) {
            files.add(joined);
            joinedFiles.inc();
            joinedBytes.inc(joined.bytes());
        }
        long now = getProcessingTimeService().getCurrentProcessingTime();
        PendingCommit before = pending == null ? PendingCommit.since(now) : pending;
        PendingCommit all = before.and(files, progress, balance, stops);
        boolean due = last || cadence.isDue(all, now);
        int commits = all.isEmpty() ? 0 : 1;
        output.collect(new StreamRecord<>(new CommittableSummary<>(0, 1, checkpointId, commits, commits, 0)));
        if (commits == 1) {
            Commit commit = new Commit(
                    commitIds.get(),
                    checkpointId,
                    all.files(),
                    all.progress(),
                    watermarkMillis,
                    due ? Timing.DUE : Timing.AT_THE_END,
                    all.balance(),
                    all.stops());
            requireAccounted(commit);
            output.collect(new StreamRecord<>(new CommittableWithLineage<>(commit, checkpointId, 0)));
        }
        pending = (due && commits == 1) || all.isNothing() ? null : all;
        clear();
    }

    /** Here and not in the committer: what fails ahead of the barrier is in no checkpoint, and comes again. */
    private static void requireAccounted(Commit commit) {
        RecordBalance counts = commit.balance();
        if (counts != null) {
            counts.requireAccounted(commit.rows(), commit.deadLetters());
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        if (state != null) {
            state.update(pending == null ? List.of() : List.of(pending));
        }
    }

    private PartJoiner joiner() {
        if (joiner == null) {
            throw new IllegalStateException("the aggregator is not open");
        }
        return joiner;
    }

    @Override
    public void close() throws Exception {
        if (joiner != null) {
            joiner.close();
        }
        super.close();
    }
}
