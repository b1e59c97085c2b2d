package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What health says of records that wait, with a broker and a warehouse and no job. */
class HealthCommandTest {

    private static final String TOPIC = "shop.public.users";

    private final StringWriter out = new StringWriter();
    private Path config = Path.of("pipeline.yaml");

    private int health(String... options) {
        out.getBuffer().setLength(0);
        List<String> arguments = new ArrayList<>(List.of("health", "--config", config.toString()));
        arguments.addAll(List.of(options));
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(arguments.toArray(String[]::new));
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, int partition, Duration age, @Nullable String value) {
        long written = System.currentTimeMillis() - age.toMillis();
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        producer.beginTransaction();
        var unused = producer.send(new ProducerRecord<>(TOPIC, partition, written, new byte[] {1}, bytes));
        producer.commitTransaction();
    }

    @Test
    void theAgeOfTheOldestChangeThatWaitsDecides(@TempDir Path directory) throws Exception {
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                KafkaBroker kafka = KafkaBroker.start(directory.resolve("kafka"));
                TestWarehouse warehouse = new TestWarehouse(snowflake, "SHOP", directory);
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers(), "transactional.id", "health-test"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            config = Files.writeString(directory.resolve("pipeline.yaml"), """
                    source: {bootstrap-servers: '%s', topics: %s}
                    sink: {url: '%s', user: '%s', password: '%s', database: SHOP}
                    pipeline: {name: %s}
                    """.formatted(
                            kafka.bootstrapServers(),
                            TOPIC,
                            snowflake.jdbcUrl(),
                            snowflake.user(),
                            snowflake.password(),
                            TestWarehouse.PIPELINE));
            admin.createTopics(List.of(new NewTopic(TOPIC, 2, (short) 1))).all().get();
            SnowflakeLedger ledger = warehouse.takeOver(ConsistencyGroups.NONE);
            long epoch = ledger.raiseEpoch();
            assertThat(health()).isOne();
            assertThat(out.toString()).startsWith("not healthy: ").contains("which has no commit yet");

            producer.initTransactions();
            send(producer, 0, Duration.ofHours(2), "committed");
            send(producer, 1, Duration.ofHours(2), "committed");
            ledger.commit(
                    warehouse.stage(
                            new Change("USERS", 1, "a", 'c', 0, 0, 10), new Change("USERS", 2, "b", 'c', 1, 0, 11)),
                    epoch);
            assertThat(health())
                    .as("behind it stand the transactions' marks alone: %s", out)
                    .isZero();

            send(producer, 0, Duration.ofHours(1), null);
            assertThat(health()).as("a tombstone waits: %s", out).isZero();
            assertThat(out.toString()).startsWith("healthy: ").endsWith(" s old\n");

            send(producer, 0, Duration.ofSeconds(90), "waits");
            assertThat(health()).isEqualTo(3);
            assertThat(out.toString())
                    .startsWith("lagging: the source is ")
                    .containsPattern(", and the oldest change waits for (9\\d|1\\d\\d) s\n");
            assertThat(health("--warn-lag", "250s")).isZero();
            assertThat(health("--critical-lag", "80s")).isOne();

            send(producer, 1, Duration.ofSeconds(400), "waits");
            assertThat(health()).isOne();
            assertThat(out.toString())
                    .startsWith("not healthy: ")
                    .containsPattern("the oldest change waits for [4-5]\\d\\d s\n");
            assertThat(health("--critical-lag", "1h")).isEqualTo(3);
        }
    }
}
