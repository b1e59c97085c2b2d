package io.spindrift.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** For the help alone: bin/spindrift starts {@code run} itself, on the job's class path. */
@Command(name = "run", description = "Run the job in an embedded Flink.", mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The pipeline file.")
    Path config = Path.of("pipeline.yaml");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set one key of the pipeline file. Repeatable.")
    List<String> overrides = List.of();

    @Option(names = "--flink-conf", paramLabel = "DIR", description = "Directory of Flink's config.yaml.")
    Path flinkConf = Path.of("flink-conf");

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Checkpoints and savepoints. Default: ~/.spindrift/<pipeline>.")
    Path stateDirectory = Path.of(".");

    @Parameters(hidden = true)
    List<String> rest = List.of();

    @Override
    public Integer call() {
        throw new IllegalStateException("start the job by bin/spindrift run");
    }
}
