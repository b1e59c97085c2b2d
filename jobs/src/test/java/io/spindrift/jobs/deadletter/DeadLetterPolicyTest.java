package io.spindrift.jobs.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
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
        DeadLetterPolicy policy = new DeadLetterPolicy(Set.of(Reason.UNREPRESENTABLE_VALUE), StopPolicy.NONE);
        assertThatThrownBy(() -> policy.map(letter(Reason.UNREPRESENTABLE_VALUE)))
                .isInstanceOf(SuppressRestartsException.class)
                .hasRootCauseMessage(
                        "t-1@2 cannot become a change, and pipeline.on-dead-letter.UNREPRESENTABLE_VALUE says that the job fails then: users.total: too wide. Nothing that was read with it is committed. Remove the cause, or set the policy to dead-letter, and start the job from its last checkpoint.");
    }

    @Test
    void anyOtherLetterPassesAsItIs() {
        DeadLetter letter = letter(Reason.UNDECODABLE);
        assertThat(new DeadLetterPolicy(Set.of(Reason.UNREPRESENTABLE_VALUE), StopPolicy.NONE).map(letter))
                .isSameAs(letter);
        assertThat(new DeadLetterPolicy(Set.of(), StopPolicy.NONE).map(letter)).isSameAs(letter);
    }

    /** Going on would leave in the mirror what was to be stopped. */
    @Test
    void aLetterThatShouldStopATableWhichNobodyKnowsEndsTheJob() {
        StopPolicy stops = new StopPolicy(Set.of(Reason.UNDECODABLE), Set.of());
        DeadLetterPolicy policy = new DeadLetterPolicy(Set.of(), stops);
        assertThatThrownBy(() -> policy.map(letter(Reason.UNDECODABLE)))
                .isInstanceOf(SuppressRestartsException.class)
                .hasRootCauseMessage(
                        "t-1@2 cannot become a change, and pipeline.on-dead-letter.UNDECODABLE says that its table stops then, which neither the record nor the topic's name tells, so that the job fails: users.total: too wide. Nothing that was read with it is committed. Remove the cause, or set the policy to dead-letter, and start the job from its last checkpoint.");
        DeadLetter known =
                new DeadLetter("t", 1, 2, 0, Reason.UNDECODABLE, "", null, null, List.of(), new TableName("USERS"));
        assertThat(policy.map(known)).isSameAs(known);
        assertThat(policy.map(letter(Reason.NO_PRIMARY_KEY))).isNotNull();
    }
}
