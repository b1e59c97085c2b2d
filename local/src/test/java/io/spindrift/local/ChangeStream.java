package io.spindrift.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the shop's topics from their beginning as a pipeline would: Confluent framing, the writer's schema by its id. */
final class ChangeStream implements AutoCloseable {
    /** The value is empty for a tombstone. */
    record Event(String table, GenericRecord key, Optional<GenericRecord> value) {
        String operation() {
            return value.map(envelope -> envelope.get("op").toString()).orElse("tombstone");
        }

        GenericRecord after() {
            return (GenericRecord) Objects.requireNonNull(value.orElseThrow().get("after"));
        }
    }

    private static final int FRAME = 5;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String registryUrl;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, Schema> schemas = new HashMap<>();

    ChangeStream(LocalStack stack) {
        this.registryUrl = stack.registry().url();
        this.consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (String table : EcommerceSource.TABLES) {
            for (PartitionInfo partition : consumer.partitionsFor(EcommerceSource.topic(table))) {
                partitions.add(new TopicPartition(partition.topic(), partition.partition()));
            }
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    List<Event> poll() throws IOException, InterruptedException {
        List<Event> events = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            String table = record.topic().substring(EcommerceSource.topic("").length());
            Optional<GenericRecord> value =
                    record.value() == null ? Optional.empty() : Optional.of(decode(record.value()));
            events.add(new Event(table, decode(record.key()), value));
        }
        return events;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private GenericRecord decode(byte[] framed) throws IOException, InterruptedException {
        ByteBuffer frame = ByteBuffer.wrap(framed);
        if (frame.get() != 0) {
            throw new IOException("not in the Confluent format: first byte " + framed[0]);
        }
        Schema schema = schema(frame.getInt());
        return new GenericDatumReader<GenericRecord>(schema)
                .read(null, DecoderFactory.get().binaryDecoder(framed, FRAME, framed.length - FRAME, null));
    }

    private Schema schema(int id) throws IOException, InterruptedException {
        Schema known = schemas.get(id);
        if (known == null) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(registryUrl + "/schemas/ids/" + id))
                    .build();
            String body =
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            known = new Schema.Parser()
                    .parse(new ObjectMapper().readTree(body).path("schema").asText());
            schemas.put(id, known);
        }
        return known;
    }
}
