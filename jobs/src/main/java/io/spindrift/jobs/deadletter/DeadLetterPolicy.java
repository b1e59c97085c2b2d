package io.spindrift.jobs.deadletter;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.StopPolicy;
import java.io.Serializable;
import java.util.Set;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Passes dead letters on, or ends the job, by their reason. It stands ahead of the barrier: the checkpoint that would hold the letter does not
 * complete, so neither the letter nor what was read with it is committed. The job does not restart by itself: it would meet the same record.
 *
 * @param failing reasons that end the job
 * @param stops those that stop a table; where nobody knows which, the job ends, too
 */
public record DeadLetterPolicy(Set<DeadLetter.Reason> failing, StopPolicy stops)
        implements MapFunction<ChangeEvent, ChangeEvent>, Serializable {

    public DeadLetterPolicy {
        failing = Set.copyOf(failing);
    }

    @Override
    public ChangeEvent map(ChangeEvent event) {
        if (event instanceof DeadLetter letter) {
            if (failing.contains(letter.reason())) {
                throw failure(letter, "says that the job fails then");
            }
            if (stops.cannotTell(letter)) {
                throw failure(
                        letter,
                        "says that its table stops then, which neither the record nor the topic's name tells, so that the job fails");
            }
        }
        return event;
    }

    private static SuppressRestartsException failure(DeadLetter letter, String says) {
        return new SuppressRestartsException(new IllegalStateException(
                "%s-%d@%d cannot become a change, and pipeline.on-dead-letter.%s %s: %s. Nothing that was read with it is committed. Remove the cause, or set the policy to dead-letter, and start the job from its last checkpoint."
                        .formatted(
                                letter.topic(),
                                letter.partition(),
                                letter.offset(),
                                letter.reason(),
                                says,
                                letter.detail())));
    }
}
