package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.WriterOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitAggregatorTest {

    private static final int WRITERS = 2;

    /** The operator must be serialisable, so the ids it takes are counted here. */
    private static int idsTaken;

    private OneInputStreamOperatorTestHarness<CommittableMessage<WriterOutput>, CommittableMessage<Commit>> harness;

    @BeforeEach
    void open() throws Exception {
        idsTaken = 0;
        harness = new OneInputStreamOperatorTestHarness<>(new CommitAggregator(() -> new UUID(7, ++idsTaken)));
        harness.setup(CommittableMessageTypeInfo.<Commit>of(CommitSerializer::new)
                .createSerializer(new SerializerConfigImpl()));
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
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
        WriterOutput output = new WriterOutput(
                Arrays.stream(tables).map(CommitAggregatorTest::file).toList(), watermark);
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
        return new Commit(
                new UUID(7, id),
                checkpoint,
                Arrays.stream(tables).map(CommitAggregatorTest::file).toList(),
                watermark);
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

    @Test
    void theEndOfInputIsCommittedOnce() throws Exception {
        writes(0, 9, Long.MAX_VALUE, "A");
        writes(1, 9, Long.MAX_VALUE);
        harness.endInput();
        assertThat(sent()).containsExactly("summary 9: 1", commit(1, 9, Long.MAX_VALUE, "A"));
        harness.prepareSnapshotPreBarrier(10);
        assertThat(sent()).isEmpty();
    }
}
