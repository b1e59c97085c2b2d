package io.spindrift.jobs.ingest;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.SourceProgress;
import java.io.IOException;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Runs {@link SplitEvents}, and sends its report ahead of every barrier, which a function cannot. */
public final class SplitOperator extends ProcessOperator<ChangeEvent, ChangeEvent> implements BoundedOneInput {

    private static final long serialVersionUID = 1;

    private final SplitEvents events;

    public SplitOperator(SplitEvents events) {
        super(events);
        this.events = events;
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        report();
    }

    @Override
    public void endInput() throws Exception {
        report();
    }

    private void report() throws IOException {
        for (SourceProgress progress : events.report()) {
            output.collect(SplitEvents.CONTROL, new StreamRecord<>(progress));
        }
    }
}
