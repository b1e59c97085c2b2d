package io.spindrift.jobs.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.StartingOffsets;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema.KafkaSinkContext;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class DeadLetterTopicTest {

    private final DeadLetterTopic.Serializer serializer = new DeadLetterTopic.Serializer("shop.dead-letters");

    private static final KafkaSinkContext CONTEXT = new KafkaSinkContext() {
        @Override
        public int getParallelInstanceId() {
            return 0;
        }

        @Override
        public int getNumberOfParallelInstances() {
            return 1;
        }

        @Override
        public int[] getPartitionsForTopic(String topic) {
            return new int[] {0};
        }
    };

    private ProducerRecord<byte[], byte[]> record(DeadLetter letter) {
        return Objects.requireNonNull(serializer.serialize(letter, CONTEXT, null));
    }

    private static List<String> headers(ProducerRecord<byte[], byte[]> record) {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            byte[] value = header.value();
            headers.add(header.key() + "=" + (value == null ? "null" : new String(value, StandardCharsets.UTF_8)));
        }
        return headers;
    }

    @Test
    void theOriginalGoesOnByteForByteWithItsPlaceAndReasonBeside() {
        byte[] key = {0, 1, -1};
        byte[] value = {-128, 127};
        DeadLetter letter = new DeadLetter(
                "shop.public.users",
                3,
                1_234_567_890_123L,
                Instant.parse("2026-11-21T08:00:00Z").toEpochMilli(),
                DeadLetter.Reason.UNREPRESENTABLE_VALUE,
                "users.größe: …",
                key,
                value,
                List.of(new DeadLetter.Header("h", new byte[] {'x'}), new DeadLetter.Header("h", null)));
        ProducerRecord<byte[], byte[]> record = record(letter);
        assertThat(record.topic()).isEqualTo("shop.dead-letters");
        assertThat(record.partition()).isNull();
        assertThat(record.key()).containsExactly(key);
        assertThat(record.value()).containsExactly(value);
        assertThat(headers(record))
                .containsExactly(
                        "h=x",
                        "h=null",
                        "spindrift.topic=shop.public.users",
                        "spindrift.partition=3",
                        "spindrift.offset=1234567890123",
                        "spindrift.timestamp=1795248000000",
                        "spindrift.reason=UNREPRESENTABLE_VALUE",
                        "spindrift.detail=users.größe: …");
    }

    @Test
    void aRecordWithoutKeyAndValueStaysOne() {
        ProducerRecord<byte[], byte[]> record =
                record(new DeadLetter("t", 0, 0, 0, DeadLetter.Reason.NO_PRIMARY_KEY, "", null, null, List.of()));
        assertThat(record.key()).isNull();
        assertThat(record.value()).isNull();
    }

    @Test
    void anythingElseIsRefused() {
        TableShape shape = new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Date(), true)));
        assertThatThrownBy(() -> serializer.serialize(new ShapeAnnounced(shape), CONTEXT, null))
                .hasMessage("not a dead letter: io.spindrift.sinks.model.ShapeAnnounced");
    }

    private static PipelineConfig.Source source(Map<String, String> properties) {
        return new PipelineConfig.Source(
                "b:1",
                List.of("t"),
                Optional.empty(),
                "g",
                StartingOffsets.EARLIEST,
                new PipelineConfig.Decoding(
                        RecordFormat.JSON,
                        RecordFormat.JSON,
                        "",
                        Map.of(),
                        DeclaredTables.NONE,
                        KeylessTables.NONE,
                        ColumnSettings.DEFAULT),
                properties,
                Duration.ZERO,
                Duration.ZERO);
    }

    /** Brokers refuse a producer that asks for more than they allow, and Flink asks for an hour. */
    @Test
    void aTransactionIsNoLongerThanBrokersAllow() {
        assertThat(DeadLetterTopic.producer(source(Map.of()))).containsEntry("transaction.timeout.ms", "900000");
        assertThat(DeadLetterTopic.producer(source(Map.of("transaction.timeout.ms", "60000", "a", "b"))))
                .containsEntry("transaction.timeout.ms", "60000")
                .containsEntry("a", "b");
    }

    /** Another job of the pipeline must fence this one, and no job of another pipeline may. */
    @Test
    void transactionsGoByThePipelinesName() {
        assertThat(DeadLetterTopic.transactionalIds("shop")).isEqualTo("spindrift-shop-dead-letters");
    }
}
