package io.spindrift.jobs.ingest;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableTruncated;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** One stream from the source → rows; to the side, what concerns every key (shapes, truncates), and dead letters. */
public final class SplitEvents extends ProcessFunction<ChangeEvent, ChangeEvent> {

    private static final long serialVersionUID = 1;

    public static final OutputTag<ChangeEvent> CONTROL = new OutputTag<>("control", ModelTypes.CHANGE_EVENT);
    public static final OutputTag<ChangeEvent> DEAD_LETTERS =
            new OutputTag<>("decode-dead-letters", ModelTypes.CHANGE_EVENT);

    @Override
    public void processElement(ChangeEvent event, Context context, Collector<ChangeEvent> out) {
        if (event instanceof RowChange) {
            out.collect(event);
        } else if (event instanceof ShapeAnnounced || event instanceof TableTruncated) {
            context.output(CONTROL, event);
        } else if (event instanceof DeadLetter) {
            context.output(DEAD_LETTERS, event);
        }
    }
}
