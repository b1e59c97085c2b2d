package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.model.TableName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** After changes were lost in the source, a new snapshot says what is still there; this removes the rest. */
@Command(
        name = "sweep",
        description =
                "Remove from MIRROR the rows that a new snapshot of their table has not found any more: deletes that no connector has seen.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The job goes on meanwhile. The snapshot must have read the whole table: no override of its SELECT, no condition.",
            "Exit code 1: the snapshot proves nothing, and why."
        })
final class SweepCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
    Path config = Path.of("pipeline.yaml");

    @Option(names = "--table", required = true, paramLabel = "TABLE", description = "Its name in the warehouse.")
    String table = "";

    @Option(
            names = "--margin",
            defaultValue = "10m",
            description =
                    "Rows that were changed so short before the snapshot, or later, are kept; default: ${DEFAULT-VALUE}.")
    Duration margin = Duration.ofMinutes(10);

    @Option(
            names = "--timeout",
            defaultValue = "2m",
            description = "How long to wait for the job to commit what the topics hold; default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofMinutes(2);

    @Option(names = "--yes", description = "Delete them. Without it, their number is printed.")
    boolean yes;

    @Override
    public Integer call() throws Exception {
        var console = Objects.requireNonNull(spec).commandLine();
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        long deadline = System.nanoTime() + timeout.toNanos();
        try (SnapshotSweep sweep = new SnapshotSweep(pipeline, TableName.ofUnquoted(table), margin, console.getOut())) {
            sweep.run(deadline, yes);
            console.getOut().flush();
            return 0;
        }
    }
}
