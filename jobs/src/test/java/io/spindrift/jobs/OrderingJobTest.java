package io.spindrift.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.jobs.ingest.SplitEvents;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ordering as the job builds it, on a Flink of two subtasks. */
class OrderingJobTest {

    private static final int ROWS = 50;
    private static final int CHANGES = 1000;
    private static final int SWAPPED = 5;

    private static final TableShape SHAPE =
            new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Number(10, 0), true)));

    @TempDir
    private Path directory = Path.of("");

    private PipelineConfig config(String... overrides) throws Exception {
        Path file = Files.writeString(directory.resolve("pipeline.yaml"), """
                source: {bootstrap-servers: 'broker:9092', topics: t}
                sink: {url: 'jdbc:snowflake://a/', user: u, password: p, database: d}
                pipeline: {name: shop}
                """);
        return PipelineFile.read(file, Arrays.asList(overrides), name -> null);
    }

    /** Each row's changes by turns in two partitions, and in disorder across them. */
    private static ChangeEvent[] changes() {
        List<ChangeEvent> events = new ArrayList<>(List.of(new ShapeAnnounced(SHAPE)));
        long[] offsets = new long[2];
        for (int n = 0; n < CHANGES; n++) {
            CellBuffer cells = new CellBuffer();
            cells.addLong(n % ROWS);
            int partition = n / ROWS % 2;
            Position position = new Position("t", partition, offsets[partition]++, 10L * n, n, 1000L * n, false);
            events.add(new RowChange(
                    new RowKey(SHAPE.table(), cells.toBytes()),
                    SHAPE.fingerprint(),
                    Operation.UPDATE,
                    position,
                    cells.toBytes(),
                    false));
        }
        Random random = new Random(1);
        for (int i = 1 + ROWS; i + ROWS < events.size(); i += ROWS * 2) {
            for (int swap = 0; swap < SWAPPED; swap++) {
                int at = i - 1 - random.nextInt(ROWS / 2);
                if (position(events.get(at)).partition()
                        != position(events.get(at + ROWS)).partition()) {
                    swapUpTo(events, at, at + ROWS);
                }
            }
        }
        return events.toArray(new ChangeEvent[0]);
    }

    private static Position position(ChangeEvent event) {
        return ((RowChange) event).position();
    }

    /** The later one comes ahead of the earlier one, and of all between them; its partition keeps its order. */
    private static void swapUpTo(List<ChangeEvent> events, int earlier, int later) {
        for (int i = later; i > earlier; i--) {
            if (position(events.get(i - 1)).partition()
                    == position(events.get(i)).partition()) {
                return;
            }
            ChangeEvent moved = events.set(i, events.get(i - 1));
            events.set(i - 1, moved);
        }
    }

    private static final class Split extends ProcessFunction<ChangeEvent, ChangeEvent> {
        private static final long serialVersionUID = 1;

        @Override
        public void processElement(ChangeEvent event, Context context, Collector<ChangeEvent> out) {
            if (event instanceof RowChange) {
                out.collect(event);
            } else {
                context.output(SplitEvents.CONTROL, event);
            }
        }
    }

    private List<RowChange> ordered(String... overrides) throws Exception {
        Configuration settings = new Configuration();
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
        environment.setParallelism(2);
        SingleOutputStreamOperator<ChangeEvent> rows = environment
                .fromData(ModelTypes.CHANGE_EVENT, changes())
                .setParallelism(1)
                .process(new Split(), ModelTypes.CHANGE_EVENT)
                .setParallelism(1);
        List<RowChange> changes = new ArrayList<>();
        try (CloseableIterator<ChangeEvent> out =
                SpindriftJob.order(rows, config(overrides)).executeAndCollect()) {
            while (out.hasNext()) {
                if (out.next() instanceof RowChange change) {
                    changes.add(change);
                }
            }
        }
        return changes;
    }

    @Test
    void theOrderingRunsWithAndWithoutTheBufferAndForgetting() throws Exception {
        List<RowChange> plain = ordered();
        List<RowChange> held = ordered("pipeline.reorder-buffer.delay=1 s", "pipeline.row-state-ttl=2 h");
        assertThat(plain).hasSize(CHANGES).anyMatch(RowChange::superseded);
        assertThat(held).hasSize(CHANGES).noneMatch(RowChange::superseded);
        assertThat(newest(held)).hasSize(ROWS).isEqualTo(newest(plain));
    }

    private static Map<RowKey, Position> newest(List<RowChange> changes) {
        Map<RowKey, Position> rows = new HashMap<>();
        for (RowChange change : changes) {
            if (!change.superseded()) {
                rows.put(change.key(), change.position());
            }
        }
        return rows;
    }
}
