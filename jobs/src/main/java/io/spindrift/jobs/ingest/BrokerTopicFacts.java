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
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

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
        Map<TopicPartition, OffsetSpec> wanted = partitions.stream()
                .collect(Collectors.toMap(BrokerTopicFacts::kafka, partition -> OffsetSpec.earliest()));
        try {
            Map<String, TopicDescription> descriptions =
                    admin.describeTopics(topics).allTopicNames().get();
            Map<TopicPartition, ListOffsetsResultInfo> offsets =
                    admin.listOffsets(wanted).all().get();
            Map<Partition, Fact> facts = new HashMap<>();
            offsets.forEach((at, offset) -> {
                TopicDescription topic = descriptions.get(at.topic());
                facts.put(
                        new Partition(at.topic(), at.partition()),
                        new Fact(topic == null ? "" : id(topic.topicId()), offset.offset()));
            });
            return facts;
        } catch (ExecutionException e) {
            throw new IOException("the broker did not describe " + topics + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the broker was asked for its topics");
        }
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
