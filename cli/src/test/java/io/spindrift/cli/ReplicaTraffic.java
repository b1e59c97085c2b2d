package io.spindrift.cli;

import static io.spindrift.cli.ReplicaSchema.any;
import static io.spindrift.cli.ReplicaSchema.large;
import static io.spindrift.cli.ReplicaSchema.quoted;
import static io.spindrift.cli.ReplicaSchema.text;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.PGConnection;

/**
 * Sessions that change the tables of {@link ReplicaSchema} at once, each by a seed of its own: short and long transactions over few keys, so that
 * they wait for each other, savepoints that are rolled back, whole transactions that are, COPY, upserts, rows that go and come again, keys that
 * change and swap, truncates of one table and of two, values that an update leaves out. What PostgreSQL refuses (a deadlock, a key twice) is rolled
 * back.
 */
final class ReplicaTraffic implements AutoCloseable {

    private static final int KEYS = 24;
    private static final int LONG_TRANSACTION = 40;

    private final String jdbcUrl;
    private final List<Thread> sessions = new ArrayList<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicInteger committed = new AtomicInteger();
    private final List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());

    private ReplicaTraffic(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
    }

    static ReplicaTraffic start(String jdbcUrl, int sessions, long seed) {
        ReplicaTraffic traffic = new ReplicaTraffic(jdbcUrl);
        for (int i = 0; i < sessions; i++) {
            Random random = new Random(seed * 0x9E3779B97F4A7C15L + i);
            Thread session = new Thread(() -> traffic.session(random), "replica-traffic-" + i);
            traffic.sessions.add(session);
            session.start();
        }
        return traffic;
    }

    /** Transactions that were committed. */
    int committed() {
        return committed.get();
    }

    boolean hasFailed() {
        return !failures.isEmpty();
    }

    private void session(Random random) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '3s'");
            statement.execute("SET deadlock_timeout = '100ms'");
            statement.execute("SET TimeZone = 'UTC'");
            connection.setAutoCommit(false);
            while (!stopping.get()) {
                transaction(connection, statement, random);
            }
        } catch (SQLException | IOException | RuntimeException e) {
            failures.add(e);
        }
    }

    private void transaction(Connection connection, Statement statement, Random random)
            throws SQLException, IOException {
        int changes = random.nextInt(30) == 0 ? LONG_TRANSACTION : 1 + random.nextInt(6);
        try {
            for (int i = 0; i < changes; i++) {
                if (random.nextInt(6) == 0) {
                    Savepoint savepoint = connection.setSavepoint();
                    change(connection, statement, random);
                    connection.rollback(savepoint);
                } else {
                    change(connection, statement, random);
                }
            }
            if (random.nextInt(12) == 0) {
                connection.rollback();
            } else {
                connection.commit();
                committed.incrementAndGet();
            }
        } catch (SQLException e) {
            connection.rollback();
            // 22: data, 23: constraint, 40: deadlock or serialization, 55: lock not available
            String state = String.valueOf(e.getSQLState());
            if (!state.startsWith("23") && !state.startsWith("40") && !state.startsWith("55")) {
                throw e;
            }
        }
    }

    private static void change(Connection connection, Statement statement, Random random)
            throws SQLException, IOException {
        int key = random.nextInt(KEYS);
        switch (random.nextInt(24)) {
            case 0, 1, 2 -> statement.executeUpdate(upsertEveryType(key, random));
            case 3, 4, 5 -> statement.executeUpdate(updateEveryType(key, random));
            case 6 ->
                statement.executeUpdate(
                        random.nextInt(2) == 0
                                ? "DELETE FROM zoo.every_type WHERE id = " + key
                                : "UPDATE zoo.every_type SET id = %d WHERE id = %d"
                                        .formatted(random.nextInt(KEYS), key));
            case 7, 8 -> statement.executeUpdate(upsertToasted(key, random));
            case 9, 10, 11 -> statement.executeUpdate(updateToasted(key, random));
            case 12 -> statement.executeUpdate(moveToasted(key, random));
            case 13 -> {
                statement.executeUpdate("DELETE FROM zoo.toasted WHERE id = " + key);
                if (random.nextBoolean()) {
                    statement.executeUpdate(upsertToasted(key, random));
                }
            }
            case 14 -> swap(statement, key, random);
            case 15, 16 -> composite(statement, random);
            case 17 -> copy(connection, random);
            case 18 -> statement.executeUpdate(upsertDefaults(key, random));
            case 19, 20, 21, 22 -> keyless(connection, statement, random);
            default -> {
                if (random.nextInt(6) == 0) {
                    statement.executeUpdate(any(
                            List.of(
                                    "TRUNCATE zoo.emptied",
                                    "TRUNCATE zoo.emptied_too RESTART IDENTITY",
                                    "TRUNCATE zoo.emptied, zoo.emptied_too CASCADE"),
                            random));
                } else {
                    statement.executeUpdate("UPDATE zoo.emptied SET v = %s WHERE id %% 7 = %d"
                            .formatted(quoted(text(random)), random.nextInt(7)));
                }
            }
        }
    }

    private static String upsertEveryType(int key, Random random) {
        List<String> columns = ReplicaSchema.columnsOfEveryType();
        List<String> values = columns.stream()
                .map(column -> ReplicaSchema.value(column, random))
                .toList();
        List<String> sets =
                columns.stream().map(column -> column + " = EXCLUDED." + column).toList();
        return "INSERT INTO zoo.every_type (id, %s) VALUES (%d, %s) ON CONFLICT (id) DO UPDATE SET %s"
                .formatted(String.join(", ", columns), key, String.join(", ", values), String.join(", ", sets));
    }

    private static String updateEveryType(int key, Random random) {
        List<String> columns = ReplicaSchema.columnsOfEveryType();
        List<String> sets = new ArrayList<>();
        for (int from = random.nextInt(columns.size()), i = from; i < Math.min(from + 3, columns.size()); i++) {
            sets.add(columns.get(i) + " = " + ReplicaSchema.value(columns.get(i), random));
        }
        return "UPDATE zoo.every_type SET %s WHERE id = %d".formatted(String.join(", ", sets), key);
    }

    private static final List<String> LARGE = List.of("t", "v", "jb", "by", "ia", "ta");

    private static String largeOf(String column, Random random) {
        String large = large(random);
        if (random.nextInt(5) == 0) {
            return "NULL";
        }
        return switch (column) {
            case "jb" -> "'{\"k\": \"" + large + "\"}'";
            case "by" -> "decode('" + large.substring(0, large.length() / 2 * 2) + "', 'hex')";
            case "ia" -> "(SELECT array_agg(i * %d) FROM generate_series(1, 1500) i)".formatted(random.nextInt(1000));
            case "ta" -> "ARRAY['" + large + "', NULL, 'x']";
            default -> random.nextInt(3) == 0 ? "'small'" : "'" + large + "'";
        };
    }

    private static String upsertToasted(int key, Random random) {
        List<String> values =
                LARGE.stream().map(column -> largeOf(column, random)).toList();
        List<String> sets =
                LARGE.stream().map(column -> column + " = EXCLUDED." + column).toList();
        return "INSERT INTO zoo.toasted (id, small, %s) VALUES (%d, %d, %s) ON CONFLICT (id) DO UPDATE SET small = EXCLUDED.small, %s"
                .formatted(
                        String.join(", ", LARGE),
                        key,
                        random.nextInt(),
                        String.join(", ", values),
                        String.join(", ", sets));
    }

    private static String updateToasted(int key, Random random) {
        String column = any(LARGE, random);
        String also = random.nextInt(3) == 0 ? ", " + column + " = " + largeOf(column, random) : "";
        return "UPDATE zoo.toasted SET small = %d%s WHERE id = %d".formatted(random.nextInt(), also, key);
    }

    /** The new key's values stand under the old one. */
    private static String moveToasted(int key, Random random) {
        String column = any(LARGE, random);
        String also = random.nextInt(3) == 0 ? ", " + column + " = " + largeOf(column, random) : "";
        return "UPDATE zoo.toasted SET id = %d%s WHERE id = %d".formatted(random.nextInt(KEYS), also, key);
    }

    private static void swap(Statement statement, int key, Random random) throws SQLException {
        int other = random.nextInt(KEYS);
        switch (random.nextInt(4)) {
            case 0 -> statement.executeUpdate("DELETE FROM zoo.swapped WHERE id = " + key);
            case 1 ->
                statement.executeUpdate(
                        "INSERT INTO zoo.swapped SELECT %d, %s WHERE NOT EXISTS (SELECT 1 FROM zoo.swapped WHERE id = %d)"
                                .formatted(key, quoted(text(random)), key));
            default ->
                statement.executeUpdate(
                        "UPDATE zoo.swapped SET id = CASE id WHEN %1$d THEN %2$d ELSE %1$d END WHERE id IN (%1$d, %2$d) AND (SELECT COUNT(*) FROM zoo.swapped WHERE id IN (%1$d, %2$d)) = 2"
                                .formatted(key, other));
        }
    }

    private static void composite(Statement statement, Random random) throws SQLException {
        String key = "'00000000-0000-0000-0000-00000000000%d', %s, %d.%d0, '2024-01-0%d'"
                .formatted(
                        random.nextInt(3),
                        quoted(any(List.of("", "a", "ä'", "a,b"), random)),
                        random.nextInt(2),
                        random.nextInt(2),
                        1 + random.nextInt(2));
        String where = " WHERE (a, b, c, d) = (" + key + ")";
        switch (random.nextInt(5)) {
            case 0 -> statement.executeUpdate("DELETE FROM zoo.composite" + where);
            case 1 ->
                statement.executeUpdate("UPDATE zoo.composite SET b = %s%s".formatted(quoted(text(random)), where));
            default ->
                statement.executeUpdate(
                        "INSERT INTO zoo.composite VALUES (%s, %s) ON CONFLICT (a, b, c, d) DO UPDATE SET val = EXCLUDED.val"
                                .formatted(key, quoted(text(random))));
        }
    }

    private static void copy(Connection connection, Random random) throws SQLException, IOException {
        StringBuilder lines = new StringBuilder();
        for (int rows = 1 + random.nextInt(40); rows > 0; rows--) {
            lines.append("row ").append(random.nextInt(3)).append('\n');
        }
        connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(
                        "COPY zoo.%s (v) FROM STDIN".formatted(random.nextBoolean() ? "emptied" : "emptied_too"),
                        new StringReader(lines.toString()));
    }

    /** Few rows of many, so that most have equals. */
    private static void keyless(Connection connection, Statement statement, Random random)
            throws SQLException, IOException {
        String one = " WHERE ctid = (SELECT ctid FROM zoo.keyless ORDER BY random() LIMIT 1)";
        switch (random.nextInt(8)) {
            case 0, 1, 2 ->
                statement.executeUpdate(
                        "INSERT INTO zoo.keyless VALUES (%d, %s, 0.1, 1.10, '2024-01-01 00:00:00.5+00', %s)"
                                .formatted(
                                        random.nextInt(3),
                                        random.nextInt(3) == 0 ? "NULL" : "'a'",
                                        random.nextInt(4) == 0 ? "repeat('large', 1000)" : "NULL"));
            case 3 ->
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("COPY zoo.keyless (n) FROM STDIN", new StringReader("1\n2\n1\n1\n"));
            case 4, 5 -> statement.executeUpdate("UPDATE zoo.keyless SET n = " + random.nextInt(3) + one);
            case 6 -> statement.executeUpdate("DELETE FROM zoo.keyless" + one);
            default -> {
                if (random.nextInt(12) == 0) {
                    statement.executeUpdate("TRUNCATE zoo.keyless");
                } else {
                    statement.executeUpdate("UPDATE zoo.keyless SET t = 'b', f = 'NaN' WHERE n = 2 AND t = 'a'");
                }
            }
        }
    }

    private static String upsertDefaults(int key, Random random) {
        String a = random.nextBoolean() ? "NULL" : "DEFAULT";
        String b = random.nextBoolean() ? "NULL" : "''";
        String c = random.nextBoolean() ? "NULL" : "DEFAULT";
        return "INSERT INTO zoo.defaults VALUES (%d, %s, %s, %s, DEFAULT) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a, b = EXCLUDED.b, c = EXCLUDED.c, d = %d"
                .formatted(key, a, b, c, random.nextInt(1000));
    }

    /** Ends the sessions behind their transactions. */
    @Override
    public void close() throws InterruptedException {
        stopping.set(true);
        for (Thread session : sessions) {
            session.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("the traffic has failed", failures.get(0));
        }
    }
}
