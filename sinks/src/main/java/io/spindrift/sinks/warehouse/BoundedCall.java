package io.spindrift.sinks.warehouse;

import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call with a limit of time, for those to which the driver itself sets none: it waits for its storage client without end, and cannot be
 * interrupted there. A call that is given up keeps its thread until it ends by itself.
 */
final class BoundedCall {

    private BoundedCall() {}

    interface Call<T> {
        T run() throws SQLException;
    }

    /**
     * @throws SQLException of the call, or that it has not ended in time, which may pass
     * @throws InterruptedIOException when the caller is interrupted
     */
    static <T> T within(Duration limit, Call<T> call) throws SQLException, InterruptedIOException {
        FutureTask<T> task = new FutureTask<>(call::run);
        Thread thread = new Thread(task, "spindrift-bounded-call");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new SQLTransientConnectionException("not done within " + limit.toSeconds() + " s", "08S01", e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for Snowflake");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
