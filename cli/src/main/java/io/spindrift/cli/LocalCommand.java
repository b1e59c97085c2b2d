package io.spindrift.cli;

import io.spindrift.local.workload.EcommerceWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** Everything on one machine, in the foreground, until a signal or the end of {@code --run-for}. */
@Command(
        name = "local",
        description =
                "Start PostgreSQL, Kafka, Debezium, a schema registry, the local Snowflake and the job on this machine.",
        mixinStandardHelpOptions = true)
final class LocalCommand implements Callable<Integer> {

    enum Workload {
        ECOMMERCE,
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(50);
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);
    private static final Duration CATCH_UP_TIMEOUT = Duration.ofSeconds(60);

    @Option(
            names = "--workload",
            defaultValue = "ecommerce",
            description =
                    "${COMPLETION-CANDIDATES}. none: tables, connector and job are there, and you write. Default: ${DEFAULT-VALUE}.")
    Workload workload = Workload.ECOMMERCE;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "50",
            description = "Row changes a second. Default: ${DEFAULT-VALUE}.")
    int rate = 50;

    @Option(names = "--endpoints", paramLabel = "FILE", description = "Write all addresses there, once all is ready.")
    @Nullable
    Path endpointsFile;

    @Option(
            names = "--run-for",
            paramLabel = "DURATION",
            description = "Stop after this time, counted from ready: 90s, 10min.")
    @Nullable
    Duration runFor;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the workload. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    private final long beganNanos = System.nanoTime();
    private final CountDownLatch stop = new CountDownLatch(1);

    /** Where the last start on this machine by this user stands, for {@code spindrift sql} without an address. */
    static Path lastEndpoints() {
        return Path.of(System.getProperty("user.home"), ".spindrift", "local.json");
    }

    @Override
    public Integer call() throws Exception {
        stopOnSignal();
        Path directory = Files.createTempDirectory("spindrift-local-");
        System.setProperty("spindrift.log", directory.resolve("stack.log").toString());
        say("starting in " + directory);
        try (LocalPipeline pipeline = LocalPipeline.start(home(), directory, this::say)) {
            Endpoints endpoints = pipeline.endpoints();
            Files.createDirectories(lastEndpoints().getParent());
            run(pipeline, endpoints);
            say("stopping");
        } catch (IOException | SQLException | RuntimeException e) {
            say("failed; everything that was written is kept in " + directory);
            throw e;
        } finally {
            Files.deleteIfExists(lastEndpoints());
        }
        delete(directory);
        say("stopped");
        return 0;
    }

    static Path home() {
        String home = System.getProperty("spindrift.home");
        if (home == null) {
            throw new IllegalStateException("start this by bin/spindrift");
        }
        return Path.of(home);
    }

    private void stopOnSignal() {
        Signal.handle(new Signal("INT"), signal -> stop.countDown());
        Signal.handle(new Signal("TERM"), signal -> stop.countDown());
    }

    private void run(LocalPipeline pipeline, Endpoints endpoints)
            throws IOException, InterruptedException, SQLException {
        try (CommitWatch watch = new CommitWatch(endpoints.warehouse().connect())) {
            if (!awaitFirstCommit(pipeline, watch)) {
                return;
            }
            endpoints.write(lastEndpoints());
            if (endpointsFile != null) {
                endpoints.write(endpointsFile);
            }
            printAddresses(endpoints);
            watchWorkload(pipeline, watch);
        }
    }

    /** False when a signal came first. */
    private boolean awaitFirstCommit(LocalPipeline pipeline, CommitWatch watch)
            throws IOException, InterruptedException, SQLException {
        while (watch.rows() == 0) {
            if (stop.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                return false;
            }
            pipeline.job().requireRunning();
            watch.lookForLedger();
        }
        say("ready: first rows visible in MIRROR");
        return true;
    }

    private void printAddresses(Endpoints endpoints) {
        System.out.printf(
                """

                  PostgreSQL       %s
                  Kafka            %s
                  schema registry  %s
                  Kafka Connect    %s
                  Flink            %s
                  Snowflake        %s  (user %s)

                  look:  bin/spindrift sql "SELECT * FROM MIRROR.USERS LIMIT 5"
                  stop:  Ctrl-C

                """,
                endpoints.postgres(),
                endpoints.kafka(),
                endpoints.schemaRegistry(),
                endpoints.connect(),
                endpoints.flink(),
                endpoints.snowflake(),
                endpoints.snowflakeUser());
        System.out.flush();
    }

    private void watchWorkload(LocalPipeline pipeline, CommitWatch watch)
            throws IOException, InterruptedException, SQLException {
        long snapshotRows = watch.rows();
        Optional<EcommerceWorkload> traffic = workload == Workload.ECOMMERCE
                ? Optional.of(EcommerceWorkload.start(pipeline.stack().source().jdbcUrl(), rate, seed))
                : Optional.empty();
        LongSupplier changes =
                () -> traffic.map(running -> running.counts().total()).orElse(0L);
        long endNanos = runFor == null ? Long.MAX_VALUE : System.nanoTime() + runFor.toNanos();
        long nextLine = System.nanoTime() + PROGRESS_INTERVAL.toNanos();
        while (System.nanoTime() - endNanos < 0 && !stop.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            pipeline.job().requireRunning();
            watch.look();
            if (System.nanoTime() - nextLine >= 0) {
                nextLine += PROGRESS_INTERVAL.toNanos();
                progress(changes.getAsLong(), watch, pipeline);
            }
        }
        traffic.ifPresent(EcommerceWorkload::stop);
        if (traffic.isPresent() && stop.getCount() > 0) {
            catchUp(snapshotRows + changes.getAsLong(), watch);
        }
        summary(changes.getAsLong(), watch);
    }

    private void progress(long changes, CommitWatch watch, LocalPipeline pipeline) {
        double median = watch.recentMedianSeconds();
        say("source %,d changes · warehouse %,d rows in %,d commits · %s%s"
                .formatted(
                        changes,
                        watch.rows(),
                        watch.commits(),
                        Double.isNaN(median) ? "idle" : "PostgreSQL commit → MIRROR median %.2f s".formatted(median),
                        pipeline.job().isAlive() ? "" : " · the job is down"));
    }

    private void catchUp(long wanted, CommitWatch watch) throws IOException, InterruptedException, SQLException {
        long deadline = System.nanoTime() + CATCH_UP_TIMEOUT.toNanos();
        while (watch.rows() < wanted
                && System.nanoTime() - deadline < 0
                && !stop.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            watch.look();
        }
    }

    private void summary(long changes, CommitWatch watch) {
        say("source %,d changes · warehouse %,d rows in %,d commits".formatted(changes, watch.rows(), watch.commits()));
        if (watch.hasLatencies()) {
            say("PostgreSQL commit → visible in MIRROR: median %.2f s, 95 %% %.2f s"
                    .formatted(watch.latencySeconds(0.5), watch.latencySeconds(0.95)));
        }
    }

    private void say(String line) {
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        System.out.printf(Locale.ROOT, "%7.1f s  %s%n", seconds, line);
        System.out.flush();
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
