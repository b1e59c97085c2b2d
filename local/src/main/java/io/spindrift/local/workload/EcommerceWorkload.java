package io.spindrift.local.workload;

import io.spindrift.local.process.LocalStackException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shop's traffic on the tables of {@link EcommerceSource}: three sessions with transactions over several tables,
 * among them rollbacks, cascades, key changes, and deadlocks now and then. Knows exactly what was committed. A seed
 * gives each session the same sequence of wishes; how the sessions interleave is PostgreSQL's.
 */
public final class EcommerceWorkload implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EcommerceWorkload.class);
    private static final int SESSIONS = 3;
    private static final int MOST_LOST_RACES_IN_A_ROW = 50;
    private static final long STOP_MILLIS = 60_000;
    /** Serialization failure, deadlock, and a row that a rival session deleted or made first. */
    private static final Set<String> LOST_RACE = Set.of("40001", "40P01", "23503", "23505");

    private final String jdbcUrl;
    private final Pace pace;
    private final ShopSession.Keys keys = new ShopSession.Keys();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private ChangeCounts counts = ChangeCounts.NONE;

    private EcommerceWorkload(String jdbcUrl, int changesPerSecond) {
        this.jdbcUrl = jdbcUrl;
        this.pace = new Pace(changesPerSecond, System.nanoTime());
    }

    /** Starts traffic of about so many row changes a second, those of triggers and cascades included. */
    public static EcommerceWorkload start(String jdbcUrl, int changesPerSecond, long seed) {
        EcommerceWorkload workload = new EcommerceWorkload(jdbcUrl, changesPerSecond);
        workload.loadKeys();
        for (int i = 0; i < SESSIONS; i++) {
            Random random = new Random(seed * SESSIONS + i);
            Thread thread = new Thread(() -> workload.session(random), "workload-" + i);
            thread.setDaemon(true);
            workload.threads.add(thread);
        }
        workload.threads.forEach(Thread::start);
        return workload;
    }

    /** What has been committed so far; exact and final once {@link #stop} has returned. */
    public synchronized ChangeCounts counts() {
        return counts;
    }

    /** Lets transactions in flight end, then returns what was committed. Fails if a session met an error. */
    public ChangeCounts stop() {
        stopping.countDown();
        threads.forEach(EcommerceWorkload::join);
        Exception failed = failure.get();
        if (failed != null) {
            throw new LocalStackException("the workload stopped on an error: " + failed.getMessage(), failed);
        }
        return counts();
    }

    @Override
    public void close() {
        stop();
    }

    private void session(Random random) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                ShopSession session = new ShopSession(connection, random, keys)) {
            int lostInARow = 0;
            while (!stopping.await(pace.waitNanos(System.nanoTime()), TimeUnit.NANOSECONDS)) {
                lostInARow = attempt(session, lostInARow);
            }
        } catch (Exception e) {
            failure.compareAndSet(null, e);
            stopping.countDown();
            LOG.error("a workload session ended on an error", e);
        }
    }

    /** One transaction; after a lost race the next attempt chooses anew. Returns how many in a row were lost. */
    private int attempt(ShopSession session, int lostBefore) throws SQLException {
        try {
            session.begin();
            transact(session, EcommerceTransaction.any(session.random()));
            return 0;
        } catch (SQLException e) {
            session.rollBack();
            if (!LOST_RACE.contains(String.valueOf(e.getSQLState())) || lostBefore == MOST_LOST_RACES_IN_A_ROW) {
                throw e;
            }
            return lostBefore + 1;
        }
    }

    private void transact(ShopSession session, EcommerceTransaction kind) throws SQLException {
        switch (kind.run(session)) {
            case COMMIT -> {
                ChangeCounts changes = session.commit();
                count(changes);
                pace.spent(Math.max(1, changes.total()), System.nanoTime());
            }
            case ROLL_BACK -> session.rollBack();
        }
    }

    private synchronized void count(ChangeCounts changes) {
        counts = counts.plus(changes);
    }

    private void loadKeys() {
        try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
            load(connection, EcommerceSql.RECENT_USERS, keys.users());
            load(connection, EcommerceSql.ALL_PRODUCTS, keys.products());
            load(connection, EcommerceSql.OPEN_ORDERS, keys.orders());
        } catch (SQLException e) {
            throw new LocalStackException("the workload cannot read the shop", e);
        }
    }

    private static void load(Connection connection, String query, RowKeys target) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                target.add(rows.getObject(1, UUID.class));
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while the workload stops", e);
        }
        if (thread.isAlive()) {
            throw new LocalStackException("%s did not end within %d s".formatted(thread.getName(), STOP_MILLIS / 1000));
        }
    }
}
