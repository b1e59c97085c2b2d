package io.spindrift.chaos;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A reader of the warehouse, all the time: one statement that would see a commit of which only a part is visible. Rows of the log or of the
 * mirror under a commit that the ledger does not have; a commit with more or fewer rows in the log than its ledger row says.
 */
final class HalfCommitWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(250);
    private static final int MOST_FINDINGS = 10;

    private final Warehouse warehouse;
    private final String sql;
    private String countedSince = "1970-01-01 00:00:00 +00:00";
    private final List<String> findings = new CopyOnWriteArrayList<>();
    private final AtomicReference<String> lastError = new AtomicReference<>("none");
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread = new Thread(this::watch, "half-commit-watch");

    /** @param warehouse for this watch alone; its tables must be there */
    HalfCommitWatch(Warehouse warehouse) {
        this.warehouse = warehouse;
        this.sql = statement();
        thread.setDaemon(true);
        thread.start();
    }

    /** From now on rows of commits up to this time may be missing: somebody trims the log. @param time as the warehouse writes it */
    synchronized void countCommitsSince(String time) {
        countedSince = time;
    }

    /** What was seen so far. */
    List<String> findings() {
        return List.copyOf(findings);
    }

    /** The last look that failed, why; that happens. */
    String lastError() {
        return String.valueOf(lastError.get());
    }

    /** How often it has looked. */
    int looks() {
        return looks.get();
    }

    private void watch() {
        while (!closed.get() && findings.size() < MOST_FINDINGS) {
            try {
                findings.addAll(look());
                looks.incrementAndGet();
            } catch (SQLException e) {
                // The server is being killed, and the next look is made in a new session; for more, somebody asks
                // whether it has looked.
                lastError.set(e.toString());
            }
            Wait.pause(INTERVAL);
        }
    }

    private synchronized List<String> look() throws SQLException {
        String now = sql.formatted(countedSince);
        return warehouse.attempt(connection -> Warehouse.read(connection, now, row -> row.getString(1)));
    }

    private static String statement() {
        return """
                WITH logged AS (%s), mirrored AS (%s),
                totals AS (SELECT ID, SUM(N) AS N FROM logged GROUP BY ID),
                ledger AS (
                  SELECT COMMIT_ID AS ID, SUM("ROWS" - DUPLICATE_ROWS) AS N, MAX(COMMITTED_AT) AS COMMITTED_AT
                  FROM SPINDRIFT.COMMITS GROUP BY COMMIT_ID)
                SELECT 'RAW.' || l.T || ' has ' || l.N || ' rows of commit ' || l.ID || ', which the ledger does not have'
                FROM logged l LEFT JOIN ledger c ON c.ID = l.ID WHERE c.ID IS NULL
                UNION ALL
                SELECT 'MIRROR.' || m.T || ' has ' || m.N || ' rows of commit ' || m.ID || ', which the ledger does not have'
                FROM mirrored m LEFT JOIN ledger c ON c.ID = m.ID WHERE c.ID IS NULL
                UNION ALL
                SELECT 'RAW has ' || NVL(t.N, 0) || ' rows of commit ' || c.ID || ', the ledger says ' || c.N
                FROM ledger c LEFT JOIN totals t ON c.ID = t.ID
                WHERE NVL(t.N, 0) <> c.N AND c.COMMITTED_AT > '%s'::TIMESTAMP_TZ""".formatted(each("RAW"), each("MIRROR"), "%s");
    }

    private static String each(String schema) {
        Function<String, String> ofTable =
                table -> "SELECT '%2$s' AS T, _COMMIT_ID AS ID, COUNT(*) AS N FROM %1$s.%2$s GROUP BY _COMMIT_ID"
                        .formatted(schema, table);
        return ChaosStack.TABLES.stream()
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
