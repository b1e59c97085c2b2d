package io.spindrift.bench;

import io.spindrift.bench.OrderRecords.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic that the whole job reads: a shop's orders first, an insert each, then changes all over them, of which every tenth is an insert of
 * one more. Updates have no row before, as under PostgreSQL's default REPLICA IDENTITY. Each order keeps to its partition. Not compressed.
 */
final class JobTopic {

    /** In the table before its updates begin. */
    static final int ORDERS = 500_000;

    private static final int PARTITIONS = 4;
    private static final int INSERT_EVERY = 10;

    private final OrderRecords encoded;
    private final int records;

    JobTopic(OrderRecords encoded, int records) {
        this.encoded = encoded;
        this.records = records;
    }

    /** Makes the topic and fills it, with all processors. */
    void fill(String bootstrapServers) throws Exception {
        Map<String, Object> client = Map.of("bootstrap.servers", bootstrapServers);
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(List.of(new NewTopic(OrderRecords.TOPIC, Optional.of(PARTITIONS), Optional.empty())))
                    .all()
                    .get();
        }
        Map<String, Object> settings =
                Map.of("bootstrap.servers", bootstrapServers, "batch.size", 1 << 20, "linger.ms", 100);
        ExecutorService threads = Executors.newFixedThreadPool(PARTITIONS);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> filled = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int mine = partition;
                filled.add(threads.submit(() -> fill(mine, producer)));
            }
            for (Future<?> one : filled) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void fill(int partition, KafkaProducer<byte[], byte[]> producer) {
        List<Future<?>> sent = new ArrayList<>();
        for (int place = 0; place < records; place++) {
            int order = order(place);
            if (order % PARTITIONS == partition) {
                Map<String, Object> row = OrderValues.inStatus(OrderValues.status(place), order);
                Change change = new Change(place, isInsert(place) ? "c" : "u", null, row);
                sent.add(producer.send(
                        new ProducerRecord<>(OrderRecords.TOPIC, partition, encoded.key(row), encoded.value(change))));
                if (sent.size() == 10_000) {
                    requireSent(sent);
                }
            }
        }
        requireSent(sent);
    }

    private static void requireSent(List<Future<?>> sent) {
        for (Future<?> one : sent) {
            try {
                one.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("the topic could not be filled", e);
            }
        }
        sent.clear();
    }

    private static boolean isInsert(int place) {
        return place < ORDERS || place % INSERT_EVERY == 0;
    }

    /** An insert's place is its order; updates are spread over the first orders. */
    private static int order(int place) {
        if (isInsert(place)) {
            return place;
        }
        long mixed = place * 0x9E3779B97F4A7C15L;
        return Math.floorMod((int) (mixed >>> 32), ORDERS);
    }
}
