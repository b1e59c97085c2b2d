package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tables whose mirrors a dead letter has stopped. */
@Command(
        name = "stopped-tables",
        description = "List the tables whose mirrors a dead letter has stopped, or let one go on.",
        mixinStandardHelpOptions = true)
final class StoppedTablesCommand {

    @Spec
    @Nullable
    CommandSpec spec;

    @Command(
            name = "list",
            description = "List the stopped tables: since when, why, what waits, and what to do.",
            mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config)
            throws Exception {
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        try (StoppedTables tables = new StoppedTables(pipeline.pipeline().name(), pipeline.sink())) {
            List<StoppedTables.Stopped> stopped = tables.list();
            stopped.forEach(stop -> out().print(text(stop, config)));
            if (stopped.isEmpty()) {
                out().println("no table is stopped");
            }
            out().flush();
            return 0;
        }
    }

    private static String text(StoppedTables.Stopped stop, Path config) {
        return """
                %s is stopped since %s
                  why:  a dead letter, %s, of %s-%d@%d, in commit %s
                  what: %d commits with %d changes of it wait. MIRROR.%s is as it was before; RAW has them, and %s is what MIRROR would be
                  next: bin/spindrift dead-letters list --config %s --topic %s
                        bin/spindrift stopped-tables resume --config %s --table %s
                """.formatted(
                        stop.table(),
                        stop.since(),
                        stop.reason(),
                        stop.topic(),
                        stop.partition(),
                        stop.offset(),
                        stop.commitId(),
                        stop.commits(),
                        stop.changes(),
                        stop.table(),
                        stop.ahead(),
                        config,
                        stop.topic(),
                        config,
                        stop.table());
    }

    @Command(
            name = "resume",
            description = "Let a stopped table go on: its mirror gets all that was left out, in one transaction.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "The job may run meanwhile; its commits wait. Letters that were not sent again stay dead letters.",
                "Exit code 1: nothing was changed, and why."
            })
    int resume(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config,
            @Option(
                            names = "--table",
                            required = true,
                            paramLabel = "TABLE",
                            description = "Its name in the warehouse.")
                    String table)
            throws Exception {
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        TableName name = TableName.ofUnquoted(table);
        try (StoppedTables tables = new StoppedTables(pipeline.pipeline().name(), pipeline.sink())) {
            tables.resume(name);
            out().printf("%s goes on: MIRROR.%s has what was left out%n", name, name);
            out().flush();
            return 0;
        }
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
