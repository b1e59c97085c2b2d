package io.spindrift.local.flink;

import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.process.LoopbackPort;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A Flink session cluster on this machine, each JobManager and TaskManager a process of its own, on loopback addresses. Processes can be
 * killed, frozen and started again one by one. There is no high availability: jobs end with their JobManager, and go on where somebody
 * submits them with their newest checkpoint. Used by one thread.
 */
public final class FlinkCluster implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(90);
    private static final String JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
    private static final String TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";

    /** As in the configuration that Flink is delivered with. */
    private static final List<String> OPENED = List.of(
            "java.lang",
            "java.lang.reflect",
            "java.net",
            "java.io",
            "java.nio",
            "sun.nio.ch",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks");

    private final FlinkDistribution distribution;
    private final FlinkSettings settings;
    private final FlinkRest rest;
    private final List<ChildProcess> taskManagers = new ArrayList<>();
    /** Of the JobManager, then of the TaskManagers; a process that is started again has its port again. */
    private final List<Integer> metricsPorts;

    private ChildProcess jobManager;

    private FlinkCluster(FlinkDistribution distribution, FlinkSettings settings, FlinkRest rest) {
        this.distribution = distribution;
        this.settings = settings;
        this.rest = rest;
        this.metricsPorts = IntStream.rangeClosed(0, settings.taskManagers())
                .mapToObj(process -> LoopbackPort.free())
                .toList();
        this.jobManager = launchJobManager();
        IntStream.range(0, settings.taskManagers()).forEach(number -> taskManagers.add(launchTaskManager(number)));
    }

    /** Starts every process on free ports; returns once all TaskManagers have registered. */
    public static FlinkCluster start(FlinkDistribution distribution, FlinkSettings settings) throws IOException {
        for (Path directory : List.of(
                settings.configuration(),
                settings.checkpoints(),
                settings.savepoints(),
                settings.scratch(),
                settings.logs())) {
            Files.createDirectories(directory);
        }
        String given = settings.others().get("rest.port");
        int restPort = given == null ? LoopbackPort.free() : Integer.parseInt(given);
        String yaml = settings.yaml(restPort, LoopbackPort.free());
        Files.writeString(settings.configuration().resolve("config.yaml"), yaml);
        FlinkCluster cluster = new FlinkCluster(distribution, settings, new FlinkRest("http://127.0.0.1:" + restPort));
        try {
            cluster.awaitReady();
            return cluster;
        } catch (LocalStackException e) {
            cluster.close();
            throw e;
        }
    }

    /** Of the JobManager, then of the TaskManagers. */
    public List<Long> pids() {
        List<Long> pids = new ArrayList<>(List.of(jobManager.pid()));
        taskManagers.forEach(taskManager -> pids.add(taskManager.pid()));
        return pids;
    }

    /** Where Prometheus scrapes: of the JobManager, then of the TaskManagers. */
    public List<String> metrics() {
        return metricsPorts.stream()
                .map(port -> "http://127.0.0.1:%d/metrics".formatted(port))
                .toList();
    }

    public FlinkRest rest() {
        return rest;
    }

    public int taskManagers() {
        return taskManagers.size();
    }

    /** Checkpoints stand below it, a directory a job. */
    public Path checkpoints() {
        return settings.checkpoints();
    }

    public Path savepoints() {
        return settings.savepoints();
    }

    public Path logs() {
        return settings.logs();
    }

    /** The newest complete checkpoint that the job has left, as a URI; empty when it has none. */
    public Optional<String> newestCheckpoint(String jobId) throws IOException {
        Path job = settings.checkpoints().resolve(jobId);
        if (!Files.isDirectory(job)) {
            return Optional.empty();
        }
        try (Stream<Path> checkpoints = Files.list(job)) {
            return checkpoints
                    .filter(checkpoint -> Files.exists(checkpoint.resolve("_metadata")))
                    .max(Comparator.comparingLong(FlinkCluster::number))
                    .map(checkpoint -> checkpoint.toUri().toString());
        }
    }

    private static long number(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().replaceAll("\\D", ""));
    }

    /** As kill -9 does: its jobs end with it. */
    public void killJobManager() {
        kill(jobManager);
    }

    /** As kill -9 does. @param number from 0 */
    public void killTaskManager(int number) {
        kill(taskManagers.get(number));
    }

    /** Stops it where it stands, connections and all, until {@link #thawTaskManager}. */
    public void freezeTaskManager(int number) {
        ChildProcess.signal(taskManagers.get(number).pid(), "STOP");
    }

    public void thawTaskManager(int number) {
        ChildProcess.signal(taskManagers.get(number).pid(), "CONT");
    }

    /** Starts every process that is down, the JobManager on the same port; returns once all are there. */
    public void repair() {
        Deadline.in(READY).await("the cluster to be whole; logs in " + settings.logs(), () -> {
            startDead();
            return rest.taskManagers() >= taskManagers.size();
        });
    }

    /** A TaskManager that was about to register when its JobManager died ends by itself a little later. */
    private void startDead() {
        if (!jobManager.alive()) {
            jobManager = launchJobManager();
        }
        for (int number = 0; number < taskManagers.size(); number++) {
            if (!taskManagers.get(number).alive()) {
                taskManagers.set(number, launchTaskManager(number));
            }
        }
    }

    /** Every process is alive. */
    public boolean isWhole() {
        return jobManager.alive() && taskManagers.stream().allMatch(ChildProcess::alive);
    }

    private void awaitReady() {
        jobManager.awaitReady(READY, () -> {
            taskManagers.forEach(ChildProcess::requireAlive);
            return rest.taskManagers() >= taskManagers.size();
        });
    }

    private static void kill(ChildProcess process) {
        process.kill();
        Deadline.in(READY).await("a killed process to end", () -> !process.alive());
    }

    private ChildProcess launchJobManager() {
        return launch(
                "JobManager",
                "jobmanager.log",
                List.of("-Xmx512m"),
                JOB_MANAGER,
                "--executionMode",
                "cluster",
                "-D",
                metricsPort(0));
    }

    private ChildProcess launchTaskManager(int number) {
        return launch(
                "TaskManager " + number,
                "taskmanager-%d.log".formatted(number),
                List.of("-Xmx384m", "-XX:MaxDirectMemorySize=160m"),
                TASK_MANAGER,
                "-D",
                metricsPort(1 + number));
    }

    private String metricsPort(int process) {
        return FlinkSettings.METRICS_PORT + "=" + metricsPorts.get(process);
    }

    private ChildProcess launch(String name, String log, List<String> jvm, String main, String... arguments) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(jvm);
        // Short lives on few cores.
        line.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        OPENED.forEach(opened -> line.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED"));
        line.add("-Djava.io.tmpdir=" + settings.scratch());
        line.add("-Dlog4j2.configurationFile=" + distribution.logging());
        line.addAll(List.of("-cp", String.join(File.pathSeparator, distribution.classPath()), main));
        line.addAll(List.of("--configDir", settings.configuration().toString()));
        line.addAll(List.of(arguments));
        Path file = settings.logs().resolve(log);
        return ChildProcess.start(new ChildProcess.Command(
                name, List.of(), line, settings.lifetime().orphanSignal(), settings.directory(), file));
    }

    @Override
    public void close() {
        List<ChildProcess> all = new ArrayList<>(taskManagers);
        all.add(jobManager);
        // A frozen process does not hear a friendly signal; state that matters is in checkpoints.
        all.forEach(ChildProcess::kill);
        all.forEach(FlinkCluster::kill);
    }
}
