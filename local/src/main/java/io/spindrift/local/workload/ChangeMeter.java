package io.spindrift.local.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one transaction changed, from PostgreSQL's own counters: they see triggers and cascades, and no rival session
 * can disturb them. The counters of a session are flushed only between transactions, so the difference between the
 * begin and the end of one is exact. They keep counting what a savepoint took back; {@link #abandon} subtracts it.
 *
 * <pre>
 *   begin ── work ── (savepoint ── mark ── work ── abandon ── rollback to) ── work ── changes ── commit
 * </pre>
 *
 * <p>Used by one session, one transaction at a time.
 */
final class ChangeMeter implements AutoCloseable {
    private final PreparedStatement counters;
    private ChangeCounts atBegin = ChangeCounts.NONE;
    private ChangeCounts atMark = ChangeCounts.NONE;
    private ChangeCounts abandoned = ChangeCounts.NONE;
    private final Map<String, Long> keyChanges = new HashMap<>();

    ChangeMeter(Connection connection) throws SQLException {
        this.counters = connection.prepareStatement(EcommerceSource.TABLES.stream()
                .map(table -> """
                        SELECT '%1$s', pg_stat_get_xact_tuples_inserted('%1$s'::regclass),
                               pg_stat_get_xact_tuples_updated('%1$s'::regclass),
                               pg_stat_get_xact_tuples_deleted('%1$s'::regclass)""".formatted(table))
                .collect(Collectors.joining("\nUNION ALL\n")));
    }

    void begin() throws SQLException {
        atBegin = read();
        abandoned = ChangeCounts.NONE;
        keyChanges.clear();
    }

    void mark() throws SQLException {
        atMark = read();
    }

    /** To be called just before the rollback to the savepoint. */
    void abandon() throws SQLException {
        abandoned = abandoned.plus(read().minus(atMark));
    }

    void keysChanged(String table, long rows) {
        keyChanges.merge(table, rows, Long::sum);
    }

    ChangeCounts changes() throws SQLException {
        ChangeCounts changes = read().minus(atBegin).minus(abandoned);
        for (Map.Entry<String, Long> change : keyChanges.entrySet()) {
            changes = changes.withKeyChanges(change.getKey(), change.getValue());
        }
        return changes;
    }

    @Override
    public void close() throws SQLException {
        counters.close();
    }

    private ChangeCounts read() throws SQLException {
        Map<String, TableChanges> tables = new HashMap<>();
        try (ResultSet rows = counters.executeQuery()) {
            while (rows.next()) {
                tables.put(rows.getString(1), new TableChanges(rows.getLong(2), rows.getLong(3), rows.getLong(4)));
            }
        }
        return new ChangeCounts(tables);
    }
}
