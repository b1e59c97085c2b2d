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
import io.spindrift.local.workload.EcommerceWorkload;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * A session cluster of several processes under a shop's traffic, by the commands that an operator has: the job is submitted by Flink's own command line, upgraded,
 * rescaled, upgraded to jars that are none, and set back to an older savepoint. Then every table, row and column is compared.
 */
class UpgradeITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final Pattern SAVEPOINT = Pattern.compile("with savepoint (\\S+)");

    private final Path directory;
    private final StringWriter out = new StringWriter();

    UpgradeITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    private int spindrift(String... arguments) {
        out.getBuffer().setLength(0);
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        int code = command.execute(arguments);
        System.out.print(out);
        return code;
    }

    private int onJob(String command, String cluster, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                command,
                "--cluster",
                cluster,
                "--config",
                directory.resolve("job.yaml").toString()));
        arguments.addAll(Arrays.asList(more));
        return spindrift(arguments.toArray(String[]::new));
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
                Matcher savepoint = SAVEPOINT.matcher(out.toString());
                assertThat(savepoint.find()).isTrue();
                assertThat(out.toString())
                        .contains("found job", "checked", "stopped", "its first commit is in the ledger");
                awaitMoreCommits(snowflake, 1);
                assertThat(spindrift("rescale", "--cluster", url, "--config", file.toString(), "--parallelism", "3"))
                        .isOne();
                assertThat(out.toString())
                        .contains("'pipeline.parallelism: 2', which goes before", "nothing was stopped");
                assertThat(onJob("rescale", url, "--parallelism", "3")).isZero();
                assertThat(flink.parallelism(running(flink))).isEqualTo(3);

                String before = running(flink);
                assertThat(onJob(
                                "upgrade",
                                url,
                                "--jar",
                                jar("forgetful", List.of("order-changes")).toString()))
                        .isOne();
                assertThat(out.toString())
                        .contains(
                                "nothing was stopped",
                                "state of operator 'order-changes', which the jar does not have");
                assertThat(running(flink)).isEqualTo(before);

                assertThat(onJob(
                                "upgrade",
                                url,
                                "--jar",
                                jar("broken", List.of()).toString()))
                        .isOne();
                assertThat(out.toString()).contains("FAILED", "going back to", "the old one runs again");
                awaitMoreCommits(snowflake, 1);
                assertThat(flink.parallelism(running(flink))).isEqualTo(3);

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
                assertThat(out.toString()).contains("3 of 3 processes run", "RUNNING");
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
                assertThat(out.toString()).contains("stopped: 3 processes");
                assertThat(spindrift("cluster", "status", "--dir", place)).isOne();
            }
        }
    }

    private static String running(FlinkRest flink) throws IOException {
        return flink.jobs().stream()
                .filter(job -> job.state().equals("RUNNING"))
                .map(FlinkRest.Named::id)
                .reduce((one, two) -> {
                    throw new AssertionError("two jobs run");
                })
                .orElseThrow();
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
