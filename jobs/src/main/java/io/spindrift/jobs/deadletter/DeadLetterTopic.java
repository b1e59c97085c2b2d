package io.spindrift.jobs.deadletter;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters → a Kafka topic. Key, value and headers are the original's, byte for byte; what happened stands in added headers, all text:
 * {@code spindrift.topic}, {@code spindrift.partition}, {@code spindrift.offset}, {@code spindrift.timestamp}, {@code spindrift.reason},
 * {@code spindrift.detail}. At least once: after a crash a letter may come again, and its topic, partition and offset tell.
 */
public final class DeadLetterTopic {

    private DeadLetterTopic() {}

    /** @param properties the Kafka client's, as the source has them */
    public static KafkaSink<ChangeEvent> sink(String bootstrapServers, String topic, Properties properties) {
        return KafkaSink.<ChangeEvent>builder()
                .setBootstrapServers(bootstrapServers)
                .setKafkaProducerConfig(properties)
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setRecordSerializer(new Serializer(topic))
                .build();
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
