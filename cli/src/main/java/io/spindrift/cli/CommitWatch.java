package io.spindrift.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.sinks.schema.DeadLetterTable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * Watches the ledger as a reader of the warehouse would, and measures: from a change's commit in PostgreSQL (its {@code _cdc_timestamp}) to
 * the moment when this reader first sees the commit that holds it. Snapshot reads are not counted. Used by one thread.
 */
final class CommitWatch implements AutoCloseable {

    private static final int MAX_SAMPLES_PER_COMMIT = 500;
    private static final int MAX_SAMPLES = 200_000;

    private final Connection connection;
    private final Set<String> seen = new HashSet<>();
    private final List<Long> latenciesMillis = new ArrayList<>();
    private final List<Long> recentMillis = new ArrayList<>();
    private long rows;

    /** @param connection closed with this watch */
    CommitWatch(Connection connection) {
        this.connection = connection;
    }

    private record Seen(String id, long rows, String tableCounts) {}

    /** Looks once, or finds that there is no ledger yet: the job makes it. */
    void lookForLedger() throws SQLException, IOException {
        try {
            look();
        } catch (SQLException e) {
            // Object, or schema, does not exist.
            if (!"42S02".equals(e.getSQLState()) && !"02000".equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    /** Looks once; cheap when nothing is new. */
    void look() throws SQLException, IOException {
        List<Seen> fresh = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet commits = statement.executeQuery(
                        "SELECT COMMIT_ID, \"ROWS\", TABLE_COUNTS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT DESC LIMIT 50")) {
            while (commits.next()) {
                Seen commit = new Seen(commits.getString(1), commits.getLong(2), commits.getString(3));
                if (seen.add(commit.id())) {
                    fresh.add(commit);
                }
            }
        }
        long visibleAtMillis = Instant.now().toEpochMilli();
        for (Seen commit : fresh) {
            rows += commit.rows();
            measure(commit, visibleAtMillis);
        }
    }

    private void measure(Seen commit, long visibleAtMillis) throws SQLException, IOException {
        for (Iterator<String> tables =
                        new ObjectMapper().readTree(commit.tableCounts()).fieldNames();
                tables.hasNext(); ) {
            String table = tables.next();
            if (table.equals(DeadLetterTable.NAME.value())) {
                continue;
            }
            String sql = "SELECT \"_CDC_TIMESTAMP\" FROM RAW.\"" + table
                    + "\" WHERE \"_COMMIT_ID\" = ? AND \"_CDC_OPERATION\" <> 'r' LIMIT " + MAX_SAMPLES_PER_COMMIT;
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, commit.id());
                try (ResultSet result = statement.executeQuery()) {
                    while (result.next()) {
                        add(visibleAtMillis - result.getTimestamp(1).getTime());
                    }
                }
            }
        }
    }

    private void add(long latencyMillis) {
        if (latenciesMillis.size() < MAX_SAMPLES) {
            latenciesMillis.add(latencyMillis);
        }
        recentMillis.add(latencyMillis);
    }

    int commits() {
        return seen.size();
    }

    /** Rows of all commits seen, snapshot reads among them. */
    long rows() {
        return rows;
    }

    boolean hasLatencies() {
        return !latenciesMillis.isEmpty();
    }

    /** @param fraction 0.5 for the median */
    double latencySeconds(double fraction) {
        return quantile(latenciesMillis, fraction);
    }

    /** The same over what came since the last call; forgets it. Not a number when nothing came. */
    double recentMedianSeconds() {
        double median = recentMillis.isEmpty() ? Double.NaN : quantile(recentMillis, 0.5);
        recentMillis.clear();
        return median;
    }

    private static double quantile(List<Long> millis, double fraction) {
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return sorted.get((int) Math.min(sorted.size() - 1L, (long) (fraction * sorted.size()))) / 1000.0;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
