package io.spindrift.cli;

import static io.spindrift.cli.ShopTables.awaitMoreCommits;
import static io.spindrift.cli.ShopTables.awaitRows;
import static io.spindrift.cli.ShopTables.compareMirror;
import static io.spindrift.cli.ShopTables.rowsInSource;
import static io.spindrift.cli.ShopTables.total;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.StateContents;
import io.spindrift.local.flink.FlinkDistribution;
import io.spindrift.local.flink.FlinkRest;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import io.spindrift.sinks.metrics.FlinkSeries;
import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.Operation;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A session cluster of several processes under a shop's traffic, by the commands that an operator has: the job is submitted by Flink's own command line, upgraded,
 * rescaled, upgraded to jars that are none, and set back to an older savepoint. Then every table, row and column is compared.
 */
class UpgradeITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final Pattern METRICS = Pattern.compile("metrics of (?:the JobManager|TaskManager \\d): (\\S+)");
    private static final Pattern SAVEPOINT = Pattern.compile("with savepoint (\\S+)");

    private final Path directory;
    private final Commands commands = new Commands();

    UpgradeITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    private int spindrift(String... arguments) {
        return commands.run(arguments);
    }

    private int onJob(String command, String cluster, String... more) {
        return commands.onJob(command, cluster, directory.resolve("job.yaml"), more);
    }

    @Test
    void aJobIsUpgradedRescaledAndSetBackUnderTrafficAndEachChangeIsThereOnce() throws Exception {
        String place = directory.resolve("cluster").toString();
        try (LocalPipeline pipeline = LocalPipeline.start(HOME, directory, System.out::println);
                Connection postgres =
                        DriverManager.getConnection(pipeline.endpoints().postgres());
                Connection snowflake = pipeline.endpoints().warehouse().connect()) {
            awaitRows(snowflake, "r", total(rowsInSource(postgres)));
            pipeline.job().close();
            Path file = directory.resolve("pipeline.yaml");
            Path without = directory.resolve("job.yaml");
            Files.writeString(without, Files.readString(file).replace("  parallelism: 2\n", ""));
            FlinkDistribution build = FlinkDistribution.ofBuild(HOME);
            assertThat(spindrift("cluster", "start", "--dir", place)).isZero();
            List<String> metrics = METRICS.matcher(commands.said())
                    .results()
                    .map(line -> line.group(1))
                    .toList();
            assertThat(metrics).hasSize(3);
            try {
                String url =
                        Files.readAllLines(Path.of(place, ClusterCommand.STATE)).get(0);
                FlinkRest flink = new FlinkRest(url);
                submitByFlinksCommandLine(build, url);
                EcommerceWorkload traffic =
                        EcommerceWorkload.start(pipeline.endpoints().postgres(), 60, 7);
                awaitMoreCommits(snowflake, 2);

                assertThat(onJob("upgrade", url, "--jar", build.jobJar().toString()))
                        .isZero();
                Matcher savepoint = SAVEPOINT.matcher(commands.said());
                assertThat(savepoint.find()).isTrue();
                assertThat(commands.said())
                        .contains("found job", "checked", "stopped", "its first commit is in the ledger");
                awaitMoreCommits(snowflake, 1);
                assertThat(spindrift("rescale", "--cluster", url, "--config", file.toString(), "--parallelism", "3"))
                        .isOne();
                assertThat(commands.said())
                        .contains("'pipeline.parallelism: 2', which goes before", "nothing was stopped");
                assertThat(onJob("rescale", url, "--parallelism", "3")).isZero();
                assertThat(flink.parallelism(Commands.running(flink))).isEqualTo(3);
                awaitMoreCommits(snowflake, 2);
                everyMetricIsScraped(metrics, Commands.running(flink));
                theirValuesAreSensible(metrics, Commands.running(flink));
                theMetricsTellWhatTheWarehouseHolds(metrics, Commands.running(flink), snowflake);

                String before = Commands.running(flink);
                assertThat(onJob(
                                "upgrade",
                                url,
                                "--jar",
                                jar("forgetful", List.of("order-changes")).toString()))
                        .isOne();
                assertThat(commands.said())
                        .contains(
                                "nothing was stopped",
                                "state of operator 'order-changes', which the jar does not have");
                assertThat(Commands.running(flink)).isEqualTo(before);

                assertThat(onJob(
                                "upgrade",
                                url,
                                "--jar",
                                jar("broken", List.of()).toString()))
                        .isOne();
                assertThat(commands.said()).contains("FAILED", "going back to", "the old one runs again");
                awaitMoreCommits(snowflake, 1);
                assertThat(flink.parallelism(Commands.running(flink))).isEqualTo(3);

                assertThat(onJob(
                                "rollback",
                                url,
                                "--to-savepoint",
                                savepoint.group(1),
                                "--jar",
                                build.jobJar().toString(),
                                "--parallelism",
                                "2"))
                        .isZero();
                assertThat(spindrift("cluster", "status", "--dir", place)).isZero();
                assertThat(commands.said()).contains("3 of 3 processes run", "RUNNING");
                ChangeCounts made = traffic.stop();
                awaitRows(snowflake, "c', 'u', 'd", made.total());
                compareMirror(postgres, snowflake);
                assertThat(
                                ShopTables.number(
                                        snowflake,
                                        "SELECT SUM(READ_RECORDS - APPLIED - SUPERSEDED - DUPLICATES - DEAD - IGNORED) FROM SPINDRIFT.COMMITS"))
                        .isZero();
            } finally {
                assertThat(spindrift("cluster", "stop", "--dir", place)).isZero();
                assertThat(commands.said()).contains("stopped: 3 processes");
                assertThat(spindrift("cluster", "status", "--dir", place)).isOne();
            }
        }
    }

    /** Under the names, labels and operators that docs/metrics.md gives. */
    private static void everyMetricIsScraped(List<String> urls, String job) throws Exception {
        Scrape scrape = Scrape.of(urls).job(job);
        List<String> missing = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            // There is no reorder buffer.
            boolean expected = metric != Metric.CHANGES_HELD_BACK;
            boolean found = scrape.of(metric.series()).stream()
                    .anyMatch(sample ->
                            sample.label("operator_name").equals(metric.place().operator())
                                    && sample.labels().keySet().containsAll(metric.labels()));
            if (found != expected) {
                missing.add(metric.series() + " of " + metric.place().operator() + ": " + found);
            }
        }
        for (FlinkSeries series : FlinkSeries.values()) {
            if (scrape.of(series.series()).isEmpty()) {
                missing.add(series.series());
            }
        }
        assertThat(missing).isEmpty();
    }

    /** Of a sound job under traffic. */
    private static void theirValuesAreSensible(List<String> urls, String job) throws Exception {
        Await.until(
                "a change that waits",
                ShopTables.STEP,
                () -> Scrape.of(urls).job(job).max(Metric.SOURCE_LAG.series()) > 0);
        Scrape scrape = Scrape.of(urls).job(job);
        assertThat(scrape.of(Metric.COMMITS.series())).as("of one committer").hasSize(1);
        assertThat(scrape.max(FlinkSeries.RUNNING.series())).isEqualTo(1);
        assertThat(scrape.max(Metric.LAST_COMMIT_AGE.series())).isBetween(0.0, 60_000.0);
        assertThat(scrape.max(Metric.SOURCE_LAG.series())).isBetween(0.0, 60_000.0);
        assertThat(scrape.max(Metric.WAREHOUSE_LAG.series())).isBetween(0.0, 60_000.0);
        assertThat(scrape.sum(Metric.JOINED_BYTES.series())).isPositive();
        for (Metric never :
                List.of(Metric.FENCED, Metric.STALLED, Metric.STOPPED_TABLES, Metric.DEAD_LETTERS, Metric.RAW_VALUES)) {
            assertThat(scrape.sum(never.series())).as(never.series()).isZero();
        }
        assertThat(scrape.sum(FlinkSeries.COMMITTABLES_FAILED.series())).isZero();
    }

    /** The job began with the committer's epoch and has not restarted since, so its counters are the sums of that epoch's commits. */
    private static void theMetricsTellWhatTheWarehouseHolds(List<String> urls, String job, Connection snowflake)
            throws Exception {
        List<String> seen = new ArrayList<>();
        try {
            Await.until("a moment between two commits", ShopTables.STEP, () -> {
                Scrape scrape = Scrape.of(urls).job(job);
                seen.clear();
                seen.addAll(List.of(shown(scrape), held(snowflake)));
                return seen.get(0).equals(seen.get(1));
            });
        } catch (AssertionError e) {
            assertThat(seen.get(0)).as("metrics").isEqualTo(seen.get(1));
            throw e;
        }
        assertThat(seen.get(0)).contains("ORDERS create=", "ORDER_ITEMS create=", "ORDERS update=");
    }

    private static String shown(Scrape scrape) {
        Set<String> rows = new TreeSet<>();
        for (Scrape.Sample sample : scrape.of(Metric.TABLE_ROWS.series())) {
            if (sample.value() > 0) {
                rows.add("%s %s=%d".formatted(sample.label("table"), sample.label("operation"), (long) sample.value()));
            }
        }
        return rows
                + Stream.of(
                                Metric.COMMITS,
                                Metric.COMMITTED_ROWS,
                                Metric.COMMITTED_FILES,
                                Metric.COMMITTED_BYTES,
                                Metric.RECORDS_READ,
                                Metric.SUPERSEDED,
                                Metric.DUPLICATES,
                                Metric.DEAD_LETTERS,
                                Metric.IGNORED)
                        .map(metric -> " %s=%d".formatted(metric.flinkName(), (long) scrape.sum(metric.series())))
                        .collect(Collectors.joining());
    }

    private static String held(Connection snowflake) throws SQLException {
        String epoch = "\"EPOCH\" = (SELECT MAX(\"EPOCH\") FROM SPINDRIFT.PIPELINES)";
        Set<String> rows = new TreeSet<>();
        for (String table : EcommerceSource.TABLES) {
            String name = table.toUpperCase(Locale.ROOT);
            ShopTables.query(
                    snowflake,
                    "SELECT \"_CDC_OPERATION\", COUNT(*) FROM RAW.\"%s\" WHERE \"_COMMIT_ID\" IN (SELECT \"COMMIT_ID\" FROM SPINDRIFT.COMMITS WHERE %s) GROUP BY \"_CDC_OPERATION\""
                            .formatted(name, epoch),
                    row -> rows.add("%s %s=%d".formatted(name, operation(row.getString(1)), row.getLong(2))));
        }
        return rows + committed(snowflake, epoch);
    }

    private static String operation(String code) {
        return Operation.ofCode(code.charAt(0)).name().toLowerCase(Locale.ROOT);
    }

    private static String committed(Connection snowflake, String epoch) throws SQLException {
        StringBuilder sums = new StringBuilder();
        List<String> names = List.of(
                "commits",
                "committedRows",
                "committedFiles",
                "committedBytes",
                "recordsRead",
                "superseded",
                "duplicates",
                "deadLetters",
                "ignored");
        ShopTables.query(
                snowflake,
                "SELECT COUNT(*), SUM(\"ROWS\"), SUM(FILES), SUM(BYTES), SUM(READ_RECORDS), SUM(SUPERSEDED), SUM(DUPLICATES), SUM(DEAD), SUM(IGNORED) FROM SPINDRIFT.COMMITS WHERE "
                        + epoch,
                row -> {
                    for (int column = 1; column <= names.size(); column++) {
                        sums.append(" %s=%d".formatted(names.get(column - 1), row.getLong(column)));
                    }
                });
        return sums.toString();
    }

    private void submitByFlinksCommandLine(FlinkDistribution build, String url) throws Exception {
        ProcessBuilder flink = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // As Flink's own scripts do.
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-cp",
                String.join(File.pathSeparator, build.classPath()),
                "org.apache.flink.client.cli.CliFrontend",
                "run",
                "--detached",
                "--jobmanager",
                url.replace("http://", ""),
                "--parallelism",
                "2",
                build.jobJar().toString(),
                "--config",
                directory.resolve("job.yaml").toString());
        flink.environment()
                .put(
                        "FLINK_CONF_DIR",
                        directory.resolve("cluster").resolve("conf").toString());
        Path log = directory.resolve("flink-run.log");
        Process process =
                flink.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertThat(process.waitFor()).as("flink run: %s", Files.readString(log)).isZero();
    }

    /** A jar that says it can read what this build writes, but for some operators, and has nothing to run. */
    private Path jar(String name, List<String> withoutOperators) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "no.such.Job");
        Path jar = directory.resolve(name + ".jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file, manifest)) {
            entries.putNextEntry(new JarEntry(StateContents.RESOURCE));
            StateContents whole = StateContents.ofThisBuild();
            StringBuilder lines = new StringBuilder();
            whole.operators().stream()
                    .filter(uid -> !withoutOperators.contains(uid))
                    .forEach(uid -> lines.append("operator.")
                            .append(uid.replace(" ", "\\ ").replace(":", "\\:"))
                            .append(" =\n"));
            whole.formats().forEach((format, version) -> lines.append("format.%s = %d%n".formatted(format, version)));
            entries.write(lines.toString().getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }
}
