package io.spindrift.jobs.ingest;

import io.spindrift.sinks.commit.CommitTarget.UnsafeSourceException;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * One stream from the source → rows and dead letters; to the side, what concerns every key (shapes, truncates, progress), and dead letters
 * once more, for their topic.
 *
 * <p>A row that left out values needs its shape when it is filled in: where the shape is new, it goes ahead of the row once more, on the same way.
 *
 * <p>Keeps the last offset of each partition in its state and reports ahead of every barrier what was read since: a job that goes on from a
 * state says where it goes on, and the ledger knows whether it has everything up to there. What a topic has dropped meanwhile is reported even
 * when nothing new comes; a topic that was made anew is refused before any of its records is read. All subtasks hold all partitions after a
 * restore, as nobody knows which one will read which.
 */
public final class SplitEvents extends ProcessFunction<ChangeEvent, ChangeEvent> implements CheckpointedFunction {

    private static final long serialVersionUID = 1;

    public static final OutputTag<ChangeEvent> CONTROL = new OutputTag<>("control", ModelTypes.CHANGE_EVENT);
    public static final OutputTag<ChangeEvent> DEAD_LETTERS =
            new OutputTag<>("decode-dead-letters", ModelTypes.CHANGE_EVENT);

    private static final ListStateDescriptor<ChangeEvent> PROGRESS =
            new ListStateDescriptor<>("source-progress", ModelTypes.CHANGE_EVENT);

    private final TopicFacts.Factory topicFacts;
    // Flink initializes the state before anything else.
    @SuppressWarnings("NullAway.Init")
    private transient ListState<ChangeEvent> state;

    @SuppressWarnings("NullAway.Init")
    private transient Map<TopicFacts.Partition, SourceProgress> restored;

    /** Of topics that this subtask reads: partitions that nobody has read, as far as it knows. */
    @SuppressWarnings("NullAway.Init")
    private transient Map<TopicFacts.Partition, SourceProgress> unread;

    /** Not yet reported: what a restored job finds. */
    @SuppressWarnings("NullAway.Init")
    private transient List<SourceProgress> found;

    @SuppressWarnings("NullAway.Init")
    private transient Map<TopicFacts.Partition, Reading> readings;

    private transient @Nullable Reading current;

    /** Shapes that a row may overtake on its way: a barrier waits for both. */
    @SuppressWarnings("NullAway.Init")
    private transient Map<Long, TableShape> sinceBarrier;

    /** Since the last report; those of a failed attempt are read again. */
    private transient long records;

    private transient long ignored;

    @SuppressWarnings("NullAway.Init")
    private transient Liveness liveness;

    public SplitEvents(TopicFacts.Factory topicFacts) {
        this.topicFacts = topicFacts;
    }

    Liveness liveness() {
        return liveness;
    }

    /** A partition that this subtask reads. */
    private static final class Reading {
        private final TopicFacts.Partition partition;
        private final long first;
        private long last = -1;
        private long reported;
        private String topicId = "";
        private long start = -1;

        Reading(TopicFacts.Partition partition, long first, long restored) {
            this.partition = partition;
            this.first = first;
            this.reported = restored;
        }

        boolean isOf(String topic, int number) {
            return partition.number() == number && partition.topic().equals(topic);
        }

        boolean isNew() {
            return start < 0;
        }

        SourceProgress progress() {
            long from = isNew() ? first : Math.min(start, first);
            return SplitEvents.progress(partition, topicId, reported, from, Math.max(reported, last));
        }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        state = context.getOperatorStateStore().getUnionListState(PROGRESS);
        liveness = new Liveness(Clock.systemUTC());
        readings = new HashMap<>();
        sinceBarrier = new HashMap<>();
        restored = new HashMap<>();
        unread = new HashMap<>();
        found = new ArrayList<>();
        for (ChangeEvent event : state.get()) {
            SourceProgress progress = (SourceProgress) event;
            restored.merge(
                    partition(progress),
                    progress,
                    (one, other) -> one.lastOffset() >= other.lastOffset() ? one : other);
        }
        if (!restored.isEmpty()) {
            compareWithBroker();
        }
    }

    /** One subtask reports; all look, because none may read a record of a topic that is another one. */
    private void compareWithBroker() throws IOException {
        boolean reports = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
        try (TopicFacts broker = topicFacts.open()) {
            Map<TopicFacts.Partition, TopicFacts.Fact> facts = broker.of(
                    restored.keySet().stream().map(TopicFacts.Partition::topic).collect(Collectors.toSet()));
            for (SourceProgress before : restored.values()) {
                TopicFacts.Partition partition = partition(before);
                TopicFacts.Fact fact = facts.get(partition);
                if (fact != null) {
                    long last = Math.max(before.lastOffset(), fact.earliestOffset() - 1);
                    SourceProgress now =
                            progress(partition, fact.topicId(), before.lastOffset(), fact.earliestOffset(), last);
                    requireSameTopic(before, now);
                    if (reports) {
                        found.add(now);
                    }
                }
            }
        }
    }

