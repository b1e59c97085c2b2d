package io.spindrift.jobs.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.util.List;
import java.util.Set;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

class DeadLetterPolicyTest {

    private static DeadLetter letter(Reason reason) {
        return new DeadLetter("t", 1, 2, 0, reason, "users.total: too wide", null, null, List.of());
    }

    /** A restart would meet the same record. */
    @Test
    void aReasonThatMustNotBeEndsTheJobForGood() {
        DeadLetterPolicy policy = new DeadLetterPolicy(Set.of(Reason.UNREPRESENTABLE_VALUE));
        assertThatThrownBy(() -> policy.map(letter(Reason.UNREPRESENTABLE_VALUE)))
                .isInstanceOf(SuppressRestartsException.class)
                .hasRootCauseMessage(
                        "t-1@2 cannot become a change, and pipeline.on-dead-letter.UNREPRESENTABLE_VALUE says that the job fails then: users.total: too wide. Nothing that was read with it is committed. Remove the cause, or set the policy to dead-letter, and start the job from its last checkpoint.");
    }

    @Test
    void anyOtherLetterPassesAsItIs() {
        DeadLetter letter = letter(Reason.UNDECODABLE);
        assertThat(new DeadLetterPolicy(Set.of(Reason.UNREPRESENTABLE_VALUE)).map(letter))
                .isSameAs(letter);
        assertThat(new DeadLetterPolicy(Set.of()).map(letter)).isSameAs(letter);
    }
}
