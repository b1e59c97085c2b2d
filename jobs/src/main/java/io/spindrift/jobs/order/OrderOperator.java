package io.spindrift.jobs.order;

import io.spindrift.jobs.config.PipelineConfig.Ordering;
import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.SourceEpochs;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link OrderChanges}; where the pipeline has a reorder buffer, it stands ahead of it in the same operator. So a savepoint is the same with and
 * without it, and no change waits anywhere else than where its row's state is.
 *
 * <p>What is held back passes on with the watermark, and all of it ahead of every barrier: a commit's offsets and counts are those of what was read before
 * its barrier. Where no watermark moves, the barrier alone ends the waiting. A late change is counted, and treated as any other.
 */
public final class OrderOperator extends CoBroadcastWithKeyedOperator<RowKey, ChangeEvent, ChangeEvent, ChangeEvent>
        implements BoundedMultiInput {

    private static final long serialVersionUID = 1;

    private static final int ROWS = 1;

    private final SourceEpochs epochs;
    private final ReorderBuffer.@Nullable Limits limits;

    private transient @Nullable ReorderBuffer buffer;
    private transient long watermarkMillis;

    // Made by open.
    @SuppressWarnings("NullAway.Init")
    private transient Counter late;

    @SuppressWarnings("NullAway.Init")
    private transient StreamRecord<ChangeEvent> passing;

    public OrderOperator(SourceEpochs epochs, Ordering ordering) {
        super(new OrderChanges(epochs, ordering.rowStateTtl().orElse(null)), OrderChanges.broadcastStates());
        this.epochs = epochs;
        this.limits = ordering.reorderBuffer()
                .map(buffer -> new ReorderBuffer.Limits(buffer.delay(), buffer.maxRecords()))
                .orElse(null);
    }

    @Override
    public void open() throws Exception {
        super.open();
        watermarkMillis = Long.MIN_VALUE;
        late = Metric.CHANGES_LATE.counter(getMetricGroup());
        if (limits != null) {
            ReorderBuffer opened = new ReorderBuffer(limits, epochs, this::pass);
            Metric.CHANGES_HELD_BACK.gauge(getMetricGroup(), opened::size);
            passing = new StreamRecord<>(null);
            buffer = opened;
        }
    }

    @Override
    public void processElement1(StreamRecord<ChangeEvent> record) throws Exception {
        if (!(record.getValue() instanceof RowChange change)) {
            super.processElement1(record);
            return;
        }
        if (commitMillis(change) <= watermarkMillis) {
            late.inc();
        }
        if (buffer == null || change.key().isOfRecord()) {
            super.processElement1(record);
        } else {
            buffer.add(change, watermarkMillis);
        }
    }

    /** What the metric says. */
    long changesLate() {
        return late.getCount();
    }

    private static long commitMillis(RowChange change) {
        return Math.floorDiv(change.position().committedAtMicros(), 1000L);
    }

    private void pass(RowChange change) throws Exception {
        StreamRecord<ChangeEvent> record = passing.replace(change, commitMillis(change));
        setKeyContextElement1(record);
        super.processElement1(record);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        watermarkMillis = mark.getTimestamp();
        if (buffer != null) {
            buffer.passDue(watermarkMillis);
        }
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        passAll();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void endInput(int input) throws Exception {
        if (input == ROWS) {
            passAll();
        }
    }

    private void passAll() throws Exception {
        if (buffer != null) {
            buffer.passAll();
        }
    }
}
