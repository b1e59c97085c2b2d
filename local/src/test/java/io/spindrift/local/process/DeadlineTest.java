package io.spindrift.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void aConditionIsAskedUntilItHolds() {
        AtomicInteger asked = new AtomicInteger();
        Deadline.in(Duration.ofMinutes(1)).await("the third answer", () -> asked.incrementAndGet() == 3);
        assertThat(asked).hasValue(3);
    }

    @Test
    void aConditionThatNeverHoldsFailsWithItsNameAndWhatItLastSaw() {
        assertThatThrownBy(() -> Deadline.in(SHORT).await("the moon", () -> {
                    throw new IOException("clouds");
                }))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("the moon")
                .hasMessageContaining("clouds");
    }

    @Test
    void aFinalFailureEndsTheWaitAtOnce() {
        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(() -> Deadline.in(Duration.ofMinutes(1)).await("anything", () -> {
                    asked.incrementAndGet();
                    throw new LocalStackException("it will not get better");
                }))
                .hasMessage("it will not get better");
        assertThat(asked).hasValue(1);
    }
}
