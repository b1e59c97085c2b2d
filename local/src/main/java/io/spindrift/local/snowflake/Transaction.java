package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's transaction over its one DuckDB connection.
 *
 * <p>Snowflake reads committed data anew with every statement, and keeps a transaction open when a statement in it fails. DuckDB reads
 * as of its first statement, and drops everything with a failed one. So what the transaction has written is kept as work: when
 * another transaction has committed since, or a statement has failed, DuckDB's transaction begins again and the work is repeated in
 * it. It must give what it gave before, or the transaction fails loudly.
 *
 * <p>Table locks are taken before that, so that the later of two updates of one row sees the earlier one's result.
 *
 * <p>Not safe for several threads; the session runs one statement at a time.
 */
final class Transaction implements AutoCloseable, TableLocks.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
    private final Connection connection;
    private final Engine engine;
    private final Client client;
    private final List<Written<?>> written = new ArrayList<>();
    private boolean open;
    private boolean begun;
    private long readAsOf;
    private @Nullable String aborted;
    private volatile @Nullable Statement running;
    private final List<Runnable> atEnd = new ArrayList<>();

    /** The other end: whether it wants the statement to stop, and whether it is gone. */
    interface Client {
        boolean canceled();

        /** Gives the transaction up when its client has long been silent; false when it has not. Never waits. */
        boolean abortIfDetached();
    }

    /** What a statement does to data. */
    enum Access {
        READ,
        WRITE
    }

    private record Written<T>(SqlWork<T> work, T result) {
        void repeat(Connection on) throws SQLException {
            if (!Objects.equals(work.run(on), result)) {
                throw new SnowflakeError(
                        "090232",
                        "25000",
                        "not supported by the local Snowflake: an earlier statement of this transaction would now give"
                                + " another result, because of what others have committed since: ROLLBACK.");
            }
        }
    }

    Transaction(Connection connection, Engine engine, Client client) {
        this.connection = connection;
        this.engine = engine;
        this.client = client;
    }

    boolean isOpen() {
        return open;
    }

    void begin() {
        open = true;
    }

    void commit() {
        refuseAfterAbort("COMMIT");
        try {
            if (!written.isEmpty()) {
                if (!begun) {
                    beginAgain();
                }
                command(connection, "COMMIT");
                engine.committed();
                begun = false;
            }
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        } finally {
            rollback();
        }
    }

    /** Once what is written is committed or given up: now, when it already is. */
    void atEnd(Runnable work) {
        if (open) {
            atEnd.add(work);
        } else {
            work.run();
        }
    }

    void rollback() {
        try {
            abandon();
        } finally {
            atEnd.forEach(Runnable::run);
            atEnd.clear();
            open = false;
            written.clear();
            aborted = null;
            engine.locks().releaseAll(this);
        }
    }

    /** Drops DuckDB's transaction; the work stays. */
    private void abandon() {
        if (begun) {
            begun = false;
            try {
                command(connection, "ROLLBACK");
            } catch (SQLException e) {
                throw DuckDbErrors.translate(e);
            }
        }
    }

    void lock(Collection<QualifiedName> tables, Duration timeout) {
        try {
            new TreeSet<>(tables).forEach(table -> engine.locks().lock(table, this, timeout, client::canceled));
        } catch (SnowflakeError e) {
            if (!open) {
                engine.locks().releaseAll(this);
            }
            throw e;
        }
    }

    /** Runs a statement's work, and commits it unless a transaction is open. */
    <T> T run(Access access, SqlWork<T> work) {
        refuseAfterAbort("a statement");
        try {
            if (begun && (written.isEmpty() || readAsOf != engine.commits())) {
                abandon();
            }
            if (!begun) {
                beginAgain();
            }
            T result = work.run(connection);
            if (access == Access.WRITE) {
                written.add(new Written<>(work, result));
            }
            if (!open) {
                commit();
            }
            return result;
        } catch (SQLException e) {
            failed();
            throw DuckDbErrors.translate(e);
        } catch (RuntimeException e) {
            failed();
            throw e;
        }
    }

    private void beginAgain() throws SQLException {
        readAsOf = engine.commits();
        command(connection, "BEGIN TRANSACTION");
        begun = true;
        for (Written<?> each : written) {
            each.repeat(connection);
        }
    }

    private void failed() {
        if (open) {
            abandon();
        } else {
            rollback();
        }
    }

    /** After TRANSACTION_ABORT_ON_ERROR, or in place of a client that is gone: only ROLLBACK is left. */
    void abort(String why) {
        abandon();
        written.clear();
        engine.locks().releaseAll(this);
        aborted = why;
    }

    @Override
    public boolean abortIfDetached() {
        return client.abortIfDetached();
    }

    /** DDL commits the open transaction, then runs in one of its own. */
    <T> T runAlone(SqlWork<T> work) {
        if (open) {
            commit();
        }
        return run(Access.WRITE, work);
    }

    private void refuseAfterAbort(String what) {
        if (aborted != null) {
            throw new SnowflakeError(
                    "090232", "25000", what + " in a transaction that was aborted: ROLLBACK. The reason: " + aborted);
        }
    }

    /** From another thread: interrupts the running statement, and a wait for a lock. */
    void cancel() {
        Statement statement = running;
        try {
            if (statement != null && !statement.isClosed()) {
                statement.cancel();
            }
        } catch (SQLException e) {
            LOG.debug("nothing to cancel any more", e);
        } finally {
            engine.locks().wake();
        }
    }

    /** Announces the statement that {@link #cancel} would interrupt. */
    <S extends Statement> S running(S statement) {
        running = statement;
        return statement;
    }

    static void command(Connection connection, String duckSql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(duckSql);
        }
    }

    /** Rolls back. */
    @Override
    public void close() {
        try (connection) {
            rollback();
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }
}
