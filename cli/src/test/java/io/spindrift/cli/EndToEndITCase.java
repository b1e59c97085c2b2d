package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.STEP;
import static io.spindrift.cli.ShopTables.awaitMoreCommits;
import static io.spindrift.cli.ShopTables.awaitRows;
import static io.spindrift.cli.ShopTables.compareMirror;
import static io.spindrift.cli.ShopTables.query;
import static io.spindrift.cli.ShopTables.rowsInSource;
import static io.spindrift.cli.ShopTables.total;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.Topics;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import io.spindrift.local.workload.TableChanges;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real PostgreSQL, Kafka, Debezium, registry, Flink and Snowflake driver. A shop's traffic runs while the job is killed, stopped, started
 * without state and started twice, and while the connector's records come again; then every table, row and column is compared.
 */
class EndToEndITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final int CHANGES_PER_SECOND = 100;
    /** Names a schema that no registry has. */
    private static final byte[] GARBAGE = "\0\177\177\177\177not avro".getBytes(StandardCharsets.UTF_8);

    private final Path directory;

    EndToEndITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void theMirrorEqualsTheSourceAndTheLogHoldsEachChangeOnceWhateverHappensToTheJob() throws Exception {
        try (LocalPipeline pipeline = LocalPipeline.start(HOME, directory, System.out::println);
                Connection postgres =
                        DriverManager.getConnection(pipeline.endpoints().postgres());
                Connection snowflake = pipeline.endpoints().warehouse().connect()) {
            Topics topics = new Topics(pipeline.endpoints().kafka());
            Map<String, Long> snapshot = rowsInSource(postgres);
            awaitRows(snowflake, "r", total(snapshot));

            long streamedSinceMillis = System.currentTimeMillis();
            EcommerceWorkload traffic =
                    EcommerceWorkload.start(pipeline.endpoints().postgres(), CHANGES_PER_SECOND, 7);
            awaitMoreCommits(snowflake, 2);
            killTwice(pipeline.job(), snowflake);
            topics.write(EcommerceSource.topic("users"), 0, GARBAGE, GARBAGE);
            for (String table : EcommerceSource.TABLES) {
                assertThat(topics.replay(EcommerceSource.topic(table), 20, streamedSinceMillis))
                        .isPositive();
            }
            awaitMoreCommits(snowflake, 2);
            stopAndGoOn(pipeline.job(), snowflake);
            try (JobProcess fresh = startWithoutState()) {
                awaitMoreCommits(snowflake, 2);
                try (JobProcess second = startSecond()) {
                    awaitFenced(fresh);
                    awaitMoreCommits(snowflake, 2);
                    ChangeCounts made = traffic.stop();
                    awaitRows(snowflake, "c', 'u', 'd", made.total());
                    compareMirror(postgres, snowflake);
                    compareLog(snowflake, snapshot, made);
                    assertThat(second.isAlive())
                            .as("the job that took over runs")
                            .isTrue();
                }
            }
            assertDeadLetter(topics);
        }
    }

    private void killTwice(JobProcess job, Connection snowflake) throws Exception {
        for (int kills = 1; kills <= 2; kills++) {
            int expected = kills;
            job.kill();
            Await.until("the killed job is started again", STEP, () -> job.restarts() == expected);
            awaitMoreCommits(snowflake, 1);
        }
    }

    /** Stops the job with a savepoint, whose last commit the next start meets again; goes on from it, and stops again. */
    private void stopAndGoOn(JobProcess job, Connection snowflake) throws Exception {
        job.close();
        try (JobProcess next = JobProcess.start(HOME, directory, System.out::println)) {
            awaitMoreCommits(snowflake, 2);
            assertThat(Files.readString(next.log())).contains("goes on from", "savepoint-", "is in the ledger already");
        }
    }

    /** All state thrown away: every topic is read again from its beginning. */
    private JobProcess startWithoutState() throws IOException {
        ShopTables.delete(directory.resolve("state"));
        return JobProcess.start(HOME, directory, System.out::println);
    }

    /** The same pipeline once more, beside the running one: a mistake. The later one takes over. */
    private JobProcess startSecond() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("second"));
        Files.copy(directory.resolve("pipeline.yaml"), elsewhere.resolve("pipeline.yaml"));
        return JobProcess.start(HOME, elsewhere, System.out::println);
    }

    /** It must have ended, and its log say why. */
    private static void awaitFenced(JobProcess older) throws Exception {
        assertThat(older.awaitEnd(STEP)).as("the older job has ended").isTrue();
        assertThat(Files.readString(older.log())).contains("Another job runs this pipeline");
    }

    private static void compareLog(Connection snowflake, Map<String, Long> snapshot, ChangeCounts made)
            throws SQLException {
        for (String table : EcommerceSource.TABLES) {
            String raw = "RAW." + table.toUpperCase(Locale.ROOT);
            Map<String, Long> byOperation = new HashMap<>();
            query(
                    snowflake,
                    "SELECT _CDC_OPERATION, COUNT(*) FROM " + raw + " GROUP BY _CDC_OPERATION",
                    row -> byOperation.put(row.getString(1), row.getLong(2)));
            TableChanges logged = new TableChanges(
                    byOperation.getOrDefault("c", 0L),
                    byOperation.getOrDefault("u", 0L),
                    byOperation.getOrDefault("d", 0L));
            assertThat(logged).as("changes in " + raw).isEqualTo(made.of(table));
            assertThat(byOperation.getOrDefault("r", 0L))
                    .as("snapshot reads in " + raw)
                    .isEqualTo(snapshot.get(table));
            query(
                    snowflake,
                    "SELECT _KAFKA_PARTITION, _KAFKA_OFFSET FROM " + raw
                            + " GROUP BY _KAFKA_TOPIC, _KAFKA_PARTITION, _KAFKA_OFFSET HAVING COUNT(*) > 1",
                    row -> {
                        throw new AssertionError(
                                "logged twice in " + raw + ": " + row.getInt(1) + "@" + row.getLong(2));
                    });
        }
    }

    private static void assertDeadLetter(Topics topics) {
        List<ConsumerRecord<byte[], byte[]>> letters = topics.read(LocalPipeline.NAME + ".dead-letters");
        assertThat(letters).isNotEmpty().allSatisfy(letter -> {
            assertThat(letter.key()).isEqualTo(GARBAGE);
            assertThat(letter.value()).isEqualTo(GARBAGE);
            Map<String, String> headers = new TreeMap<>();
            letter.headers()
                    .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
            assertThat(headers)
                    .containsEntry("spindrift.topic", EcommerceSource.topic("users"))
                    .containsEntry("spindrift.partition", "0")
                    .containsEntry("spindrift.reason", "UNDECODABLE")
                    .containsKeys("spindrift.offset", "spindrift.timestamp", "spindrift.detail");
        });
    }
}
