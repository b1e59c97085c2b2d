package io.spindrift.sinks.warehouse;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one session, and runs work on it that may be repeated. After any failure the session is given up: what the server made of the last
 * statement is unknown, and a new session sees only what is committed. Used by one thread.
 */
final class SessionKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionKeeper.class);

    private final Opener opener;
    private final Retry retry;
    private final Executor goodbyes;
    private @Nullable Session session;

    SessionKeeper(Opener opener, Retry retry) {
        this(opener, retry, SessionKeeper::inBackground);
    }

    /** @param goodbyes says goodbye to failed sessions */
    SessionKeeper(Opener opener, Retry retry, Executor goodbyes) {
        this.opener = opener;
        this.retry = retry;
        this.goodbyes = goodbyes;
    }

    private static void inBackground(Runnable goodbye) {
        Thread thread = new Thread(goodbye, "spindrift-close-session");
        thread.setDaemon(true);
        thread.start();
    }

    /** Logs in. */
    interface Opener {
        Session open() throws SQLException;
    }

    /** How often to try, and how long to wait in between: doubling from the first wait. */
    record Retry(int attempts, Duration firstWait, Sleeper sleeper) {

        static final Retry DEFAULT =
                new Retry(6, Duration.ofMillis(500), duration -> Thread.sleep(duration.toMillis()));

        Duration waitAfter(int attempt) {
            return firstWait.multipliedBy(1L << (attempt - 1));
        }
    }

    interface Sleeper {
        void sleep(Duration duration) throws InterruptedException;
    }

    interface Work<T> {
        T run(Session session) throws SQLException, IOException;
    }

    /**
     * @param what for the log and the error, for example "commit 4f1c…"
     * @throws RefusedException when the work failed for a reason that repeating cannot cure
     * @throws IOException when every attempt failed
     */
    <T> T run(String what, Work<T> work) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.run(session());
            } catch (SQLException e) {
                giveUpSession();
                if (FailureKind.of(e) == FailureKind.FAIL) {
                    throw new RefusedException(what, e);
                }
                if (attempt >= retry.attempts()) {
                    throw new IOException(
                            "%s failed %d times, last: %s (SQL state %s, code %d)"
                                    .formatted(what, attempt, e.getMessage(), e.getSQLState(), e.getErrorCode()),
                            e);
                }
                LOG.warn(
                        "{} failed, attempt {} of {}; trying again in a new session",
                        what,
                        attempt,
                        retry.attempts(),
                        e);
                waitAfter(attempt);
            } catch (IOException | RuntimeException e) {
                giveUpSession();
                throw e;
            }
        }
    }

    private void waitAfter(int attempt) throws InterruptedIOException {
        try {
            retry.sleeper().sleep(retry.waitAfter(attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting to try again");
        }
    }

    private Session session() throws SQLException {
        Session open = session;
        if (open == null) {
            open = opener.open();
            session = open;
        }
        return open;
    }

    /** To a server that is gone, the driver repeats its goodbye for minutes: nobody waits for it. */
    private void giveUpSession() {
        Session open = session;
        session = null;
        if (open != null) {
            goodbyes.execute(() -> closeQuietly(open));
        }
    }

    private static void closeQuietly(Session open) {
        try {
            open.close();
        } catch (SQLException e) {
            LOG.debug("closing a failed session failed", e);
        }
    }

    /** Ends the session; one that works says goodbye at once. */
    @Override
    public void close() {
        Session open = session;
        session = null;
        if (open != null) {
            closeQuietly(open);
        }
    }
}
