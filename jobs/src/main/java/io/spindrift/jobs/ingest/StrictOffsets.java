package io.spindrift.jobs.ingest;

import java.util.Collection;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a job without state begins, and nothing else: a position that the topic no longer has is an error. Kafka's own choice would be to
 * go on from another one without a word, and with changes lost.
 */
final class StrictOffsets implements OffsetsInitializer {

    private static final long serialVersionUID = 1;

    private final OffsetsInitializer beginning;

    StrictOffsets(OffsetsInitializer beginning) {
        this.beginning = beginning;
    }

    @Override
    public Map<TopicPartition, Long> getPartitionOffsets(
            Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
        return beginning.getPartitionOffsets(partitions, retriever);
    }

    @Override
    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.NONE;
    }
}
