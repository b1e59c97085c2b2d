package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionKeeperTest {

    /** What happened, in its order: {@code open 1}, {@code close 1}, waits. */
    private final List<String> events = new ArrayList<>();

    private final Deque<SQLException> refusedLogins = new ArrayDeque<>();
    private int opened;
    private boolean interrupted;

    private final SessionKeeper keeper = new SessionKeeper(
            this::open, new SessionKeeper.Retry(4, Duration.ofMillis(100), this::sleep), Runnable::run);

    private void sleep(Duration duration) throws InterruptedException {
        if (interrupted) {
            throw new InterruptedException();
        }
        events.add("wait " + duration.toMillis());
    }

    private Session open() throws SQLException {
        SQLException refused = refusedLogins.poll();
        if (refused != null) {
            events.add("refused");
            throw refused;
        }
        int number = ++opened;
        events.add("open " + number);
        return new Session((Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                    events.add(method.getName() + " " + number);
                    if (number == 2) {
                        throw new SQLException("a dead session does not close");
                    }
                    return null;
                }));
    }

    /** Work that fails with these, one after the other, and then succeeds. */
    private static SessionKeeper.Work<String> failing(Exception... failures) {
        Deque<Exception> left = new ArrayDeque<>(Arrays.asList(failures));
        return session -> {
            Exception failure = left.poll();
            if (failure instanceof SQLException e) {
                throw e;
            } else if (failure instanceof IOException e) {
                throw e;
            } else if (failure instanceof RuntimeException e) {
                throw e;
            }
            return "done";
        };
    }

    private static SQLException failure(@Nullable String state) {
        return new SQLException("no luck", state, 4711);
    }

    @Test
    void oneSessionServesAllWork() throws IOException {
        assertThat(keeper.run("this", failing())).isEqualTo("done");
        assertThat(keeper.run("that", failing())).isEqualTo("done");
        keeper.close();
        keeper.close();
        assertThat(events).containsExactly("open 1", "close 1");
    }

    @Test
    void eachAttemptHasANewSessionAndWaitsTwiceAsLong() throws IOException {
        assertThat(keeper.run("this", failing(failure("08001"), failure(null), failure("57014"))))
                .isEqualTo("done");
        assertThat(events)
                .containsExactly(
                        "open 1",
                        "close 1",
                        "wait 100",
                        "open 2",
                        "close 2",
                        "wait 200",
                        "open 3",
                        "close 3",
                        "wait 400",
                        "open 4");
    }

    @Test
    void theLastAttemptsFailureIsThrown() {
        SQLException last = failure("40001");
        assertThatThrownBy(() ->
                        keeper.run("commit 7", failing(failure("08001"), failure("08001"), failure("08001"), last)))
                .isInstanceOf(IOException.class)
                .hasMessage("commit 7 failed 4 times, last: no luck (SQL state 40001, code 4711)")
                .hasCause(last);
        assertThat(events).endsWith("wait 400", "open 4", "close 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"22018", "28000", "42601", "42S02"})
    void whatStaysWrongIsNotRepeated(String state) {
        assertThatThrownBy(() -> keeper.run("commit 7", failing(failure(state))))
                .isInstanceOf(IOException.class)
                .hasMessage("commit 7 was refused: no luck (SQL state %s, code 4711)", state);
        assertThat(events).containsExactly("open 1", "close 1");
    }

    @Test
    void aLoginThatFailsIsRepeatedToo() throws IOException {
        refusedLogins.add(failure("08001"));
        assertThat(keeper.run("this", failing())).isEqualTo("done");
        assertThat(events).containsExactly("refused", "wait 100", "open 1");
    }

    @Test
    void aWrongPasswordIsNotRepeated() {
        refusedLogins.add(failure("28000"));
        assertThatThrownBy(() -> keeper.run("this", failing())).hasMessageStartingWith("this was refused");
        assertThat(events).containsExactly("refused");
    }

    /** The work saw something that it cannot accept, such as a count that does not match: its transaction must not go on. */
    @Test
    void aFailureOfTheWorkItselfEndsTheSessionAndIsNotRepeated() throws IOException {
        IOException mismatch = new IOException("COPY loaded 1 row");
        assertThatThrownBy(() -> keeper.run("this", failing(mismatch))).isSameAs(mismatch);
        IllegalStateException fault = new IllegalStateException();
        assertThatThrownBy(() -> keeper.run("this", failing(fault))).isSameAs(fault);
        assertThat(events).containsExactly("open 1", "close 1", "open 2", "close 2");
    }

    @Test
    void anInterruptedWaitEndsTheWorkAndStaysVisible() {
        interrupted = true;
        assertThatThrownBy(() -> keeper.run("this", failing(failure(null)))).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void theProductionRetriesEnd() {
        List<Duration> waits = new ArrayList<>();
        SessionKeeper.Retry production = SessionKeeper.Retry.DEFAULT;
        SessionKeeper real = new SessionKeeper(
                () -> {
                    throw failure("08001");
                },
                new SessionKeeper.Retry(production.attempts(), production.firstWait(), waits::add));
        assertThatThrownBy(() -> real.run("this", failing())).hasMessageStartingWith("this failed 6 times");
        assertThat(waits).extracting(Duration::toMillis).containsExactly(500L, 1000L, 2000L, 4000L, 8000L);
    }
}
