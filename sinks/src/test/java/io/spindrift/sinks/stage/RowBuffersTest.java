package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.TableShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RowBuffersTest {

    private static final long MIB = 1 << 20;
    private static final List<TableShape> SHAPES = IntStream.range(0, 1000)
            .mapToObj(number -> Rows.shape("T" + number, "ID"))
            .toList();

    /** A finished file, as {@code "<table> <rows>"}. */
    private final List<String> finished = new ArrayList<>();

    private final List<Long> finishedBytes = new ArrayList<>();
    private final AnnouncedShapes announced = new AnnouncedShapes();
    private final List<RowBuffers> opened = new ArrayList<>();
    private Path spill;
    private long offset;

    @BeforeEach
    void announce(@TempDir Path directory) {
        spill = directory;
        SHAPES.forEach(announced::add);
    }

    @AfterEach
    void close() throws IOException {
        for (RowBuffers buffers : opened) {
            buffers.close();
        }
    }

    private RowBuffers buffers(long bufferBytes, int openFiles, long fileBytes, long inlineBytes) {
        long memory = bufferBytes + (openFiles + 1L) * SpillFile.MEMORY_BYTES;
        RowBuffers buffers = new RowBuffers(
                new WriterLimits(memory, openFiles, fileBytes, inlineBytes, 1),
                new SpillDirectory(spill, "0", new UUID(1, 2)),
                (shape, cells, file) -> {
                    TableShape of = announced.of(shape, cells);
                    finished.add(of.table() + " " + file.rows().counts().rows());
                    finishedBytes.add(file.bytes());
                    assertThat(Files.size(file.path())).isEqualTo(file.bytes());
                    Files.delete(file.path());
                });
        opened.add(buffers);
        return buffers;
    }

    private void add(RowBuffers buffers, int table, String text) throws IOException {
        Position position = new Position("t", 0, offset++, 5, 1, 0, false);
        buffers.add(Rows.row(SHAPES.get(table), Operation.CREATE, position, text), offset);
    }

    /** Beside the spill log. Finished ones are taken away. */
    private long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(spill)) {
            return files.filter(file -> !file.endsWith("spill.log")).count();
        }
    }

    private long logBytes() throws IOException {
        return Files.size(spill.resolve("spill.log"));
    }

    private static List<String> tables(List<CsvPart> parts) {
        return parts.stream()
                .map(part -> part.shape().table() + " " + part.rows().counts().rows())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 1000})
    void howEverManyTablesTheMemoryStaysInItsBudgetAndTheOpenFilesInTheirNumber(int tables) throws IOException {
        RowBuffers buffers = buffers(MIB / 2, 4, Long.MAX_VALUE, 0);
        String text = "0123456789".repeat(200);
        for (int i = 0; i < 24_000; i++) {
            add(buffers, (int) (i * 7919L % tables), text);
            assertThat(buffers.bufferedBytes()).isLessThanOrEqualTo(MIB / 2);
            if (i % 100 == 0) {
                assertThat(openFiles()).isLessThanOrEqualTo(4);
            }
        }
        assertThat(openFiles()).isEqualTo(tables == 1000 ? 0 : Math.min(4, tables));
        buffers.finish(announced);
        assertThat(buffers.bufferedBytes()).isZero();
        assertThat(logBytes()).isZero();
        assertThat(finished.stream()
                        .mapToLong(file -> Long.parseLong(file.split(" ")[1]))
                        .sum())
                .isEqualTo(24_000);
        assertThat(finished).hasSize(tables);
    }

    /** The fewer files, the fewer tables are touched when memory is short. */
    @Test
    void theLargestTableIsSpilledFirst() throws IOException {
        RowBuffers buffers = buffers(64 * 1024, 4, Long.MAX_VALUE, MIB);
        add(buffers, 2, "x");
        for (int i = 0; i < 30; i++) {
            add(buffers, 1, "x".repeat(1000));
        }
        for (int i = 0; i < 30; i++) {
            add(buffers, 3, "x".repeat(900));
        }
        assertThat(tables(buffers.finish(announced))).containsExactly("T2 1", "T3 30");
        assertThat(finished).containsExactly("T1 30");
    }

    /** With one buffer's memory, each row is a spill. */
    @Test
    void rowsInTheSpillLogReachTheirTablesFileInTheirOrder() throws IOException {
        List<String> lines = new ArrayList<>();
        RowBuffers buffers = new RowBuffers(
                new WriterLimits(1 + 2L * SpillFile.MEMORY_BYTES, 1, Long.MAX_VALUE, 0, 1),
                new SpillDirectory(spill, "0", new UUID(1, 2)),
                (shape, cells, file) -> lines.add(announced.of(shape, cells).table() + ": " + texts(file.path())));
        opened.add(buffers);
        String large = "x".repeat(100_000);
        for (String text : List.of("a", "b", large, "c")) {
            add(buffers, 1, text);
            add(buffers, 2, text + "2");
        }
        buffers.finish(announced);
        assertThat(lines).containsExactly("T1: a b " + large + " c", "T2: a2 b2 " + large + "2 c2");
        lines.clear();
        add(buffers, 2, "d");
        buffers.finish(announced);
        assertThat(lines).containsExactly("T2: d");
    }

    /** The first cell of each line, unquoted. */
    private static String texts(Path file) throws IOException {
        try (InputStream csv = new ZstdInputStream(Files.newInputStream(file))) {
            return new String(csv.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.substring(0, line.indexOf(',')).replace("\"", ""))
                    .collect(Collectors.joining(" "));
        }
    }

    /** Its rows come out of the log first. */
    @Test
    void aTableThatHasGrownLargeInTheSpillLogGetsAFile() throws IOException {
        RowBuffers buffers = buffers(MIB, 1, Long.MAX_VALUE, 0);
        String text = "x".repeat(100_000);
        for (int i = 0; i < 41; i++) {
            add(buffers, 1, text);
        }
        assertThat(openFiles()).isZero();
        assertThat(logBytes()).isGreaterThan(3 * MIB);
        add(buffers, 1, text);
        assertThat(openFiles()).isEqualTo(1);
        buffers.finish(announced);
        assertThat(finished).containsExactly("T1 42");
    }

    @Test
    void withoutAFileTablesEndInTheSpillLogWhenTheyAreFull() throws IOException {
        RowBuffers buffers = buffers(64 * 1024, 1, 300_000, 0);
        for (int i = 0; i < 2000; i++) {
            add(buffers, 1, "x".repeat(1000));
            add(buffers, 2, "x".repeat(1000));
        }
        assertThat(finished).hasSizeBetween(5, 7).allMatch(file -> file.startsWith("T2 "));
        buffers.finish(announced);
        assertThat(finished.get(finished.size() - 2)).isEqualTo("T1 2000");
    }

    @Test
    void aFullFileIsEndedAndTheNextOneBegins() throws IOException {
        RowBuffers buffers = buffers(64 * 1024, 2, 300_000, 0);
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            add(buffers, 1, Rows.incompressible(random, 100));
        }
        assertThat(finished).hasSizeGreaterThan(2);
        assertThat(finishedBytes).allSatisfy(bytes -> assertThat(bytes).isBetween(300_000L, 700_000L));
        int full = finished.size();
        buffers.finish(announced);
        assertThat(finished).hasSize(full + 1);
    }

    /** A table that will not be small is compressed while it comes, and not all at once when the barrier has come. */
    @Test
    void aLargeTableGoesIntoAFileThoughMemoryIsLeft() throws IOException {
        RowBuffers buffers = buffers(64 * MIB, 2, Long.MAX_VALUE, 64 * MIB);
        String text = "x".repeat(100_000);
        for (int i = 0; i < 41; i++) {
            add(buffers, 1, text);
        }
        assertThat(openFiles()).isZero();
        add(buffers, 1, text);
        assertThat(openFiles()).isEqualTo(1);
        for (int i = 0; i < 20; i++) {
            add(buffers, 1, text);
            assertThat(buffers.bufferedBytes()).isLessThan(400_000);
        }
        assertThat(buffers.finish(announced)).isEmpty();
        assertThat(finished).containsExactly("T1 62");
    }

    @Test
    void theSmallestTablesTravelInlineAsFarAsThereIsRoom() throws IOException {
        RowBuffers buffers = buffers(MIB, 2, Long.MAX_VALUE, 2500);
        add(buffers, 1, "x".repeat(1000));
        add(buffers, 2, "x".repeat(3000));
        add(buffers, 3, "x".repeat(800));
        add(buffers, 4, "x".repeat(1100));
        assertThat(tables(buffers.finish(announced))).containsExactly("T3 1", "T1 1");
        assertThat(finished).containsExactly("T4 1", "T2 1");
    }

    @Test
    void nothingOfACheckpointIsInTheNext() throws IOException {
        RowBuffers buffers = buffers(MIB, 2, Long.MAX_VALUE, MIB);
        add(buffers, 1, "x");
        assertThat(tables(buffers.finish(announced))).containsExactly("T1 1");
        assertThat(buffers.finish(announced)).isEmpty();
        add(buffers, 1, "y");
        assertThat(tables(buffers.finish(announced))).containsExactly("T1 1");
        assertThat(finished).isEmpty();
    }

    @Test
    void rowsOfDifferentCellCountsAreRefused() throws IOException {
        RowBuffers buffers = buffers(MIB, 2, Long.MAX_VALUE, 0);
        add(buffers, 1, "x");
        Position position = new Position("t", 0, 9, 5, 1, 0, false);
        assertThatThrownBy(() -> buffers.add(Rows.row(SHAPES.get(1), Operation.CREATE, position, "x", "y"), 2))
                .hasMessage(
                        "rows of 1 and of 2 cells under one shape %x",
                        SHAPES.get(1).fingerprint());
    }

    @Test
    void rowsThatDoNotFitTheirShapeAreRefused() throws IOException {
        RowBuffers buffers = buffers(MIB, 2, Long.MAX_VALUE, MIB);
        Position position = new Position("t", 0, 9, 5, 1, 0, false);
        buffers.add(Rows.row(SHAPES.get(1), Operation.CREATE, position, "x", "y"), 2);
        assertThatThrownBy(() -> buffers.finish(announced))
                .hasMessage("rows of 2 cells in a file of T1, whose shape has 1 columns");
    }

    @Test
    void limitsThatLeaveNoMemoryToTheRowsAreRefused() {
        assertThatThrownBy(() -> new WriterLimits(3L * SpillFile.MEMORY_BYTES, 2, 1, 0, 1))
                .hasMessage("3932160 bytes of memory are too few for 2 open files of 1310720 bytes each");
    }

    @Test
    void allWritersTogetherSendTheAggregatorNoMoreThanItCanHold() {
        for (int writers : List.of(1, 2, 4, 7, 64, 1000)) {
            assertThat(writers * WriterLimits.of(writers, 1).inlineBytes()).isBetween(15 * MIB, 64 * MIB);
        }
    }
}
