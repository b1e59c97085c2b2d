package io.spindrift.jobs.ingest;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Asked of the broker itself. Needs the right to describe the topics, which reading them brings. */
final class BrokerTopicFacts implements TopicFacts {

    private static final int TIMEOUT_MILLIS = 30_000;

    private final Admin admin;

    BrokerTopicFacts(Properties client) {
        Properties properties = new Properties();
        properties.putAll(client);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS / 2);
        this.admin = Admin.create(properties);
    }

    @Override
    public Map<Partition, Fact> of(Set<Partition> partitions) throws IOException {
        Set<String> topics = partitions.stream().map(Partition::topic).collect(Collectors.toSet());
        try {
            Map<String, String> ids = ids(topics);
            Set<Partition> present = partitions.stream()
                    .filter(partition -> ids.containsKey(partition.topic()))
                    .collect(Collectors.toSet());
            ListOffsetsResult earliest = admin.listOffsets(all(present, OffsetSpec.earliest()));
            ListOffsetsResult latest = admin.listOffsets(all(present, OffsetSpec.latest()));
            Map<Partition, Fact> facts = new HashMap<>();
            for (Partition partition : present) {
                TopicPartition at = kafka(partition);
                facts.put(
                        partition,
                        new Fact(
                                ids.getOrDefault(partition.topic(), ""),
                                earliest.partitionResult(at).get().offset(),
                                latest.partitionResult(at).get().offset()));
            }
            return facts;
        } catch (ExecutionException e) {
            throw new IOException("the broker did not describe " + topics + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the broker was asked for its topics");
        }
    }

    /** By topic; a topic that was deleted has none. */
    private Map<String, String> ids(Set<String> topics) throws ExecutionException, InterruptedException {
        Map<String, String> ids = new HashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> described :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            try {
                ids.put(described.getKey(), id(described.getValue().get().topicId()));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        return ids;
    }

    private static Map<TopicPartition, OffsetSpec> all(Set<Partition> partitions, OffsetSpec which) {
        return partitions.stream().collect(Collectors.toMap(BrokerTopicFacts::kafka, partition -> which));
    }

    private static String id(Uuid topicId) {
        return Uuid.ZERO_UUID.equals(topicId) ? "" : topicId.toString();
    }

    private static TopicPartition kafka(Partition partition) {
        return new TopicPartition(partition.topic(), partition.number());
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
