package io.spindrift.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.ingest.TopicFacts.Fact;
import io.spindrift.jobs.ingest.TopicFacts.Partition;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SplitEventsTest {

    private static final int MAX_PARALLELISM = 8;

    /** Every topic is its own id and has two partitions. */
    private static final class Broker implements TopicFacts {
        private static boolean reachable = true;
        private static long earliest = 5;
        private static String id = "id of ";

        @Override
        public Map<Partition, Fact> of(Set<String> topics) throws IOException {
            if (!reachable) {
                throw new IOException("no broker");
            }
            Map<Partition, Fact> facts = new HashMap<>();
            for (String topic : topics) {
                for (int partition = 0; partition < 2; partition++) {
                    facts.put(new Partition(topic, partition), new Fact(id + topic, earliest, 1000));
                }
            }
            return facts;
        }

        @Override
        public void close() {}
    }

    private static final class Split implements AutoCloseable {
        private final OneInputStreamOperator<ChangeEvent, ChangeEvent> operator =
                new SplitOperator(new SplitEvents(Broker::new), Duration.ofMinutes(1));
        private final OneInputStreamOperatorTestHarness<ChangeEvent, ChangeEvent> harness;
        private List<ChangeEvent> counted = List.of();

        Split(int subtasks, int index, OperatorSubtaskState... state) throws Exception {
            harness = new OneInputStreamOperatorTestHarness<>(operator, MAX_PARALLELISM, subtasks, index);
            harness.setup(ModelTypes.CHANGE_EVENT.createSerializer(
                    harness.getExecutionConfig().getSerializerConfig()));
            if (state.length > 0) {
                harness.initializeState(AbstractStreamOperatorTestHarness.repartitionOperatorState(
                        AbstractStreamOperatorTestHarness.repackageState(state),
                        MAX_PARALLELISM,
                        state.length,
                        subtasks,
                        index));
            }
            harness.open();
        }

        void read(String topic, int partition, long... offsets) throws Exception {
            for (long offset : offsets) {
                harness.processElement(new RecordSkipped(topic, partition, offset), 0);
            }
        }

        /** Progress; the numbers beside it are in {@link #counted}. */
        List<ChangeEvent> atBarrier() throws Exception {
            harness.prepareSnapshotPreBarrier(1);
            List<ChangeEvent> events = side();
            counted = events.stream().filter(RecordsRead.class::isInstance).toList();
            events.removeAll(counted);
            return events;
        }

        private List<ChangeEvent> side() {
            Queue<StreamRecord<ChangeEvent>> records = harness.getSideOutput(SplitEvents.CONTROL);
            List<ChangeEvent> events = new ArrayList<>();
            while (records != null && !records.isEmpty()) {
                events.add(records.remove().getValue());
            }
            return events;
        }

        OperatorSubtaskState snapshot() throws Exception {
            return harness.snapshot(1, 1);
        }

        @Override
        public void close() throws Exception {
            harness.close();
        }
    }

    @AfterEach
    void resetBroker() {
        Broker.reachable = true;
        Broker.earliest = 5;
        Broker.id = "id of ";
    }

    /** Between two barriers a row may overtake what is broadcast. */
    @Test
    void aNewShapeGoesAheadOfEachRowThatNeedsItUntilTheBarrier() throws Exception {
        TableShape shape =
                new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Number(10, 0), true)));
        RowKey key = new RowKey(shape.table(), new byte[] {7});
        List<RowChange.LeftOut> leftOut = List.of(new RowChange.LeftOut("A", RowChange.LeftOut.NO_DOUBT));
        RowChange whole = rowOf(shape, key, 1, List.of());
        RowChange partial = rowOf(shape, key, 2, leftOut);
        RowChange later = rowOf(shape, key, 3, leftOut);
        try (Split split = new Split(1, 0)) {
            split.harness.processElement(new ShapeAnnounced(shape), 0);
            split.harness.processElement(whole, 0);
            split.harness.processElement(partial, 0);
            split.atBarrier();
            split.harness.processElement(later, 0);
            assertThat(split.harness.extractOutputValues().stream()
                            .map(event -> event instanceof ShapeAnnounced announced
                                    ? announced.shape().table() + " to " + announced.aheadOf()
                                    : "row " + ((RowChange) event).position().offset()))
                    .containsExactly("row 1", "T to " + key, "row 2", "row 3");
        }
    }

    private static RowChange rowOf(TableShape shape, RowKey key, long offset, List<RowChange.LeftOut> leftOut) {
        Position position = new Position("top", 0, offset, offset, offset, offset, false);
        return new RowChange(key, shape.fingerprint(), Operation.UPDATE, position, new byte[0], false, leftOut);
    }

    private static SourceProgress progress(String topic, int partition, long after, long start, long last) {
        return new SourceProgress(topic, partition, "id of " + topic, after, start, last);
    }

    @Test
    void aBarrierTellsWhatWasReadSinceTheLastOneWhateverBecameOfIt() throws Exception {
        try (Split split = new Split(1, 0)) {
            Position row = new Position("users", 0, 7, 1, 1, 0, false);
            RowKey key = new RowKey(new TableName("USERS"), new byte[] {3, '1'});
            split.harness.processElement(new RowChange(key, 1, Operation.CREATE, row, new byte[] {3, '1'}, false), 0);
            split.harness.processElement(
                    new DeadLetter("users", 0, 8, 0, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of()), 0);
            split.read("users", 1, 6);
            assertThat(split.harness.getSideOutput(SplitEvents.DEAD_LETTERS)).hasSize(1);
            assertThat(split.harness.extractOutputValues())
                    .as("the row, and the letter on its way to the ledger")
                    .hasSize(2)
                    .anyMatch(DeadLetter.class::isInstance);
            assertThat(split.atBarrier())
                    .containsExactlyInAnyOrder(progress("users", 0, -1, 5, 8), progress("users", 1, -1, 5, 6));
            assertThat(split.counted).containsExactly(new RecordsRead(3, 1));
            TableTruncated truncated = new TableTruncated(key.table(), new Position("users", 0, 11, 1, 1, 0, false));
            split.harness.processElement(truncated, 0);
            assertThat(split.atBarrier()).containsExactly(truncated, progress("users", 0, 8, 5, 11));
            assertThat(split.counted).containsExactly(new RecordsRead(1, 0));
            assertThat(split.atBarrier()).isEmpty();
            assertThat(split.counted).isEmpty();
        }
    }

    /** Reading began at the latest offset, or what is older went while it was read. */
    /** It would come into the log twice. */
    @Test
    void aPartitionThatIsReadAnewEndsTheAttempt() throws Exception {
        try (Split split = new Split(1, 0)) {
            split.read("users", 0, 3, 4);
            split.read("users", 1, 1);
            assertThatThrownBy(() -> split.read("users", 0, 3))
                    .hasStackTraceContaining("users-0 was read anew from offset 3, behind 4, without a restart");
        }
    }

    @Test
    void readingBeganNoLaterThanAtTheFirstOffsetRead() throws Exception {
        try (Split split = new Split(1, 0)) {
            split.read("users", 0, 3, 9);
            assertThat(split.atBarrier())
                    .as("and nothing of the other partition")
                    .containsExactly(progress("users", 1, -1, 5, 4), progress("users", 0, -1, 3, 9));
            split.read("users", 0, 10);
            assertThat(split.atBarrier()).containsExactly(progress("users", 0, 9, 3, 10));
        }
    }

    @Test
    void aRestoredJobTellsWhereItGoesOnWhicheverSubtaskReads() throws Exception {
        OperatorSubtaskState one;
        OperatorSubtaskState two;
        try (Split first = new Split(2, 0);
                Split second = new Split(2, 1)) {
            first.read("users", 0, 7, 8);
            second.read("users", 1, 20);
            one = first.snapshot();
            two = second.snapshot();
        }
        try (Split other = new Split(1, 0, one, two)) {
            other.read("users", 1, 25);
            assertThat(other.atBarrier())
                    .as("also of the partition that nobody reads")
                    .containsExactlyInAnyOrder(
                            progress("users", 0, 8, 5, 8),
                            progress("users", 1, 20, 5, 20),
                            progress("users", 1, 20, 5, 25));
            assertThat(other.atBarrier()).isEmpty();
            one = other.snapshot();
        }
        try (Split first = new Split(2, 0, one);
                Split second = new Split(2, 1, one)) {
            second.read("users", 0, 9);
            second.read("users", 1, 26);
            assertThat(second.atBarrier())
                    .containsExactlyInAnyOrder(progress("users", 0, 8, 5, 9), progress("users", 1, 25, 5, 26));
            one = first.snapshot();
            two = second.snapshot();
        }
        try (Split again = new Split(1, 0, one, two)) {
            again.read("users", 0, 10);
            assertThat(again.atBarrier()).contains(progress("users", 0, 9, 5, 10), progress("users", 1, 26, 5, 26));
        }
    }

    private static OperatorSubtaskState readUpTo(long offset) throws Exception {
        try (Split split = new Split(1, 0)) {
            split.read("users", 0, offset);
            split.atBarrier();
            return split.snapshot();
        }
    }

    @Test
    void whatTheTopicHasDroppedSinceIsReportedThoughNothingNewComes() throws Exception {
        OperatorSubtaskState state = readUpTo(10);
        Broker.earliest = 17;
        try (Split split = new Split(1, 0, state)) {
            assertThat(split.atBarrier())
                    .as("also what was dropped of a partition that was never read")
                    .containsExactlyInAnyOrder(progress("users", 0, 10, 17, 16), progress("users", 1, 4, 17, 16));
            split.read("users", 0, 17);
            assertThat(split.atBarrier()).containsExactly(progress("users", 0, 10, 17, 17));
        }
    }

    @Test
    void aTopicThatWasMadeAnewIsRefusedBeforeItIsReadByWhicheverSubtask() throws Exception {
        OperatorSubtaskState state = readUpTo(10);
        Broker.id = "new id of ";
        for (int subtask : new int[] {0, 1}) {
            assertThatThrownBy(() -> new Split(2, subtask, state))
                    .hasRootCauseMessage(
                            "topic users was made anew: its id is new id of users and was id of users, so that its offsets mean other records. If the new topic goes on where the old one ended: bin/spindrift accept topic --config <pipeline.yaml> --topic users, then start the job without state")
                    .isInstanceOf(SuppressRestartsException.class);
        }
    }

    @Test
    void aBrokerThatDoesNotAnswerFailsTheCheckpoint() throws Exception {
        try (Split split = new Split(1, 0)) {
            split.read("users", 0, 7);
            Broker.reachable = false;
            assertThatThrownBy(split::atBarrier).hasMessage("no broker");
        }
    }

    /** Whatever a record becomes: more events than records would not balance, and must not hide behind a count of events. */
    @Test
    void aRecordIsCountedOnceAndIgnoredOnesBeside() throws Exception {
        try (Split split = new Split(1, 0)) {
            RowKey key = new RowKey(new TableName("USERS"), new byte[] {3, '1'});
            for (long offset : new long[] {0, 0, 1}) {
                Position at = new Position("users", 0, offset, 1, 1, 0, false);
                split.harness.processElement(new RowChange(key, 1, Operation.CREATE, at, key.cells(), false), 0);
            }
            split.read("users", 0, 2);
            split.read("users", 1, 2);
            split.atBarrier();
            assertThat(split.counted).containsExactly(new RecordsRead(4, 2));
        }
    }
}
