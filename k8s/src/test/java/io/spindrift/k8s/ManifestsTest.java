package io.spindrift.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.jobs.config.PipelineFile;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.kubernetes.operator.api.FlinkDeployment;
import org.apache.flink.kubernetes.operator.api.FlinkSessionJob;
import org.apache.flink.kubernetes.operator.config.FlinkConfigManager;
import org.apache.flink.kubernetes.operator.config.KubernetesOperatorConfigOptions;
import org.apache.flink.kubernetes.operator.validation.DefaultValidator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every manifest against the operator's classes, CRDs and rules. Overlays are built where kubectl or kustomize is there; elsewhere their
 * files are read one by one, and the merged whole goes unchecked.
 */
final class ManifestsTest {

    private static final Path BASE = Path.of("base");

    private static final Path DEPLOYMENT = BASE.resolve("flink-deployment.yaml");

    private static final Path FLINK_CONF = Path.of("../flink-conf");

    /** What the manifests say in fields of their own, or the operator does by itself. */
    private static final Set<String> NOT_IN_MANIFESTS = Set.of(
            "jobmanager.rpc.address",
            "jobmanager.memory.process.size",
            "taskmanager.memory.process.size",
            "parallelism.default");

    /** What the read-only root file system asks for. */
    private static final Set<String> POD_KEYS =
            Set.of("io.tmp.dirs", "env.java.opts.jobmanager", "env.java.opts.taskmanager");

    private static final DefaultValidator OPERATOR = new DefaultValidator(new FlinkConfigManager(new Configuration()));

    /** A whole application as small as the rules allow. */
    private static final String APPLICATION = """
            kind: FlinkDeployment
            apiVersion: flink.apache.org/v1beta1
            metadata: {name: spindrift}
            spec:
              image: spindrift
              flinkVersion: v1_20
              serviceAccount: spindrift
              flinkConfiguration:
                execution.checkpointing.dir: s3://bucket/checkpoints
                execution.checkpointing.savepoint-dir: s3://bucket/savepoints
                pipeline.max-parallelism: "120"
              logConfiguration: {log4j-console.properties: ""}
              jobManager: {replicas: 1, resource: {cpu: 1, memory: 2g}}
              taskManager: {resource: {cpu: 2, memory: 4g}}
              podTemplate: {spec: {containers: [{name: flink-main-container, envFrom: []}]}}
              job: {jarURI: "local:///a.jar", parallelism: 2, upgradeMode: savepoint, state: running}
            ---
            kind: FlinkDeployment
            apiVersion: flink.apache.org/v1beta1
            metadata: {name: session}
            spec:
              flinkVersion: v1_20
              serviceAccount: spindrift
              flinkConfiguration:
                execution.checkpointing.dir: s3://bucket/checkpoints
                execution.checkpointing.savepoint-dir: s3://bucket/savepoints
                pipeline.max-parallelism: "720"
              jobManager: {resource: {cpu: 1, memory: 2g}}
              taskManager: {resource: {cpu: 2, memory: 4g}}
            ---
            kind: FlinkSessionJob
            apiVersion: flink.apache.org/v1beta1
            metadata: {name: shop}
            spec:
              deploymentName: session
              job: {jarURI: "https://example.com/b.jar", parallelism: 3, upgradeMode: savepoint, state: running}
            ---
            kind: FlinkStateSnapshot
            apiVersion: flink.apache.org/v1beta1
            metadata: {name: backup}
            spec:
              jobReference: {kind: FlinkDeployment, name: spindrift}
              savepoint: {disposeOnDelete: false}
              backoffLimit: 3
            ---
            kind: ServiceAccount
            apiVersion: v1
            metadata: {name: spindrift}
            automountServiceAccountToken: true
            """;

    static Stream<Path> manifests() throws IOException {
        return files(name -> !name.equals("kustomization.yaml") && !name.equals("pipeline.yaml"));
    }

