package io.spindrift.jobs.ingest;

import io.spindrift.jobs.config.PipelineConfig.Source;
import io.spindrift.jobs.route.Router;
import io.spindrift.sinks.model.ChangeEvent;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;

/** Debezium's topics → change events, each partition in its order. */
public final class ChangeSource {

    /** New partitions and topics are found within this time; with discovery off, subtasks without a split would end event time. */
    private static final String DISCOVERY_INTERVAL_MILLIS = "10000";

    private ChangeSource() {}

    public static RestoringSource kafka(Source source, Router router) {
        KafkaSourceBuilder<ChangeEvent> builder = KafkaSource.<ChangeEvent>builder()
                .setBootstrapServers(source.bootstrapServers())
                .setGroupId(source.groupId())
                .setClientIdPrefix(source.groupId())
                .setStartingOffsets(new StrictOffsets(
                        switch (source.startingOffsets()) {
                            case EARLIEST -> OffsetsInitializer.earliest();
                            case LATEST -> OffsetsInitializer.latest();
                        }))
                .setProperty("partition.discovery.interval.ms", DISCOVERY_INTERVAL_MILLIS)
                .setProperties(clientProperties(source))
                // Connect may write in transactions: what it took back never happened.
                .setProperty("isolation.level", "read_committed")
                .setDeserializer(new ChangeDeserializer(source.decoding(), router));
        source.topicPattern().ifPresentOrElse(builder::setTopicPattern, () -> builder.setTopics(source.topics()));
        return new RestoringSource(builder.build(), topicFacts(source));
    }

    public static Properties clientProperties(Source source) {
        Properties properties = new Properties();
        properties.putAll(source.kafkaProperties());
        return properties;
    }

    public static TopicFacts.Factory topicFacts(Source source) {
        Properties properties = clientProperties(source);
        properties.put("bootstrap.servers", source.bootstrapServers());
        properties.put("client.id", source.groupId() + "-topics");
        return () -> new BrokerTopicFacts(properties);
    }

    public static WatermarkStrategy<ChangeEvent> watermarks(Source source) {
        return CommitTimeWatermarks.strategy(source.maxOutOfOrderness(), source.idleTimeout());
    }
}
