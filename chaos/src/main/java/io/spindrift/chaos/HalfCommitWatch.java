package io.spindrift.chaos;

import io.spindrift.local.workload.EcommerceSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A reader of the warehouse, all the time: one statement that would see a commit of which only a part is visible. Rows of the log or of the
 * mirror under a commit that the ledger does not have; a commit with more or fewer rows in the log than its ledger row says.
 */
final class HalfCommitWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(150);
    private static final int MOST_FINDINGS = 10;

    private final Warehouse warehouse;
    private final String sql;
    private final List<String> findings = new CopyOnWriteArrayList<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread = new Thread(this::watch, "half-commit-watch");

    /** @param warehouse for this watch alone; its tables must be there */
    HalfCommitWatch(Warehouse warehouse) {
        this.warehouse = warehouse;
        this.sql = statement(warehouse.hasColumn("SPINDRIFT", "COMMITS", "DUPLICATE_ROWS"));
        thread.setDaemon(true);
        thread.start();
    }

    /** What was seen so far. */
    List<String> findings() {
        return List.copyOf(findings);
    }

    /** How often it has looked. */
    int looks() {
        return looks.get();
    }

    private void watch() {
        while (!closed.get() && findings.size() < MOST_FINDINGS) {
            try {
                findings.addAll(
                        warehouse.attempt(connection -> Warehouse.read(connection, sql, row -> row.getString(1))));
                looks.incrementAndGet();
            } catch (SQLException e) {
                // The server is being killed; the next look is made in a new session.
            }
            ChaosStack.pause(INTERVAL);
        }
    }

    /** Without a count of rows that were logged before, a commit may have fewer rows than it staged. */
    private static String statement(boolean countsDuplicates) {
        String rows = countsDuplicates ? "c.\"ROWS\" - c.DUPLICATE_ROWS" : "c.\"ROWS\"";
        String differs = countsDuplicates ? "<>" : ">";
        return """
                WITH logged AS (%s), mirrored AS (%s),
                totals AS (SELECT ID, SUM(N) AS N FROM logged GROUP BY ID)
                SELECT 'RAW.' || l.T || ' has ' || l.N || ' rows of commit ' || l.ID || ', which the ledger does not have'
                FROM logged l LEFT JOIN SPINDRIFT.COMMITS c ON c.COMMIT_ID = l.ID WHERE c.COMMIT_ID IS NULL
                UNION ALL
                SELECT 'MIRROR.' || m.T || ' has ' || m.N || ' rows of commit ' || m.ID || ', which the ledger does not have'
                FROM mirrored m LEFT JOIN SPINDRIFT.COMMITS c ON c.COMMIT_ID = m.ID WHERE c.COMMIT_ID IS NULL
                UNION ALL
                SELECT 'RAW has ' || NVL(t.N, 0) || ' rows of commit ' || c.COMMIT_ID || ', the ledger says ' || (%s)
                FROM SPINDRIFT.COMMITS c LEFT JOIN totals t ON c.COMMIT_ID = t.ID WHERE NVL(t.N, 0) %s %s""".formatted(each("RAW"), each("MIRROR"), rows, differs, rows);
    }

    private static String each(String schema) {
        Function<String, String> ofTable =
                table -> "SELECT '%2$s' AS T, _COMMIT_ID AS ID, COUNT(*) AS N FROM %1$s.%2$s GROUP BY _COMMIT_ID"
                        .formatted(schema, table);
        return EcommerceSource.TABLES.stream()
                .map(table -> ofTable.apply(table.toUpperCase(Locale.ROOT)))
                .collect(Collectors.joining(" UNION ALL "));
    }

    @Override
    public void close() {
        closed.set(true);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
