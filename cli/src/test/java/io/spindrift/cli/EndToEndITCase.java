package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.TableContents;
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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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
    private static final Duration STEP = Duration.ofSeconds(90);
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
                Connection snowflake = connect(pipeline.endpoints())) {
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
        delete(directory.resolve("state"));
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

    private static void compareMirror(Connection postgres, Connection snowflake) throws SQLException {
        for (String table : EcommerceSource.TABLES) {
            Map<?, ?> source = TableContents.ofPostgres(postgres, table).rows();
            Map<?, ?> mirror =
                    TableContents.ofMirror(snowflake, postgres, table).rows();
            assertThat(source).as("rows of " + table).isNotEmpty();
            assertThat(mirror.keySet()).as("keys in MIRROR." + table).isEqualTo(source.keySet());
            source.forEach((key, row) ->
                    assertThat((Object) mirror.get(key)).as(table + " " + key).isEqualTo(row));
        }
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

    private static Connection connect(Endpoints endpoints) throws SQLException {
        return endpoints.warehouse().connect();
    }

    private static Map<String, Long> rowsInSource(Connection postgres) throws SQLException {
        Map<String, Long> rows = new HashMap<>();
        for (String table : EcommerceSource.TABLES) {
            query(postgres, "SELECT COUNT(*) FROM " + table, row -> rows.put(table, row.getLong(1)));
        }
        return rows;
    }

    private static long total(Map<String, Long> rows) {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    private static void awaitMoreCommits(Connection snowflake, long more) throws Exception {
        String sql = "SELECT COUNT(*) FROM SPINDRIFT.COMMITS";
        long before = number(snowflake, sql);
        Await.until(more + " more commits", STEP, () -> number(snowflake, sql) >= before + more);
    }

    private static void awaitRows(Connection snowflake, String operations, long wanted) throws Exception {
        Await.until(wanted + " changes " + operations + " in RAW", STEP, () -> {
            long rows = 0;
            for (String table : EcommerceSource.TABLES) {
                rows += numberOrNone(
                        snowflake,
                        "SELECT COUNT(*) FROM RAW." + table.toUpperCase(Locale.ROOT) + " WHERE _CDC_OPERATION IN ('"
                                + operations + "')");
            }
            return rows >= wanted;
        });
    }

    /** A table that the job has not made yet holds nothing. */
    private static long numberOrNone(Connection connection, String sql) throws SQLException {
        try {
            return number(connection, sql);
        } catch (SQLException e) {
            if ("42S02".equals(e.getSQLState()) || "02000".equals(e.getSQLState())) {
                return 0;
            }
            throw e;
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        long[] number = new long[1];
        query(connection, sql, row -> number[0] = row.getLong(1));
        return number[0];
    }

    private interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    private static void query(Connection connection, String sql, RowConsumer consumer) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                consumer.accept(rows);
            }
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
