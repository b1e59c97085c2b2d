package io.spindrift.chaos;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.chaos.Mishap.BlowAtStep;
import io.spindrift.chaos.Mishap.Misbehaviour;
import io.spindrift.chaos.Mishap.Restart;
import io.spindrift.chaos.Mishap.SecondJob;
import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.flink.FlinkRest.Submission;
import io.spindrift.local.flink.FlinkSettings.StateBackend;
import io.spindrift.local.snowflake.Fault.Point;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few runs of {@code bin/spindrift chaos}; and that its comparison can fail. */
class ChaosITCase {

    @Test
    void eachChangeArrivesOnceWhateverDiesAndTheComparisonSeesItWhenOneDoesNot(@TempDir Path directory)
            throws Exception {
        ChaosOptions options = new ChaosOptions(
                Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize(),
                directory,
                1,
                1,
                Pattern.compile(""),
                Optional.empty(),
                StateBackend.ROCKSDB,
                List.of());
        try (ChaosSession session = ChaosSession.start(options)) {
            aBadConfigurationIsRefusedAndTheJobManagerLivesOn(session.stack());
            session.run(new Recipe(
                    1,
                    List.of(
                            new Misbehaviour(Step.COMMIT, Point.AFTER, Trouble.DROP),
                            new BlowAtStep(Step.MERGE, Point.BEFORE, Blow.KILL_BOTH_TASK_MANAGERS))));
            session.run(new Recipe(
                    2,
                    List.of(
                            new BlowAtStep(Step.PUT, Point.AFTER, Blow.KILL_JOB_MANAGER),
                            new SecondJob(Origin.SAVEPOINT))));
            Recipe rewind = new Recipe(3, List.of(new Restart(Origin.OLDER_SAVEPOINT, 3)));
            session.run(rewind);
            session.stack().sabotage(Sabotage.OVERLAP);
            assertThatThrownBy(() -> session.run(rewind))
                    .isInstanceOf(ChaosFailure.class)
                    .hasMessageContaining("_KAFKA_OFFSET");
        }
    }

    private static void aBadConfigurationIsRefusedAndTheJobManagerLivesOn(ChaosStack stack) throws IOException {
        FlinkRest rest = stack.flink().rest();
        List<String> arguments = new ArrayList<>(stack.jobArguments());
        arguments.addAll(List.of("--set", "sink.nonsense=1"));
        Submission submission = new Submission(arguments, 1, Optional.empty(), Optional.empty());
        String jar = rest.upload(stack.jobJar());
        assertThatThrownBy(() -> rest.run(jar, submission)).hasMessageContaining("unknown key 'sink.nonsense'");
        assertThatThrownBy(() -> rest.run(jar, submission)).hasMessageContaining("unknown key 'sink.nonsense'");
    }
}
