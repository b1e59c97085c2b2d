package io.spindrift.bench;

import com.sun.management.OperatingSystemMXBean;
import io.spindrift.jobs.SpindriftJob;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * A process with a Flink of its own, set up as {@code bin/spindrift run} does. For each line that it is given, the name of a new pipeline, it
 * runs the job from the topic's beginning, until it has been measured, and answers with a {@link Span}. Its class path is that of {@code run}.
 */
final class JobFork {

    static final int PARALLELISM = 2;

    /** What is measured goes from the end of a checkpoint to that of the second one behind it. */
    private static final int CHECKPOINTS = 2;

    private static final long POLL_MILLIS = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** The driver tells of every upload. */
    private static final Logger DRIVER = Logger.getLogger("net.snowflake.client");

    private final Side side;
    private final Path pipelineFile;
    private final int records;

    enum Side {
        WITH_SINK,
        WITHOUT_SINK
    }

    /** What has been measured: changes, and what they took. */
    record Span(long changes, long nanos, long processorNanos) {

        static Span parse(String line) {
            String[] parts = line.split(" ");
            return new Span(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }

        String line() {
            return changes + " " + nanos + " " + processorNanos;
        }

        double changesPerSecond() {
            return changes * 1e9 / nanos;
        }

        double processorNanosPerChange() {
            return (double) processorNanos / changes;
        }

        double processors() {
            return (double) processorNanos / nanos;
        }
    }

    /** @param records in the topic */
    private JobFork(Side side, Path pipelineFile, int records) {
        this.side = side;
        this.pipelineFile = pipelineFile;
        this.records = records;
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        DRIVER.setLevel(Level.WARNING);
        JobFork fork = new JobFork(Side.valueOf(args[0]), Path.of(args[1]), Integer.parseInt(args[2]));
        Configuration flink = flink(args[3], Path.of(args[4]));
        MiniClusterConfiguration settings = new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build();
        try (MiniCluster cluster = new MiniCluster(settings);
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            cluster.start();
            URI rest = cluster.getRestAddress().get();
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                StreamExecutionEnvironment environment =
                        StreamExecutionEnvironment.createRemoteEnvironment(rest.getHost(), rest.getPort(), flink);
                answers.println(fork.run(order, environment).line());
            }
        }
    }

    private static Configuration flink(String flinkConf, Path directory) {
        Configuration flink = GlobalConfiguration.loadConfiguration(flinkConf);
        flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        flink.set(CoreOptions.TMP_DIRS, directory.toString());
        flink.set(RestOptions.ADDRESS, "127.0.0.1");
        flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        flink.set(RestOptions.BIND_PORT, "0");
        // A job that starts again would be measured as a slow one.
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        flink.set(MetricOptions.REPORTERS_LIST, "bench");
        flink.setString("metrics.reporter.bench.factory.class", JobMeters.class.getName());
        return flink;
    }

    private Span run(String pipeline, StreamExecutionEnvironment environment) throws Exception {
        PipelineConfig config = PipelineFile.read(pipelineFile, List.of("pipeline.name=" + pipeline), System::getenv);
        switch (side) {
            case WITH_SINK -> SpindriftJob.build(environment, config);
            case WITHOUT_SINK -> SpindriftJob.build(environment, config, new DiscardingSink<>());
        }
        JobClient job = environment.executeAsync(pipeline);
        CompletableFuture<?> ended = job.getJobExecutionResult();
        String id = job.getJobID().toHexString();
        Reading begun = readAtCheckpoint(id, ended, Reading.NONE, JobTopic.ORDERS);
        Reading last = begun;
        for (int checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
            last = readAtCheckpoint(id, ended, last, 0);
        }
        job.cancel().get();
        ended.handle((result, cancelled) -> cancelled).join();
        return last.since(begun);
    }

    /** The meters at one moment. */
    private record Reading(long checkpoints, long changes, long nanos, long processorNanos) {

        static final Reading NONE = new Reading(0, 0, 0, 0);

        static Reading now(String job) {
            return new Reading(
                    JobMeters.completedCheckpoints(job),
                    JobMeters.applied(job),
                    System.nanoTime(),
                    SYSTEM.getProcessCpuTime());
        }

        Span since(Reading begun) {
            return new Span(changes - begun.changes, nanos - begun.nanos, processorNanos - begun.processorNanos);
        }
    }

    /** Waits for the end of a checkpoint behind that of the last reading, with so many changes behind it. */
    private Reading readAtCheckpoint(String job, CompletableFuture<?> ended, Reading last, long changes)
            throws InterruptedException, ExecutionException {
        long checkpoints = last.checkpoints();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            if (ended.isDone()) {
                ended.get();
                throw new IllegalStateException("the job has ended by itself");
            }
            Reading now = Reading.now(job);
            if (now.checkpoints() > checkpoints && now.changes() >= changes) {
                return now;
            }
            if (now.changes() == records) {
                throw new IllegalStateException(
                        "all %d records were read before the measured checkpoints were over: give more records"
                                .formatted(records));
            }
            checkpoints = now.checkpoints();
            Thread.sleep(POLL_MILLIS);
        }
        throw new IllegalStateException(
                "no checkpoint with %d changes behind it within %s".formatted(changes, PATIENCE));
    }
}
