package io.spindrift.jobs;

import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Runs the job in a Flink of its own within this process, with REST and web UI on a loopback port: {@code bin/spindrift run}.
 *
 * <p>State stands under one directory a pipeline. A start takes up the newest checkpoint or savepoint there; a stop by signal makes a
 * savepoint, which also commits everything read so far. Exit codes: 0 stopped by signal or finished, 1 the job failed, 2 the configuration
 * or the command line has problems.
 */
public final class EmbeddedFlink {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedFlink.class);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

    private final PipelineConfig config;
    private final EmbeddedOptions options;

    private EmbeddedFlink(PipelineConfig config, EmbeddedOptions options) {
        this.config = config;
        this.options = options;
    }

    /**
     * @param flinkConf directory of Flink's config.yaml
     * @param stateDirectory checkpoints and savepoints of this pipeline
     * @param endpoints file to write once the job runs: {@code {"flink": URL, "jobId": …}}
     */
    record EmbeddedOptions(Path flinkConf, Path stateDirectory, Optional<Path> endpoints) {

        static EmbeddedOptions parse(List<String> args, String pipeline) {
            Map<String, Path> paths = new HashMap<>();
            for (int i = 0; i < args.size(); i += 2) {
                String name = args.get(i);
                if (!List.of("--flink-conf", "--state-dir", "--endpoints").contains(name)) {
                    throw new JobArguments.UsageException("unknown option " + name);
                }
                if (i + 1 == args.size()) {
                    throw new JobArguments.UsageException(name + " needs a value");
                }
                paths.put(name, Path.of(args.get(i + 1)).toAbsolutePath());
            }
            return new EmbeddedOptions(
                    paths.getOrDefault("--flink-conf", Path.of("flink-conf").toAbsolutePath()),
                    paths.getOrDefault("--state-dir", Path.of(System.getProperty("user.home"), ".spindrift", pipeline)),
                    Optional.ofNullable(paths.get("--endpoints")));
        }
    }

    public static void main(String[] args) throws Exception {
        PipelineConfig config;
        EmbeddedOptions options;
        try {
            JobArguments arguments = JobArguments.parse(args);
            config = arguments.readConfig();
            options =
                    EmbeddedOptions.parse(arguments.others(), config.pipeline().name());
        } catch (ConfigException | JobArguments.UsageException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        int exitCode;
        try {
            exitCode = new EmbeddedFlink(config, options).run();
        } catch (Exception e) {
            LOG.error("pipeline {} did not start", config.pipeline().name(), e);
            exitCode = 1;
        }
        // Flink's threads would keep the process.
        System.exit(exitCode);
    }

    private int run() throws Exception {
        Configuration flink =
                GlobalConfiguration.loadConfiguration(options.flinkConf().toString());
        String state = options.stateDirectory().toUri().toString();
        flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, state);
        flink.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, state);
        // Flink's own default is one directory under /tmp for every user of the machine.
        Path scratch = freshScratchDirectory();
        flink.set(WebOptions.UPLOAD_DIR, scratch.toString());
        flink.set(CoreOptions.TMP_DIRS, scratch.toString());
        flink.set(RestOptions.ADDRESS, "127.0.0.1");
        flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        flink.set(RestOptions.BIND_PORT, flink.get(RestOptions.BIND_PORT, "0"));
        MiniClusterConfiguration cluster = new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(config.pipeline().parallelism().orElse(2))
                .build();
        try (MiniCluster miniCluster = new MiniCluster(cluster)) {
            miniCluster.start();
            return run(miniCluster.getRestAddress().get(), flink);
        }
    }

    /** What a killed run left there is of no use to anyone. */
    private Path freshScratchDirectory() throws IOException {
        Path scratch = options.stateDirectory().resolve("scratch");
        FileUtils.deleteDirectory(scratch.toFile());
        return Files.createDirectories(scratch);
    }

    private int run(URI rest, Configuration flink) throws Exception {
        Configuration client = new Configuration(flink);
        newestState().ifPresent(path -> {
            LOG.info(
                    "pipeline {} goes on from {}, the newest state in --state-dir {}",
                    config.pipeline().name(),
                    path,
                    options.stateDirectory());
            client.set(StateRecoveryOptions.SAVEPOINT_PATH, path.toUri().toString());
        });
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createRemoteEnvironment(rest.getHost(), rest.getPort(), client);
        SpindriftJob.build(environment, config);
        JobClient job = environment.executeAsync(config.pipeline().name());
        CompletableFuture<Void> stopped = stopOnSignal(job);
        announce(rest, job);
        CompletableFuture<?> ended = job.getJobExecutionResult();
        try {
            CompletableFuture.anyOf(ended, stopped).get();
            LOG.info("pipeline {} has ended", config.pipeline().name());
            return 0;
        } catch (ExecutionException e) {
            LOG.error("pipeline {} has failed", config.pipeline().name(), e.getCause());
            return 1;
        }
    }

    /** The newest complete checkpoint or savepoint below the state directory, by the time of its metadata file. */
    private Optional<Path> newestState() throws IOException {
        Files.createDirectories(options.stateDirectory());
        try (Stream<Path> files = Files.find(
                options.stateDirectory(),
                3,
                (path, attributes) -> path.endsWith("_metadata") && attributes.isRegularFile())) {
            return files.max(Comparator.comparingLong(path -> path.toFile().lastModified()))
                    .map(Path::getParent);
        }
    }

    private void announce(URI rest, JobClient job) throws IOException {
        System.out.printf(
                "pipeline %s runs; Flink's web UI: %s%n", config.pipeline().name(), rest);
        if (options.endpoints().isPresent()) {
            Path file = options.endpoints().get();
            Path draft = file.resolveSibling(file.getFileName() + ".draft");
            Files.writeString(draft, "{\"flink\": \"%s\", \"jobId\": \"%s\"}%n".formatted(rest, job.getJobID()));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Completes when a signal has stopped the job; a second signal ends the process at once. */
    private CompletableFuture<Void> stopOnSignal(JobClient job) {
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        AtomicBoolean stopping = new AtomicBoolean();
        SignalHandler handler = signal -> {
            if (!stopping.compareAndSet(false, true)) {
                Runtime.getRuntime().halt(128 + signal.getNumber());
            }
            CompletableFuture.runAsync(() -> stop(job)).whenComplete((nothing, failure) -> stopped.complete(null));
        };
        Signal.handle(new Signal("INT"), handler);
        Signal.handle(new Signal("TERM"), handler);
        return stopped;
    }

    /** What cannot be stopped in time is left to its last checkpoint: nothing is lost by that. */
    private void stop(JobClient job) {
        try {
            String savepoint = job.stopWithSavepoint(
                            false, options.stateDirectory().toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            LOG.info("pipeline {} stopped with savepoint {}", config.pipeline().name(), savepoint);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn(
                    "pipeline {} stopped without a savepoint; it goes on from its last checkpoint",
                    config.pipeline().name(),
                    e);
        }
    }
}
