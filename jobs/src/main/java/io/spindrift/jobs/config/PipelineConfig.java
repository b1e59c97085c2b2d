package io.spindrift.jobs.config;

import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DebeziumDecoder;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.debezium.RegistrySchemas;
import io.spindrift.jobs.debezium.WriterSchemas;
import io.spindrift.jobs.route.Router;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** pipeline.yaml, validated. */
public record PipelineConfig(
        Pipeline pipeline,
        Source source,
        Upstream upstream,
        Router router,
        WarehouseOptions sink,
        DeliveryOptions delivery) {

    public record Pipeline(
            String name,
            Optional<Integer> parallelism,
            Optional<Duration> checkpointInterval,
            Duration livenessTimeout,
            DeadLetters deadLetters,
            Ordering ordering) {}

    /**
     * How changes of one row come into their order.
     *
     * @param rowStateTtl after which a row that does not change is forgotten; absent: never
     * @param reorderBuffer absent: no change is held back
     */
    public record Ordering(Optional<Duration> rowStateTtl, Optional<ReorderBuffer> reorderBuffer) {}

    /**
     * @param delay by which event time must have passed a change's commit time
     * @param maxRecords that a subtask holds back
     */
    public record ReorderBuffer(Duration delay, int maxRecords) {}

    /**
     * Where records go that cannot become changes.
     *
     * @param failing reasons for which they end the job instead
     */
    public record DeadLetters(String topic, DeadLetterDelivery delivery, Set<DeadLetter.Reason> failing) {
        public DeadLetters {
            failing = Set.copyOf(failing);
        }
    }

    public record Source(
            String bootstrapServers,
            List<String> topics,
            Optional<Pattern> topicPattern,
            String groupId,
            StartingOffsets startingOffsets,
            Decoding decoding,
            Map<String, String> kafkaProperties,
            Duration maxOutOfOrderness,
            Duration idleTimeout,
            Optional<Postgres> postgres) {

        /** Kafka's topics. */
        public Source(
                String bootstrapServers,
                List<String> topics,
                Optional<Pattern> topicPattern,
                String groupId,
                StartingOffsets startingOffsets,
                Decoding decoding,
                Map<String, String> kafkaProperties,
                Duration maxOutOfOrderness,
                Duration idleTimeout) {
            this(
                    bootstrapServers,
                    topics,
                    topicPattern,
                    groupId,
                    startingOffsets,
                    decoding,
                    kafkaProperties,
                    maxOutOfOrderness,
                    idleTimeout,
                    Optional.empty());
        }

        /** @throws IllegalStateException where there is no Kafka */
        @Override
        public String bootstrapServers() {
            if (postgres.isPresent()) {
                throw new IllegalStateException(
                        "the pipeline reads PostgreSQL itself ('source.type' is 'postgres'): this needs a pipeline that reads Kafka");
            }
            return bootstrapServers;
        }

        /** The database itself; of Kafka there is nothing. */
        static Source postgres(Postgres postgres, Decoding decoding, Duration maxOutOfOrderness, Duration idleTimeout) {
            return new Source(
                    "",
                    List.of(),
                    Optional.empty(),
                    "",
                    StartingOffsets.EARLIEST,
                    decoding,
                    Map.of(),
                    maxOutOfOrderness,
                    idleTimeout,
                    Optional.of(postgres));
        }

        /** Of the client's properties only the names: their values may be secrets. */
        @Override
        public String toString() {
            return "Source[%s, topics %s %s, group %s from %s, %s, properties %s, out of order %s, idle %s, %s]"
                    .formatted(
                            bootstrapServers,
                            topics,
                            topicPattern,
                            groupId,
                            startingOffsets,
                            decoding,
                            kafkaProperties.keySet(),
                            maxOutOfOrderness,
                            idleTimeout,
                            postgres);
        }
    }

    /**
     * The database that is read without Kafka.
     *
     * @param serverName changes are known as {@code <serverName>.<schema>.<table>}
     */
    public record Postgres(
            String hostname,
            int port,
            String database,
            String user,
            Secret password,
            Set<SourceTable> tables,
            String slotName,
            String publication,
            String serverName)
            implements Serializable {
        public Postgres {
            tables = Set.copyOf(tables);
        }
    }

    /** What stands before the topics. The job never asks it; {@code bin/spindrift check} does. */
    public record Upstream(Optional<Connect> connect, Optional<Database> database) {

        /** @param connector absent: the one whose topics are read */
        public record Connect(String url, Optional<String> connector) {}

        /** @param url PostgreSQL's, without credentials */
        public record Database(String url, String user, Optional<Secret> password) {}
    }

    /**
     * What the decoder needs on every node.
     *
     * @param keyless tables whose rows have no key
     */
    public record Decoding(
            RecordFormat keyFormat,
            RecordFormat valueFormat,
            String registryUrl,
            Map<String, String> registryProperties,
            DeclaredTables declared,
            KeylessTables keyless,
            ColumnSettings columns)
            implements Serializable {

        public DebeziumDecoder decoder(Router router) {
            return new DebeziumDecoder(keyFormat, valueFormat, declared, schemas(), router, keyless, columns);
        }

        private WriterSchemas schemas() {
            if (registryUrl.isEmpty()) {
                return id -> {
                    throw new IOException(
                            "a record names schema " + id + " of a registry: set source.schema-registry.url");
                };
            }
            return RegistrySchemas.open(registryUrl, registryProperties);
        }

        /** Of the client's properties only the names: their values may be secrets. */
        @Override
        public String toString() {
            return "Decoding[keys %s, values %s, registry %s, properties %s, %s, %s, %s]"
                    .formatted(
                            keyFormat,
                            valueFormat,
                            registryUrl,
                            registryProperties.keySet(),
                            declared,
                            keyless,
                            columns);
        }
    }
}
