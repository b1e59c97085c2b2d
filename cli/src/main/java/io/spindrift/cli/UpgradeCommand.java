package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code upgrade}, {@code rescale} and {@code rollback} of a job on a session cluster: see {@link JobUpgrade}. */
@Command(
        name = "upgrade",
        description =
                "Stop the job with a savepoint and start another jar from it; go back if that does not come to a commit. Exit code 0: the new job runs; 1: it does not, and the output says what does.",
        mixinStandardHelpOptions = true)
final class UpgradeCommand implements Callable<Integer> {

    /** What the three have in common. */
    static final class Job {
        @Spec(Spec.Target.MIXEE)
        @Nullable
        CommandSpec spec;

        @Option(names = "--cluster", required = true, paramLabel = "URL", description = "Flink's REST API.")
        String cluster = "";

        @Option(names = "--job", paramLabel = "NAME", description = "Default: the pipeline's name.")
        @Nullable
        String job;

        @Option(
                names = "--config",
                required = true,
                paramLabel = "FILE",
                description =
                        "The pipeline file. The job gets it as its argument, so it stands in the same place on the JobManager.")
        Path config = Path.of("pipeline.yaml");

        @Option(
                names = "--timeout",
                paramLabel = "DURATION",
                description = "For each step (default: ${DEFAULT-VALUE}).")
        Duration timeout = Duration.ofMinutes(5);

        PipelineConfig pipeline() throws Exception {
            return PipelineFile.read(config, List.of(), System::getenv);
        }

        String name(PipelineConfig pipeline) {
            return job == null ? pipeline.pipeline().name() : job;
        }

        JobUpgrade upgrade(PipelineConfig pipeline) {
            return new JobUpgrade(
                    cluster,
                    pipeline,
                    timeout,
                    Objects.requireNonNull(spec).commandLine().getOut());
        }

        /** The file's goes before what is asked of Flink. */
        void requireFree(PipelineConfig pipeline, @Nullable Integer parallelism) throws IOException {
            Optional<Integer> fixed = pipeline.pipeline().parallelism();
            if (parallelism != null && fixed.isPresent() && !fixed.get().equals(parallelism)) {
                throw new JobUpgrade.UpgradeException(
                        "%s says 'pipeline.parallelism: %d', which goes before --parallelism %d: take it out, or change it there; nothing was stopped",
                        config, fixed.get(), parallelism);
            }
        }

        List<String> arguments() {
            return List.of("--config", config.toAbsolutePath().toString());
        }
    }

    @Mixin
    Job on = new Job();

    @Option(names = "--jar", required = true, paramLabel = "FILE", description = "The new job jar.")
    Path jar = Path.of("");

    @Option(names = "--parallelism", paramLabel = "N", description = "Default: as the job runs.")
    @Nullable
    Integer parallelism;

    @Option(
            names = "--rollback-jar",
            paramLabel = "FILE",
            description = "The old job jar, where the cluster does not have it any more.")
    @Nullable
    Path rollbackJar;

    @Override
    public Integer call() throws Exception {
        requireFile(jar);
        PipelineConfig pipeline = on.pipeline();
        on.requireFree(pipeline, parallelism);
        JobUpgrade upgrade = on.upgrade(pipeline);
        JobUpgrade.Running running = upgrade.find(on.name(pipeline));
        upgrade.check(running, jar);
        requireNoOverrides(running);
        JobUpgrade.Start wayBack = upgrade.again(running, Optional.ofNullable(rollbackJar), Optional.empty());
        upgrade.replace(
                running,
                new JobUpgrade.Start(
                        Optional.empty(),
                        Optional.of(jar),
                        on.arguments(),
                        parallelism == null ? running.parallelism() : parallelism),
                wayBack);
        return 0;
    }

    private static void requireFile(Path jar) throws IOException {
        if (!Files.isReadable(jar)) {
            throw new JobUpgrade.UpgradeException("%s cannot be read", jar);
        }
    }

    /** Their values may be secrets, so the job does not tell them. */
    private static void requireNoOverrides(JobUpgrade.Running running) throws IOException {
        if (running.hasOverrides()) {
            throw new JobUpgrade.UpgradeException(
                    "job %s was started with --set, whose values it does not tell, so there would be no way back: put them into the pipeline file, and start it once more by hand",
                    running.id());
        }
    }

    /** The same jar at another parallelism. */
    @Command(
            name = "rescale",
            description = "Stop the job with a savepoint and start it from there at another parallelism.",
            mixinStandardHelpOptions = true)
    static final class Rescale implements Callable<Integer> {
        @Mixin
        Job on = new Job();

        @Option(names = "--parallelism", required = true, paramLabel = "N", description = "The new one.")
        int parallelism;

        @Option(
                names = "--jar",
                paramLabel = "FILE",
                description = "The job's jar, where the cluster does not have it any more.")
        @Nullable
        Path jar;

        @Override
        public Integer call() throws Exception {
            PipelineConfig pipeline = on.pipeline();
            on.requireFree(pipeline, parallelism);
            JobUpgrade upgrade = on.upgrade(pipeline);
            JobUpgrade.Running running = upgrade.find(on.name(pipeline));
            requireNoOverrides(running);
            JobUpgrade.Start wayBack = upgrade.again(running, Optional.ofNullable(jar), Optional.empty());
            upgrade.replace(
                    running,
                    new JobUpgrade.Start(wayBack.jarId(), wayBack.jar(), on.arguments(), parallelism),
                    wayBack);
            return 0;
        }
    }

    /** Another state, and the jar that goes with it. */
    @Command(
            name = "rollback",
            description =
                    "Cancel the job, if it runs, and start a jar from a savepoint. What the ledger has since then is not committed again.",
            mixinStandardHelpOptions = true)
    static final class Rollback implements Callable<Integer> {
        @Mixin
        Job on = new Job();

        @Option(
                names = "--to-savepoint",
                required = true,
                paramLabel = "URI",
                description = "Or a retained checkpoint.")
        String savepoint = "";

        @Option(names = "--jar", required = true, paramLabel = "FILE", description = "The job jar to start.")
        Path jar = Path.of("");

        @Option(names = "--parallelism", paramLabel = "N", description = "Default: the pipeline file's, or 1.")
        @Nullable
        Integer parallelism;

        @Override
        public Integer call() throws Exception {
            requireFile(jar);
            PipelineConfig pipeline = on.pipeline();
            on.requireFree(pipeline, parallelism);
            int wanted = parallelism == null ? pipeline.pipeline().parallelism().orElse(1) : parallelism;
            on.upgrade(pipeline)
                    .goBack(
                            on.name(pipeline),
                            new JobUpgrade.Start(Optional.empty(), Optional.of(jar), on.arguments(), wanted),
                            savepoint);
            return 0;
        }
    }
}
