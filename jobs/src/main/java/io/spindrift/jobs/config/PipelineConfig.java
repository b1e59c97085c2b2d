package io.spindrift.jobs.config;

import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.Router;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** pipeline.yaml, validated. */
public record PipelineConfig(Pipeline pipeline, Source source, Router router, WarehouseOptions sink) {

    public record Pipeline(
            String name,
            Optional<Integer> parallelism,
            Optional<Duration> checkpointInterval,
            String deadLetterTopic) {}

    public record Source(
            String bootstrapServers,
            List<String> topics,
            Optional<Pattern> topicPattern,
            String groupId,
            StartingOffsets startingOffsets,
            Decoding decoding,
            Map<String, String> kafkaProperties,
            Duration maxOutOfOrderness,
            Duration idleTimeout) {}

    /** What the decoder needs on every node. */
    public record Decoding(RecordFormat format, String registryUrl, Map<String, String> registryProperties)
            implements Serializable {}
}
