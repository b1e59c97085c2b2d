package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.STEP;
import static io.spindrift.cli.ShopTables.awaitMoreCommits;
import static io.spindrift.cli.ShopTables.awaitRows;
import static io.spindrift.cli.ShopTables.compareMirror;
import static io.spindrift.cli.ShopTables.rowsInSource;
import static io.spindrift.cli.ShopTables.total;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.local.flink.FlinkCluster;
import io.spindrift.local.flink.FlinkDistribution;
import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.flink.FlinkRest.Submission;
import io.spindrift.local.flink.FlinkSettings;
import io.spindrift.local.flink.FlinkSettings.StateBackend;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under a shop's traffic: the job goes on as a later build, with an operator and a field of its state more, and not back; all TaskManagers die between
 * the savepoint of an upgrade and its last commit; the whole cluster dies, and the job goes on from its last checkpoint. Then every table, row and column is
 * compared, and RAW must hold each change once.
 */
class UpgradeAccidentsITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final long SLOW_COMMIT_MILLIS = 4_000;

    private final Path directory;
    private final Commands commands = new Commands();

    UpgradeAccidentsITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void eachChangeIsThereOnceAfterALaterBuildACrashInTheStopAndTheEndOfTheCluster() throws Exception {
        try (LocalPipeline pipeline = LocalPipeline.start(HOME, directory, System.out::println);
                Connection postgres =
                        DriverManager.getConnection(pipeline.endpoints().postgres());
                Connection snowflake = pipeline.endpoints().warehouse().connect()) {
            long snapshot = total(rowsInSource(postgres));
            awaitRows(snowflake, "r", snapshot);
            pipeline.job().close();
            FlinkDistribution build = FlinkDistribution.ofBuild(HOME);
            Path later = LaterBuild.jar(HOME, build, directory);
            FlinkSettings settings =
                    new FlinkSettings(directory.resolve("cluster"), 2, 2, StateBackend.ROCKSDB, Map.of());
            try (FlinkCluster cluster = FlinkCluster.start(build, settings)) {
                submit(cluster, build);
                EcommerceWorkload traffic =
                        EcommerceWorkload.start(pipeline.endpoints().postgres(), 60, 11);
                awaitMoreCommits(snowflake, 2);

                goesOnAsALaterBuildAndNotBack(cluster, build, later);
                awaitMoreCommits(snowflake, 1);
                survivesDeathBetweenTheSavepointAndItsCommit(pipeline, cluster, later);
                awaitMoreCommits(snowflake, 1);
                goesOnFromItsLastCheckpoint(cluster, later);

                ChangeCounts made = traffic.stop();
                awaitRows(snowflake, "c', 'u', 'd", made.total());
                compareMirror(postgres, snowflake);
                requireEachChangeOnce(snowflake, snapshot + made.total());
            }
        }
    }

    private void submit(FlinkCluster cluster, FlinkDistribution build) throws IOException {
        FlinkRest flink = cluster.rest();
        flink.run(
                flink.upload(build.jobJar()),
                new Submission(
                        List.of("--config", directory.resolve("pipeline.yaml").toString()),
                        2,
                        Optional.empty(),
                        Optional.empty()));
    }

    private int onJob(FlinkCluster cluster, String command, String... more) {
        return commands.onJob(command, cluster.rest().url(), directory.resolve("pipeline.yaml"), more);
    }

    private void goesOnAsALaterBuildAndNotBack(FlinkCluster cluster, FlinkDistribution build, Path later)
            throws IOException {
        assertThat(onJob(cluster, "upgrade", "--jar", later.toString())).isZero();
        assertThat(commands.said()).contains("its first commit is in the ledger");
        String running = Commands.running(cluster.rest());
        assertThat(onJob(cluster, "upgrade", "--jar", build.jobJar().toString()))
                .isOne();
        assertThat(commands.said())
                .contains(
                        "nothing was stopped",
                        "state of operator 'count-events', which the jar does not have",
                        "'values' in version 3, and the jar reads up to 2");
        assertThat(Commands.running(cluster.rest())).isEqualTo(running);
    }

    /** Commits are slow meanwhile: when the savepoint is complete, its commit is not. */
    private void survivesDeathBetweenTheSavepointAndItsCommit(LocalPipeline pipeline, FlinkCluster cluster, Path later)
            throws Exception {
        String running = Commands.running(cluster.rest());
        int slow = pipeline.snowflake()
                .faults()
                .add(Fault.before("^COMMIT", new Fault.Delay(SLOW_COMMIT_MILLIS))
                        .repeated(Integer.MAX_VALUE))
                .id();
        CompletableFuture<Integer> upgrade =
                CompletableFuture.supplyAsync(() -> onJob(cluster, "upgrade", "--jar", later.toString()));
        Await.until("the savepoint", STEP, () -> hasSavepointOf(running, cluster));
        assertThat(cluster.rest().job(running).hasEnded())
                .as("its commit is under way")
                .isFalse();
        for (int number = 0; number < cluster.taskManagers(); number++) {
            cluster.killTaskManager(number);
        }
        pipeline.snowflake().faults().remove(slow);
        cluster.repair();
        assertThat(upgrade.get()).as(commands.said()).isOne();
        assertThat(commands.said()).containsAnyOf("goes on as before", "it runs again as before");
    }

    private static boolean hasSavepointOf(String job, FlinkCluster cluster) throws IOException {
        try (Stream<Path> savepoints = Files.list(cluster.savepoints())) {
            return savepoints
                    .filter(path -> path.getFileName().toString().startsWith("savepoint-" + job.substring(0, 6)))
                    .anyMatch(path -> Files.exists(path.resolve("_metadata")));
        }
    }

    /** Every process dies; nobody takes a savepoint. */
    private void goesOnFromItsLastCheckpoint(FlinkCluster cluster, Path later) throws Exception {
        Await.until("the job to run", STEP, () -> cluster.rest().jobs().stream()
                .anyMatch(job -> job.state().equals("RUNNING")));
        String job = Commands.running(cluster.rest());
        cluster.killJobManager();
        for (int number = 0; number < cluster.taskManagers(); number++) {
            cluster.killTaskManager(number);
        }
        cluster.repair();
        String checkpoint = cluster.newestCheckpoint(job).orElseThrow();
        assertThat(onJob(
                        cluster,
                        "rollback",
                        "--to-savepoint",
                        checkpoint,
                        "--jar",
                        later.toString(),
                        "--parallelism",
                        "2"))
                .isZero();
        assertThat(commands.said()).contains("its first commit is in the ledger");
    }

    private static void requireEachChangeOnce(Connection snowflake, long changes) throws Exception {
        long rows = 0;
        for (String table : EcommerceSource.TABLES) {
            String raw = "RAW." + table.toUpperCase(Locale.ROOT);
            long all = ShopTables.number(snowflake, "SELECT COUNT(*) FROM " + raw);
            assertThat(ShopTables.number(
                            snowflake,
                            "SELECT COUNT(*) FROM (SELECT DISTINCT _KAFKA_TOPIC, _KAFKA_PARTITION, _KAFKA_OFFSET FROM "
                                    + raw + ")"))
                    .as(raw)
                    .isEqualTo(all);
            rows += all;
        }
        assertThat(rows).isEqualTo(changes);
        assertThat(
                        ShopTables.number(
                                snowflake,
                                "SELECT SUM(READ_RECORDS - APPLIED - SUPERSEDED - DUPLICATES - DEAD - IGNORED) FROM SPINDRIFT.COMMITS"))
                .isZero();
    }
}
