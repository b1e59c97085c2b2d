package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.STEP;
import static io.spindrift.cli.ShopTables.awaitMoreCommits;
import static io.spindrift.cli.ShopTables.awaitRows;
import static io.spindrift.cli.ShopTables.compareMirror;
import static io.spindrift.cli.ShopTables.number;
import static io.spindrift.cli.ShopTables.numberOrNone;
import static io.spindrift.cli.ShopTables.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.TableContents;
import io.spindrift.local.postgres.PostgresServer;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import io.spindrift.local.workload.TableChanges;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/**
 * {@code source.type: postgres} on real components, without Kafka: the job is killed while it reads the snapshot, and in the middle of a large
 * transaction that others run across; then every cell is compared, and every change is counted.
 */
class DirectITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final int CHANGES_PER_SECOND = 60;
    private static final int READ = 20_000;
    private static final int COPIED = 20_000;

    private final Path directory;

    DirectITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void nothingIsLostOrDoubledWhereverTheJobIsKilled() throws Exception {
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                PostgresServer server = PostgresServer.start(directory.resolve("postgres"));
                EcommerceSource shop = EcommerceSource.create(server);
                Connection postgres = DriverManager.getConnection(shop.jdbcUrl());
                Connection warehouse = warehouse(snowflake)) {
            prepare(postgres);
            pipeline(server, shop, snowflake);
            // Written before the slot is there, and committed long behind the snapshot.
            try (Connection early = DriverManager.getConnection(shop.jdbcUrl());
                    JobProcess job = JobProcess.start(HOME, directory, System.out::println)) {
                Await.until("the slot", STEP, () -> number(postgres, "SELECT COUNT(*) FROM pg_replication_slots") == 1);
                EcommerceWorkload traffic = EcommerceWorkload.start(shop.jdbcUrl(), CHANGES_PER_SECOND, 11);
                begin(early);
                Await.until("the snapshot", STEP, () -> log(job).contains("of the snapshot is read"));
                kill(job, 1);
                awaitReads(warehouse);
                execute(early, "COMMIT");

                killInLargeTransaction(job, shop, postgres, warehouse);
                execute(postgres, "UPDATE bulk SET id = -id WHERE id = 7");
                execute(
                        postgres,
                        "ALTER TABLE bulk ADD COLUMN added text; INSERT INTO bulk (id, added) VALUES (-1000, 'new')");
                execute(postgres, "TRUNCATE emptied; INSERT INTO emptied VALUES (3)");
                awaitMoreCommits(warehouse, 2);
                ChangeCounts made = traffic.stop();
                awaitRows(warehouse, "c', 'u', 'd", made.total());
                awaitBulk(warehouse);
                awaitSlotMoves(postgres, job);
                compareMirror(postgres, warehouse);
                compareOwn(postgres, warehouse);
                compareLog(warehouse, made);
                assertThat(log(job)).doesNotContain(shop.capturePassword());
                assertThat(job.isAlive()).isTrue();
            }
        }
    }

    @Test
    void whatWouldLoseOrBendChangesIsRefused() throws Exception {
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                PostgresServer server = PostgresServer.start(directory.resolve("postgres"));
                EcommerceSource shop = EcommerceSource.create(server);
                Connection postgres = DriverManager.getConnection(shop.jdbcUrl());
                Connection warehouse = warehouse(snowflake)) {
            prepare(postgres);
            pipeline(server, shop, snowflake);
            try (JobProcess job = JobProcess.start(HOME, directory, System.out::println)) {
                awaitReads(warehouse);
                Await.until(
                        "the stream",
                        STEP,
                        () -> number(postgres, "SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming'")
                                == 1);
                execute(postgres, "INSERT INTO emptied VALUES (4)");
                Await.until("a change", STEP, () -> number(warehouse, "SELECT COUNT(*) FROM MIRROR.EMPTIED") == 3);
                job.kill();
                Await.until("the killed job is started again", STEP, () -> job.restarts() == 1);
            }
            execute(postgres, "INSERT INTO bulk (id, n) VALUES (-5, 'NaN')");
            assertEnds("Debezium cannot convert a value of public.bulk.n, of type numeric");
            execute(
                    postgres,
                    "SELECT pg_drop_replication_slot('direct'); DELETE FROM bulk WHERE id = -5; INSERT INTO emptied VALUES (5)");
            assertEnds("replication slot direct has moved to LSN");

            ShopTables.delete(directory.resolve("state"));
            execute(postgres, "ALTER TABLE emptied ADD COLUMN at time; ALTER PUBLICATION spindrift DROP TABLE bulk");
            String log = assertEnds("publication spindrift has no table public.bulk");
            assertThat(log).contains("public.emptied.at (time) has a type");

            execute(postgres, "ALTER TABLE emptied DROP COLUMN at; ALTER PUBLICATION spindrift ADD TABLE bulk");
            try (JobProcess job = JobProcess.start(HOME, directory, System.out::println)) {
                Await.until("a refused commit", STEP, () -> log(job).contains(
                                "differ from those that RAW has from the same offsets"));
            }
        }
    }

    /** And not tried again. */
    private String assertEnds(String why) throws Exception {
        try (JobProcess job = JobProcess.start(HOME, directory, System.out::println)) {
            assertThat(job.awaitEnd(STEP)).as("the job has ended").isTrue();
            assertThat(log(job)).contains(why);
            return log(job);
        }
    }

    private static void prepare(Connection postgres) throws SQLException {
        execute(postgres, """
                CREATE TABLE bulk (id integer PRIMARY KEY, note text DEFAULT 'none', n numeric(9, 2), large text);
                CREATE TABLE emptied (id integer PRIMARY KEY);
                INSERT INTO emptied VALUES (1), (2);
                INSERT INTO bulk SELECT i, CASE WHEN i %% 3 > 0 THEN 'note ' || i END, i / 7.0, repeat('large', 10 * (i %% 3))
                  FROM generate_series(1, %d) i;
                ALTER PUBLICATION spindrift ADD TABLE bulk, emptied;
                GRANT SELECT ON bulk, emptied TO spindrift_cdc;
                """.formatted(READ));
    }

    private void pipeline(PostgresServer server, EcommerceSource shop, LocalSnowflake snowflake) throws Exception {
        Files.writeString(directory.resolve("pipeline.yaml"), """
                source:
                  type: postgres
                  postgres:
                    hostname: %s
                    port: %d
                    database: shop
                    username: spindrift_cdc
                    password: %s
                    tables: [%s]
                    slot-name: direct
                    publication: spindrift
                sink:
                  type: snowflake
                  url: %s
                  user: %s
                  password: %s
                  database: DIRECT
                pipeline:
                  name: direct
                  parallelism: 2
                  checkpoint-interval: 300 ms
                """.formatted(
                        server.host(),
                        server.port(),
                        shop.capturePassword(),
                        tables().map(table -> "public." + table).collect(Collectors.joining(", ")),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password()));
    }

    private static Stream<String> tables() {
        return Stream.concat(EcommerceSource.TABLES.stream(), Stream.of("bulk", "emptied"));
    }

    private static Connection warehouse(LocalSnowflake snowflake) throws SQLException {
        Connection warehouse = new WarehouseOptions(
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        new Secret(snowflake.password()),
                        null,
                        "DIRECT",
                        null,
                        null)
                .connect();
        execute(warehouse, "CREATE DATABASE IF NOT EXISTS DIRECT");
        execute(warehouse, "USE DATABASE DIRECT");
        return warehouse;
    }

    private static void begin(Connection early) throws SQLException {
        execute(early, "BEGIN; UPDATE bulk SET note = 'early' WHERE id = 1");
    }

    private static void kill(JobProcess job, int times) throws Exception {
        job.kill();
        Await.until("the killed job is started again", STEP, () -> job.restarts() == times);
    }

    private static void awaitReads(Connection warehouse) throws Exception {
        Await.until(
                "the snapshot in RAW",
                STEP,
                () -> numberOrNone(warehouse, "SELECT COUNT(*) FROM RAW.BULK WHERE _CDC_OPERATION = 'r'") >= READ);
    }

    /** One that began earlier ends behind it, and one in between: their LSNs step back from commit to commit. */
    private static void killInLargeTransaction(
            JobProcess job, EcommerceSource shop, Connection postgres, Connection warehouse) throws Exception {
        try (Connection around = DriverManager.getConnection(shop.jdbcUrl());
                Connection large = DriverManager.getConnection(shop.jdbcUrl())) {
            execute(around, "BEGIN; UPDATE bulk SET note = 'around' WHERE id = 2");
            execute(large, "BEGIN");
            copy(large);
            execute(postgres, "UPDATE bulk SET note = 'beside' WHERE id = 3");
            execute(large, "UPDATE bulk SET note = 'within' WHERE id > 200000 AND id % 10 = 0; COMMIT");
            execute(around, "UPDATE bulk SET n = -1 WHERE id = 2; COMMIT");
            String copied = "SELECT COUNT(*) FROM RAW.BULK WHERE _CDC_OPERATION = 'c'";
            Await.until("a part of the transaction", STEP, () -> number(warehouse, copied) > 0);
            kill(job, 2);
            assertThat(number(warehouse, copied)).as("in the middle of it").isLessThan(COPIED);
        }
    }

    private static void copy(Connection large) throws Exception {
        String rows = IntStream.rangeClosed(1, COPIED)
                .mapToObj(i -> (200_000 + i) + "\t" + (i % 2 == 0 ? "\\N" : "copied") + "\n")
                .collect(Collectors.joining());
        large.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY bulk (id, note) FROM STDIN", new StringReader(rows));
    }

    private static void awaitBulk(Connection warehouse) throws Exception {
        Await.until(
                "the last change of each table",
                STEP,
                () -> number(warehouse, "SELECT COUNT(*) FROM MIRROR.BULK WHERE ID = -1000") == 1
                        && number(warehouse, "SELECT COUNT(*) FROM MIRROR.EMPTIED WHERE ID = 3") == 1);
    }

    /** Tables at rest and others that change: the slot lets the log go. */
    private static void awaitSlotMoves(Connection postgres, JobProcess job) throws Exception {
        execute(postgres, "CREATE TABLE elsewhere AS SELECT * FROM generate_series(1, 1000)");
        long end = number(postgres, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");
        Await.until(
                "the slot to move",
                STEP,
                () -> number(
                                postgres,
                                "SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots WHERE slot_name = 'direct'")
                        >= end);
        job.requireRunning();
    }

    private static void compareOwn(Connection postgres, Connection warehouse) throws SQLException {
        for (String table : List.of("bulk", "emptied")) {
            Map<?, ?> source = TableContents.ofPostgres(postgres, table).rows();
            Map<?, ?> mirror =
                    TableContents.ofMirror(warehouse, postgres, table).rows();
            Set<Object> keys = new HashSet<>(source.keySet());
            keys.addAll(mirror.keySet());
            keys.removeIf(key -> Objects.equals(source.get(key), mirror.get(key)));
            assertThat(keys.stream().limit(10))
                    .as("some of %d rows of %s that differ", keys.size(), table)
                    .isEmpty();
        }
    }

    private static void compareLog(Connection warehouse, ChangeCounts made) throws SQLException {
        for (String table : EcommerceSource.TABLES) {
            Map<String, Long> logged = operations(warehouse, table);
            assertThat(new TableChanges(
                            logged.getOrDefault("c", 0L), logged.getOrDefault("u", 0L), logged.getOrDefault("d", 0L)))
                    .as("changes of " + table)
                    .isEqualTo(made.of(table));
        }
        assertThat(operations(warehouse, "bulk"))
                .isEqualTo(Map.of("r", (long) READ, "c", COPIED + 2L, "u", COPIED / 10 + 4L, "d", 1L));
        assertThat(operations(warehouse, "emptied")).isEqualTo(Map.of("r", 2L, "t", 1L, "c", 1L));
        for (String table : tables().toList()) {
            assertThat(number(
                            warehouse,
                            "SELECT COUNT(*) - COUNT(DISTINCT _KAFKA_PARTITION || ':' || _KAFKA_OFFSET) FROM RAW."
                                    + table.toUpperCase(Locale.ROOT)))
                    .as("places that stand twice in " + table)
                    .isZero();
        }
        assertThat(number(warehouse, "SELECT COUNT(*) FROM SPINDRIFT.DEAD_LETTERS"))
                .isZero();
    }

    private static Map<String, Long> operations(Connection warehouse, String table) throws SQLException {
        Map<String, Long> counts = new HashMap<>();
        query(
                warehouse,
                "SELECT _CDC_OPERATION, COUNT(*) FROM RAW." + table.toUpperCase(Locale.ROOT)
                        + " GROUP BY _CDC_OPERATION",
                row -> counts.put(row.getString(1), row.getLong(2)));
        return counts;
    }

    private static String log(JobProcess job) throws Exception {
        return Files.readString(job.log());
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
