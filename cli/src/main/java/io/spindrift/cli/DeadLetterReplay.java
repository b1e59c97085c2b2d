package io.spindrift.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.ingest.RawRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters of the ledger → the partitions that they came from: key, value and headers as they were, and headers that say where they stood. What
 * the ledger does not hold is read from the topic once more. A letter is marked when the brokers have it; whoever is interrupted in between sends
 * it again, and the job takes the second one for a duplicate, unless it is superseded: then RAW logs it twice.
 */
final class DeadLetterReplay implements AutoCloseable {

    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 16 << 20;
    private static final String MARKS = "spindrift.replay.";

    private final Connection connection;
    private final String pipeline;
    private final PrintWriter out;
    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordReader reader;
    private final Map<TopicPartition, List<Long>> sent = new LinkedHashMap<>();
    private final List<Future<RecordMetadata>> answers = new ArrayList<>();
    private long batchBytes;
    private long replayed;
    private long gone;

    DeadLetterReplay(Connection connection, PipelineConfig config, PrintWriter out) {
        this.connection = connection;
        this.pipeline = config.pipeline().name();
        this.out = out;
        Map<String, Object> writing = RecordReader.client(config.source());
        writing.put("acks", "all");
        writing.put("enable.idempotence", "true");
        writing.putIfAbsent("max.request.size", Integer.toString(128 << 20));
        producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        reader = new RecordReader(config.source());
    }

    /** @return whether every chosen letter was sent */
    boolean run(DeadLetterQuery query) throws Exception {
        query.forEachToSend(connection, row -> {
            send(row);
            if (answers.size() >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) {
                confirm();
            }
        });
        confirm();
        out.printf("%d dead letters sent to their topics again%n", replayed);
        if (gone > 0) {
            out.printf(
                    "%d records are neither in the ledger nor in their topics any more: take a new snapshot of their tables%n",
                    gone);
        }
        return gone == 0;
    }

    private void send(ResultSet row) throws SQLException, IOException {
        TopicPartition place = new TopicPartition(row.getString(1), row.getInt(2));
        long offset = row.getLong(3);
        ProducerRecord<byte[], byte[]> record = record(place, offset, row);
        if (record == null) {
            gone++;
            out.printf("gone: %s@%d%n", place, offset);
            return;
        }
        mark(record, RawRecord.REPLAYED_TOPIC, place.topic());
        mark(record, RawRecord.REPLAYED_PARTITION, Integer.toString(place.partition()));
        mark(record, RawRecord.REPLAYED_OFFSET, Long.toString(offset));
        answers.add(producer.send(record));
        sent.computeIfAbsent(place, added -> new ArrayList<>()).add(offset);
        batchBytes += record.value() == null ? 0 : record.value().length;
    }

    private static void mark(ProducerRecord<byte[], byte[]> record, String name, String value) {
        record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** The ledger keeps a record whole or not at all. */
    private @Nullable ProducerRecord<byte[], byte[]> record(TopicPartition place, long offset, ResultSet row)
            throws SQLException, IOException {
        byte[] value = row.getBytes(5);
        if (value != null) {
            RecordHeaders headers = headers(row.getString(6));
            return new ProducerRecord<>(place.topic(), place.partition(), row.getBytes(4), value, headers);
        }
        ConsumerRecord<byte[], byte[]> original = reader.read(place, offset);
        if (original == null) {
            return null;
        }
        RecordHeaders headers = new RecordHeaders();
        original.headers().forEach(header -> addUnlessMark(headers, header.key(), header.value()));
        return new ProducerRecord<>(place.topic(), place.partition(), original.key(), original.value(), headers);
    }

    private static RecordHeaders headers(String json) throws IOException {
        RecordHeaders headers = new RecordHeaders();
        for (JsonNode header : new ObjectMapper().readTree(json)) {
            String name = header.has("name")
                    ? header.get("name").asText()
                    : new String(HexFormat.of().parseHex(header.get("nameHex").asText()), StandardCharsets.UTF_8);
            JsonNode value = header.path("value");
            addUnlessMark(headers, name, value.isTextual() ? HexFormat.of().parseHex(value.asText()) : null);
        }
        return headers;
    }

    /** A letter of a replayed record is marked anew. */
    private static void addUnlessMark(RecordHeaders headers, String name, byte @Nullable [] value) {
        if (!name.startsWith(MARKS)) {
            headers.add(name, value);
        }
    }

    /** The brokers have what was sent; only then the ledger says so. */
    private void confirm() throws SQLException, IOException, InterruptedException {
        producer.flush();
        for (Future<RecordMetadata> answer : answers) {
            try {
                answer.get();
            } catch (ExecutionException e) {
                throw new IOException("the brokers did not take a dead letter: " + e.getCause(), e.getCause());
            }
        }
        for (Map.Entry<TopicPartition, List<Long>> letters : sent.entrySet()) {
            markSent(letters.getKey(), letters.getValue());
            replayed += letters.getValue().size();
        }
        answers.clear();
        sent.clear();
        batchBytes = 0;
    }

    private void markSent(TopicPartition place, List<Long> offsets) throws SQLException {
        String sql =
                "UPDATE \"SPINDRIFT\".\"DEAD_LETTERS\" SET \"REPLAYED_AT\" = CURRENT_TIMESTAMP() WHERE \"PIPELINE\" = ? AND \"TOPIC\" = ? AND \"PARTITION\" = ? AND \"OFFSET\" IN (%s)"
                        .formatted(String.join(
                                ", ", offsets.stream().map(String::valueOf).toList()));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, pipeline);
            statement.setString(2, place.topic());
            statement.setInt(3, place.partition());
            statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        try (producer) {
            reader.close();
        }
    }
}
