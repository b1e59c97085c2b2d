package io.spindrift.local.flink;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How a cluster runs.
 *
 * @param directory everything is written below it: configuration, logs, checkpoints, savepoints
 * @param slots of each TaskManager
 * @param others keys of Flink that go before ours
 * @param lifetime of its processes
 */
public record FlinkSettings(
        Path directory,
        int taskManagers,
        int slots,
        StateBackend stateBackend,
        Map<String, String> others,
        Lifetime lifetime) {

    /** A cluster that ends with this JVM. */
    public FlinkSettings(
            Path directory, int taskManagers, int slots, StateBackend stateBackend, Map<String, String> others) {
        this(directory, taskManagers, slots, stateBackend, others, Lifetime.OF_THIS_JVM);
    }

    /** Of each process: it stands on its command line. */
    static final String METRICS_PORT = "metrics.reporter.prom.port";

    /** How long processes live. */
    public enum Lifetime {
        OF_THIS_JVM("KILL"),
        /** Until somebody ends them. */
        DETACHED("");

        private final String orphanSignal;

        Lifetime(String orphanSignal) {
            this.orphanSignal = orphanSignal;
        }

        String orphanSignal() {
            return orphanSignal;
        }
    }

    /** Where keyed state lives while the job runs. */
    public enum StateBackend {
        HASHMAP("hashmap"),
        ROCKSDB("rocksdb");

        private final String key;

        StateBackend(String key) {
            this.key = key;
        }

        @Override
        public String toString() {
            return key;
        }
    }

    public FlinkSettings {
        if (taskManagers < 1 || slots < 1) {
            throw new IllegalArgumentException(
                    "a cluster needs a TaskManager and a slot: %d, %d".formatted(taskManagers, slots));
        }
        directory = directory.toAbsolutePath();
        others = Map.copyOf(others);
    }

    Path configuration() {
        return directory.resolve("conf");
    }

    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    Path savepoints() {
        return directory.resolve("savepoints");
    }

    Path scratch() {
        return directory.resolve("scratch");
    }

    Path logs() {
        return directory.resolve("log");
    }

    /** Flink's config.yaml. */
    String yaml(int restPort, int rpcPort) {
        Map<String, String> keys = new TreeMap<>(ours());
        keys.put("rest.port", Integer.toString(restPort));
        keys.put("jobmanager.rpc.port", Integer.toString(rpcPort));
        keys.put("taskmanager.numberOfTaskSlots", Integer.toString(slots));
        keys.put("taskmanager.cpu.cores", slots + ".0");
        keys.put("state.backend.type", stateBackend.key);
        keys.put("execution.checkpointing.dir", checkpoints().toUri().toString());
        keys.put("execution.checkpointing.savepoint-dir", savepoints().toUri().toString());
        keys.put("io.tmp.dirs", scratch().toString());
        keys.put("web.upload.dir", scratch().toString());
        keys.putAll(others);
        return keys.entrySet().stream()
                .map(key -> key.getKey() + ": \"" + key.getValue() + "\"\n")
                .collect(Collectors.joining());
    }

    private static Map<String, String> ours() {
        return Map.ofEntries(
                Map.entry("jobmanager.rpc.address", "127.0.0.1"),
                Map.entry("jobmanager.bind-host", "127.0.0.1"),
                Map.entry("taskmanager.host", "127.0.0.1"),
                Map.entry("taskmanager.bind-host", "127.0.0.1"),
                Map.entry("rest.address", "127.0.0.1"),
                Map.entry("rest.bind-address", "127.0.0.1"),
                // Flink's start scripts work these out from one number; there are none here.
                Map.entry("taskmanager.memory.framework.heap.size", "96m"),
                Map.entry("taskmanager.memory.framework.off-heap.size", "64m"),
                Map.entry("taskmanager.memory.task.heap.size", "288m"),
                Map.entry("taskmanager.memory.task.off-heap.size", "64m"),
                Map.entry("taskmanager.memory.network.min", "32m"),
                Map.entry("taskmanager.memory.network.max", "32m"),
                Map.entry("taskmanager.memory.managed.size", "64m"),
                Map.entry("taskmanager.memory.jvm-metaspace.size", "256m"),
                Map.entry("taskmanager.memory.jvm-overhead.min", "192m"),
                Map.entry("taskmanager.memory.jvm-overhead.max", "192m"),
                // A dead process is found by its closed port, a silent one by its silence.
                Map.entry("heartbeat.interval", "500 ms"),
                Map.entry("heartbeat.timeout", "6 s"),
                Map.entry("heartbeat.rpc-failure-threshold", "2"),
                // Whoever cannot register ends, and is started again.
                Map.entry("taskmanager.registration.timeout", "20 s"),
                Map.entry("restart-strategy.type", "fixed-delay"),
                Map.entry("restart-strategy.fixed-delay.delay", "300 ms"),
                Map.entry("restart-strategy.fixed-delay.attempts", Integer.toString(Integer.MAX_VALUE)),
                Map.entry("taskmanager.load-balance.mode", "SLOTS"),
                Map.entry("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
                Map.entry("execution.checkpointing.num-retained", "3"),
                Map.entry("execution.checkpointing.tolerable-failed-checkpoints", "3"),
                Map.entry("pipeline.max-parallelism", "120"),
                Map.entry(
                        "metrics.reporter.prom.factory.class",
                        "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"),
                // Names stay what they are: users-1 and users_1 are two tables.
                Map.entry("metrics.reporter.prom.filterLabelValueCharacters", "false"),
                Map.entry("metrics.job.status.enable", "STATE;CURRENT_TIME;TOTAL_TIME"));
    }
}
