package io.spindrift.chaos;

import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The warehouse as its readers see it, through the real driver, over a session that is replaced when it breaks: the server is killed now and
 * then. Used by one thread.
 */
final class Warehouse {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Object, or schema, does not exist. */
    private static final Set<String> MISSING = Set.of("42S02", "02000");

    private final WarehouseOptions options;
    private @Nullable Connection session;

    Warehouse(String jdbcUrl, String user, String password) {
        // Left to itself the driver asks a dead server for a minute.
        this.options = new WarehouseOptions(
                jdbcUrl + "&maxHttpRetries=1&loginTimeout=10&networkTimeout=30000",
                user,
                new Secret(password),
                null,
                ChaosStack.DATABASE,
                null,
                null);
    }

    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Repeats work that fails, in new sessions, for a minute; not when a table is missing. */
    <T> T run(Work<T> work) {
        List<T> result = new ArrayList<>();
        Deadline.in(PATIENCE).await("the warehouse to answer", () -> {
            result.add(attempt(work));
            return true;
        });
        return result.get(0);
    }

    /** Once, in the open session or a new one. */
    <T> T attempt(Work<T> work) throws SQLException {
        Connection open = session;
        if (open == null) {
            open = options.connect();
            session = open;
        }
        try {
            return work.run(open);
        } catch (SQLException e) {
            if (MISSING.contains(String.valueOf(e.getSQLState()))) {
                throw new LocalStackException("a table is missing: " + e.getMessage(), e);
            }
            // Not closed: to close a session of a dead server takes the driver minutes.
            session = null;
            throw e;
        }
    }

    <T> List<T> query(String sql, RowReader<T> reader) {
        return run(connection -> read(connection, sql, reader));
    }

    long number(String sql) {
        return query(sql, row -> row.getLong(1)).get(0);
    }

    static <T> List<T> read(Connection connection, String sql, RowReader<T> reader) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<T> results = new ArrayList<>();
            while (rows.next()) {
                results.add(reader.read(rows));
            }
            return results;
        }
    }

    void execute(String sql) {
        run(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.executeUpdate(sql);
            }
        });
    }

    boolean has(String schema, String table) {
        return number("SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '%s' AND TABLE_NAME = '%s'"
                        .formatted(schema, table))
                > 0;
    }

    long commits() {
        return number("SELECT COUNT(*) FROM SPINDRIFT.COMMITS");
    }
}
