package io.spindrift.sinks.commit;

import io.spindrift.sinks.stage.PartJoiner;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.WriterOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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
 * Every writer's output of one checkpoint → one commit; their small parts become files here, one a shape. Needs no state: writers send ahead of the barrier, and this sends on when the
 * barrier has come from all of them. A checkpoint without rows makes no commit.
 */
final class CommitAggregator extends AbstractStreamOperator<CommittableMessage<Commit>>
        implements OneInputStreamOperator<CommittableMessage<WriterOutput>, CommittableMessage<Commit>>,
                BoundedOneInput {

    private static final long serialVersionUID = 1;

    private final SerializableSupplier<UUID> commitIds;
    private final PartJoiner.Opener joiners;
    private transient @Nullable PartJoiner joiner;
    private transient List<StagedFile> files = new ArrayList<>();
    private transient long watermarkMillis;
    private transient int writers;
    private transient long checkpointId;

    CommitAggregator(SerializableSupplier<UUID> commitIds, PartJoiner.Opener joiners) {
        this.commitIds = commitIds;
        this.joiners = joiners;
    }

    @Override
    public void open() throws Exception {
        super.open();
        joiner = joiners.open();
        clear();
    }

    private void clear() {
        files = new ArrayList<>();
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
            watermarkMillis = Math.min(watermarkMillis, output.watermarkMillis());
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long barrierCheckpointId) throws Exception {
        super.prepareSnapshotPreBarrier(barrierCheckpointId);
        emit();
    }

    @Override
    public void endInput() throws IOException {
        emit();
    }

    private void emit() throws IOException {
        if (writers == 0) {
            return;
        }
        files.addAll(joiner().stage(checkpointId));
        int commits = files.isEmpty() ? 0 : 1;
        output.collect(new StreamRecord<>(new CommittableSummary<>(0, 1, checkpointId, commits, commits, 0)));
        if (commits == 1) {
            Commit commit = new Commit(commitIds.get(), checkpointId, files, watermarkMillis);
            output.collect(new StreamRecord<>(new CommittableWithLineage<>(commit, checkpointId, 0)));
        }
        clear();
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
