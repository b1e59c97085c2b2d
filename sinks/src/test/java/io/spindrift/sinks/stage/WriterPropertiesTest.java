package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random rows of random shapes under random limits: whatever is spilled, rolled or sent inline, nothing is lost, doubled or reordered. */
class WriterPropertiesTest {

    static final SinkWriter.Context CONTEXT = new SinkWriter.Context() {
        @Override
        public long currentWatermark() {
            return 0;
        }

        @Override
        public Long timestamp() {
            return 0L;
        }
    };

    /** A row as it was written. */
    private record Written(TableShape shape, Operation operation, long lsn, long sequence) {}

    private record At(int partition, long offset) {}

    private final StageFolder stage = new StageFolder();
    private final Map<At, Written> pending = new HashMap<>();
    private final Set<String> seenPaths = new HashSet<>();
    private long sequence;
    private int files;
    private int parts;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 40, 300})
    void everyRowIsInExactlyOneFileOrPart(int tables, @TempDir Path directory) throws IOException {
        for (int seed = 0; seed < 5; seed++) {
            run(new Random(1000L * tables + seed), tables, directory.resolve("seed-" + seed));
        }
        assertThat(files).isGreaterThan(0);
        assertThat(parts).isGreaterThan(0);
    }

    private void run(Random random, int tables, Path directory) throws IOException {
        assertThat(directory.toFile().mkdir()).isTrue();
        sequence = 0;
        WriterLimits limits = limits(random);
        try (SnowflakeWriter writer = new SnowflakeWriter(
                "p",
                0,
                new SpillDirectory(directory, "0", new UUID(7, random.nextLong())),
                limits,
                stage,
                new SimpleCounter())) {
            List<TableShape> shapes = shapes(tables);
            List<ChangeEvent> announcements = new ArrayList<>();
            shapes.forEach(shape -> announcements.add(new ShapeAnnounced(shape)));
            Collections.shuffle(announcements, random);
            for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
                writeSome(writer, random, shapes, announcements);
                writer.flush(false);
                takeOut(writer.prepareCommit().iterator().next());
                assertThat(pending).isEmpty();
            }
        }
        assertThat(directory).doesNotExist();
    }

    private static WriterLimits limits(Random random) {
        int openFiles = 1 + random.nextInt(3);
        return new WriterLimits(
                (openFiles + 1L) * SpillFile.MEMORY_BYTES + 1 + random.nextInt(60_000),
                openFiles,
                1 + random.nextInt(20_000),
                random.nextInt(30_000),
                1 + random.nextInt(3));
    }

    private static List<TableShape> shapes(int tables) {
        List<TableShape> shapes = new ArrayList<>();
        for (int i = 0; i < tables; i++) {
            shapes.add(Rows.shape("T" + i / 2, i % 2 == 0 ? new String[] {"ID"} : new String[] {"ID", "NEW"}));
        }
        return shapes;
    }

    /** Some shapes come ahead of their rows, the others behind them. */
    private void writeSome(SnowflakeWriter writer, Random random, List<TableShape> shapes, List<ChangeEvent> announced)
            throws IOException {
        int rows = random.nextInt(random.nextBoolean() ? 600 : 20);
        int hot = 1 + random.nextInt(shapes.size());
        for (int i = 0; i < rows; i++) {
            if (!announced.isEmpty() && random.nextInt(3) == 0) {
                writer.write(announced.remove(0), CONTEXT);
            }
            writer.write(row(random, shapes.get(random.nextInt(hot))), CONTEXT);
        }
        for (ChangeEvent late : announced) {
            writer.write(late, CONTEXT);
        }
        announced.clear();
    }

    private RowChange row(Random random, TableShape shape) {
        Operation operation = List.of(Operation.CREATE, Operation.UPDATE, Operation.DELETE, Operation.READ)
                .get(random.nextInt(4));
        int partition = random.nextInt(3);
        long offset = 10 * sequence + random.nextInt(10);
        boolean snapshot = operation == Operation.READ;
        long lsn = random.nextInt(1_000_000);
        Position position = new Position("t", partition, offset, lsn, 1, 0, snapshot);
        pending.put(
                new At(partition, offset), new Written(shape, operation, snapshot ? Position.NONE : lsn, sequence++));
        String[] cells = new String[shape.columns().size()];
        for (int i = 0; i < cells.length; i++) {
            int length = random.nextInt(100) == 0 ? 300_000 : 10 * random.nextInt(90);
            cells[i] = Rows.incompressible(random, length);
        }
        return Rows.row(shape, operation, position, cells);
    }

    private void takeOut(WriterOutput output) throws IOException {
        for (StagedFile file : output.files()) {
            byte[] bytes = stage.bytes(file.path());
            assertThat(bytes).as(file.path()).hasSize((int) file.bytes());
            assertThat(Zstd.findFrameCompressedSize(bytes)).as("one frame").isEqualTo(file.bytes());
            assertThat(seenPaths.add(file.path())).isTrue();
            takeOut(file.shape(), file.summary(), stage.text(file.path()));
            files++;
        }
        Set<TableShape> joined = new HashSet<>();
        for (CsvPart part : output.parts()) {
            assertThat(joined.add(part.shape())).isTrue();
            takeOut(part.shape(), part.rows(), new String(part.csv(), StandardCharsets.UTF_8));
            parts++;
        }
    }

    /** Looks up each line among the rows written, and counts anew. */
    private void takeOut(TableShape shape, RowSummary summary, String csv) {
        OperationCounts counts = OperationCounts.NONE;
        Map<Integer, OffsetRange> ranges = new LinkedHashMap<>();
        long highestLsn = Position.NONE;
        long before = -1;
        for (String line : csv.lines().toList()) {
            String[] fields = line.split(",", -1);
            int end = fields.length;
            int partition = Integer.parseInt(fields[end - 5]);
            long offset = Long.parseLong(fields[end - 4]);
            Written row = pending.remove(new At(partition, offset));
            assertThat(row)
                    .as("%s at %d-%d, twice or never written", line, partition, offset)
                    .isNotNull();
            assertThat(row.shape()).isEqualTo(shape);
            assertThat(Long.parseLong(fields[end - 2]))
                    .isEqualTo(row.sequence())
                    .isGreaterThan(before);
            before = row.sequence();
            counts = counts.plus(count(row.operation()));
            ranges.merge(partition, new OffsetRange("t", partition, offset, offset), OffsetRange::span);
            highestLsn = Math.max(highestLsn, row.lsn());
        }
        assertThat(summary.counts()).isEqualTo(counts);
        assertThat(summary.offsets()).containsExactlyInAnyOrderElementsOf(ranges.values());
        assertThat(summary.highestLsn()).isEqualTo(highestLsn);
    }

    private static OperationCounts count(Operation operation) {
        return switch (operation) {
            case READ -> new OperationCounts(1, 0, 0, 0, 0);
            case CREATE -> new OperationCounts(0, 1, 0, 0, 0);
            case UPDATE -> new OperationCounts(0, 0, 1, 0, 0);
            case DELETE -> new OperationCounts(0, 0, 0, 1, 0);
            case TRUNCATE -> new OperationCounts(0, 0, 0, 0, 1);
        };
    }
}
