package io.spindrift.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.TopicFacts.Fact;
import io.spindrift.jobs.ingest.TopicFacts.Partition;
import io.spindrift.sinks.model.ChangeEvent;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RestoringSourceTest {

    private final List<KafkaPartitionSplit> added = new ArrayList<>();

    /** Of topic t the broker has offsets 10 to 19 in each partition, and nothing of another topic. */
    private static final class Broker implements TopicFacts {
        @Override
        public Map<Partition, Fact> of(Set<String> topics) {
            Map<Partition, Fact> facts = new HashMap<>();
            for (int partition = 0; partition < 6 && topics.contains("t"); partition++) {
                facts.put(new Partition("t", partition), new Fact("id", 10, 20));
            }
            return facts;
        }

        @Override
        public void close() {}
    }

    private static KafkaPartitionSplit split(String topic, int partition, long offset) {
        return new KafkaPartitionSplit(new TopicPartition(topic, partition), offset);
    }

    @SuppressWarnings("unchecked")
    private SourceReader<ChangeEvent, KafkaPartitionSplit> reader() {
        var kafka = (SourceReader<ChangeEvent, KafkaPartitionSplit>) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SourceReader.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("addSplits");
                    added.addAll((List<KafkaPartitionSplit>) arguments[0]);
                    return null;
                });
        return new RestoringSource.Reader(kafka, Broker::new);
    }

    @Test
    void aRestoredPartitionGoesOnWhereTheTopicStillHasRecords() {
        reader().addSplits(List.of(
                split("t", 0, 9),
                split("t", 1, 10),
                split("t", 2, 20),
                split("t", 3, 21),
                split("gone", 0, 5),
                split("t", 4, KafkaPartitionSplit.EARLIEST_OFFSET),
                split("t", 5, KafkaPartitionSplit.LATEST_OFFSET)));
        assertThat(added)
                .containsExactly(
                        split("t", 0, 10),
                        split("t", 1, 10),
                        split("t", 2, 20),
                        split("t", 3, 10),
                        split("gone", 0, 5),
                        split("t", 4, 10),
                        split("t", 5, 20));
    }

    /** As Kafka's enumerator does where looking for new partitions takes longer than the time between two looks. */
    @Test
    void aPartitionThatIsAssignedAgainGoesOnWhereItIs() {
        SourceReader<ChangeEvent, KafkaPartitionSplit> reader = reader();
        reader.addSplits(List.of(split("t", 0, 12), split("t", 1, 12)));
        reader.addSplits(List.of(split("t", 1, 10), split("t", 2, 10), split("t", 2, 10)));
        reader.addSplits(List.of(split("t", 0, 10)));
        assertThat(added).containsExactly(split("t", 0, 12), split("t", 1, 12), split("t", 2, 10));
    }
}
