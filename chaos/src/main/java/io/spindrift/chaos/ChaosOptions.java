package io.spindrift.chaos;

import io.spindrift.local.flink.FlinkSettings.StateBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What to do.
 *
 * @param home the repository, built
 * @param directory empty; everything is written below it
 * @param runs how many, of seed, seed + 1, …
 * @param only draws those mishaps alone whose text it is found in
 * @param sabotage present: the runs must fail
 * @param settings of the pipeline beside its file, {@code key=value}
 */
public record ChaosOptions(
        Path home,
        Path directory,
        int runs,
        long seed,
        Pattern only,
        Optional<Sabotage> sabotage,
        StateBackend stateBackend,
        List<String> settings) {
    public ChaosOptions {
        if (runs < 1) {
            throw new IllegalArgumentException("the number of runs must be at least 1: " + runs);
        }
        settings = List.copyOf(settings);
    }

    /** The same, written below another directory. */
    ChaosOptions in(Path other) {
        return new ChaosOptions(home, other, runs, seed, only, sabotage, stateBackend, settings);
    }
}
