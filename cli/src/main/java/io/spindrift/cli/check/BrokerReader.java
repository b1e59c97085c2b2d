package io.spindrift.cli.check;

import static java.util.stream.Collectors.toMap;

import io.spindrift.cli.check.Facts.Broker;
import io.spindrift.cli.check.Facts.Reads;
import io.spindrift.cli.check.Facts.Topic;
import io.spindrift.jobs.config.PipelineConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;

/** The brokers → topics that the pipeline reads, and its dead-letter topic. */
final class BrokerReader {

    private static final int TIMEOUT_MILLIS = 30_000;

    private BrokerReader() {}

    static Broker read(PipelineConfig.Source source, Reads reads) throws NotChecked {
        Map<String, Object> client = new HashMap<>(source.kafkaProperties());
        client.put("bootstrap.servers", source.bootstrapServers());
        client.put("default.api.timeout.ms", TIMEOUT_MILLIS);
        client.put("request.timeout.ms", TIMEOUT_MILLIS);
        client.keySet().removeIf(key -> key.startsWith("partition.discovery"));
        try (Admin admin = Admin.create(client)) {
            return new Broker(admin.describeCluster().clusterId().get(), topics(admin, reads));
        } catch (ExecutionException e) {
            throw new NotChecked("topics at %s: %s".formatted(source.bootstrapServers(), e.getCause()), e);
        } catch (KafkaException e) {
            throw new NotChecked("topics at %s: %s".formatted(source.bootstrapServers(), e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotChecked("interrupted while asking the brokers", e);
        }
    }

    private static List<Topic> topics(Admin admin, Reads reads) throws ExecutionException, InterruptedException {
        List<String> names = admin.listTopics().names().get().stream()
                .filter(name -> reads.reads(name) || name.equals(reads.deadLetterTopic()))
                .sorted()
                .toList();
        Map<String, TopicDescription> descriptions =
                admin.describeTopics(names).allTopicNames().get();
        Map<ConfigResource, Config> configs = admin.describeConfigs(names.stream()
                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                        .toList())
                .all()
                .get();
        List<Topic> topics = new ArrayList<>();
        for (String name : names) {
            TopicDescription description = descriptions.get(name);
            Config config = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, name));
            int copies = description == null
                    ? 0
                    : description.partitions().stream()
                            .mapToInt(partition -> partition.replicas().size())
                            .min()
                            .orElse(0);
            topics.add(new Topic(name, copies, config == null ? Map.of() : values(config)));
        }
        return topics;
    }

    private static Map<String, String> values(Config config) {
        return config.entries().stream()
                .filter(entry -> entry.value() != null)
                .collect(toMap(ConfigEntry::name, ConfigEntry::value));
    }
}
