package io.spindrift.jobs.ingest;

import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.SourceProgress;
import java.io.IOException;
import java.time.Duration;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs {@link SplitEvents}; sends its report ahead of every barrier, which a function cannot, and says when nothing moves. */
public final class SplitOperator extends ProcessOperator<ChangeEvent, ChangeEvent> implements BoundedOneInput {

    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(SplitOperator.class);
    private static final long CHECK_MILLIS = 60_000;

    private final SplitEvents events;
    private final long patienceMillis;

    /** @param patience how long records may wait for a completed checkpoint before the log says that they do */
    public SplitOperator(SplitEvents events, Duration patience) {
        super(events);
        this.events = events;
        this.patienceMillis = patience.toMillis();
    }

    @Override
    public void open() throws Exception {
        super.open();
        Metric.SOURCE_LAG.gauge(getMetricGroup(), () -> events.liveness().lagMillis());
        Metric.WAITING_FOR_CHECKPOINT.gauge(
                getMetricGroup(), () -> events.liveness().waitingMillis());
        Metric.STALLED.gauge(getMetricGroup(), () -> isStalled() ? 1 : 0);
        getProcessingTimeService().scheduleWithFixedDelay(time -> warn(), CHECK_MILLIS, CHECK_MILLIS);
    }

    private boolean isStalled() {
        return events.liveness().waitingMillis() > patienceMillis;
    }

    private void warn() {
        if (isStalled()) {
            LOG.error(
                    "records were read {} s ago and no checkpoint has completed since: nothing reaches the warehouse. See the job's checkpoints and currentCommitMillis.",
                    events.liveness().waitingMillis() / 1000);
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        events.liveness().barrier(checkpointId);
        report();
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        events.liveness().completed(checkpointId);
    }

    @Override
    public void endInput() throws Exception {
        report();
    }

    private void report() throws IOException {
        for (SourceProgress progress : events.report()) {
            output.collect(SplitEvents.CONTROL, new StreamRecord<>(progress));
        }
        events.counts().ifPresent(counts -> output.collect(SplitEvents.CONTROL, new StreamRecord<>(counts)));
    }
}
