package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.STEP;
import static io.spindrift.cli.ShopTables.numberOrNone;
import static io.spindrift.cli.ShopTables.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.Topics;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Savepoints that builds before this one have made are a promise: each folder of {@code savepoints/} has one, {@code savepoint/}, the records that the job had
 * read by then, {@code before.tsv}, and others, {@code after.tsv}, which come out right only where the job goes on with all that it knew. Nothing in such a
 * folder is ever changed; a new one is made by {@code -Dspindrift.savepoint.write=true} out of a copy of the last one's records.
 *
 * <p>What went with the savepoint is made anew: the warehouse, by this build, out of the same records, and the topics, whose ids are put into the savepoint in
 * the place of those of then.
 */
class SavepointPromiseITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final Path PROMISES = HOME.resolve("cli/src/test/resources/savepoints");
    private static final boolean WRITES = Boolean.getBoolean("spindrift.savepoint.write");
    private static final String PREFIX = "promise.public.";
    private static final List<String> TABLES = List.of("gone", "notes", "parts");
    private static final int PARTITIONS = 2;

    private final Path directory;

    SavepointPromiseITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    static Stream<Path> promises() throws IOException {
        try (Stream<Path> folders = Files.list(PROMISES)) {
            return folders.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("promises")
    void theJobGoesOnFromASavepointOfThen(Path promise) throws Exception {
        Path kept = promise.resolve("savepoint");
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                KafkaBroker kafka = KafkaBroker.start(directory.resolve("kafka"))) {
            Topics topics = new Topics(kafka.bootstrapServers());
            Map<String, String> ids = makeTopics(kafka);
            Files.writeString(directory.resolve("pipeline.yaml"), pipeline(kafka, snowflake));
            Connection warehouse = new Endpoints(
                            "",
                            kafka.bootstrapServers(),
                            "",
                            "",
                            "",
                            snowflake.jdbcUrl(),
                            snowflake.user(),
                            snowflake.password())
                    .warehouse()
                    .connect();
            int before = write(topics, promise.resolve("before.tsv"));
            try (JobProcess job = start()) {
                awaitRead(warehouse, before);
                job.requireRunning();
            }
            assertThat(read(warehouse)).as("records of before, by this build").isEqualTo(before);
            Path state = directory.resolve("state");
            if (WRITES) {
                copy(onlySavepoint(state), kept);
                Files.write(promise.resolve("topics.txt"), lines(ids));
            }
            ShopTables.delete(state);
            copy(kept, state.resolve("savepoint-of-then"));
            putIds(
                    state.resolve("savepoint-of-then/_metadata"),
                    Files.readAllLines(promise.resolve("topics.txt")),
                    ids);

            int after = write(topics, promise.resolve("after.tsv"));
            try (JobProcess job = start()) {
                awaitRead(warehouse, before + after);
                job.requireRunning();
            }
            // A job that had begun anew would have read all of them again.
            assertThat(read(warehouse)).isEqualTo(before + after);
            assertThat(rows(warehouse)).isEqualTo(Files.readAllLines(promise.resolve("expected.txt")));
        }
    }

    private JobProcess start() throws IOException {
        JobProcess job = JobProcess.start(HOME, directory, System.out::println);
        job.awaitRest();
        return job;
    }

    /** Their ids by name. */
    private static Map<String, String> makeTopics(KafkaBroker kafka) throws Exception {
        Map<String, String> ids = new TreeMap<>();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            CreateTopicsResult made = admin.createTopics(TABLES.stream()
                    .map(table -> new NewTopic(PREFIX + table, PARTITIONS, (short) 1))
                    .toList());
            for (String topic : made.values().keySet()) {
                ids.put(topic, made.topicId(topic).get().toString());
            }
        }
        return ids;
    }

    private static List<String> lines(Map<String, String> ids) {
        return ids.entrySet().stream()
                .map(id -> id.getKey() + "\t" + id.getValue())
                .toList();
    }

    /** All ids are of one length. */
    private static void putIds(Path metadata, List<String> then, Map<String, String> now) throws IOException {
        String bytes = Files.readString(metadata, StandardCharsets.ISO_8859_1);
        for (String line : then) {
            String[] id = line.split("\t", 2);
            assertThat(bytes).contains(id[1]);
            bytes = bytes.replace(id[1], Objects.requireNonNull(now.get(id[0])));
        }
        Files.writeString(metadata, bytes, StandardCharsets.ISO_8859_1);
    }

    private static String pipeline(KafkaBroker kafka, LocalSnowflake snowflake) throws IOException {
        return Files.readString(PROMISES.resolveSibling("savepoint-pipeline.yaml"))
                .formatted(kafka.bootstrapServers(), snowflake.jdbcUrl(), snowflake.user(), snowflake.password());
    }

    /** Lines of table, partition, key and value. */
    private static int write(Topics topics, Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (String line : lines) {
            String[] parts = line.split("\t", 4);
            topics.write(
                    PREFIX + parts[0],
                    Integer.parseInt(parts[1]),
                    parts[2].isEmpty() ? null : parts[2].getBytes(StandardCharsets.UTF_8),
                    parts[3].getBytes(StandardCharsets.UTF_8));
        }
        return lines.size();
    }

    private static void awaitRead(Connection warehouse, int records) throws Exception {
        Await.until(records + " records in the ledger", STEP, () -> read(warehouse) >= records);
    }

    private static long read(Connection warehouse) throws SQLException {
        return numberOrNone(warehouse, "SELECT COALESCE(SUM(READ_RECORDS), 0) FROM SPINDRIFT.COMMITS");
    }

    private static Path onlySavepoint(Path state) throws IOException {
        try (Stream<Path> files = Files.list(state)) {
            List<Path> savepoints = files.filter(
                            file -> file.getFileName().toString().startsWith("savepoint-"))
                    .toList();
            assertThat(savepoints).hasSize(1);
            return savepoints.get(0);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }

    /** What the warehouse has, a line a row; of large texts how long they are. */
    private static List<String> rows(Connection warehouse) throws SQLException {
        List<String> lines = new ArrayList<>();
        String length = "CASE WHEN LENGTH(BODY) > 20 THEN LENGTH(BODY)::VARCHAR ELSE BODY END";
        Map<String, String> columns = Map.of("PARTS", "ID, NAME, " + length, "GONE", "ID, WORD", "NOTES", "WORD");
        for (String table :
                TABLES.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList()) {
            add(lines, warehouse, "RAW." + table, columns.get(table) + ", _CDC_OPERATION, _CDC_LSN, _CDC_UNCHANGED");
            String count = table.equals("NOTES") ? ", _CDC_COUNT" : "";
            add(lines, warehouse, "MIRROR." + table, columns.get(table) + count);
        }
        add(lines, warehouse, "SPINDRIFT.DEAD_LETTERS", "TOPIC, \"PARTITION\", \"OFFSET\", REASON");
        return lines;
    }

    private static void add(List<String> lines, Connection warehouse, String table, String columns)
            throws SQLException {
        List<String> rows = new ArrayList<>();
        query(warehouse, "SELECT %s FROM %s".formatted(columns, table), row -> {
            StringBuilder text = new StringBuilder(table);
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                text.append(i == 1 ? ": " : " | ").append(row.getString(i));
            }
            rows.add(text.toString());
        });
        rows.stream().sorted().forEach(lines::add);
    }
}