    private static void requireSameTopic(SourceProgress before, SourceProgress now) {
        boolean known = !before.topicId().isEmpty() && !now.topicId().isEmpty();
        if (known && !before.topicId().equals(now.topicId())) {
            throw new SuppressRestartsException(
                    new UnsafeSourceException(UnsafeSourceException.newTopic(now, before.topicId())));
        }
    }

    private static TopicFacts.Partition partition(SourceProgress progress) {
        return new TopicFacts.Partition(progress.topic(), progress.partition());
    }

    private static SourceProgress progress(
            TopicFacts.Partition partition, String topicId, long after, long start, long last) {
        return new SourceProgress(partition.topic(), partition.number(), topicId, after, start, last);
    }

    @Override
    public void processElement(ChangeEvent event, Context context, Collector<ChangeEvent> out) {
        if (event instanceof RowChange row) {
            read(row.position());
            TableShape shape = row.leftOut().isEmpty() ? null : sinceBarrier.get(row.shape());
            if (shape != null) {
                out.collect(new ShapeAnnounced(shape, row.key()));
            }
            out.collect(event);
        } else if (event instanceof TableTruncated truncated) {
            read(truncated.position());
            context.output(CONTROL, event);
        } else if (event instanceof ShapeAnnounced announced) {
            sinceBarrier.put(announced.shape().fingerprint(), announced.shape());
            context.output(CONTROL, event);
        } else if (event instanceof DeadLetter letter) {
            read(letter.topic(), letter.partition(), letter.offset(), Liveness.NO_COMMIT_TIME);
            context.output(DEAD_LETTERS, event);
            out.collect(event);
        } else if (event instanceof RecordSkipped skipped) {
            read(skipped.topic(), skipped.partition(), skipped.offset(), Liveness.NO_COMMIT_TIME);
            ignored++;
        }
    }

    private void read(Position position) {
        long committedMillis = Math.floorDiv(position.committedAtMicros(), 1000L);
        read(position.topic(), position.partition(), position.offset(), committedMillis);
    }

    private void read(String topic, int partition, long offset, long committedMillis) {
        liveness.read(committedMillis);
        Reading reading = current;
        if (reading == null || !reading.isOf(topic, partition)) {
            reading = readings.computeIfAbsent(
                    new TopicFacts.Partition(topic, partition), added -> new Reading(added, offset, lastRead(added)));
            current = reading;
        }
        if (offset < reading.last) {
            throw new IllegalStateException("%s-%d was read anew from offset %d, behind %d, without a restart"
                    .formatted(topic, partition, offset, reading.last));
        }
        if (offset != reading.last) {
            records++;
        }
        reading.last = offset;
    }

    private long lastRead(TopicFacts.Partition partition) {
        SourceProgress before = restored.get(partition);
        return before == null ? SourceProgress.FROM_THE_START : before.lastOffset();
    }

    /**
     * What was read since the last report, ahead of a barrier.
     *
     * @throws IOException when the broker does not tell what it knows of a new partition
     */
    List<SourceProgress> report() throws IOException {
        sinceBarrier.clear();
        askForNew();
        List<SourceProgress> reports = new ArrayList<>(found);
        found.clear();
        for (Reading reading : readings.values()) {
            if (reading.last > reading.reported) {
                reports.add(reading.progress());
                reading.reported = reading.last;
            }
        }
        return reports;
    }

    /** What was read since the last call, in numbers. */
    Optional<RecordsRead> counts() {
        Optional<RecordsRead> counts = records == 0 ? Optional.empty() : Optional.of(new RecordsRead(records, ignored));
        records = 0;
        ignored = 0;
        return counts;
    }

    private void askForNew() throws IOException {
        Set<String> added = readings.values().stream()
                .filter(Reading::isNew)
                .map(reading -> reading.partition.topic())
                .collect(Collectors.toSet());
        if (!added.isEmpty()) {
            try (TopicFacts broker = topicFacts.open()) {
                Map<TopicFacts.Partition, TopicFacts.Fact> facts = broker.of(added);
                for (Reading reading : readings.values()) {
                    TopicFacts.Fact fact = facts.get(reading.partition);
                    if (fact != null) {
                        reading.topicId = fact.topicId();
                        reading.start = fact.earliestOffset();
                    }
                }
                facts.forEach(this::findUnread);
            }
        }
    }

    /** What comes there first may be dropped before a job reads it: only who knows that nothing was read sees that. */
    private void findUnread(TopicFacts.Partition partition, TopicFacts.Fact fact) {
        if (!readings.containsKey(partition) && !restored.containsKey(partition) && !unread.containsKey(partition)) {
            SourceProgress nothing = progress(
                    partition,
                    fact.topicId(),
                    SourceProgress.FROM_THE_START,
                    fact.earliestOffset(),
                    fact.earliestOffset() - 1);
            unread.put(partition, nothing);
            found.add(nothing);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        List<ChangeEvent> progress = new ArrayList<>();
        readings.values().forEach(reading -> progress.add(reading.progress()));
        progress.addAll(unread.values());
        if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            restored.forEach((partition, before) -> {
                if (!readings.containsKey(partition)) {
                    progress.add(before);
                }
            });
        }
        state.update(progress);
    }
}
