package io.spindrift.jobs.ingest;

import io.spindrift.sinks.model.ChangeEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's source, whose partitions all begin at an offset: one in words, "earliest" or "latest", would mean another offset after each restart
 * until the first record was read. Restored partitions can go on where the topic has dropped their next record: at the first one that it
 * still has. {@link SplitEvents} reports what is left out thereby, and the commit refuses it until a person has accepted it. A position
 * that is lost while the job runs stays an error, so that all ways lead through a restore.
 *
 * <p>A partition is read once in a reader's life. Kafka's enumerator looks for new ones without waiting until those that it found last are assigned, so on a
 * slow machine it may assign them twice; the reader would then begin them anew.
 */
public final class RestoringSource
        implements Source<ChangeEvent, KafkaPartitionSplit, KafkaSourceEnumState>, ResultTypeQueryable<ChangeEvent> {

    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(RestoringSource.class);

    private final KafkaSource<ChangeEvent> kafka;
    private final TopicFacts.Factory topicFacts;

    RestoringSource(KafkaSource<ChangeEvent> kafka, TopicFacts.Factory topicFacts) {
        this.kafka = kafka;
        this.topicFacts = topicFacts;
    }

    @Override
    public SourceReader<ChangeEvent, KafkaPartitionSplit> createReader(SourceReaderContext context) throws Exception {
        return new Reader(kafka.createReader(context), topicFacts);
    }

    static final class Reader implements SourceReader<ChangeEvent, KafkaPartitionSplit> {
        private final SourceReader<ChangeEvent, KafkaPartitionSplit> kafka;
        private final TopicFacts.Factory topicFacts;
        private final Set<TopicPartition> added = new HashSet<>();

        Reader(SourceReader<ChangeEvent, KafkaPartitionSplit> kafka, TopicFacts.Factory topicFacts) {
            this.kafka = kafka;
            this.topicFacts = topicFacts;
        }

        @Override
        public void addSplits(List<KafkaPartitionSplit> assigned) {
            List<KafkaPartitionSplit> splits = assigned.stream()
                    .filter(split -> added.add(split.getTopicPartition()))
                    .toList();
            if (splits.size() < assigned.size()) {
                LOG.warn("{} partitions were assigned again, and are read once", assigned.size() - splits.size());
            }
            Set<String> topics =
                    splits.stream().map(KafkaPartitionSplit::getTopic).collect(Collectors.toSet());
            try (TopicFacts broker = topicFacts.open()) {
                Map<TopicFacts.Partition, TopicFacts.Fact> facts = broker.of(topics);
                List<KafkaPartitionSplit> readable = new ArrayList<>();
                for (KafkaPartitionSplit split : splits) {
                    TopicFacts.Fact fact = facts.get(partition(split));
                    readable.add(fact == null ? split : startingAt(start(split, fact), split));
                }
                kafka.addSplits(readable);
            } catch (IOException e) {
                throw new IllegalStateException("partitions cannot be placed: " + e.getMessage(), e);
            }
        }

        private static long start(KafkaPartitionSplit split, TopicFacts.Fact fact) {
            long start = split.getStartingOffset();
            if (start == KafkaPartitionSplit.LATEST_OFFSET) {
                return fact.endOffset();
            }
            if (start >= 0 && !fact.has(start)) {
                LOG.warn(
                        "{} has no offset {}, where the job's state goes on; reading from {}. The commit says what is missing.",
                        split.getTopicPartition(),
                        start,
                        fact.earliestOffset());
            }
            return fact.has(start) ? start : fact.earliestOffset();
        }

        private static KafkaPartitionSplit startingAt(long offset, KafkaPartitionSplit split) {
            return new KafkaPartitionSplit(
                    split.getTopicPartition(),
                    offset,
                    split.getStoppingOffset().orElse(KafkaPartitionSplit.NO_STOPPING_OFFSET));
        }

        private static TopicFacts.Partition partition(KafkaPartitionSplit split) {
            return new TopicFacts.Partition(split.getTopic(), split.getPartition());
        }

        @Override
        public void start() {
            kafka.start();
        }

        @Override
        public InputStatus pollNext(ReaderOutput<ChangeEvent> output) throws Exception {
            return kafka.pollNext(output);
        }

        @Override
        public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
            return kafka.snapshotState(checkpointId);
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return kafka.isAvailable();
        }

        @Override
        public void notifyNoMoreSplits() {
            kafka.notifyNoMoreSplits();
        }

        @Override
        public void handleSourceEvents(SourceEvent event) {
            kafka.handleSourceEvents(event);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) throws Exception {
            kafka.notifyCheckpointComplete(checkpointId);
        }

        @Override
        public void notifyCheckpointAborted(long checkpointId) throws Exception {
            kafka.notifyCheckpointAborted(checkpointId);
        }

        @Override
        public void pauseOrResumeSplits(Collection<String> toPause, Collection<String> toResume) {
            kafka.pauseOrResumeSplits(toPause, toResume);
        }

        @Override
        public void close() throws Exception {
            kafka.close();
        }
    }

    @Override
    public Boundedness getBoundedness() {
        return kafka.getBoundedness();
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context) {
        return kafka.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState checkpoint) throws IOException {
        return kafka.restoreEnumerator(context, checkpoint);
    }

    @Override
    public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
        return kafka.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
        return kafka.getEnumeratorCheckpointSerializer();
    }

    @Override
    public TypeInformation<ChangeEvent> getProducedType() {
        return kafka.getProducedType();
    }
}
