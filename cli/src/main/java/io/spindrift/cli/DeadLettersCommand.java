package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.model.DeadLetter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the ledger holds of records that could not become changes, and their second try. */
@Command(
        name = "dead-letters",
        description = "List the records that could not become changes, or send them to their topics again.",
        mixinStandardHelpOptions = true)
final class DeadLettersCommand {

    @Spec
    @Nullable
    CommandSpec spec;

    /** Of which letters; picocli fills it in. */
    static final class Choice {
        @Option(names = "--reason", description = "Of this reason: ${COMPLETION-CANDIDATES}.")
        DeadLetter.@Nullable Reason reason;

        @Option(
                names = "--table",
                paramLabel = "TABLE",
                description = "Of the topics whose names end with .TABLE, for example public.users.")
        @Nullable
        String table;

        @Option(names = "--topic", description = "Of this topic.")
        @Nullable
        String topic;

        @Option(names = "--partition", description = "Of this partition; with --topic.")
        @Nullable
        Integer partition;

        @Option(names = "--offset", description = "The one letter of this offset; with --topic and --partition.")
        @Nullable
        Long offset;

        private DeadLetterQuery query(String pipeline) {
            return new DeadLetterQuery(pipeline, reason, table, topic, partition, offset);
        }
    }

    private interface Work {
        int run(Connection connection, PipelineConfig pipeline, PrintWriter out) throws Exception;
    }

    @Command(
            name = "list",
            description = "List dead letters, the newest first, without the records themselves.",
            mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config,
            @ArgGroup(exclusive = false) @Nullable Choice choice,
            @Option(
                            names = "--format",
                            defaultValue = "table",
                            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
                    ResultPrinter.Format format,
            @Option(
                            names = "--limit",
                            defaultValue = "100",
                            description = "At most so many; default: ${DEFAULT-VALUE}.")
                    int limit)
            throws Exception {
        return with(config, choice, (connection, pipeline, out) -> {
            query(choice, pipeline).print(connection, limit, format, out);
            return 0;
        });
    }

    @Command(
            name = "replay",
            description =
                    "Send dead letters to their topics again, where the job meets them like any other record. A letter that was sent before is sent again only when it is named by its offset.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "A change that is older than its row's current state by now is logged in RAW as superseded; MIRROR keeps the newer one.",
                "Exit code 1: some records are neither in the ledger nor in their topics any more."
            })
    int replay(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config,
            @ArgGroup(exclusive = false, multiplicity = "1") Choice choice)
            throws Exception {
        return with(config, choice, (connection, pipeline, out) -> {
            try (DeadLetterReplay replay = new DeadLetterReplay(connection, pipeline, out)) {
                return replay.run(query(choice, pipeline)) ? 0 : 1;
            }
        });
    }

    private static DeadLetterQuery query(@Nullable Choice choice, PipelineConfig pipeline) {
        return (choice == null ? new Choice() : choice)
                .query(pipeline.pipeline().name());
    }

    private int with(Path config, @Nullable Choice choice, Work work) throws Exception {
        var console = Objects.requireNonNull(spec).commandLine();
        if (choice != null
                && (choice.partition != null && choice.topic == null
                        || choice.offset != null && choice.partition == null)) {
            throw new ParameterException(console, "--partition needs --topic, and --offset needs both");
        }
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        try (Connection connection = pipeline.sink().connect()) {
            int exitCode = work.run(connection, pipeline, console.getOut());
            console.getOut().flush();
            return exitCode;
        }
    }
}
