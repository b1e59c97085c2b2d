package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.number;
import static io.spindrift.cli.ShopTables.numberOrNone;
import static io.spindrift.cli.ShopTables.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.Topics;
import io.spindrift.local.LocalStack;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every type and every event, under concurrent sessions, on the real components. Two truths that share nothing with the job: PostgreSQL itself, cell
 * by cell, and a second replication slot that {@code test_decoding} reads, change by change. Then everything once more by another job: each
 * connector's last records twice, another parallelism, another beginning; the result must be the same.
 */
class ReplicaITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final int SESSIONS = 3;
    private static final long SEED = Long.getLong("spindrift.replica.seed", 1);
    private static final int BEFORE_SNAPSHOT = 60;
    private static final int TRANSACTIONS = Integer.getInteger("spindrift.replica.transactions", 400);
    private static final int PARTITIONS = Integer.getInteger("spindrift.replica.partitions", 3);
    /** While they change; the last one has rows for certain. */
    private static final List<String> READ_AGAIN = List.of("composite", "defaults", "swapped", "every_type", "toasted");

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Path directory;

    ReplicaITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void everyChangeAndEveryValueIsWhatPostgresHad() throws Exception {
        try (LocalSnowflake snowflake = LocalSnowflake.start(directory.resolve("snowflake"), 0);
                LocalStack stack = LocalStack.start(directory.resolve("stack"));
                Connection postgres = session(stack)) {
            execute(postgres, ReplicaSchema.ddl());
            DecodedLog log = new DecodedLog(ReplicaSchema.KEYS);
            log.begin(postgres);
            run(stack, SEED, BEFORE_SNAPSHOT);
            log.readOn(postgres);
            int unseen = log.changes().size();
            Map<DecodedLog.KeylessChange, Integer> unseenKeyless = Map.copyOf(log.keyless());
            Map<String, Long> snapshot = rows(postgres);
            capture(stack);
            long streamedSinceMillis;

            pipeline("first", "FIRST", 2, stack, snowflake);
            try (Connection warehouse = warehouse(snowflake, "FIRST");
                    JobProcess job = JobProcess.start(HOME, directory.resolve("first"), System.out::println)) {
                execute(postgres, ReplicaSchema.readAgain(READ_AGAIN));
                run(stack, SEED + 1, TRANSACTIONS / 2);
                awaitReadAgain(warehouse);
                job.kill();
                // The snapshot's reads are in the topics by now, and a connector never sends those again.
                streamedSinceMillis = System.currentTimeMillis();
                run(stack, SEED + 2, TRANSACTIONS / 2);
                log.readOn(postgres);
                List<DecodedLog.Change> expected =
                        log.changes().subList(unseen, log.changes().size());
                System.out.println("seed " + SEED + ": " + log.counts());
                awaitRaw(warehouse, expected.size() + total(snapshot));
                compareMirror(postgres, warehouse);
                compareLog(expected, snapshot, warehouse, postgres);
                compareKeyless(log, unseenKeyless, postgres, warehouse);
            }

            Topics topics = new Topics(stack.kafka().bootstrapServers());
            for (String table : ReplicaSchema.tables()) {
                topics.replay(topic(table), 25, streamedSinceMillis);
            }
            topics.replay(topic(ReplicaSchema.KEYLESS), 25, streamedSinceMillis);
            pipeline("again", "AGAIN", 3, stack, snowflake);
            try (Connection warehouse = warehouse(snowflake, "AGAIN");
                    JobProcess job = JobProcess.start(HOME, directory.resolve("again"), System.out::println)) {
                List<DecodedLog.Change> expected =
                        log.changes().subList(unseen, log.changes().size());
                awaitRaw(warehouse, expected.size() + total(snapshot));
                compareMirror(postgres, warehouse);
                compareLog(expected, snapshot, warehouse, postgres);
                compareKeyless(log, unseenKeyless, postgres, warehouse);
                assertThat(job.isAlive()).isTrue();
            }
        }
    }

    private static void run(LocalStack stack, long seed, int transactions) throws Exception {
        try (ReplicaTraffic traffic = ReplicaTraffic.start(stack.source().jdbcUrl(), SESSIONS, seed)) {
            Await.until(
                    transactions + " transactions",
                    PATIENCE,
                    () -> traffic.committed() >= transactions || traffic.hasFailed());
        }
    }

    private static Connection session(LocalStack stack) throws SQLException {
        Connection postgres = DriverManager.getConnection(stack.source().jdbcUrl());
        execute(postgres, "SET TimeZone = 'UTC'; SET IntervalStyle = 'iso_8601'");
        return postgres;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String topic(String table) {
        return "zoo." + ReplicaSchema.SCHEMA + "." + table;
    }

    /** A connector of its own, for the tables alone. */
    private static void capture(LocalStack stack) throws Exception {
        Map<String, String> config = new TreeMap<>(stack.source().connectorConfig(stack.registry()));
        config.put("database.user", stack.postgres().superuser());
        config.put("database.password", stack.postgres().superuserPassword());
        config.put("topic.prefix", "zoo");
        config.put("table.include.list", "zoo\\..*,zookeeping\\.signals");
        config.put("signal.data.collection", "zookeeping.signals");
        config.put("slot.name", "zoo");
        config.put("publication.name", "zoo");
        config.put("publication.autocreate.mode", "filtered");
        config.put("column.propagate.source.type", ".*");
        // Debezium's default: one value that it cannot convert must not end the whole table.
        config.put("event.converting.failure.handling.mode", "warn");
        config.put("topic.creation.default.partitions", Integer.toString(PARTITIONS));
        config.put("topic.creation.default.replication.factor", "1");
        config.put("provide.transaction.metadata", "true");
        stack.connect().deploy("zoo", config);
        try (Connection postgres = session(stack)) {
            Await.until("the connector to stream", PATIENCE, () -> {
                stack.connect().status("zoo").filter(status -> status.failed()).ifPresent(status -> {
                    throw new AssertionError(status.failure());
                });
                return number(
                                postgres,
                                "SELECT COUNT(*) FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid WHERE s.slot_name = 'zoo' AND r.state = 'streaming'")
                        == 1;
            });
        }
    }

    private void pipeline(String name, String database, int parallelism, LocalStack stack, LocalSnowflake snowflake)
            throws Exception {
        Files.createDirectories(directory.resolve(name));
        Files.writeString(directory.resolve(name).resolve("pipeline.yaml"), """
                source:
                  type: kafka
                  bootstrap-servers: %s
                  topic-pattern: zoo\\.zoo\\..*
                  schema-registry:
                    url: %s
                  properties:
                    partition.discovery.interval.ms: 1000
                sink:
                  type: snowflake
                  url: %s
                  user: %s
                  password: %s
                  database: %s
                pipeline:
                  name: %s
                  parallelism: %d
                  checkpoint-interval: 700 ms
                  multiset-tables: [zoo.keyless]
                """.formatted(
                        stack.kafka().bootstrapServers(),
                        stack.registry().url(),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password(),
                        database,
                        name,
                        parallelism));
    }

    private static Connection warehouse(LocalSnowflake snowflake, String database) throws SQLException {
        Connection warehouse = new WarehouseOptions(
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        new Secret(snowflake.password()),
                        null,
                        database,
                        null,
                        null)
                .connect();
        execute(warehouse, "CREATE DATABASE IF NOT EXISTS " + database);
        execute(warehouse, "USE DATABASE " + database);
        return warehouse;
    }

    private static Map<String, Long> rows(Connection postgres) throws SQLException {
        Map<String, Long> rows = new HashMap<>();
        for (String table : ReplicaSchema.tables()) {
            rows.put(table, number(postgres, "SELECT COUNT(*) FROM zoo." + table));
        }
        return rows;
    }

    private static long total(Map<String, Long> rows) {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String inWarehouse(String table) {
        return "ZOO_" + table.toUpperCase(Locale.ROOT);
    }

    private static void awaitRaw(Connection warehouse, long wanted) throws Exception {
        long[] rows = new long[1];
        try {
            Await.until(wanted + " rows in RAW", PATIENCE, () -> {
                rows[0] = 0;
                for (String table : ReplicaSchema.tables()) {
                    rows[0] += numberOrNone(warehouse, "SELECT COUNT(_CDC_LSN) FROM RAW." + inWarehouse(table));
                }
                return rows[0] >= wanted;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", but " + rows[0] + ", and " + letters(warehouse), e);
        }
        assertThat(letters(warehouse)).as("dead letters").isEmpty();
    }

    /** Reads of an incremental snapshot have no LSN; those of one chunk are written at once. */
    private static void awaitReadAgain(Connection warehouse) throws Exception {
        String last = READ_AGAIN.get(READ_AGAIN.size() - 1);
        Await.until(
                "an incremental snapshot of " + READ_AGAIN,
                PATIENCE,
                () -> numberOrNone(
                                warehouse,
                                "SELECT COUNT(*) FROM RAW." + inWarehouse(last)
                                        + " WHERE _CDC_OPERATION = 'r' AND _CDC_LSN IS NULL")
                        > 0);
    }

    private static List<String> letters(Connection warehouse) throws SQLException {
        List<String> letters = new ArrayList<>();
        query(
                warehouse,
                "SELECT REASON || ' ' || DETAIL || ' ' || COUNT(*) FROM SPINDRIFT.DEAD_LETTERS GROUP BY REASON, DETAIL",
                row -> letters.add(row.getString(1)));
        return letters;
    }

    /** Column to type, as {@code format_type} names it. */
    private static Map<String, String> types(Connection postgres, String table) throws SQLException {
        Map<String, String> types = new LinkedHashMap<>();
        query(
                postgres,
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'zoo.%s'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
                        .formatted(table),
                row -> types.put(row.getString(1), row.getString(2)));
        return types;
    }

    private static List<Object> key(String table, Map<String, @Nullable Object> row) {
        List<Object> key = new ArrayList<>();
        Objects.requireNonNull(ReplicaSchema.KEYS.get(table))
                .forEach(column -> key.add(Objects.requireNonNull(row.get(column))));
        return key;
    }

    private static Map<String, @Nullable Object> ofPostgres(ResultSet row, Map<String, String> types)
            throws SQLException {
        Map<String, @Nullable Object> cells = new LinkedHashMap<>();
        for (Map.Entry<String, String> column : types.entrySet()) {
            cells.put(column.getKey(), PostgresText.ofPostgres(column.getValue(), row.getString(column.getKey())));
        }
        return cells;
    }

    private static Map<String, @Nullable Object> ofSnowflake(ResultSet row, Map<String, String> types)
            throws SQLException {
        Set<String> names = new HashSet<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            names.add(row.getMetaData().getColumnName(i));
        }
        Map<String, @Nullable Object> cells = new LinkedHashMap<>();
        for (Map.Entry<String, String> column : types.entrySet()) {
            String name = column.getKey().toUpperCase(Locale.ROOT);
            String raw = names.contains(name + "__RAW") ? row.getString(name + "__RAW") : null;
            cells.put(column.getKey(), PostgresText.ofSnowflake(column.getValue(), row.getString(name), raw));
        }
        return cells;
    }

    private static void compareMirror(Connection postgres, Connection warehouse) throws SQLException {
        for (String table : ReplicaSchema.tables()) {
            Map<String, String> types = types(postgres, table);
            // The output function's text: a cast would cut char(n)'s blanks off.
            String columns = String.join(
                    ", ",
                    types.keySet().stream()
                            .map("CASE WHEN %1$s IS NOT NULL THEN format('%%s', %1$s) END AS %1$s"::formatted)
                            .toList());
            Map<List<Object>, Map<String, @Nullable Object>> source = new HashMap<>();
            query(postgres, "SELECT " + columns + " FROM zoo." + table, row -> {
                Map<String, @Nullable Object> cells = ofPostgres(row, types);
                source.put(key(table, cells), cells);
            });
            Map<List<Object>, Map<String, @Nullable Object>> mirror = new HashMap<>();
            query(warehouse, "SELECT * FROM MIRROR." + inWarehouse(table), row -> {
                Map<String, @Nullable Object> cells = ofSnowflake(row, types);
                assertThat(mirror.put(key(table, cells), cells))
                        .as("two rows of one key")
                        .isNull();
            });
            assertThat(mirror.keySet()).as("keys of " + table).isEqualTo(source.keySet());
            source.forEach((key, row) ->
                    assertThat(mirror.get(key)).as(table + " " + key).isEqualTo(row));
        }
    }

    /** As often as the source has each row, and each change in the log once. */
    private static void compareKeyless(
            DecodedLog log, Map<DecodedLog.KeylessChange, Integer> unseen, Connection postgres, Connection warehouse)
            throws Exception {
        Map<DecodedLog.KeylessChange, Integer> expected = new HashMap<>(log.keyless());
        unseen.keySet().forEach(expected::remove);
        Map<DecodedLog.KeylessChange, Integer> logged = new HashMap<>();
        String raw = inWarehouse(ReplicaSchema.KEYLESS);
        Await.until("the changes without a key", PATIENCE, () -> {
            logged.clear();
            query(
                    warehouse,
                    "SELECT _CDC_OPERATION, _CDC_LSN, _CDC_TX_ID, COUNT(*) FROM RAW." + raw
                            + " WHERE _CDC_OPERATION <> 'r' GROUP BY 1, 2, 3",
                    row -> logged.put(
                            new DecodedLog.KeylessChange(row.getString(1).charAt(0), row.getLong(2), row.getLong(3)),
                            row.getInt(4)));
            return logged.values().stream().mapToInt(n -> n).sum()
                    >= expected.values().stream().mapToInt(n -> n).sum();
        });
        assertThat(logged).as("changes without a key").isEqualTo(expected);
        Map<String, String> types = types(postgres, ReplicaSchema.KEYLESS);
        String columns = String.join(
                ", ",
                types.keySet().stream().map("%1$s::text AS %1$s"::formatted).toList());
        Map<Map<String, @Nullable Object>, Integer> source = new HashMap<>();
        query(
                postgres,
                "SELECT " + columns + " FROM zoo.keyless",
                row -> source.merge(ofPostgres(row, types), 1, Integer::sum));
        Map<Map<String, @Nullable Object>, Integer> mirror = new HashMap<>();
        query(warehouse, "SELECT * FROM MIRROR." + raw, row -> assertThat(
                        mirror.put(ofSnowflake(row, types), row.getInt("_CDC_COUNT")))
                .isNull());
        assertThat(mirror).as("rows without a key").isEqualTo(source);
        System.out.println("keyless: " + logged.size() + " places, " + source.values());
    }

    private record Place(char operation, List<Object> key, long lsn, long xid) {}

    private static void compareLog(
            List<DecodedLog.Change> changes, Map<String, Long> snapshot, Connection warehouse, Connection postgres)
            throws SQLException {
        for (String table : ReplicaSchema.tables()) {
            Map<String, String> types = types(postgres, table);
            Map<Place, Map<String, @Nullable Object>> expected = new HashMap<>();
            for (DecodedLog.Change change : changes) {
                if (change.table().equals(table)) {
                    Map<String, @Nullable Object> row = new LinkedHashMap<>();
                    change.row().forEach((column, value) -> row.put(column, value.canonical()));
                    expected.put(new Place(change.operation(), change.key(), change.lsn(), change.xid()), row);
                }
            }
            Map<Place, Map<String, @Nullable Object>> logged = new HashMap<>();
            long[] reads = new long[2];
            Map<Place, List<String>> awaited = new HashMap<>();
            query(warehouse, "SELECT * FROM RAW." + inWarehouse(table), row -> {
                char operation = row.getString("_CDC_OPERATION").charAt(0);
                String leftOut = row.getString("_CDC_UNCHANGED");
                if (operation == 'r') {
                    reads[row.getString("_CDC_LSN") == null ? 1 : 0]++;
                    return;
                }
                Map<String, @Nullable Object> cells = ofSnowflake(row, types);
                List<Object> key = operation == 't' ? List.of() : key(table, cells);
                Place place = new Place(operation, key, row.getLong("_CDC_LSN"), row.getLong("_CDC_TX_ID"));
                if (leftOut != null) {
                    assertThat(table)
                            .as("%s leaves out %s, though the job knows it", place, leftOut)
                            .isEqualTo("toasted");
                    awaited.put(place, List.of(leftOut.toLowerCase(Locale.ROOT).split("[\\[\\],\\s\"]+")));
                }
                boolean whole = operation == 'c' || operation == 'u';
                assertThat(logged.put(place, whole ? cells : Map.of()))
                        .as("twice: " + place)
                        .isNull();
            });
            assertThat(reads[0]).as("reads of " + table).isEqualTo(snapshot.get(table));
            System.out.println(table + ": " + reads[1] + " rows were read again");
            assertThat(logged.keySet()).as("changes of " + table).isEqualTo(expected.keySet());
            awaited.forEach((place, columns) -> {
                expected.getOrDefault(place, new HashMap<>()).keySet().removeAll(columns);
                logged.getOrDefault(place, new HashMap<>()).keySet().removeAll(columns);
            });
            System.out.println(table + ": " + awaited.size() + " rows came ahead of their old keys' deletes");
            expected.forEach((place, row) ->
                    assertThat(logged.get(place)).as(table + " " + place).isEqualTo(row));
        }
    }
}
