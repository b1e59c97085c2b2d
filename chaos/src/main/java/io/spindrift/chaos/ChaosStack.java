package io.spindrift.chaos;

import io.spindrift.local.LocalStack;
import io.spindrift.local.flink.FlinkCluster;
import io.spindrift.local.flink.FlinkDistribution;
import io.spindrift.local.flink.FlinkSettings;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.LocalSnowflakeProcess;
import io.spindrift.local.snowflake.StageTransport;
import io.spindrift.local.workload.EcommerceSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Everything that the runs disturb, started once: PostgreSQL, Kafka, Debezium and the registry; the local Snowflake in a process of its own,
 * its stages over http; a Flink cluster of a JobManager and two TaskManagers.
 */
final class ChaosStack implements AutoCloseable {
    static final String DATABASE = "SPINDRIFT";
    static final String PIPELINE = "shop";
    /** In place of a fault's id. */
    private static final int KILLED = -1;

    private static final int TASK_MANAGERS = 2;
    /** Enough for the widest job beside a second one by mistake. */
    private static final int SLOTS = 3;

    /** Those of the shop, and one without a key. */
    static final List<String> TABLES = Stream.concat(EcommerceSource.TABLES.stream(), Stream.of(PageViews.TABLE))
            .toList();

    private final LocalStack source;
    private final LocalSnowflakeProcess snowflake;
    private final FlinkCluster flink;
    private final FlinkDistribution distribution;
    private final List<String> jobArguments;
    private final List<Integer> armed = new ArrayList<>();
    private Optional<Sabotage> sabotage = Optional.empty();

    private ChaosStack(
            LocalStack source,
            LocalSnowflakeProcess snowflake,
            FlinkCluster flink,
            FlinkDistribution distribution,
            List<String> jobArguments) {
        this.source = source;
        this.snowflake = snowflake;
        this.flink = flink;
        this.distribution = distribution;
        this.jobArguments = List.copyOf(jobArguments);
    }

    static ChaosStack start(ChaosOptions options) throws IOException {
        FlinkDistribution distribution = FlinkDistribution.ofBuild(options.home());
        Path directory = options.directory();
        FlinkSettings cluster =
                new FlinkSettings(directory.resolve("flink"), TASK_MANAGERS, SLOTS, options.stateBackend(), Map.of());
        CompletableFuture<LocalStack> source =
                CompletableFuture.supplyAsync(() -> LocalStack.start(directory.resolve("stack")));
        List<AutoCloseable> started = new ArrayList<>();
        try {
            LocalSnowflakeProcess snowflake =
                    LocalSnowflakeProcess.start(directory.resolve("snowflake"), StageTransport.HTTP);
            started.add(snowflake);
            FlinkCluster flink = FlinkCluster.start(distribution, cluster);
            started.add(flink);
            LocalStack stack = source.join();
            Path file = directory.resolve("pipeline.yaml");
            Files.writeString(file, pipelineFile(stack, snowflake));
            List<String> arguments = new ArrayList<>(List.of("--config", file.toString()));
            options.settings().forEach(setting -> arguments.addAll(List.of("--set", setting)));
            return new ChaosStack(stack, snowflake, flink, distribution, arguments);
        } catch (IOException | RuntimeException e) {
            started.forEach(ChaosStack::closeQuietly);
            source.thenAccept(LocalStack::close).exceptionally(failed -> null).join();
            throw e;
        }
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pipelineFile(LocalStack stack, LocalSnowflakeProcess snowflake) throws IOException {
        return """
                source:
                  type: kafka
                  bootstrap-servers: %s
                  topic-pattern: shop\\.public\\..*
                  format: avro
                  schema-registry:
                    url: %s
                  properties:
                    partition.discovery.interval.ms: 1000

                sink:
                  type: snowflake
                  url: %s
                  user: %s
                  password: %s
                  database: %s

                pipeline:
                  name: %s
                  checkpoint-interval: 500 ms
                  multiset-tables: [public.page_views]
                """.formatted(
                        stack.kafka().bootstrapServers(),
                        stack.registry().url(),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password(),
                        DATABASE,
                        PIPELINE);
    }

    Topics topics() {
        return new Topics(source.kafka().bootstrapServers());
    }

    LocalStack source() {
        return source;
    }

    FlinkCluster flink() {
        return flink;
    }

    Path jobJar() {
        return distribution.jobJar();
    }

    List<String> jobArguments() {
        return jobArguments;
    }

    Warehouse warehouse() {
        try {
            return new Warehouse(snowflake.jdbcUrl(), snowflake.user(), snowflake.password());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on; survives the server's death and {@link #disarm}. */
    void sabotage(Sabotage rule) {
        sabotage = Optional.of(rule);
        armSabotage(rule);
    }

    private void armSabotage(Sabotage rule) {
        rule.rewrites().forEach(rewrite -> request(() -> snowflake.arm(rewrite)));
    }

    /** A fault that kills the server may do so before it has answered. */
    int arm(Fault fault) {
        int id = request(() -> snowflake.alive() ? snowflake.arm(fault) : KILLED);
        armed.add(id);
        return id;
    }

    /** Takes back what {@link #arm} has armed. */
    void disarm() {
        if (snowflake.alive()) {
            for (int id : armed) {
                request(() -> {
                    snowflake.disarm(id);
                    return id;
                });
            }
        }
        armed.clear();
    }

    /** Waits until the fault has happened; false when it does not in time. A fault that kills the server has, when that is dead. */
    boolean awaitFired(int id, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() - end < 0) {
            if (!snowflake.alive() || fired(id)) {
                return true;
            }
            Wait.pause(Duration.ofMillis(60));
        }
        return false;
    }

    private boolean fired(int id) {
        try {
            return snowflake.fired(id) > 0;
        } catch (IOException e) {
            return !snowflake.alive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** As kill -9 does, when it is not dead already; then again on the same files and port. */
    void restartSnowflake() {
        snowflake.kill();
        armed.clear();
        snowflake.restart();
        sabotage.ifPresent(this::armSabotage);
    }

    boolean snowflakeIsAlive() {
        return snowflake.alive();
    }

    private interface AdminCall {
        int call() throws IOException, InterruptedException;
    }

    /** The admin endpoint may need a moment while the server starts or ends. */
    private static int request(AdminCall call) {
        int[] answer = new int[1];
        Deadline.in(Duration.ofSeconds(20)).await("the local Snowflake's admin endpoint", () -> {
            answer[0] = call.call();
            return true;
        });
        return answer[0];
    }

    @Override
    public void close() {
        flink.close();
        source.close();
        snowflake.close();
    }
}
