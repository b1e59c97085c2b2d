package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.CsvPart;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.PartJoiner;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.RowSummary;
import io.spindrift.sinks.stage.SpillDirectory;
import io.spindrift.sinks.stage.StageFolder;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.WriterOutput;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommitAggregatorTest {

    private static final int WRITERS = 2;

    /** The operator must be serialisable, so the ids it takes are counted here. */
    private static int idsTaken;

    /** So does the stage to which it uploads. */
    private static StageFolder stage = new StageFolder();

    private OneInputStreamOperatorTestHarness<CommittableMessage<WriterOutput>, CommittableMessage<Commit>> harness;

    @BeforeEach
    void open() throws Exception {
        idsTaken = 0;
        stage = new StageFolder();
        harness = harness(CommitCadence.EVERY_CHECKPOINT);
        harness.open();
    }

    private static OneInputStreamOperatorTestHarness<CommittableMessage<WriterOutput>, CommittableMessage<Commit>>
            harness(CommitCadence cadence) throws Exception {
        var harness = new OneInputStreamOperatorTestHarness<
                CommittableMessage<WriterOutput>, CommittableMessage<Commit>>(new CommitAggregator(
                () -> new UUID(7, ++idsTaken),
                () -> new PartJoiner("p", SpillDirectory.create("p", "joined", new UUID(0, 8)), () -> stage.open()),
                cadence));
        harness.setup(CommittableMessageTypeInfo.<Commit>of(CommitSerializer::new)
                .createSerializer(new SerializerConfigImpl()));
        return harness;
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
        assertThat(stage.openSessions()).isZero();
    }

    private static StagedFile file(String table) {
        TableShape shape = new TableShape(new TableName(table), List.of(new Column("ID", new ColumnType.Date(), true)));
        return new StagedFile(
                shape,
                "p/" + table + "/f",
                1,
                new OperationCounts(0, 1, 0, 0, 0),
                List.of(new OffsetRange("t", 0, 1, 1)),
                5);
    }

    /** What a writer's subtask sends for a checkpoint. */
    private void writes(int subtask, long checkpoint, long watermark, String... tables) throws Exception {
        sends(
                subtask,
                checkpoint,
                new WriterOutput(
                        Arrays.stream(tables).map(CommitAggregatorTest::file).toList(),
                        List.of(),
                        List.of(),
                        watermark));
    }

    private void sends(int subtask, long checkpoint, WriterOutput output) throws Exception {
        send(new CommittableSummary<>(subtask, WRITERS, checkpoint, 1, 1, 0));
        send(new CommittableWithLineage<>(output, checkpoint, subtask));
    }

    private void send(CommittableMessage<WriterOutput> message) throws Exception {
        harness.processElement(new StreamRecord<>(message));
    }

    /** What goes to the committer: {@code "summary <checkpoint>: <commits>"} and commits. */
    private List<Object> sent() {
        List<Object> messages = new ArrayList<>();
        for (CommittableMessage<Commit> message : harness.extractOutputValues()) {
            if (message instanceof CommittableSummary<Commit> summary) {
                assertThat(summary.getNumberOfSubtasks()).isEqualTo(1);
                assertThat(summary.getSubtaskId()).isZero();
                messages.add("summary " + summary.getCheckpointIdOrEOI() + ": " + summary.getNumberOfCommittables());
            } else if (message instanceof CommittableWithLineage<Commit> committable) {
                assertThat(committable.getSubtaskId()).isZero();
                assertThat(committable.getCheckpointIdOrEOI())
                        .isEqualTo(committable.getCommittable().checkpointId());
                messages.add(committable.getCommittable());
            }
        }
        harness.getOutput().clear();
        return messages;
    }

    private static Commit commit(long id, long checkpoint, long watermark, String... tables) {
        return commit(Commit.Timing.DUE, id, checkpoint, watermark, tables);
    }

    /** What is sent in case that the job ends. */
    private static Commit waiting(long id, long checkpoint, String... tables) {
        return commit(Commit.Timing.AT_THE_END, id, checkpoint, 10, tables);
    }

    private static Commit commit(Commit.Timing timing, long id, long checkpoint, long watermark, String... tables) {
        return new Commit(
                new UUID(7, id),
                checkpoint,
                Arrays.stream(tables).map(CommitAggregatorTest::file).toList(),
                List.of(),
                watermark,
                timing);
    }

    @Test
    void allWritersOutputsOfACheckpointAreOneCommitAheadOfTheBarrier() throws Exception {
        writes(0, 1, 20, "A", "B");
        assertThat(sent()).isEmpty();
        writes(1, 1, 10, "A");
        harness.prepareSnapshotPreBarrier(1);
        assertThat(sent()).containsExactly("summary 1: 1", commit(1, 1, 10, "A", "B", "A"));
    }

    @Test
    void eachCommitHasItsOwnIdAndNothingOfTheOneBefore() throws Exception {
        writes(0, 1, 10, "A");
        writes(1, 1, 5, "A");
        harness.prepareSnapshotPreBarrier(1);
        sent();
        writes(0, 4, 30, "B");
        writes(1, 4, 40);
        harness.prepareSnapshotPreBarrier(4);
        assertThat(sent()).containsExactly("summary 4: 1", commit(2, 4, 30, "B"));
    }

    /** A writer that has seen no time yet holds the commit's back, as the warehouse is complete up to nothing. */
    @Test
    void theWatermarkIsTheLowestOfAllWriters() throws Exception {
        writes(0, 1, 20, "A");
        writes(1, 1, Long.MIN_VALUE);
        harness.prepareSnapshotPreBarrier(1);
        assertThat(sent()).containsExactly("summary 1: 1", commit(1, 1, Long.MIN_VALUE, "A"));
    }

    @Test
    void aCheckpointWithoutRowsMakesNoCommitAndTakesNoId() throws Exception {
        writes(0, 1, 20);
        writes(1, 1, 10);
        harness.prepareSnapshotPreBarrier(1);
        assertThat(sent()).containsExactly("summary 1: 0");
        assertThat(idsTaken).isZero();
    }

    private static SourceProgress progress(long after, long last) {
        return new SourceProgress("t", 0, "", after, 0, last);
    }

    private void reads(long checkpoint, SourceProgress... reports) throws Exception {
        sends(0, checkpoint, new WriterOutput(List.of(), List.of(), List.of(reports), 10));
        sends(1, checkpoint, new WriterOutput(List.of(), List.of(), List.of(), 10));
        harness.prepareSnapshotPreBarrier(checkpoint);
    }

    private void restart(CommitCadence cadence) throws Exception {
        OperatorSubtaskState state = harness.snapshot(1, 1);
        harness.close();
        harness = harness(cadence);
        harness.initializeState(state);
        harness.open();
    }

    /** What was read and brought no rows goes with the next commit, also across a restart: the ledger must not see a gap. */
    @Test
    void progressWithoutRowsWaitsForTheNextCommit() throws Exception {
        reads(1, progress(-1, 4));
        assertThat(timings()).containsExactly(Commit.Timing.AT_THE_END);
        restart(CommitCadence.EVERY_CHECKPOINT);
        reads(2, progress(4, 9));
        assertThat(timings()).containsExactly(Commit.Timing.AT_THE_END);
        writes(0, 3, 10, "A");
        writes(1, 3, 10);
        harness.prepareSnapshotPreBarrier(3);
        Commit commit = (Commit) sent().get(1);
        assertThat(commit.progress()).containsExactly(progress(-1, 9));
        assertThat(commit.timing()).isEqualTo(Commit.Timing.DUE);
        reads(4, progress(9, 12));
        assertThat(timings()).containsExactly(Commit.Timing.AT_THE_END);
    }

    private List<Commit.Timing> timings() {
        return sent().stream()
                .filter(message -> message instanceof Commit)
                .map(message -> ((Commit) message).timing())
                .toList();
    }

    @Test
    void progressAloneIsCommittedAfterFiveMinutes() throws Exception {
        reads(1, progress(-1, 4));
        harness.setProcessingTime(299_999);
        reads(2, progress(4, 5));
        assertThat(timings()).containsExactly(Commit.Timing.AT_THE_END, Commit.Timing.AT_THE_END);
        harness.setProcessingTime(300_000);
        reads(3);
        Commit commit = (Commit) sent().get(1);
        assertThat(commit.files()).isEmpty();
        assertThat(commit.timing()).isEqualTo(Commit.Timing.DUE);
        assertThat(commit.progress()).containsExactly(progress(-1, 5));
    }

    private List<Object> checkpoint(long checkpoint, String... tables) throws Exception {
        writes(0, checkpoint, 10, tables);
        writes(1, checkpoint, 10);
        harness.prepareSnapshotPreBarrier(checkpoint);
        return sent();
    }

    @Test
    void aCommitTakesSeveralCheckpointsAlsoAcrossARestart() throws Exception {
        CommitCadence three = new CommitCadence(3, 100, Duration.ofHours(1));
        restart(three);
        assertThat(checkpoint(1, "A")).containsExactly("summary 1: 1", waiting(1, 1, "A"));
        assertThat(checkpoint(2, "B")).containsExactly("summary 2: 1", waiting(2, 2, "A", "B"));
        restart(three);
        assertThat(checkpoint(3, "C")).containsExactly("summary 3: 1", commit(3, 3, 10, "A", "B", "C"));
        assertThat(checkpoint(4, "D")).containsExactly("summary 4: 1", waiting(4, 4, "D"));
    }

    @Test
    void rowsAndTimeMakeACommitDueToo() throws Exception {
        restart(new CommitCadence(100, 2, Duration.ofMinutes(1)));
        assertThat(checkpoint(1, "A")).containsExactly("summary 1: 1", waiting(1, 1, "A"));
        assertThat(checkpoint(2, "B")).containsExactly("summary 2: 1", commit(2, 2, 10, "A", "B"));
        assertThat(checkpoint(3, "C")).containsExactly("summary 3: 1", waiting(3, 3, "C"));
        harness.setProcessingTime(60_000);
        assertThat(checkpoint(4)).containsExactly("summary 4: 1", commit(4, 4, 10, "C"));
    }

    @Test
    void theEndOfTheInputCommitsWhatWaits() throws Exception {
        restart(new CommitCadence(100, 100, Duration.ofMinutes(1)));
        checkpoint(1, "A");
        writes(0, 2, 10, "B");
        writes(1, 2, 10);
        harness.endInput();
        assertThat(sent()).containsExactly("summary 2: 1", commit(2, 2, 10, "A", "B"));
    }

    private static WriterOutput part(String table, String line) {
        CsvPart part = new CsvPart(
                file(table).shape(),
                new RowSummary(new OperationCounts(0, 1, 0, 0, 0), List.of(new OffsetRange("t", 0, 1, 1)), 5),
                line.getBytes(StandardCharsets.UTF_8));
        return new WriterOutput(List.of(), List.of(part), List.of(), 10);
    }

    @Test
    void smallPartsOfAllWritersAreOneFileAShapeInTheStageAheadOfTheCommit() throws Exception {
        stage.setEpoch(3);
        sends(0, 7, part("A", "1\n"));
        sends(1, 7, part("A", "2\n"));
        assertThat(stage.files()).isEmpty();
        harness.prepareSnapshotPreBarrier(7);
        List<Object> sent = sent();
        assertThat(sent).hasSize(2).first().isEqualTo("summary 7: 1");
        Commit commit = (Commit) sent.get(1);
        assertThat(commit.files()).hasSize(1);
        StagedFile file = commit.files().get(0);
        assertThat(file.path()).startsWith("p/3/7/A/").endsWith("/joined-0-" + new UUID(0, 8) + ".csv.zst");
        assertThat(file.rows()).isEqualTo(2);
        assertThat(stage.text(file.path())).isEqualTo("1\n2\n");
        harness.prepareSnapshotPreBarrier(8);
        assertThat(sent()).isEmpty();
    }

    @Test
    void aCheckpointWhosePartsCannotBeStagedMakesNoCommit() throws Exception {
        stage.failAfter(0);
        sends(0, 7, part("A", "1\n"));
        sends(1, 7, part("B", "2\n"));
        assertThatThrownBy(() -> harness.prepareSnapshotPreBarrier(7)).hasRootCauseMessage("the stage is gone");
        assertThat(sent()).isEmpty();
        assertThat(idsTaken).isZero();
    }

    @Test
    void theEndOfInputIsCommittedOnce() throws Exception {
        writes(0, 9, Long.MAX_VALUE, "A");
        writes(1, 9, Long.MAX_VALUE);
        harness.endInput();
        assertThat(sent()).containsExactly("summary 9: 1", commit(1, 9, Long.MAX_VALUE, "A"));
        harness.prepareSnapshotPreBarrier(10);
        assertThat(sent()).isEmpty();
    }

    private void counts(int subtask, long checkpoint, RecordBalance balance, String... tables) throws Exception {
        sends(
                subtask,
                checkpoint,
                new WriterOutput(
                        Arrays.stream(tables).map(CommitAggregatorTest::file).toList(),
                        List.of(),
                        List.of(),
                        10,
                        balance));
    }

    /** One writer is told what was read, and another has written it. */
    @Test
    void allWritersRecordsBalanceTogetherAlsoAcrossARestart() throws Exception {
        restart(new CommitCadence(2, 100, Duration.ofHours(1)));
        counts(0, 1, new RecordBalance(9, 0, 1, 2, 0, 3), "A");
        counts(1, 1, new RecordBalance(0, 2, 0, 0, 1, 0), "A", "A", "SPINDRIFT.DEAD_LETTERS");
        harness.prepareSnapshotPreBarrier(1);
        sent();
        restart(new CommitCadence(2, 100, Duration.ofHours(1)));
        counts(0, 2, new RecordBalance(1, 1, 0, 0, 0, 0), "A");
        counts(1, 2, RecordBalance.NONE);
        harness.prepareSnapshotPreBarrier(2);
        Commit commit = (Commit) sent().get(1);
        assertThat(commit.balance()).isEqualTo(new RecordBalance(10, 3, 1, 2, 1, 3));
        assertThat(commit.timing()).isEqualTo(Commit.Timing.DUE);
    }

    /** Only read, and told of before: nothing to commit, and nothing to forget. */
    @Test
    void countsWithoutRowsAndProgressGoWithTheNextCommit() throws Exception {
        counts(0, 1, new RecordBalance(2, 0, 0, 2, 0, 0));
        counts(1, 1, RecordBalance.NONE);
        harness.prepareSnapshotPreBarrier(1);
        assertThat(sent()).containsExactly("summary 1: 0");
        restart(CommitCadence.EVERY_CHECKPOINT);
        counts(0, 2, new RecordBalance(1, 1, 0, 0, 0, 0), "A");
        counts(1, 2, RecordBalance.NONE);
        harness.prepareSnapshotPreBarrier(2);
        assertThat(((Commit) sent().get(1)).balance()).isEqualTo(new RecordBalance(3, 1, 0, 2, 0, 0));
    }

    @Test
    void aRecordThatIsNotAccountedForStopsTheCommit() throws Exception {
        counts(0, 1, new RecordBalance(3, 1, 0, 0, 0, 1), "A");
        counts(1, 1, RecordBalance.NONE);
        assertThatThrownBy(() -> harness.prepareSnapshotPreBarrier(1))
                .hasMessageContaining(
                        "3 read, and 1 applied + 0 superseded + 0 duplicates + 0 dead + 1 ignored = 2; staged are 1 rows and 0 dead letters");
        assertThat(sent()).doesNotHaveAnyElementsOfTypes(Commit.class);
    }

    @ParameterizedTest
    @CsvSource({"2, 0, A", "0, 1, A", "1, 0, SPINDRIFT.DEAD_LETTERS"})
    void rowsThatWereCountedAndNotStagedStopTheCommit(long applied, long dead, String staged) throws Exception {
        counts(0, 1, new RecordBalance(applied + dead, applied, 0, 0, dead, 0), staged);
        counts(1, 1, RecordBalance.NONE);
        assertThatThrownBy(() -> harness.prepareSnapshotPreBarrier(1)).hasMessageContaining("staged are ");
    }
}
