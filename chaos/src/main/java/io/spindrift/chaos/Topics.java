package io.spindrift.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Kafka as the tests read and disturb it. */
public record Topics(String bootstrapServers) {

    /** Everything that the partitions hold now, in their order; of transactions, what is committed. */
    public List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("allow.auto.create.topics", "false");
        properties.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            if (!consumer.listTopics().containsKey(topic)) {
                return records;
            }
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    /**
     * What a connector does after a crash: the last records of each partition once more, at new offsets, in their order.
     *
     * @param sinceMillis only records of this time or later: a connector that streams does not read its snapshot again
     */
    public int replay(String topic, int lastOfEachPartition, long sinceMillis) {
        Map<Integer, List<ConsumerRecord<byte[], byte[]>>> byPartition = new TreeMap<>();
        read(topic).stream().filter(record -> record.timestamp() >= sinceMillis).forEach(record -> byPartition
                .computeIfAbsent(record.partition(), partition -> new ArrayList<>())
                .add(record));
        List<ConsumerRecord<byte[], byte[]>> again = byPartition.values().stream()
                .flatMap(records -> suffix(records, lastOfEachPartition))
                .toList();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            again.forEach(record -> producer.send(new ProducerRecord<>(
                    topic, record.partition(), record.timestamp(), record.key(), record.value(), record.headers())));
            producer.flush();
        }
        return again.size();
    }

    private static Stream<ConsumerRecord<byte[], byte[]>> suffix(
            List<ConsumerRecord<byte[], byte[]>> records, int length) {
        return records.subList(Math.max(0, records.size() - length), records.size()).stream();
    }

    /** Without a key, to a partition that the producer chooses. */
    public void write(String topic, byte[] value) {
        write(new ProducerRecord<>(topic, value));
    }

    public void write(String topic, int partition, byte @Nullable [] key, byte[] value) {
        write(new ProducerRecord<>(topic, partition, key, value));
    }

    private void write(ProducerRecord<byte[], byte[]> record) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(record);
            producer.flush();
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("acks", "all");
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
