package io.spindrift.jobs.ingest;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
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
    public Map<Partition, Fact> of(Set<String> topics) throws IOException {
        try {
            Map<String, TopicDescription> descriptions = descriptions(topics);
            ListOffsetsResult earliest = admin.listOffsets(all(descriptions, OffsetSpec.earliest()));
            ListOffsetsResult latest = admin.listOffsets(all(descriptions, OffsetSpec.latest()));
            Map<Partition, Fact> facts = new HashMap<>();
            for (Map.Entry<String, TopicDescription> topic : descriptions.entrySet()) {
                for (TopicPartitionInfo partition : topic.getValue().partitions()) {
                    TopicPartition at = new TopicPartition(topic.getKey(), partition.partition());
                    facts.put(
                            new Partition(at.topic(), at.partition()),
                            new Fact(
                                    id(topic.getValue().topicId()),
                                    earliest.partitionResult(at).get().offset(),
                                    latest.partitionResult(at).get().offset()));
                }
            }
            return facts;
        } catch (ExecutionException e) {
            throw new IOException("the broker did not describe " + topics + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the broker was asked for its topics");
        }
    }

    /** A topic that was deleted has none. */
    private Map<String, TopicDescription> descriptions(Set<String> topics)
            throws ExecutionException, InterruptedException {
        Map<String, TopicDescription> descriptions = new HashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> described :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            try {
                descriptions.put(described.getKey(), described.getValue().get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        return descriptions;
    }

    private static Map<TopicPartition, OffsetSpec> all(Map<String, TopicDescription> descriptions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        descriptions.forEach((topic, description) -> description
                .partitions()
                .forEach(partition -> wanted.put(new TopicPartition(topic, partition.partition()), which)));
        return wanted;
    }

    private static String id(Uuid topicId) {
        return Uuid.ZERO_UUID.equals(topicId) ? "" : topicId.toString();
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
