package io.spindrift.cli;

import io.spindrift.chaos.Chaos;
import io.spindrift.chaos.ChaosOptions;
import io.spindrift.chaos.Sabotage;
import io.spindrift.local.flink.FlinkSettings.StateBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Seeded faults on everything at once. */
@Command(
        name = "chaos",
        description = {
            "Kill, cut and rewind a whole pipeline on this machine, and compare source and warehouse after each run.",
            "",
            "PostgreSQL, Kafka, Debezium, a schema registry, the local Snowflake and a Flink cluster of three processes are started, and anew every 40 runs. Each"
                    + " run draws from its seed one to three mishaps and has them happen under traffic: any statement fails, is lost, or is"
                    + " repeated; processes are killed or frozen at any statement; the job goes on from an older savepoint, from nothing, at"
                    + " another parallelism, or is started twice. Then traffic stops, and MIRROR must equal PostgreSQL cell for cell, RAW must"
                    + " hold each record and each change once, and a reader that looked all the time must not have seen half a commit.",
            "",
            "Exit code 1: a run failed. Its seed, its recipe and what was seen are printed, and everything is kept for a look."
        },
        mixinStandardHelpOptions = true)
final class ChaosCommand implements Callable<Integer> {

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many runs, of seed, seed + 1, … Default: ${DEFAULT-VALUE}.")
    int runs = 10;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "The first run's seed: the same one draws the same mishaps. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Draw only those mishaps whose text, as printed, it is found in: 'drop .* COMMIT', 'freeze'.")
    Pattern only = Pattern.compile("");

    @Option(
            names = "--sabotage",
            description =
                    "${COMPLETION-CANDIDATES}. A rule is taken out of the commit, on its way into the warehouse: exit code 0 says that the comparison has caught it.")
    @Nullable
    Sabotage sabotage;

    @Option(
            names = "--state",
            defaultValue = "hashmap",
            description = "${COMPLETION-CANDIDATES}: where the job keeps its state. Default: ${DEFAULT-VALUE}.")
    StateBackend state = StateBackend.HASHMAP;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "A setting of the pipeline, as the job takes it: sink.commit.every-checkpoints=4. Any number of times.")
    List<String> settings = List.of();

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("spindrift-chaos-");
        System.setProperty("spindrift.log", directory.resolve("stack.log").toString());
        ChaosOptions options = new ChaosOptions(
                LocalCommand.home(), directory, runs, seed, only, Optional.ofNullable(sabotage), state, settings);
        boolean good = Chaos.run(options, ChaosCommand::say);
        if (!good) {
            return 1;
        }
        LocalCommand.delete(directory);
        return 0;
    }
}
