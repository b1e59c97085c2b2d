package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BoundedCallTest {

    private static final Duration AMPLE = Duration.ofMinutes(1);

    /** As the driver waits for its S3 client: join() does not heed interrupts. */
    @Test
    void aCallThatNeverEndsIsGivenUpAndMayBeRepeated() {
        CompletableFuture<String> never = new CompletableFuture<>();
        assertThatThrownBy(() -> BoundedCall.within(Duration.ofMillis(20), never::join))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(FailureKind.of(e)).isEqualTo(FailureKind.RETRY))
                .hasMessage("not done within 0 s");
        never.complete("late");
    }

    @Test
    void itsResultAndItsFailuresAreTheCalls() throws Exception {
        assertThat(BoundedCall.within(AMPLE, () -> "done")).isEqualTo("done");
        SQLException failure = new SQLException("no", "42S02", 2003);
        assertThatThrownBy(() -> BoundedCall.within(AMPLE, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThatThrownBy(() -> BoundedCall.within(AMPLE, () -> {
                    throw new IllegalArgumentException("odd");
                }))
                .hasRootCauseMessage("odd");
    }

    @Test
    void aCallerThatIsInterruptedWaitsNoLonger() {
        CompletableFuture<String> never = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> BoundedCall.within(AMPLE, never::join)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        never.complete("late");
    }
}
