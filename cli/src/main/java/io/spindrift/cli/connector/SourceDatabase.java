package io.spindrift.cli.connector;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;

/** What a connector leaves in the source: a replication slot and a publication. Reads no row of any table. */
public final class SourceDatabase implements AutoCloseable {

    private static final String SLOT = """
            SELECT slot_name, active, coalesce(active_pid, 0), coalesce(wal_status, 'lost'),
                   pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                                   confirmed_flush_lsn)::bigint
            FROM pg_replication_slots
            WHERE slot_name = ? AND slot_type = 'logical' AND database = current_database()""";

    private static final String PUBLICATION =
            "SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication WHERE pubname = ?";

    private final Connection connection;

    private SourceDatabase(Connection connection) {
        this.connection = connection;
    }

    public static SourceDatabase open(String url, Properties credentials) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(credentials);
        properties.put("loginTimeout", "30");
        properties.put("socketTimeout", "60");
        properties.put("ApplicationName", "spindrift connector");
        return new SourceDatabase(DriverManager.getConnection(url, properties));
    }

    /**
     * @param activePid who reads it; 0: nobody
     * @param unconfirmedBytes of log that no connector has told to be done with; absent when the slot has lost its log
     */
    public record Slot(String name, boolean active, int activePid, String walStatus, Optional<Long> unconfirmedBytes) {

        /** Whether a connector reads it, and all of its log is there. */
        public boolean healthy() {
            return active && !losesLog();
        }

        public boolean losesLog() {
            return walStatus.equals("lost") || walStatus.equals("unreserved");
        }
    }

    /** In this database. */
    public Optional<Slot> slot(String name) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SLOT)) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                long bytes = row.getLong(5);
                Optional<Long> known = row.wasNull() ? Optional.empty() : Optional.of(bytes);
                return Optional.of(
                        new Slot(row.getString(1), row.getBoolean(2), row.getInt(3), row.getString(4), known));
            }
        }
    }

    /** PostgreSQL itself refuses one that is read. */
    public void dropSlot(String name) throws SQLException {
        try (PreparedStatement drop = connection.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            drop.setString(1, name);
            drop.execute();
        }
    }

    /** @return whether there was one */
    public boolean dropPublication(String name) throws SQLException {
        Optional<String> drop = Optional.empty();
        try (PreparedStatement query = connection.prepareStatement(PUBLICATION)) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                if (row.next()) {
                    drop = Optional.of(row.getString(1));
                }
            }
        }
        if (drop.isPresent()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(drop.get());
            }
        }
        return drop.isPresent();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
