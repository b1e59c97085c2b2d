package io.spindrift.cli;

import io.spindrift.cli.check.CheckReport;
import io.spindrift.cli.check.Checkup;
import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks at everything that the guarantee stands on and that is not the job's. */
@Command(
        name = "check",
        description = {
            "Look for what loses or bends data before the job sees it: the connector's settings, the source's tables, the topics.",
            "Exit code 0: nothing does; 1: something does; 2: the pipeline file has problems."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "source.connect.* and source.database.* in the pipeline file say where to look. Nothing is changed anywhere."
        })
final class CheckCommand implements Callable<Integer> {

    enum Format {
        TABLE,
        JSON;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
    Path config = Path.of("pipeline.yaml");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set one key of the pipeline file. Repeatable.")
    List<String> overrides = List.of();

    @Option(
            names = "--format",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    Format format = Format.TABLE;

    @Override
    public Integer call() throws ConfigException {
        var console = Objects.requireNonNull(spec).commandLine();
        PipelineConfig pipeline = PipelineFile.read(config, overrides, System::getenv);
        CheckReport report = Checkup.of(pipeline);
        switch (format) {
            case TABLE -> report.print(console.getOut());
            case JSON -> report.printJson(console.getOut());
        }
        return report.isHarmful() ? 1 : 0;
    }
}
