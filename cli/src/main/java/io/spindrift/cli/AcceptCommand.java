package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.warehouse.Acceptance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What only a person can decide: that something of the source may be missing, or that a new topic follows an old one. */
@Command(
        name = "accept",
        description = "Accept what a job has refused: a gap in a topic, or a topic that was made anew.",
        mixinStandardHelpOptions = true,
        footer = {"", "The job's error names the command with its values. Stop the job first."})
final class AcceptCommand {

    @Spec
    @Nullable
    CommandSpec spec;

    private interface Decision {
        String take(Acceptance acceptance) throws IOException;
    }

    @Command(
            name = "gap",
            description = "Go on although offsets up to --up-to never reached the warehouse.",
            mixinStandardHelpOptions = true)
    int gap(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config,
            @Option(names = "--topic", required = true) String topic,
            @Option(names = "--partition", required = true) int partition,
            @Option(names = "--up-to", required = true, description = "Last offset that may be missing.") long upTo)
            throws Exception {
        return decide(config, acceptance -> {
            acceptance.gap(topic, partition, upTo);
            return "%s-%d: what is missing up to offset %d is accepted; start the job again"
                    .formatted(topic, partition, upTo);
        });
    }

    @Command(
            name = "topic",
            description = "Go on with a topic that was made anew and continues the old one.",
            mixinStandardHelpOptions = true)
    int topic(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
                    Path config,
            @Option(names = "--topic", required = true) String topic)
            throws Exception {
        return decide(config, acceptance -> "rows of the old topic %s stand under %s now; start the job without state"
                .formatted(topic, acceptance.newTopic(topic)));
    }

    private int decide(Path config, Decision decision) throws Exception {
        var console = Objects.requireNonNull(spec).commandLine();
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        try (Acceptance acceptance = new Acceptance(pipeline.pipeline().name(), pipeline.sink())) {
            console.getOut().println(decision.take(acceptance));
            console.getOut().flush();
            return 0;
        }
    }
}
