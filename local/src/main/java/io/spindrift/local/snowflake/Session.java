package io.spindrift.local.snowflake;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One session: its context, parameters and transaction. Requests of one session run one after the other under {@link #turn}; a
 * request that comes again, because its answer was lost, gets the first one's answer.
 */
final class Session implements AutoCloseable, Transaction.Client {
    private static final Duration DETACHED_AFTER = Duration.ofSeconds(5);
    private static final int REMEMBERED_ANSWERS = 16;
    private static final int REMEMBERED_RESULTS = 64;
    private static final int DEFAULT_LOCK_TIMEOUT_SECONDS = 43_200;
    final ReentrantLock turn = new ReentrantLock(true);
    private final long id;
    private final String user;
    private final String masterToken = UUID.randomUUID().toString();
    private volatile String token = UUID.randomUUID().toString();
    private volatile Instant tokenUntil;
    private volatile Instant masterTokenUntil;
    private final Catalog catalog;
    private final Transaction transaction;
    private final Map<String, String> parameters = new TreeMap<>();
    private final Map<String, Future<byte[]>> answers = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Future<byte[]>> eldest) {
            return size() > REMEMBERED_ANSWERS && eldest.getValue().isDone();
        }
    };
    private final Map<String, byte[]> stored = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest) {
            return size() > REMEMBERED_RESULTS;
        }
    };
    private volatile long silentSinceNanos = System.nanoTime();
    private volatile @Nullable Running running;
    private volatile String address = "";
    private long loadedBytes;
    private @Nullable String database;
    private @Nullable String schema;
    private @Nullable String warehouse;
    private String role = "ACCOUNTADMIN";

    /** A request under way. */
    private static final class Running {
        private final String requestId;
        private final CountDownLatch canceled = new CountDownLatch(1);
        private volatile int statement;
        private volatile boolean timedOut;

        private Running(String requestId) {
            this.requestId = requestId;
        }
    }

    Session(long id, String user, Engine engine, Instant now) {
        this.id = id;
        this.user = user;
        this.tokenUntil = now.plus(Sessions.TOKEN);
        this.masterTokenUntil = now.plus(Sessions.MASTER_TOKEN);
        this.catalog = engine.catalog();
        this.transaction = new Transaction(engine.connect(), engine, this);
        parameters.put("AUTOCOMMIT", "true");
        parameters.put("TIMEZONE", "UTC");
    }

    long id() {
        return id;
    }

    String user() {
        return user;
    }

    String token() {
        return token;
    }

    String masterToken() {
        return masterToken;
    }

    void renewToken(Instant now) {
        token = UUID.randomUUID().toString();
        tokenUntil = now.plus(Sessions.TOKEN);
        masterTokenUntil = now.plus(Sessions.MASTER_TOKEN);
    }

    void expireToken() {
        tokenUntil = Instant.MIN;
    }

    boolean tokenExpired(Instant now) {
        return now.isAfter(tokenUntil);
    }

    boolean masterTokenExpired(Instant now) {
        return now.isAfter(masterTokenUntil);
    }

    Transaction transaction() {
        return transaction;
    }

    /** The answer to this request, computed at most once at a time and once at all. */
    Future<byte[]> answer(String requestId, Future<byte[]> computation) {
        synchronized (answers) {
            Future<byte[]> earlier = answers.putIfAbsent(requestId, computation);
            return earlier == null ? computation : earlier;
        }
    }

    void store(String queryId, byte[] answer) {
        synchronized (stored) {
            stored.put(queryId, answer);
        }
    }

    /** The answer of a query that ran among several; the driver fetches some of them twice. */
    byte[] stored(String queryId) {
        synchronized (stored) {
            byte[] answer = stored.get(queryId);
            if (answer == null) {
                throw SnowflakeError.unsupported("the result of the earlier query " + queryId);
            }
            return answer;
        }
    }

    /** Where its client reaches the server: {@code 127.0.0.1:1234}. */
    String address() {
        return address;
    }

    void reachedAt(InetSocketAddress local) {
        address = local.getAddress().getHostAddress() + ":" + local.getPort();
    }

    // Cancellation.

    void started(String requestId) {
        running = new Running(requestId);
    }

    void finished() {
        silentSinceNanos = System.nanoTime();
        running = null;
    }

    /**
     * Snowflake ends a transaction whose client has gone and that blocks others, after five minutes; here it takes {@link #DETACHED_AFTER}.
     * A client that comes back finds its transaction aborted, not committed in part.
     */
    @Override
    public boolean abortIfDetached() {
        boolean silent = running == null && System.nanoTime() - silentSinceNanos > DETACHED_AFTER.toNanos();
        if (!silent || !turn.tryLock()) {
            return false;
        }
        try {
            transaction.abort("it was silent while it blocked others, and was aborted");
            return true;
        } finally {
            turn.unlock();
        }
    }

    /** Stops that request if it is the one running now. */
    void cancel(String requestId) {
        Running request = running;
        if (request != null && request.requestId.equals(requestId)) {
            cancel(request);
        }
    }

    private void cancel(Running request) {
        request.canceled.countDown();
        transaction.cancel();
    }

    @Override
    public boolean canceled() {
        Running request = running;
        return request != null && request.canceled.getCount() == 0;
    }

    /** The next statement of the running request begins; the task ends it, if it is still the one running then. */
    Runnable timeout() {
        Running request = running;
        if (request == null) {
            return () -> {};
        }
        int statement = ++request.statement;
        return () -> {
            if (request.statement == statement && running == request) {
                request.timedOut = true;
                cancel(request);
            }
        };
    }

    /** Counts what a statement has loaded. */
    void loaded(long bytes) {
        loadedBytes += bytes;
    }

    /** What was loaded since this was asked last. */
    long takeBytes() {
        long taken = loadedBytes;
        loadedBytes = 0;
        return taken;
    }

    boolean timedOut() {
        Running request = running;
        return request != null && request.timedOut;
    }

    /** Waits as a slow statement does: cancellation ends it. */
    void pause(Duration time) {
        Running request = running;
        try {
            if (request == null) {
                TimeUnit.NANOSECONDS.sleep(time.toNanos());
            } else if (request.canceled.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
                throw SnowflakeError.canceled();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SnowflakeError.canceled();
        }
    }

    // Context.

    Optional<String> database() {
        return Optional.ofNullable(database);
    }

    Optional<String> schema() {
        return Optional.ofNullable(schema);
    }

    Optional<String> warehouse() {
        return Optional.ofNullable(warehouse);
    }

    String role() {
        return role;
    }

    void useDatabase(String name) {
        if (!catalog.hasDatabase(name)) {
            throw SnowflakeError.missing("Database", name);
        }
        database = name;
        schema = catalog.hasSchema(name, "PUBLIC") ? "PUBLIC" : null;
    }

    void useSchema(List<String> parts) {
        String in = parts.size() == 2 ? parts.get(0) : requireDatabase();
        String name = parts.get(parts.size() - 1);
        if (!catalog.hasSchema(in, name)) {
            throw SnowflakeError.missing("Schema", in + "." + name);
        }
        database = in;
        schema = name;
    }

    void useWarehouse(String name) {
        warehouse = name;
    }

    void useRole(String name) {
        role = name;
    }

    /** After a drop: what is gone is no longer current. */
    void forgetDropped() {
        if (database != null && !catalog.hasDatabase(database)) {
            database = null;
            schema = null;
        } else if (database != null && schema != null && !catalog.hasSchema(database, schema)) {
            schema = null;
        }
    }

    String requireDatabase() {
        if (database == null) {
            throw new SnowflakeError(
                    "090105",
                    "22000",
                    "Cannot perform operation. This session does not have a current database."
                            + " Call 'USE DATABASE', or use a qualified name.");
        }
        return database;
    }

    String requireSchema() {
        if (schema == null) {
            throw new SnowflakeError(
                    "090106",
                    "22000",
                    "Cannot perform operation. This session does not have a current schema."
                            + " Call 'USE SCHEMA', or use a qualified name.");
        }
        return schema;
    }

    QualifiedName resolve(List<String> parts) {
        int last = parts.size() - 1;
        if (last > 2) {
            throw SnowflakeError.syntax(0, String.join(".", parts));
        }
        String in = last == 2 ? parts.get(0) : requireDatabase();
        String within = last >= 1 ? parts.get(last - 1) : requireSchema();
        if (!catalog.hasDatabase(in)) {
            throw SnowflakeError.missing("Database", in);
        }
        if (!within.equals("INFORMATION_SCHEMA") && !catalog.hasSchema(in, within)) {
            throw SnowflakeError.missing("Schema", in + "." + within);
        }
        return catalog.visible(new QualifiedName(in, within, parts.get(last)), id);
    }

    // Parameters.

    Map<String, String> parameters() {
        return parameters;
    }

    void set(String name, String value) {
        parameters.put(name, value);
    }

    boolean autocommit() {
        return flag("AUTOCOMMIT");
    }

    boolean flag(String name) {
        return Boolean.parseBoolean(parameters.getOrDefault(name, "false").toLowerCase(Locale.ROOT));
    }

    /** Zero: none. */
    long statementTimeoutSeconds() {
        return Long.parseLong(parameters.getOrDefault("STATEMENT_TIMEOUT_IN_SECONDS", "0"));
    }

    Duration lockTimeout() {
        String seconds = parameters.get("LOCK_TIMEOUT");
        return Duration.ofSeconds(seconds == null ? DEFAULT_LOCK_TIMEOUT_SECONDS : Long.parseLong(seconds));
    }

    /** Names as this session sees them while it runs a statement. */
    Names names(Instant now) {
        return new SessionNames(this, catalog, now, ContextFunctions.of(this, now));
    }

    /** Names for what is kept and evaluated later: defaults and views. */
    Names lastingNames(Instant now) {
        return new SessionNames(this, catalog, now, ContextFunctions.LASTING);
    }

    private record SessionNames(Session session, Catalog catalog, Instant now, Map<String, String> context)
            implements Names {
        @Override
        public QualifiedName resolve(List<String> parts) {
            return session.resolve(parts);
        }
    }

    /** Rolls back what is open. */
    @Override
    public void close() {
        transaction.cancel();
        turn.lock();
        try (transaction) {
            transaction.rollback();
            catalog.endSession(transaction, id);
        } finally {
            turn.unlock();
        }
    }
}
