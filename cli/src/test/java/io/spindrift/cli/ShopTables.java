package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.chaos.TableContents;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The shop's tables on both sides. */
final class ShopTables {

    static final Duration STEP = Duration.ofSeconds(90);

    private ShopTables() {}

    static void compareMirror(Connection postgres, Connection snowflake) throws SQLException {
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

    static Map<String, Long> rowsInSource(Connection postgres) throws SQLException {
        Map<String, Long> rows = new HashMap<>();
        for (String table : EcommerceSource.TABLES) {
            query(postgres, "SELECT COUNT(*) FROM " + table, row -> rows.put(table, row.getLong(1)));
        }
        return rows;
    }

    static long total(Map<String, Long> rows) {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    static void awaitMoreCommits(Connection snowflake, long more) throws Exception {
        String sql = "SELECT COUNT(*) FROM SPINDRIFT.COMMITS";
        long before = number(snowflake, sql);
        Await.until(more + " more commits", STEP, () -> number(snowflake, sql) >= before + more);
    }

    static void awaitRows(Connection snowflake, String operations, long wanted) throws Exception {
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
    static long numberOrNone(Connection connection, String sql) throws SQLException {
        try {
            return number(connection, sql);
        } catch (SQLException e) {
            if ("42S02".equals(e.getSQLState()) || "02000".equals(e.getSQLState())) {
                return 0;
            }
            throw e;
        }
    }

    static long number(Connection connection, String sql) throws SQLException {
        long[] number = new long[1];
        query(connection, sql, row -> number[0] = row.getLong(1));
        return number[0];
    }

    interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    static void query(Connection connection, String sql, RowConsumer consumer) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                consumer.accept(rows);
            }
        }
    }

    static void delete(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
