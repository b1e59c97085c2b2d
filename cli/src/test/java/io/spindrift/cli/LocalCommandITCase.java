package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.LoopbackPort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** bin/spindrift as a person uses it: in a shell, with PostgreSQL's client and {@code spindrift sql}. */
class LocalCommandITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration STEP = Duration.ofSeconds(60);

    private final Path directory;

    LocalCommandITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void whatAPersonWritesToPostgresStandsInTheMirrorAndCtrlCLeavesNothingBehind() throws Exception {
        Path endpointsFile = directory.resolve("endpoints.json");
        Process local = spindrift("local", "--workload", "none", "--endpoints", endpointsFile.toString());
        try {
            Await.until("spindrift local is ready:\n" + output(), START, () -> {
                assertThat(local.isAlive()).as(output()).isTrue();
                return Files.exists(endpointsFile);
            });
            Endpoints endpoints = Endpoints.read(endpointsFile);
            try (Connection postgres = DriverManager.getConnection(endpoints.postgres());
                    Statement statement = postgres.createStatement()) {
                changes(statement, endpointsFile);
            }
            health(Path.of(workDirectory()).resolve("pipeline.yaml"), endpointsFile);
            List<ProcessHandle> family = local.descendants().toList();
            assertThat(family).as("PostgreSQL, registry, job").hasSizeGreaterThanOrEqualTo(3);
            ChildProcess.signal(local.pid(), "INT");
            assertThat(local.waitFor(STEP.toSeconds(), TimeUnit.SECONDS))
                    .as("stops on Ctrl-C")
                    .isTrue();
            assertThat(local.exitValue()).as(output()).isZero();
            assertThat(family).noneMatch(ProcessHandle::isAlive);
            assertThat(Path.of(workDirectory())).doesNotExist();
        } finally {
            local.descendants().forEach(ProcessHandle::destroyForcibly);
            local.destroyForcibly();
        }
    }

    /** The registry client's jar carries classes of theirs, not relocated, and older: PostgreSQL could not be unpacked with them. */
    @Test
    void theRegistryClientStandsBehindTheLibrariesThatItCarries() throws Exception {
        List<String> jars = List.of(
                Files.readString(HOME.resolve("cli/target/runtime.classpath")).split(":"));
        int registry = indexOf(jars, "flink-sql-avro-confluent-registry");
        for (String carried : List.of("commons-lang3", "commons-io", "zstd-jni", "snappy-java", "snakeyaml")) {
            assertThat(indexOf(jars, carried)).as(carried).isBetween(0, registry);
        }
    }

    private static int indexOf(List<String> jars, String name) {
        return IntStream.range(0, jars.size())
                .filter(i -> jars.get(i).contains("/" + name + "-"))
                .findFirst()
                .orElse(-1);
    }

    /**
     * The job runs and what there was has arrived, as its snapshot proves, whose records the command reads itself; an accepted gap makes the ledger say that more was read than there is. */
    private void health(Path config, Path endpointsFile) throws Exception {
        // A tombstone behind the last row is told to the ledger minutes later.
        assertThat(answer("health", "--config", config.toString()))
                .matches("healthy: the source is [01] records ahead of the ledger, whose last commit is \\d+ s old\n");
        assertThat(answer("sweep", "--config", config.toString(), "--table", "PRODUCTS"))
                .containsPattern("MIRROR.PRODUCTS: \\d+ rows are older than .* and not in it")
                .contains("nothing was changed");
        assertThat(answer(
                        "accept",
                        "gap",
                        "--config",
                        config.toString(),
                        "--topic",
                        "shop.public.audit_log",
                        "--partition",
                        "0",
                        "--up-to",
                        "4711"))
                .contains("shop.public.audit_log-0: what is missing up to offset 4711 is accepted");
        awaitAnswer(endpointsFile, "SELECT MAX(READ_OFFSET) AS N FROM SPINDRIFT.OFFSETS", "[{\"N\":4711}]");
    }

    private static String answer(String... arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Stream.concat(Stream.of(HOME.resolve("bin/spindrift").toString()), Stream.of(arguments))
                                .toList())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(answer).isZero();
        return answer;
    }

    private void changes(Statement statement, Path endpointsFile) throws Exception {
        statement.execute("INSERT INTO products (product_id, sku, name, price, stock)"
                + " VALUES ('11111111-2222-3333-4444-555555555555', 'X-1', 'Größe \"40\",\n€', 12.50, 3)");
        String found = "SELECT NAME, PRICE, STOCK FROM MIRROR.PRODUCTS WHERE SKU = 'X-1'";
        awaitAnswer(endpointsFile, found, "[{\"NAME\":\"Größe \\\"40\\\",\\n€\",\"PRICE\":12.50,\"STOCK\":3}]");
        statement.execute("UPDATE products SET price = 99999999.99, stock = 0 WHERE sku = 'X-1'");
        awaitAnswer(endpointsFile, found, "[{\"NAME\":\"Größe \\\"40\\\",\\n€\",\"PRICE\":99999999.99,\"STOCK\":0}]");
        statement.execute("DELETE FROM products WHERE sku = 'X-1'");
        awaitAnswer(endpointsFile, found, "[]");
        statement.execute("TRUNCATE audit_log");
        awaitAnswer(endpointsFile, "SELECT COUNT(*) AS N FROM MIRROR.AUDIT_LOG", "[{\"N\":0}]");
        awaitAnswer(
                endpointsFile,
                "SELECT _CDC_OPERATION AS OP, COUNT(*) AS N FROM RAW.PRODUCTS WHERE _CDC_OPERATION <> 'r' GROUP BY OP ORDER BY OP",
                "[{\"OP\":\"c\",\"N\":1},{\"OP\":\"d\",\"N\":1},{\"OP\":\"u\",\"N\":1}]");
    }

    /** Ended hard, then started again on the same data; ended by Ctrl-C. */
    @Test
    void theLocalSnowflakeAloneKeepsItsData() throws Exception {
        Path data = directory.resolve("warehouse");
        Path endpointsFile = data.resolve("endpoints.json");
        Path file = Files.writeString(directory.resolve("two.csv"), "1,a\n2,\n");
        String port = String.valueOf(LoopbackPort.free());
        String[] command = {"snowflake", "--port", port, "--data", data.toString(), "--stages", "http"};
        Process first = spindrift(command);
        try {
            awaitListening(first, "stop:  Ctrl-C");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(endpointsFile)))
                    .isEqualTo("rw-------");
            sql(endpointsFile, "CREATE TABLE T (ID INT, S VARCHAR)");
            sql(endpointsFile, "CREATE STAGE BOX");
            sql(endpointsFile, "PUT file://" + file + " @BOX");
            sql(endpointsFile, "COPY INTO T FROM @BOX");
        } finally {
            end(first, "KILL");
        }
        Files.delete(endpointsFile);
        Process second = spindrift(command);
        try {
            awaitListening(second, "stop:  Ctrl-C");
            awaitAnswer(endpointsFile, "SELECT * FROM T ORDER BY ID", "[{\"ID\":1,\"S\":\"a\"},{\"ID\":2,\"S\":null}]");
            awaitAnswer(endpointsFile, "SELECT COUNT(*) AS N FROM T", "[{\"N\":2}]");
        } finally {
            assertThat(end(second, "INT")).as(output()).isZero();
        }
    }

    private void awaitListening(Process process, String line) throws Exception {
        Await.until("spindrift snowflake says " + line, START, () -> {
            assertThat(process.isAlive()).as(output()).isTrue();
            return output().contains(line);
        });
    }

    private static int end(Process process, String signal) throws Exception {
        ChildProcess.signal(process.pid(), signal);
        assertThat(process.waitFor(STEP.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void everyProblemOfAPipelineFileIsToldAndTheExitCodeIsTwo() throws Exception {
        Path config = directory.resolve("pipeline.yaml");
        Files.writeString(config, """
                source:
                  bootstrap-servers: localhost:9092
                  topcs: [a]
                sink:
                  url: jdbc:snowflake://x.snowflakecomputing.com/
                  user: loader
                  password: ${env:SPINDRIFT_NOT_SET}
                """);
        Process run = spindrift("run", "--config", config.toString());
        assertThat(run.waitFor(STEP.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isEqualTo(2);
        assertThat(output())
                .contains("unknown key 'source.topcs': did you mean 'source.topics'?")
                .contains("'source.topics' or 'source.topic-pattern' is missing")
                .contains("SPINDRIFT_NOT_SET, which is not set")
                .contains("'sink.database' is missing")
                .contains("'pipeline.name' is missing");
    }

    private Process spindrift(String... arguments) throws IOException {
        List<String> command = Stream.concat(
                        Stream.of(HOME.resolve("bin/spindrift").toString()), Stream.of(arguments))
                .toList();
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.txt").toFile())
                .start();
    }

    private String output() throws IOException {
        Path file = directory.resolve("output.txt");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private String workDirectory() throws IOException {
        return output().lines()
                .filter(line -> line.contains("starting in "))
                .findFirst()
                .orElseThrow()
                .replaceFirst(".*starting in ", "");
    }

    private void awaitAnswer(Path endpointsFile, String sql, String json) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode wanted = mapper.readTree(json);
        Await.until(sql + " gives " + json, STEP, () -> wanted.equals(mapper.readTree(sql(endpointsFile, sql))));
    }

    private static String sql(Path endpointsFile, String sql) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        HOME.resolve("bin/spindrift").toString(),
                        "sql",
                        "--endpoints",
                        endpointsFile.toString(),
                        "--format",
                        "json",
                        sql)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(answer).isZero();
        return answer;
    }
}
