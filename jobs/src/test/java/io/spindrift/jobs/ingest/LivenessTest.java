package io.spindrift.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LivenessTest {

    private long nowMillis = 1_000;

    private final Liveness liveness = new Liveness(new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMillis);
        }
    });

    @Test
    void theOldestRecordWithoutACompletedCheckpointCounts() {
        assertThat(liveness.waitingMillis()).isZero();
        liveness.read();
        nowMillis = 1_500;
        liveness.read();
        assertThat(liveness.waitingMillis()).isEqualTo(500);
        liveness.barrier(1);
        nowMillis = 2_000;
        liveness.read();
        assertThat(liveness.waitingMillis()).isEqualTo(1_000);
        liveness.barrier(2);
        liveness.completed(1);
        nowMillis = 2_250;
        assertThat(liveness.waitingMillis()).isEqualTo(250);
        liveness.completed(2);
        assertThat(liveness.waitingMillis()).isZero();
    }

    @Test
    void aCheckpointThatWasGivenUpIsTakenByALaterOne() {
        liveness.read();
        liveness.barrier(1);
        liveness.barrier(2);
        liveness.read();
        liveness.barrier(3);
        liveness.completed(3);
        assertThat(liveness.waitingMillis()).isZero();
    }
}
