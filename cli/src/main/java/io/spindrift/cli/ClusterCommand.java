package io.spindrift.cli;

import io.spindrift.local.flink.FlinkCluster;
import io.spindrift.local.flink.FlinkDistribution;
import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.flink.FlinkSettings;
import io.spindrift.local.flink.FlinkSettings.Lifetime;
import io.spindrift.local.flink.FlinkSettings.StateBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A Flink session cluster on this machine, a JobManager and TaskManagers as processes of their own that outlive the command. What the other commands need of
 * it stands in {@value #STATE}: the REST API's URL, then the processes' ids, a line each.
 */
@Command(
        name = "cluster",
        description = "A Flink session cluster on this machine, with the Snowflake driver in its lib/.",
        subcommands = {ClusterCommand.Start.class, ClusterCommand.Stop.class, ClusterCommand.Status.class},
        mixinStandardHelpOptions = true)
final class ClusterCommand {

    static final String STATE = "cluster";

    private static final long GRACE_SECONDS = 20;

    private ClusterCommand() {}

    /** Where a cluster stands, and what it was started as. */
    static final class Place {
        @Spec(Spec.Target.MIXEE)
        @Nullable
        CommandSpec spec;

        @Option(
                names = "--dir",
                paramLabel = "DIR",
                description = "Configuration, logs, checkpoints, savepoints (default: ${DEFAULT-VALUE}).")
        Path directory = Path.of("spindrift-cluster");

        PrintWriter out() {
            return Objects.requireNonNull(spec).commandLine().getOut();
        }

        private Path file() {
            return directory.resolve(STATE);
        }

        /** Empty: none was started here, or it was stopped. */
        Optional<Started> started() throws IOException {
            if (!Files.exists(file())) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(file());
            return Optional.of(new Started(
                    lines.get(0), lines.stream().skip(1).map(Long::valueOf).toList()));
        }

        /** The processes of it that still run: a process id may be another one's by now. */
        List<ProcessHandle> processes(Started started) {
            String directoryOfIts = directory.toAbsolutePath().normalize().toString();
            List<ProcessHandle> processes = new ArrayList<>();
            for (long pid : started.pids()) {
                ProcessHandle.of(pid)
                        .filter(process -> commandLine(process).contains(directoryOfIts))
                        .ifPresent(processes::add);
            }
            return processes;
        }

        private static String commandLine(ProcessHandle process) {
            try {
                return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            } catch (IOException e) {
                return process.info().commandLine().orElse("");
            }
        }
    }

    record Started(String url, List<Long> pids) {}

    /** Returns once all TaskManagers have registered. */
    @Command(name = "start", description = "Start one, and return once it is ready.", mixinStandardHelpOptions = true)
    static final class Start implements Callable<Integer> {
        @Mixin
        Place place = new Place();

        @Option(names = "--task-managers", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
        int taskManagers = 2;

        @Option(names = "--slots", paramLabel = "N", description = "Of each TaskManager (default: ${DEFAULT-VALUE}).")
        int slots = 2;

        @Option(names = "--state", paramLabel = "hashmap|rocksdb", description = "Default: ${DEFAULT-VALUE}.")
        StateBackend state = StateBackend.ROCKSDB;

        @Option(
                names = "--port",
                paramLabel = "N",
                description = "Of the REST API and the web UI (default: a free one).")
        @Nullable
        Integer port;

        @Option(
                names = "--set",
                paramLabel = "KEY=VALUE",
                description = "A key of Flink's configuration; may be repeated.")
        Map<String, String> settings = new LinkedHashMap<>();

        @Override
        public Integer call() throws Exception {
            Optional<Started> before = place.started();
            if (before.isPresent() && !place.processes(before.get()).isEmpty()) {
                throw new IOException("a cluster of %s runs already, at %s: bin/spindrift cluster stop --dir %s"
                        .formatted(place.directory, before.get().url(), place.directory));
            }
            if (port != null) {
                settings.put("rest.port", Integer.toString(port));
            }
            Path home = Path.of(System.getProperty("spindrift.home", ".")).toAbsolutePath();
            Path directory = place.directory.toAbsolutePath().normalize();
            FlinkCluster cluster = FlinkCluster.start(
                    FlinkDistribution.ofBuild(home),
                    new FlinkSettings(directory, taskManagers, slots, state, settings, Lifetime.DETACHED));
            List<String> lines = new ArrayList<>(List.of(cluster.rest().url()));
            cluster.pids().forEach(pid -> lines.add(Long.toString(pid)));
            Files.write(directory.resolve(STATE), lines);
            place.out()
                    .printf(
                            "%s is ready: %d TaskManagers with %d slots each, state in %s%nlogs, checkpoints and savepoints: %s%n",
                            cluster.rest().url(), taskManagers, slots, state, directory);
            print(cluster.metrics());
            return 0;
        }

        private void print(List<String> metrics) {
            place.out().printf("metrics of the JobManager: %s%n", metrics.get(0));
            for (int number = 1; number < metrics.size(); number++) {
                place.out().printf("metrics of TaskManager %d: %s%n", number, metrics.get(number));
            }
        }
    }

    /** Jobs end with it; their retained checkpoints stay. */
    @Command(
            name = "stop",
            description = "Stop it. Its jobs end with it; their checkpoints and savepoints stay.",
            mixinStandardHelpOptions = true)
    static final class Stop implements Callable<Integer> {
        @Mixin
        Place place = new Place();

        @Override
        public Integer call() throws Exception {
            Optional<Started> started = place.started();
            if (started.isEmpty()) {
                place.out().printf("no cluster was started in %s%n", place.directory);
                return 0;
            }
            List<ProcessHandle> processes = place.processes(started.get());
            processes.forEach(ProcessHandle::destroy);
            for (ProcessHandle process : processes) {
                end(process);
            }
            Files.delete(place.file());
            place.out().printf("stopped: %d processes%n", processes.size());
            return 0;
        }

        private static void end(ProcessHandle process) throws InterruptedException, ExecutionException {
            try {
                process.onExit().get(GRACE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                process.destroyForcibly();
                process.onExit().get();
            }
        }
    }

    /** Exit code 1: it does not run, or not whole. */
    @Command(
            name = "status",
            description = "Say what runs. Exit code 0: every process does; 1: not so.",
            mixinStandardHelpOptions = true)
    static final class Status implements Callable<Integer> {
        @Mixin
        Place place = new Place();

        @Override
        public Integer call() throws Exception {
            Optional<Started> started = place.started();
            if (started.isEmpty()) {
                place.out().printf("no cluster was started in %s%n", place.directory);
                return 1;
            }
            int wanted = started.get().pids().size();
            int alive = place.processes(started.get()).size();
            place.out().printf("%s: %d of %d processes run%n", started.get().url(), alive, wanted);
            if (alive > 0) {
                FlinkRest flink = new FlinkRest(started.get().url());
                place.out().printf("TaskManagers that have registered: %d%n", flink.taskManagers());
                for (FlinkRest.Named job : flink.jobs()) {
                    place.out()
                            .printf(
                                    "job %s '%s': %s, %d checkpoints%n",
                                    job.id(), job.name(), job.state(), flink.completedCheckpoints(job.id()));
                }
            }
            return alive == wanted ? 0 : 1;
        }
    }
}
