package io.spindrift.jobs.deadletter;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.ingest.ChangeSource;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters → a Kafka topic. Key, value and headers are the original's, byte for byte; what happened stands in added headers, all text:
 * {@code spindrift.topic}, {@code spindrift.partition}, {@code spindrift.offset}, {@code spindrift.timestamp}, {@code spindrift.reason},
 * {@code spindrift.detail}.
 *
 * <p>Exactly once: in a transaction, ended when the checkpoint is complete. Two jobs of one pipeline have the same transactional ids, so the later
 * one fences the other. A transaction that an attempt left open is ended by the next one. One that waited longer than its timeout for its
 * checkpoint to be told complete is given up by the broker, and Flink goes on without it: the ledger's table is what is complete. At least
 * once: after a crash a letter may come again, and its topic, partition and offset tell. The state of both is the same.
 */
public final class DeadLetterTopic {

    /** What brokers allow unless told otherwise (Kafka: transaction.max.timeout.ms); Flink would ask for an hour. */
    private static final String BROKERS_LONGEST_TRANSACTION_MILLIS = "900000";

    private DeadLetterTopic() {}

    public static KafkaSink<ChangeEvent> sink(PipelineConfig.Pipeline pipeline, PipelineConfig.Source source) {
        return KafkaSink.<ChangeEvent>builder()
                .setBootstrapServers(source.bootstrapServers())
                .setKafkaProducerConfig(producer(source))
                .setDeliveryGuarantee(
                        switch (pipeline.deadLetters().delivery()) {
                            case EXACTLY_ONCE -> DeliveryGuarantee.EXACTLY_ONCE;
                            case AT_LEAST_ONCE -> DeliveryGuarantee.AT_LEAST_ONCE;
                        })
                .setTransactionalIdPrefix(transactionalIds(pipeline.name()))
                .setRecordSerializer(new Serializer(pipeline.deadLetters().topic()))
                .build();
    }

    /** Also when letters are not written in transactions: those of an earlier run are then found by it and ended. */
    static String transactionalIds(String pipeline) {
        return "spindrift-" + pipeline + "-dead-letters";
    }

    static Properties producer(PipelineConfig.Source source) {
        Properties properties = ChangeSource.clientProperties(source);
        properties.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, BROKERS_LONGEST_TRANSACTION_MILLIS);
        return properties;
    }

    static final class Serializer implements KafkaRecordSerializationSchema<ChangeEvent> {

        private static final long serialVersionUID = 1;

        private final String topic;

        Serializer(String topic) {
            this.topic = topic;
        }

        @Override
        public @Nullable ProducerRecord<byte[], byte[]> serialize(
                ChangeEvent event, KafkaSinkContext context, @Nullable Long timestamp) {
            if (!(event instanceof DeadLetter letter)) {
                throw new IllegalArgumentException(
                        "not a dead letter: " + event.getClass().getName());
            }
            ProducerRecord<byte[], byte[]> out = new ProducerRecord<>(topic, letter.key(), letter.value());
            letter.headers().forEach(header -> out.headers().add(header.name(), header.value()));
            add(out, "topic", letter.topic());
            add(out, "partition", Integer.toString(letter.partition()));
            add(out, "offset", Long.toString(letter.offset()));
            add(out, "timestamp", Long.toString(letter.timestampMillis()));
            add(out, "reason", letter.reason().name());
            add(out, "detail", letter.detail());
            return out;
        }

        private static void add(ProducerRecord<byte[], byte[]> out, String name, String value) {
            out.headers().add("spindrift." + name, value.getBytes(StandardCharsets.UTF_8));
        }
    }
}
