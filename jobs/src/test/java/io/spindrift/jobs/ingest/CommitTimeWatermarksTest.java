package io.spindrift.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class CommitTimeWatermarksTest {

    private static final TableName TABLE = new TableName("T");
    private static final long KAFKA_TIME = 99_999_999;

    private final ManualClock clock = new ManualClock(1);
    private final WatermarkStrategy<ChangeEvent> strategy =
            CommitTimeWatermarks.strategy(Duration.ofMillis(100), Duration.ofSeconds(5));
    private final WatermarkGenerator<ChangeEvent> split = strategy.createWatermarkGenerator(new Context(clock));
    private final TimestampAssigner<ChangeEvent> times =
            strategy.createTimestampAssigner(UnregisteredMetricsGroup::new);

    private record Context(ManualClock clock) implements WatermarkGeneratorSupplier.Context {
        @Override
        public MetricGroup getMetricGroup() {
            return new UnregisteredMetricsGroup();
        }

        @Override
        public RelativeClock getInputActivityClock() {
            return clock;
        }
    }

    /** What a split's generator says: a watermark's time, or {@code idle}. */
    private final List<Object> said = new ArrayList<>();

    private final WatermarkOutput output = new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark watermark) {
            said.add(watermark.getTimestamp());
        }

        @Override
        public void markIdle() {
            said.add("idle");
        }

        @Override
        public void markActive() {
            said.add("active");
        }
    };

    private static Position at(long micros) {
        return new Position("t", 0, 0, 0, 0, micros, false);
    }

    private static RowChange row(long micros) {
        return new RowChange(new RowKey(TABLE, new byte[0]), 0, Operation.UPDATE, at(micros), new byte[0], false);
    }

    private List<Object> after(ChangeEvent... events) {
        for (ChangeEvent event : events) {
            split.onEvent(event, times.extractTimestamp(event, KAFKA_TIME), output);
        }
        said.clear();
        split.onPeriodicEmit(output);
        return List.copyOf(said);
    }

    @Test
    void theWatermarkFollowsTheHighestCommitTime() {
        assertThat(after(row(5_000_999))).containsExactly(5_000L - 101);
        assertThat(after(row(6_000_000), row(4_000_000))).containsExactly(6_000L - 101);
    }

    @Test
    void timesBeforeTheEpochAreRoundedDown() {
        assertThat(after(row(-1))).containsExactly(-1L - 101);
    }

    @Test
    void nothingButRowsMovesIt() {
        TableShape shape = new TableShape(TABLE, List.of(new Column("ID", new ColumnType.Date(), true)));
        assertThat(after(
                        new ShapeAnnounced(shape),
                        new TableTruncated(TABLE, at(9_000_000)),
                        new DeadLetter(
                                "t", 0, 0, KAFKA_TIME, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of())))
                .containsExactly(Long.MIN_VALUE);
    }

    @Test
    void aSilentSplitHoldsNobodyBackUntilItSpeaksAgain() {
        after(row(5_000_000));
        assertThat(after()).containsExactly(4_899L);
        clock.advanceTime(Duration.ofSeconds(6));
        assertThat(after()).contains("idle");
        assertThat(after(row(5_000_000))).containsExactly(4_899L);
    }
}
