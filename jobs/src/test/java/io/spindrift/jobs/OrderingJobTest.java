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

    /** Each row's changes by turns in two partitions, which come in their own order each and in any order across them. */
    private static ChangeEvent[] changes() {
        List<List<ChangeEvent>> partitions = List.of(new ArrayList<>(), new ArrayList<>());
        for (int n = 0; n < CHANGES; n++) {
            CellBuffer cells = new CellBuffer();
            cells.addLong(n % ROWS);
            int number = n / ROWS % 2;
            List<ChangeEvent> partition = partitions.get(number);
            Position position = new Position("t", number, partition.size(), 10L * n, n, 1000L * n, false);
            partition.add(new RowChange(
                    new RowKey(SHAPE.table(), cells.toBytes()),
                    SHAPE.fingerprint(),
                    Operation.UPDATE,
                    position,
                    cells.toBytes(),
                    false));
        }
        List<ChangeEvent> events = new ArrayList<>(List.of(new ShapeAnnounced(SHAPE)));
        Random random = new Random(1);
        int[] next = new int[2];
        while (events.size() <= CHANGES) {
            int number = random.nextInt(2);
            if (next[number] < partitions.get(number).size()) {
                events.add(partitions.get(number).get(next[number]++));
            }
        }
        return events.toArray(new ChangeEvent[0]);
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
        assertThat(plain).hasSize(CHANGES);
        assertThat(superseded(plain)).isPositive();
        assertThat(held).hasSize(CHANGES);
        assertThat(superseded(held)).isZero();
        assertThat(newest(held)).hasSize(ROWS).isEqualTo(newest(plain));
    }

    private static long superseded(List<RowChange> changes) {
        return changes.stream().filter(RowChange::superseded).count();
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
