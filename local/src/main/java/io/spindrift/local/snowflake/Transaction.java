package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's transaction over its one DuckDB connection.
 *
 * <p>DuckDB takes its snapshot at the first statement, and Snowflake reads committed data anew with every statement. So DuckDB's
 * transaction begins only after the statement's table locks are held, and as long as nothing was written it begins again for every
 * statement. After the first write the snapshot stays.
 *
 * <p>DuckDB gives up the whole transaction when a statement fails, and Snowflake keeps it open. Without writes nothing is lost and
 * the next statement begins again; with writes COMMIT is refused and only ROLLBACK is left. Statements are bound on another
 * connection first, so that one that does not compile costs nothing.
 *
 * <p>Not safe for several threads; the session runs one statement at a time.
 */
final class Transaction implements AutoCloseable, TableLocks.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
    private final Connection connection;
    private final Connection rehearsal;
    private final TableLocks locks;
    private final ReentrantLock ddl;
    private final BooleanSupplier canceled;
    private final BooleanSupplier abortIfDetached;
    private State state = State.NONE;
    private boolean begun;
    private boolean wrote;
    private @Nullable String failure;
    private volatile @Nullable Statement running;
    private final List<Runnable> afterCommit = new ArrayList<>();

    private enum State {
        NONE,
        OPEN
    }

    /** What a statement does to data. */
    enum Access {
        READ,
        WRITE
    }

    Transaction(
            Connection connection,
            Connection rehearsal,
            TableLocks locks,
            ReentrantLock ddl,
            BooleanSupplier canceled,
            BooleanSupplier abortIfDetached) {
        this.connection = connection;
        this.rehearsal = rehearsal;
        this.locks = locks;
        this.ddl = ddl;
        this.canceled = canceled;
        this.abortIfDetached = abortIfDetached;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    void begin() {
        state = State.OPEN;
    }

    void commit() {
        refuseAfterFailure("COMMIT");
        try {
            if (begun) {
                command(connection, "COMMIT");
            }
            List<Runnable> after = List.copyOf(afterCommit);
            afterCommit.clear();
            after.forEach(Runnable::run);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        } finally {
            end();
        }
    }

    /** Once what is written is committed: now, when it already is. */
    void afterCommit(Runnable work) {
        if (isOpen()) {
            afterCommit.add(work);
        } else {
            work.run();
        }
    }

    void rollback() {
        abandon();
        end();
    }

    private void end() {
        state = State.NONE;
        begun = false;
        wrote = false;
        failure = null;
        afterCommit.clear();
        locks.releaseAll(this);
    }

    private void abandon() {
        if (begun) {
            try {
                command(connection, "ROLLBACK");
            } catch (SQLException e) {
                throw DuckDbErrors.translate(e);
            } finally {
                begun = false;
            }
        }
    }

    void lock(Collection<QualifiedName> tables, Duration timeout) {
        try {
            new TreeSet<>(tables).forEach(table -> locks.lock(table, this, timeout, canceled));
        } catch (SnowflakeError e) {
            if (!isOpen()) {
                locks.releaseAll(this);
            }
            throw e;
        }
    }

    /** Binds the statement where a failure does no harm; only needed when there is something to lose. */
    void rehearse(String duckSql) {
        if (wrote) {
            rehearse(unused -> {
                rehearsal.prepareStatement(duckSql).close();
                return duckSql;
            });
        }
    }

    /** Work that reads nothing but the catalog, and whose failure must not end the transaction. */
    <T> T rehearse(SqlWork<T> work) {
        try {
            return work.run(rehearsal);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    <T> T run(Access access, SqlWork<T> work) {
        refuseAfterFailure("a statement");
        try {
            if (begun && !wrote) {
                command(connection, "COMMIT");
                begun = false;
            }
            if (!begun) {
                command(connection, "BEGIN TRANSACTION");
                begun = true;
            }
            T result = work.run(connection);
            wrote |= access == Access.WRITE;
            if (!isOpen()) {
                commit();
            }
            return result;
        } catch (SQLException e) {
            SnowflakeError error = DuckDbErrors.translate(e);
            failed(error);
            throw error;
        } catch (SnowflakeError e) {
            failed(e);
            throw e;
        }
    }

    private void failed(SnowflakeError error) {
        if (!isOpen()) {
            rollback();
        } else if (wrote) {
            failure = error.getMessage();
        } else {
            abandon();
        }
    }

    /** A failed statement under TRANSACTION_ABORT_ON_ERROR=TRUE. */
    void abort(String why) {
        abandon();
        failure = why;
    }

    @Override
    public boolean abortIfDetached() {
        return abortIfDetached.getAsBoolean();
    }

    /** DDL commits the open transaction, then runs in one of its own. */
    <T> T runAlone(SqlWork<T> work) {
        if (isOpen()) {
            commit();
        }
        ddl.lock();
        try {
            return run(Access.WRITE, work);
        } finally {
            ddl.unlock();
        }
    }

    private void refuseAfterFailure(String what) {
        if (failure != null) {
            throw new SnowflakeError(
                    "090232",
                    "25000",
                    what + " after a failed statement of the same transaction is not supported by the local Snowflake,"
                            + " whose engine has dropped the transaction's writes: ROLLBACK. The failure was: "
                            + failure);
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
            locks.wake();
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
        try (rehearsal;
                connection) {
            rollback();
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }
}