    static Stream<Path> kustomizations() throws IOException {
        return files(name -> name.equals("kustomization.yaml"));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void everyFieldIsKnown(Path file) {
        for (Manifest manifest : read(file)) {
            assertThat(manifest.problems()).as(manifest.kind()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base/flink-deployment.yaml", "snapshot.yaml"})
    void whatIsWholeByItselfKeepsTheRules(Path file) {
        List<Manifest> manifests = read(file);
        if (manifests.get(0).kind().equals("FlinkDeployment")) {
            assertThat(allProblems(manifests)).isEmpty();
        } else {
            assertThat(Rules.problems(manifests)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application", "production", "session"})
    void overlaysKeepTheRules(String overlay) {
        List<Manifest> manifests = build(overlay);
        assertThat(allProblems(manifests)).isEmpty();
        assertThat(manifests).extracting(Manifest::kind).contains("FlinkDeployment", "NetworkPolicy", "ConfigMap");
    }

    @ParameterizedTest
    @CsvSource({
        "application, application/small, 2g, 4g, 2",
        "production, application/large, 4g, 16g, 12",
        "session, session/small, 2g, 4g, 2"
    })
    void overlaysCarryFlinkConf(
            String overlay, String profile, String jobManager, String taskManager, String parallelism) {
        List<Manifest> manifests = build(overlay);
        Manifest deployment = only(manifests, "FlinkDeployment");
        Map<String, String> flink = Rules.flat(
                read(FLINK_CONF.resolve(profile).resolve("config.yaml")).get(0).document());
        assertThat(flink)
                .containsEntry(
                        "jobmanager.memory.process.size",
                        deployment.at("/spec/jobManager/resource/memory").asText())
                .containsEntry("jobmanager.memory.process.size", jobManager)
                .containsEntry(
                        "taskmanager.memory.process.size",
                        deployment.at("/spec/taskManager/resource/memory").asText())
                .containsEntry("taskmanager.memory.process.size", taskManager)
                .containsEntry("parallelism.default", parallelism);
        Manifest job = overlay.equals("session") ? only(manifests, "FlinkSessionJob") : deployment;
        assertThat(job.at("/spec/job/parallelism").asText()).isEqualTo(parallelism);
        flink.keySet().removeAll(NOT_IN_MANIFESTS);
        assertThat(ownKeys(deployment)).isEqualTo(withHighAvailability(flink));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void operatorKeysAreTheOperators(Path file) {
        Set<String> known = operatorKeys();
        for (Manifest manifest : read(file)) {
            assertThat(Rules.flat(manifest.at("/spec/flinkConfiguration")).keySet())
                    .filteredOn(key -> key.startsWith("kubernetes.operator."))
                    .isSubsetOf(known);
        }
    }

    @Test
    void logsAreThoseOfFlinkConf() throws IOException {
        assertThat(deployment()
                        .at("/spec/logConfiguration/log4j-console.properties")
                        .asText())
                .isEqualTo(Files.readString(FLINK_CONF.resolve("log4j-console.properties")));
    }

    @Test
    void thePipelineIsOne(@TempDir Path secrets) throws IOException {
        Files.createDirectories(secrets.resolve("kafka"));
        Files.writeString(
                secrets.resolve("kafka/jaas.conf"),
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        String pipeline = Files.readString(BASE.resolve("pipeline.yaml"));
        assertThat(pipeline).contains("${file:/etc/spindrift/kafka/jaas.conf}", "/etc/spindrift/snowflake/rsa_key.p8");
        Path file = secrets.resolve("pipeline.yaml");
        Files.writeString(file, pipeline.replace("/etc/spindrift", secrets.toString()));

        assertThatCode(() -> PipelineFile.read(file, List.of(), name -> null)).doesNotThrowAnyException();
        assertThat(mounts(deployment()))
                .contains("/etc/spindrift/pipeline", "/etc/spindrift/kafka", "/etc/spindrift/snowflake");
    }

    @Test
    void podsRunWithoutRights() {
        JsonNode pod = deployment().at("/spec/podTemplate/spec");
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(9999);
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        JsonNode container = pod.at("/containers/0");
        assertThat(container.at("/name").asText()).isEqualTo("flink-main-container");
        assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
                .isFalse();
        assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                .isTrue();
        assertThat(container.at("/securityContext/capabilities/drop/0").asText())
                .isEqualTo("ALL");
    }

    /** The entry point makes plugins/NAME of opt/NAME.jar: on a read-only root that folder must be a volume, and the version the image's. */
    @Test
    void whatIsWrittenHasAVolume() throws IOException {
        JsonNode environment = deployment().at("/spec/podTemplate/spec/containers/0/env/0");
        assertThat(environment.path("name").asText()).isEqualTo("ENABLE_BUILT_IN_PLUGINS");
        String plugin = environment.path("value").asText().replace(".jar", "");
        assertThat(mounts(deployment()))
                .contains("/tmp", "/opt/flink/log", "/opt/flink/plugins/" + plugin)
                .contains(deployment()
                        .at("/spec/flinkConfiguration")
                        .path("io.tmp.dirs")
                        .asText());
        String version = plugin.substring(plugin.lastIndexOf('-') + 1);
        assertThat(Files.readString(Path.of("../Dockerfile"))).contains("FLINK_IMAGE=flink:" + version + "-java17\n");
        assertThat(Files.readString(Path.of("../pom.xml"))).contains("<flink.version>" + version + "</flink.version>");
    }

    @Test
    void theNetworkPolicyOpensFlinksPorts() {
        Manifest policy = read(BASE.resolve("network-policy.yaml")).get(0);
        Map<String, String> flink = Rules.flat(deployment().at("/spec/flinkConfiguration"));
        assertThat(policy.at("/spec/ingress/0/ports")).isEqualTo(policy.at("/spec/egress/0/ports"));
        int first = policy.at("/spec/ingress/0/ports/0/port").asInt();
        int last = policy.at("/spec/ingress/0/ports/0/endPort").asInt();
        assertThat(Stream.of(
                                "taskmanager.data.port",
                                "taskmanager.rpc.port",
                                "jobmanager.rpc.port",
                                "high-availability.jobmanager.port",
                                "blob.server.port",
                                "metrics.internal.query-service.port")
                        .map(key -> Integer.parseInt(flink.getOrDefault(key, "0"))))
                .allMatch(port -> first <= port && port <= last);
        assertThat(policy.at("/spec/ingress/0/ports/1/port").asText()).isEqualTo(flink.get("rest.port"));
        assertThat(policy.at("/spec/ingress/2/ports/0/port").asText())
                .isEqualTo(flink.get("metrics.reporter.prom.port"));
        JsonNode metrics = deployment().at("/spec/podTemplate/spec/containers/0/ports/0");
        assertThat(metrics.path("containerPort").asText()).isEqualTo(flink.get("metrics.reporter.prom.port"));
        assertThat(read(BASE.resolve("pod-monitor.yaml")).get(0).at("/spec/podMetricsEndpoints/0/port"))
                .isEqualTo(metrics.path("name"));
    }

    @ParameterizedTest
    @MethodSource("kustomizations")
    void kustomizationsNameFilesThatExist(Path file) {
        for (Path named : named(file)) {
            assertThat(named).exists();
        }
    }

    @Test
    void everyManifestIsNamedOnce() throws IOException {
        List<Path> named =
                kustomizations().flatMap(file -> named(file).stream()).toList();
        assertThat(named).filteredOn(Files::isRegularFile).doesNotHaveDuplicates();
        assertThat(manifests().filter(file -> !file.endsWith("snapshot.yaml"))).isSubsetOf(named);
    }

    @Test
    void theSmallestApplicationIsRight() {
        assertThat(allProblems(Manifest.readAll(APPLICATION))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Fields and types.
                "parallelism: 2,       | paralelism: 2,        | paralelism",
                "envFrom: []           | envFromm: []          | envFromm",
                "flinkVersion: v1_20   | flinkVersion: v3_0    | v3_0",
                "cpu: 1,               | cpu: one,             | one",
                "upgradeMode: savepoint| upgradeMode: safe     | safe",
                "serviceAccount:       | servceAccount:        | servceAccount",
                "backoffLimit: 3       | backofLimit: 3        | backofLimit",
                "deploymentName:       | deployment:           | deployment",
                "automountServiceAcc   | automountServiceAc    | automountServiceAc",
                // The operator's rules.
                "savepoint-dir: s3://bucket/savepoints| savepoints: x   | savepoint-dir",
                "pipeline.max-parallelism: \"120\"| kubernetes.cluster-id: x | kubernetes.cluster-id",
                "memory: 2g            | memory: lots          | memory",
                "log4j-console.properties | log4j.properties   | log4j.properties",
                "replicas: 1           | replicas: 2           | 2 JobManagers need",
                "name: spindrift}      | name: Spindrift}      | name 'Spindrift'",
                "deploymentName: session | deploymentName: spindrift | no session cluster 'spindrift'",
                "https://example.com   | http://example.com    | https alone",
                // Ours.
                "execution.checkpointing.dir: | state.checkpoints.dir: | execution.checkpointing.dir is missing",
                "upgradeMode: savepoint| upgradeMode: stateless| starts without state",
                "parallelism: 2,       | parallelism: 7,       | 7 does not divide",
                "backoffLimit: 3       | backoffLimit:         | backoffLimit",
                "state: running        | allowNonRestoredState: true | loses rows",
                "kind: FlinkStateSnapshot | kind: Secret       | Secret",
            })
    void aMistakeIsFound(String right, String wrong, String problem) {
        String broken = APPLICATION.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong));
        assertThat(broken).isNotEqualTo(APPLICATION);
        assertThat(allProblems(Manifest.readAll(broken)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    private static Stream<Path> files(Predicate<String> name) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(""))) {
            return files
                    .filter(file -> !file.startsWith("target") && !file.startsWith("src"))
                    .filter(file -> file.toString().endsWith(".yaml")
                            && name.test(file.getFileName().toString()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static List<Manifest> read(Path file) {
        try {
            return Manifest.readAll(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Manifest deployment() {
        return read(DEPLOYMENT).get(0);
    }

    private static Manifest only(List<Manifest> manifests, String kind) {
        List<Manifest> found = manifests.stream()
                .filter(manifest -> manifest.kind().equals(kind))
                .toList();
        assertThat(found).as(kind).hasSize(1);
        return found.get(0);
    }

    private static Set<String> mounts(Manifest deployment) {
        Set<String> paths = new TreeSet<>();
        deployment
                .at("/spec/podTemplate/spec/containers/0/volumeMounts")
                .forEach(mount -> paths.add(mount.path("mountPath").asText()));
        return paths;
    }

    /** Flink's own keys of a deployment, without what only pods need. */
    private static Map<String, String> ownKeys(Manifest deployment) {
        Map<String, String> keys = Rules.flat(deployment.at("/spec/flinkConfiguration"));
        keys.keySet().removeIf(key -> key.startsWith("kubernetes.") || POD_KEYS.contains(key));
        return keys;
    }

    /** On Kubernetes session clusters have it, too. */
    private static Map<String, String> withHighAvailability(Map<String, String> flink) {
        Map<String, String> all = new TreeMap<>(flink);
        Rules.flat(deployment().at("/spec/flinkConfiguration")).forEach((key, value) -> {
            if (key.startsWith("high-availability.")) {
                all.putIfAbsent(key, value);
            }
        });
        return all;
    }

    private static Set<String> operatorKeys() {
        return Arrays.stream(KubernetesOperatorConfigOptions.class.getDeclaredFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class)
                .map(field -> {
                    try {
                        return ((ConfigOption<?>) field.get(null)).key();
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .collect(Collectors.toSet());
    }

    private static List<Path> named(Path kustomization) {
        JsonNode document = read(kustomization).get(0).document();
        List<Path> named = new ArrayList<>();
        document.path("resources")
                .forEach(resource -> named.add(
                        kustomization.resolveSibling(resource.asText()).normalize()));
        document.path("patches")
                .forEach(patch -> named.add(kustomization
                        .resolveSibling(patch.path("path").asText())
                        .normalize()));
        document.path("configMapGenerator").forEach(map -> map.path("files")
                .forEach(file ->
                        named.add(kustomization.resolveSibling(file.asText()).normalize())));
        return named;
    }

    private static List<String> allProblems(List<Manifest> manifests) {
        List<String> problems = new ArrayList<>(Rules.problems(manifests));
        manifests.forEach(manifest -> problems.addAll(manifest.problems()));
        if (problems.isEmpty()) {
            operatorProblem(manifests).ifPresent(problems::add);
        }
        return problems;
    }

    private static Optional<String> operatorProblem(List<Manifest> manifests) {
        try {
            for (Manifest manifest : manifests) {
                Optional<String> problem =
                        switch (manifest.kind()) {
                            case "FlinkDeployment" -> OPERATOR.validateDeployment(manifest.as(FlinkDeployment.class));
                            case "FlinkSessionJob" ->
                                OPERATOR.validateSessionJob(
                                        manifest.as(FlinkSessionJob.class), session(manifest, manifests));
                            default -> Optional.empty();
                        };
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<FlinkDeployment> session(Manifest job, List<Manifest> manifests) throws IOException {
        for (Manifest manifest : manifests) {
            if (manifest.kind().equals("FlinkDeployment")
                    && manifest.name().equals(job.at("/spec/deploymentName").asText())) {
                return Optional.of(manifest.as(FlinkDeployment.class));
            }
        }
        return Optional.empty();
    }

    private static List<Manifest> build(String overlay) {
        Optional<List<String>> command = kustomize();
        assumeTrue(command.isPresent(), "neither kubectl nor kustomize is here");
        List<String> whole = new ArrayList<>(command.orElseThrow());
        whole.add("overlays/" + overlay);
        try {
            Process process = new ProcessBuilder(whole)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String built = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(String.join(" ", whole)).isZero();
            return Manifest.readAll(built);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<List<String>> kustomize() {
        return Stream.of(List.of("kubectl", "kustomize"), List.of("kustomize", "build"))
                .filter(command -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command.get(0)))))
                .findFirst();
    }
}
