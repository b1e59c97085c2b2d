package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a real broker and the local Snowflake. */
class DeadLettersCommandTest {

    private static LocalSnowflake snowflake;
    private static KafkaBroker kafka;
    private static int databases;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private TestWarehouse warehouse;
    private Path config = Path.of("pipeline.yaml");
    private TopicPartition users = new TopicPartition("none", 0);

    @BeforeAll
    static void start(@TempDir Path data) {
        snowflake = LocalSnowflake.start(data.resolve("snowflake"), 0);
        kafka = KafkaBroker.start(data.resolve("kafka"));
    }

    @AfterAll
    static void stop() {
        kafka.close();
        snowflake.close();
    }

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        String database = "LETTERS" + databases++;
        users = new TopicPartition("shop" + databases + ".public.users", 1);
        warehouse = new TestWarehouse(snowflake, database, directory);
        config = Files.writeString(directory.resolve("pipeline.yaml"), """
                source: {bootstrap-servers: '%s', topics: '%s'}
                sink: {url: '%s', user: '%s', password: '%s', database: %s}
                pipeline: {name: %s}
                """.formatted(
                        kafka.bootstrapServers(),
                        users.topic(),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password(),
                        database,
                        TestWarehouse.PIPELINE));
        try (Admin admin = Admin.create(client())) {
            admin.createTopics(List.of(new NewTopic(users.topic(), 2, (short) 1)))
                    .all()
                    .get();
        }
    }

    @AfterEach
    void close() throws Exception {
        warehouse.close();
    }

    private static Map<String, Object> client() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    private DeadLetter letter(
            long offset, DeadLetter.Reason reason, byte @Nullable [] value, DeadLetter.Header... headers) {
        return new DeadLetter(
                users.topic(), 1, offset, 0, reason, "why " + offset, new byte[] {9}, value, List.of(headers));
    }

    private DeadLetter bare(long offset) {
        return new DeadLetter(
                users.topic(), 1, offset, 0, DeadLetter.Reason.UNKNOWN_TOAST_VALUE, "toast", null, null, List.of());
    }

    private void commit(DeadLetter... letters) throws Exception {
        SnowflakeLedger ledger = warehouse.takeOver(ConsistencyGroups.NONE);
        long epoch = ledger.raiseEpoch();
        ledger.commit(
                warehouse.with(warehouse.stage(new TestWarehouse.Change("USERS", 1, "a", 'c', 0, 0, 1)), letters),
                epoch);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("dead-letters"));
        all.addAll(Arrays.asList(arguments));
        all.addAll(List.of("--config", config.toString()));
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    private void produce(int records) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(users.topic(), 1, new byte[] {'k', (byte) i}, new byte[] {'v', (byte) i});
                record.headers().add("own", new byte[] {(byte) i});
                producer.send(record).get();
            }
        }
    }

    /** Everything in the partition from an offset, as text. */
    private List<String> topic(long from, int records) {
        List<String> texts = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(client(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(users));
            assertThat(consumer.endOffsets(List.of(users)).get(users)).isEqualTo(from + records);
            consumer.seek(users, from);
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (texts.size() < records && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> texts.add(text(record)));
            }
        }
        return texts;
    }

    private static String text(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder text = new StringBuilder();
        text.append(Arrays.toString(record.key())).append(Arrays.toString(record.value()));
        for (Header header : record.headers()) {
            boolean ours = header.key().startsWith("spindrift");
            byte[] value = header.value();
            text.append(' ')
                    .append(header.key())
                    .append('=')
                    .append(ours ? new String(value, StandardCharsets.UTF_8) : Arrays.toString(value));
        }
        return text.toString();
    }

    private String mark(long offset) {
        return " spindrift.replay.topic=" + users.topic() + " spindrift.replay.partition=1 spindrift.replay.offset="
                + offset;
    }

    @Test
    void lettersAreListedByReasonAndTable() throws Exception {
        commit(
                letter(3, DeadLetter.Reason.UNDECODABLE, new byte[] {1}),
                letter(4, DeadLetter.Reason.NO_PRIMARY_KEY, new byte[] {2}));
        assertThat(run("list", "--format", "csv")).isZero();
        assertThat(out.toString().lines())
                .hasSize(3)
                .first()
                .isEqualTo("RECORDED_AT,REASON,TOPIC,PARTITION,OFFSET,TIMESTAMP,DETAIL,REPLAYED_AT");
        run("list", "--reason", "no_primary_key", "--format", "csv");
        assertThat(out.toString())
                .contains("NO_PRIMARY_KEY," + users.topic() + ",1,4,")
                .doesNotContain("UNDECODABLE");
        run("list", "--table", "public.users", "--limit", "1", "--format", "csv");
        assertThat(out.toString().lines()).hasSize(2);
        run("list", "--table", "ublic.users", "--format", "json");
        assertThat(out.toString().strip()).isEqualTo("[ ]");
    }

    @Test
    void lettersGoBackToTheirPartitionAsTheyWereAndOnce() throws Exception {
        commit(
                letter(
                        1,
                        DeadLetter.Reason.UNDECODABLE,
                        new byte[] {0, -1},
                        new DeadLetter.Header("h\"\0", new byte[] {1}),
                        new DeadLetter.Header("none", null),
                        new DeadLetter.Header("spindrift.replay.offset", new byte[] {'0'})),
                letter(0, DeadLetter.Reason.UNDECODABLE, new byte[] {5}),
                letter(2, DeadLetter.Reason.NO_PRIMARY_KEY, new byte[] {6}));
        assertThat(run("replay", "--reason", "undecodable")).as(err.toString()).isZero();
        assertThat(out.toString()).isEqualTo("2 dead letters sent to their topics again\n");
        assertThat(topic(0, 2)).containsExactly("[9][5]" + mark(0), "[9][0, -1] h\"\0=[1] none=null" + mark(1));
        assertThat(warehouse.rows(
                        "SELECT \"OFFSET\" FROM SPINDRIFT.DEAD_LETTERS WHERE REPLAYED_AT IS NOT NULL ORDER BY 1"))
                .containsExactly("0", "1");
        assertThat(run("replay", "--reason", "undecodable")).isZero();
        assertThat(out.toString()).isEqualTo("0 dead letters sent to their topics again\n");
        assertThat(run("replay", "--topic", users.topic(), "--partition", "1", "--offset", "0"))
                .isZero();
        assertThat(topic(2, 1)).containsExactly("[9][5]" + mark(0));
    }

    @Test
    void whatTheLedgerDoesNotHoldIsReadFromTheTopic() throws Exception {
        produce(3);
        commit(bare(1));
        assertThat(run("replay", "--reason", "unknown_toast_value"))
                .as(err.toString())
                .isZero();
        assertThat(topic(3, 1)).containsExactly("[107, 1][118, 1] own=[1]" + mark(1));
    }

    @Test
    void whatIsGoneIsSaidAndNotMarked() throws Exception {
        produce(2);
        commit(bare(0), bare(7), letter(1, DeadLetter.Reason.UNKNOWN_TOAST_VALUE, new byte[] {3}));
        try (Admin admin = Admin.create(client())) {
            admin.deleteRecords(Map.of(users, RecordsToDelete.beforeOffset(1)))
                    .all()
                    .get();
        }
        assertThat(run("replay", "--table", "users")).isEqualTo(1);
        assertThat(out.toString())
                .contains("gone: " + users + "@0\n", "gone: " + users + "@7\n", "1 dead letters sent", "2 records are");
        assertThat(topic(2, 1)).containsExactly("[9][3]" + mark(1));
        assertThat(warehouse.rows("SELECT \"OFFSET\" FROM SPINDRIFT.DEAD_LETTERS WHERE REPLAYED_AT IS NOT NULL"))
                .containsExactly("1");
    }

    @Test
    void aReplayWithoutAChoiceOrOfHalfAPlaceIsRefused() {
        assertThat(run("replay")).isEqualTo(2);
        assertThat(run("replay", "--partition", "1")).isEqualTo(2);
        assertThat(err.toString()).contains("--partition needs --topic");
        assertThat(run("list", "--reason", "bad")).isEqualTo(2);
        assertThat(err.toString()).contains("UNDECODABLE");
    }
}
