package io.spindrift.jobs;

import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code --config FILE}, {@code --set key=value} any number of times, and what the embedded run adds. */
record JobArguments(Path config, List<String> overrides, List<String> others) {

    static JobArguments parse(String[] args) {
        Optional<Path> config = Optional.empty();
        List<String> overrides = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            String name = args[i];
            if (!name.equals("--config") && !name.equals("--set")) {
                others.add(name);
            } else if (i + 1 == args.length) {
                throw new UsageException(name + " needs a value");
            } else if (name.equals("--config")) {
                config = Optional.of(Path.of(args[++i]));
            } else {
                overrides.add(args[++i]);
            }
        }
        return new JobArguments(
                config.orElseThrow(() -> new UsageException("--config FILE is missing")), overrides, others);
    }

    /** For a start that has no options of its own: a mistyped one must not be passed over. */
    JobArguments withoutOthers() {
        if (!others.isEmpty()) {
            throw new UsageException("unknown option " + others.get(0));
        }
        return this;
    }

    PipelineConfig readConfig() throws ConfigException {
        return PipelineFile.read(config, overrides, System::getenv);
    }

    /** The command line is wrong. */
    static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message + "\nusage: --config pipeline.yaml [--set key=value …]");
        }
    }
}
