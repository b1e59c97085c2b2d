package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Single records of the source's topics, and where these begin and end, for readers of committed records. Belongs to no group. */
final class RecordReader implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;

    RecordReader(PipelineConfig.Source source) {
        Map<String, Object> client = client(source);
        client.put("enable.auto.commit", "false");
        client.put("auto.offset.reset", "none");
        client.put("isolation.level", "read_committed");
        consumer = new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** What a client of the source's brokers is told, apart from the source's own settings. */
    static Map<String, Object> client(PipelineConfig.Source source) {
        Map<String, Object> client = new HashMap<>(source.kafkaProperties());
        client.put("bootstrap.servers", source.bootstrapServers());
        client.keySet().removeIf(key -> key.startsWith("partition.discovery"));
        return client;
    }

    /** @return null when the topic has dropped it, or holds none there that counts */
    @Nullable
    ConsumerRecord<byte[], byte[]> read(TopicPartition place, long offset) {
        if (offset < beginning(place) || offset >= end(place)) {
            return null;
        }
        ConsumerRecord<byte[], byte[]> next = next(place, offset, offset + 1);
        return next != null && next.offset() == offset ? next : null;
    }

    /** Whether no record stands from the one offset up to the other: nothing, or what transactions leave behind them. */
    boolean isEmpty(TopicPartition place, long from, long to) {
        if (from >= to) {
            return true;
        }
        if (from < beginning(place)) {
            return false;
        }
        ConsumerRecord<byte[], byte[]> next = next(place, from, to);
        return next == null || next.offset() >= to;
    }

    /** The next record from an offset on; null when there is none up to the other one. */
    private @Nullable ConsumerRecord<byte[], byte[]> next(TopicPartition place, long from, long to) {
        consumer.assign(List.of(place));
        consumer.seek(place, from);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                return record;
            }
            if (consumer.position(place) >= to) {
                return null;
            }
        }
        throw new IllegalStateException("%s@%d was not read within %s".formatted(place, from, PATIENCE));
    }

    /** When the first record that has a value, from an offset on, was written, ms since 1970 UTC; empty when there is none yet. */
    OptionalLong firstWithValueMillis(TopicPartition place, long from) {
        long end = end(place);
        long next = Math.max(from, beginning(place));
        while (next < end) {
            ConsumerRecord<byte[], byte[]> record = next(place, next, end);
            if (record == null) {
                break;
            }
            if (record.value() != null) {
                return OptionalLong.of(record.timestamp());
            }
            next = record.offset() + 1;
        }
        return OptionalLong.empty();
    }

    long beginning(TopicPartition place) {
        return consumer.beginningOffsets(List.of(place), PATIENCE).getOrDefault(place, Long.MAX_VALUE);
    }

    private long end(TopicPartition place) {
        return consumer.endOffsets(List.of(place), PATIENCE).getOrDefault(place, 0L);
    }

    /** Where each partition of the topic ends. */
    Map<TopicPartition, Long> ends(String topic) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic, PATIENCE);
        return consumer.endOffsets(
                partitions.stream()
                        .map(partition -> new TopicPartition(topic, partition.partition()))
                        .collect(Collectors.toList()),
                PATIENCE);
    }

    /** Offset of the first record that is not before the time, by the topic's timestamps. */
    Optional<Long> firstSince(TopicPartition place, Instant time) {
        return Optional.ofNullable(consumer.offsetsForTimes(Map.of(place, time.toEpochMilli()), PATIENCE)
                        .get(place))
                .map(OffsetAndTimestamp::offset);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
