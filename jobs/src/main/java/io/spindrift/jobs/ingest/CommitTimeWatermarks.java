package io.spindrift.jobs.ingest;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * Event time is the source's commit time. One generator runs per Kafka split; a split that is silent for the idle timeout holds nobody back.
 * Watermarks tell how far the source is complete; they never decide whether a change counts.
 */
final class CommitTimeWatermarks implements WatermarkGeneratorSupplier<ChangeEvent>, Serializable {

    private static final long serialVersionUID = 1;

    private final long maxOutOfOrdernessMillis;

    private CommitTimeWatermarks(Duration maxOutOfOrderness) {
        this.maxOutOfOrdernessMillis = maxOutOfOrderness.toMillis();
    }

    static WatermarkStrategy<ChangeEvent> strategy(Duration maxOutOfOrderness, Duration idleTimeout) {
        CommitTimeWatermarks generators = new CommitTimeWatermarks(maxOutOfOrderness);
        return WatermarkStrategy.<ChangeEvent>forGenerator(generators)
                .withTimestampAssigner((event, recordTimestamp) -> event instanceof RowChange row
                        ? Math.floorDiv(row.position().committedAtMicros(), 1000L)
                        : recordTimestamp)
                .withIdleness(idleTimeout);
    }

    @Override
    public WatermarkGenerator<ChangeEvent> createWatermarkGenerator(Context context) {
        return new Generator();
    }

    private final class Generator implements WatermarkGenerator<ChangeEvent> {

        private long highestMillis = Long.MIN_VALUE + maxOutOfOrdernessMillis + 1;

        @Override
        public void onEvent(ChangeEvent event, long timestampMillis, WatermarkOutput output) {
            // Only rows carry a commit time; what stands in Kafka's timestamp is the connector's clock.
            if (event instanceof RowChange) {
                highestMillis = Math.max(highestMillis, timestampMillis);
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            output.emitWatermark(new Watermark(highestMillis - maxOutOfOrdernessMillis - 1));
        }
    }
}
