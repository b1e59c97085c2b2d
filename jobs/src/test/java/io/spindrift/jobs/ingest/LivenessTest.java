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
        liveness.read(Liveness.NO_COMMIT_TIME);
        nowMillis = 1_500;
        liveness.read(Liveness.NO_COMMIT_TIME);
        assertThat(liveness.waitingMillis()).isEqualTo(500);
        liveness.barrier(1);
        nowMillis = 2_000;
        liveness.read(Liveness.NO_COMMIT_TIME);
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
        liveness.read(Liveness.NO_COMMIT_TIME);
        liveness.barrier(1);
        liveness.barrier(2);
        liveness.read(Liveness.NO_COMMIT_TIME);
        liveness.barrier(3);
        liveness.completed(3);
        assertThat(liveness.waitingMillis()).isZero();
    }

    @Test
    void theLagIsTheAgeOfTheOldestChangeWithoutACompletedCheckpoint() {
        liveness.read(900);
        nowMillis = 1_500;
        liveness.read(400);
        liveness.read(1_400);
        assertThat(liveness.lagMillis()).isEqualTo(1_100);
        liveness.barrier(1);
        liveness.read(1_450);
        assertThat(liveness.lagMillis()).as("its checkpoint is not complete").isEqualTo(1_100);
        liveness.completed(1);
        assertThat(liveness.lagMillis()).isEqualTo(50);
        liveness.barrier(2);
        liveness.completed(2);
        nowMillis = 90_000;
        assertThat(liveness.lagMillis()).as("nothing waits").isZero();
    }

    @Test
    void recordsThatAreNoChangesHaveNoLagAndASourceAheadOfThisClockHasNone() {
        liveness.read(Liveness.NO_COMMIT_TIME);
        nowMillis = 90_000;
        assertThat(liveness.lagMillis()).isZero();
        assertThat(liveness.waitingMillis()).isEqualTo(89_000);
        liveness.read(95_000);
        assertThat(liveness.lagMillis()).isZero();
    }
}
