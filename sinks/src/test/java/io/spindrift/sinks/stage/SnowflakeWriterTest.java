package io.spindrift.sinks.stage;

import static io.spindrift.sinks.stage.WriterPropertiesTest.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.metrics.ShownMetrics;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import io.spindrift.sinks.schema.DeadLetterTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SnowflakeWriterTest {

    private static final TableShape USERS = Rows.shape("USERS", "ID", "NAME");
    private static final TableShape WIDER_USERS = Rows.shape("USERS", "ID", "NAME", "EMAIL");
    private static final TableShape ORDERS = Rows.shape("my orders", "ID");
    private static final UUID ATTEMPT = new UUID(0xa, 0xb);

    /** Everything stays small. */
    private static final WriterLimits ROOMY = new WriterLimits(64 << 20, 4, 1 << 20, 1 << 20, 4);

    /** Every large row is a file, and one upload fills the queue. */
    private static final WriterLimits TIGHT = new WriterLimits(2L * SpillFile.MEMORY_BYTES + 1, 1, 1, 0, 1);

    private final StageFolder stage = new StageFolder();
    private final Counter sent = new SimpleCounter();
    private Path spill;
    private SnowflakeWriter writer;
    private long offset;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        spill = Files.createDirectory(directory.resolve("spill"));
        open(ROOMY, 0);
    }

    private void open(WriterLimits limits, long restoredCheckpoint) {
        SpillDirectory directory = new SpillDirectory(spill, "3", ATTEMPT);
        writer = new SnowflakeWriter("shop", restoredCheckpoint, directory, limits, stage, sent);
    }

    @AfterEach
    void close() throws IOException {
        stage.letGo();
        writer.close();
    }

    private Position next() {
        return new Position("t", 0, offset++, offset, 1, 0, false);
    }

    private RowChange row(TableShape shape) {
        String[] cells = new String[shape.columns().size()];
        Arrays.fill(cells, "x");
        return Rows.row(shape, Operation.CREATE, next(), cells);
    }

    /** More than the compressor holds back. */
    private RowChange largeRow(TableShape shape) {
        String[] cells = new String[shape.columns().size()];
        Arrays.fill(cells, Rows.incompressible(new Random(offset), 300_000));
        return Rows.row(shape, Operation.CREATE, next(), cells);
    }

    private TableTruncated truncated(TableShape shape) {
        return new TableTruncated(shape.table(), next());
    }

    private void write(ChangeEvent... events) throws IOException {
        for (ChangeEvent event : events) {
            writer.write(event, CONTEXT);
        }
    }

    private WriterOutput checkpoint() throws IOException {
        writer.flush(false);
        return prepared();
    }

    private WriterOutput prepared() {
        List<WriterOutput> outputs = new ArrayList<>(writer.prepareCommit());
        assertThat(outputs).hasSize(1);
        return outputs.get(0);
    }

    private List<Path> spilled() throws IOException {
        try (Stream<Path> files = Files.walk(spill)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static List<String> sequences(CsvPart part) {
        return new String(part.csv(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.split(",", -1))
                .map(fields -> fields[fields.length - 2])
                .toList();
    }

    @Test
    void itShowsWhatIsBufferedAndWhatIsStaged() throws IOException {
        ShownMetrics shown = new ShownMetrics();
        writer.showIn(shown);
        write(new ShapeAnnounced(USERS), row(USERS));
        assertThat(shown.value("bufferedBytes")).isPositive();
        WriterOutput few = checkpoint();
        assertThat(few.parts()).hasSize(1);
        assertThat(shown.value("bufferedBytes")).isZero();
        assertThat(shown.value("stagedFiles")).isZero();

        writer.close();
        Files.createDirectory(spill);
        open(TIGHT, 0);
        ShownMetrics tight = new ShownMetrics();
        writer.showIn(tight);
        write(new ShapeAnnounced(USERS), largeRow(USERS), largeRow(USERS));
        WriterOutput many = checkpoint();
        assertThat(many.files()).hasSizeGreaterThan(1);
        assertThat(tight.value("stagedFiles")).isEqualTo(many.files().size());
        assertThat(tight.value("stagedBytes"))
                .isEqualTo(many.files().stream().mapToLong(StagedFile::bytes).sum());
    }

    @Test
    void aCheckpointOfFewRowsIsOnePartAShapeAndNeedsNoStage() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS), row(USERS), row(ORDERS), row(USERS));
        WriterOutput first = checkpoint();
        assertThat(first.files()).isEmpty();
        assertThat(first.parts())
                .extracting(part ->
                        part.shape().table() + " " + part.rows().counts().creates())
                .containsExactlyInAnyOrder("USERS 2", "my orders 1");
        write(new ShapeAnnounced(WIDER_USERS), row(USERS), row(WIDER_USERS));
        assertThat(checkpoint().parts()).extracting(CsvPart::shape).containsExactlyInAnyOrder(USERS, WIDER_USERS);
        assertThat(checkpoint().parts()).isEmpty();
        assertThat(sent.getCount()).isEqualTo(5);
        assertThat(stage.epochReads()).isZero();
    }

    /** A row's changes may stand in two files, of two shapes: the merge tells by the sequence which is the later. */
    @Test
    void theSequenceRisesAcrossShapesAndCheckpoints() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(WIDER_USERS));
        write(row(USERS), row(WIDER_USERS), row(USERS), truncated(USERS));
        assertThat(checkpoint().parts())
                .extracting(part -> part.shape().columns().size() + ": " + sequences(part))
                .containsExactlyInAnyOrder("2: [0, 2]", "3: [1, 3]");
        write(row(USERS));
        assertThat(sequences(checkpoint().parts().get(0))).containsExactly("4");
    }

    @Test
    void aTruncateIsARowOfNullsUnderTheLatestShape() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(WIDER_USERS), truncated(USERS));
        CsvPart part = checkpoint().parts().get(0);
        assertThat(part.shape()).isEqualTo(WIDER_USERS);
        assertThat(part.rows().counts()).isEqualTo(new OperationCounts(0, 0, 0, 0, 1));
        assertThat(new String(part.csv(), StandardCharsets.UTF_8)).startsWith(",,,t,");
    }

    /** The table's rows stand in other partitions, which lag behind. */
    @Test
    void aTruncateWaitsForItsTablesShapeUntilTheBarrier() throws IOException {
        write(truncated(USERS), new ShapeAnnounced(USERS));
        assertThat(checkpoint().parts().get(0).rows().counts()).isEqualTo(new OperationCounts(0, 0, 0, 0, 1));
        assertThat(checkpoint().parts()).isEmpty();
    }

    @Test
    void aTruncateOfATableWithoutRowsChangesNothing() throws IOException {
        write(truncated(USERS));
        assertThat(checkpoint())
                .isEqualTo(new WriterOutput(
                        List.of(), List.of(), List.of(), Long.MIN_VALUE, new RecordBalance(0, 0, 0, 0, 0, 1)));
        assertThat(sent.getCount()).isZero();
    }

    @Test
    void aFileNamesItsPipelineEpochCheckpointTableShapeWriterAndAttempt() throws IOException {
        open(TIGHT, 41);
        stage.setEpoch(9);
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        assertThat(checkpoint().files())
                .extracting(StagedFile::path)
                .containsExactly("shop/9/42/my=20orders/%016x/3-0-%s.csv.zst".formatted(ORDERS.fingerprint(), ATTEMPT));
        write(largeRow(ORDERS));
        assertThat(checkpoint().files())
                .extracting(StagedFile::path)
                .containsExactly("shop/9/43/my=20orders/%016x/3-1-%s.csv.zst".formatted(ORDERS.fingerprint(), ATTEMPT));
    }

    @Test
    void aFilesNameNeverComesTwice() throws IOException {
        open(TIGHT, 0);
        Set<String> names = new HashSet<>();
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS));
        for (int checkpoint = 0; checkpoint < 5; checkpoint++) {
            write(largeRow(USERS), largeRow(ORDERS), largeRow(USERS));
            checkpoint().files().forEach(file -> assertThat(names.add(file.name()))
                    .isTrue());
        }
        assertThat(names).hasSize(15);
    }

    /** With room for one upload, the second file of two waits for the first: an upload ahead of the barrier has read the old epoch. */
    @Test
    void noFileIsUploadedAheadOfTheFirstBarrier() throws IOException {
        open(TIGHT, 0);
        stage.setEpoch(4);
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS), largeRow(ORDERS), largeRow(ORDERS));
        assertThat(spilled()).hasSize(3);
        stage.setEpoch(5);
        assertThat(checkpoint().files()).hasSize(3).allMatch(file -> file.path().startsWith("shop/5/1/"));
        assertThat(stage.epochReads()).isEqualTo(1);
    }

    @Test
    void behindTheFirstBarrierFilesAreUploadedWhileRowsComeAndTheEpochIsReadOnce() throws IOException {
        open(TIGHT, 0);
        checkpoint();
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS), largeRow(ORDERS));
        stage.awaitFiles(2);
        stage.setEpoch(77);
        write(largeRow(ORDERS));
        assertThat(checkpoint().files()).hasSize(3).allMatch(file -> file.path().startsWith("shop/1/2/"));
        assertThat(stage.epochReads()).isEqualTo(1);
        assertThat(spilled()).isEmpty();
    }

    @Test
    void aFileWhoseShapeComesBehindItIsUploadedAtTheBarrier() throws IOException {
        open(TIGHT, 0);
        checkpoint();
        write(largeRow(USERS), largeRow(USERS), new ShapeAnnounced(USERS));
        assertThat(checkpoint().files()).hasSize(2).allMatch(file -> file.shape()
                .equals(USERS));
    }

    @Test
    void rowsOfAShapeThatWasNeverAnnouncedFailTheCheckpoint() throws IOException {
        write(row(USERS));
        assertThatThrownBy(() -> writer.flush(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the shape was never announced");
    }

    @Test
    void filesOfAShapeThatWasNeverAnnouncedFailTheCheckpoint() throws IOException {
        open(TIGHT, 0);
        checkpoint();
        write(largeRow(USERS));
        assertThatThrownBy(() -> writer.flush(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the shape was never announced");
        assertThat(stage.files()).isEmpty();
    }

    @Test
    void aDeadLetterIsStagedAsARowOfTheLedgersTable() throws IOException {
        byte[] value = {0, -1};
        write(new DeadLetter("t", 1, 2, 3, DeadLetter.Reason.UNDECODABLE, "a \"b\"", null, value, List.of()));
        List<CsvPart> parts = checkpoint().parts();
        assertThat(parts).hasSize(1);
        assertThat(parts.get(0).shape()).isEqualTo(DeadLetterTable.SHAPE);
        assertThat(parts.get(0).rows())
                .isEqualTo(new RowSummary(
                        new OperationCounts(1, 0, 0, 0, 0), List.of(new OffsetRange("t", 1, 2, 2)), Position.NONE));
        assertThat(new String(parts.get(0).csv(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "\"shop\",\"1970-01-01 00:00:00.003000 +00:00\",\"UNDECODABLE\",\"a \"\"b\"\"\",,\"00ff\",\"[]\","
                                + "r,1970-01-01 00:00:00.000000 +00:00,,,\"t\",1,2,false,0,\n");
    }

    private static DeadLetter letter(long offset, DeadLetter.Reason reason, @Nullable TableName table) {
        return new DeadLetter("t", 1, offset, 0, reason, "", null, new byte[0], List.of(), table);
    }

    @Test
    void anOutputNamesTheTablesThatItsLettersStop() throws IOException {
        StopPolicy policy = new StopPolicy(
                Set.of(DeadLetter.Reason.UNDECODABLE, DeadLetter.Reason.UNSUPPORTED_TYPE),
                Set.of(new TableName("LOG")));
        writer = new SnowflakeWriter("shop", 0, new SpillDirectory(spill, "3", ATTEMPT), ROOMY, stage, policy, sent);
        write(
                letter(1, DeadLetter.Reason.NO_PRIMARY_KEY, USERS.table()),
                letter(2, DeadLetter.Reason.UNDECODABLE, null),
                letter(3, DeadLetter.Reason.UNDECODABLE, new TableName("LOG")));
        assertThat(checkpoint().stops()).isEmpty();
        write(
                letter(4, DeadLetter.Reason.UNSUPPORTED_TYPE, USERS.table()),
                letter(5, DeadLetter.Reason.UNDECODABLE, ORDERS.table()),
                letter(9, DeadLetter.Reason.UNDECODABLE, USERS.table()));
        assertThat(checkpoint().stops())
                .containsExactly(
                        new TableStop(USERS.table(), new OffsetRange("t", 1, 4, 9), DeadLetter.Reason.UNSUPPORTED_TYPE),
                        new TableStop(ORDERS.table(), new OffsetRange("t", 1, 5, 5), DeadLetter.Reason.UNDECODABLE));
        assertThat(checkpoint().stops()).isEmpty();
    }

    @Test
    void anOutputSaysWhatBecameOfTheRecordsSinceTheLastOne() throws IOException {
        write(
                new ShapeAnnounced(USERS),
                row(USERS),
                row(USERS),
                row(USERS).asSuperseded(),
                truncated(USERS),
                truncated(ORDERS),
                new RecordSkipped("t", 0, 1),
                new DeadLetter("t", 1, 2, 3, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of()),
                new RecordsRead(5, 2),
                new RecordsRead(4, 0));
        RecordBalance balance = new RecordBalance(9, 3, 1, 1, 1, 3);
        assertThat(checkpoint().balance()).isEqualTo(balance);
        balance.requireAccounted(4, 1);
        assertThat(checkpoint().balance()).isEqualTo(RecordBalance.NONE);
    }

    @Test
    void anOutputCarriesTheLastWatermark() {
        assertThat(prepared().watermarkMillis()).isEqualTo(Long.MIN_VALUE);
        writer.writeWatermark(new Watermark(17));
        writer.writeWatermark(new Watermark(18));
        assertThat(prepared()).isEqualTo(new WriterOutput(List.of(), List.of(), List.of(), 18, RecordBalance.NONE));
        assertThat(prepared().watermarkMillis()).isEqualTo(18);
    }

    @Test
    void aFailedUploadFailsTheNextEvent() throws IOException {
        open(TIGHT, 0);
        checkpoint();
        stage.failAfter(0);
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        assertThatThrownBy(() -> {
                    while (System.nanoTime() < deadline) {
                        write(new ShapeAnnounced(ORDERS));
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessage("an upload into the stage failed: the stage is gone")
                .hasRootCauseMessage("the stage is gone");
        assertThatThrownBy(() -> writer.flush(false)).hasRootCauseMessage("the stage is gone");
    }

    @Test
    void aFailedUploadFailsTheCheckpointAndNothingIsReported() throws IOException {
        open(TIGHT, 0);
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        stage.failAfter(0);
        assertThatThrownBy(() -> writer.flush(false)).hasRootCauseMessage("the stage is gone");
        assertThat(prepared().files()).isEmpty();
    }

    /** The stage is slow, so the source must wait: the local disk is not filled without an end. */
    @Test
    void aWriterWaitsWhileTooManyFilesWait() throws Exception {
        open(TIGHT, 0);
        checkpoint();
        stage.holdUp();
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread task = new Thread(() -> {
            try {
                write(largeRow(ORDERS));
            } catch (IOException e) {
                failure.set(e);
            }
        });
        task.start();
        while (task.getState() != Thread.State.WAITING) {
            assertThat(task.isAlive()).as("the writer went on").isTrue();
            Thread.onSpinWait();
        }
        assertThat(spilled()).hasSize(2);
        stage.letGo();
        task.join();
        assertThat(failure.get()).isNull();
        assertThat(checkpoint().files()).hasSize(2);
    }

    @Test
    void twoFilesAreUploadedAtATimeEachInASessionOfItsOwn() throws IOException {
        open(new WriterLimits(2L * SpillFile.MEMORY_BYTES + 1, 1, 1, 0, 3), 0);
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        checkpoint();
        stage.holdUp();
        write(largeRow(ORDERS), largeRow(ORDERS), largeRow(ORDERS));
        stage.awaitUploads(3);
        stage.letGo();
        assertThat(checkpoint().files()).hasSize(3);
    }

    @Test
    void aCancelledWriterStopsWaiting() throws Exception {
        open(TIGHT, 0);
        checkpoint();
        stage.holdUp();
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> write(largeRow(ORDERS))).hasMessage("interrupted while files were being uploaded");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void closeLeavesNothingOpenAndNothingOnDisk() throws IOException {
        open(new WriterLimits(3L * SpillFile.MEMORY_BYTES + 1, 2, 1, 0, 1), 0);
        write(row(USERS), row(ORDERS), row(WIDER_USERS));
        assertThat(spilled()).as("two open files, one finished, the log").hasSize(4);
        writer.close();
        assertThat(spill).doesNotExist();
        writer.close();
    }

    @Test
    void closeLeavesNothingBehindAFailedUpload() throws IOException {
        writer.close();
        spill = Files.createDirectory(spill);
        open(TIGHT, 0);
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS), largeRow(USERS), largeRow(ORDERS));
        stage.failAfter(1);
        assertThatThrownBy(() -> writer.flush(false)).isInstanceOf(IOException.class);
        assertThat(spilled()).isNotEmpty();
        writer.close();
        assertThat(spill).doesNotExist();
        assertThat(stage.openSessions()).isZero();
    }

    @Test
    void closeEndsUploadsThatAreUnderWay() throws IOException {
        writer.close();
        spill = Files.createDirectory(spill);
        open(TIGHT, 0);
        checkpoint();
        stage.holdUp();
        write(new ShapeAnnounced(ORDERS), largeRow(ORDERS));
        stage.awaitUploads(1);
        writer.close();
        assertThat(spill).doesNotExist();
        assertThat(stage.openSessions()).isZero();
        assertThat(stage.files()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ORDERS_2-a, ORDERS_2-a",
        "a b, a=20b",
        "a/../b, a=2F=2E=2E=2Fb",
        "Grün=, Gr=C3=BCn=3D",
        "a'b\"c, a=27b=22c"
    })
    void aTablesDirectoryHasNoCharacterThatMeansAnything(String table, String directory) {
        assertThat(PipelineStage.directoryName(new TableName(table))).isEqualTo(directory);
    }
}
