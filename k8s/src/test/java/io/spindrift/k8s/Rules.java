package io.spindrift.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Rules of the operator that its validator on Maven Central is too old for, and our own: of all manifests that are applied together. */
record Rules(List<Manifest> manifests, List<String> problems) {

    private static final Pattern NAME = Pattern.compile("[a-z]([-a-z\\d]{0,43}[a-z\\d])?");

    /** The operator sets these from the object's own name and namespace. */
    private static final List<String> FORBIDDEN =
            List.of("kubernetes.namespace", "kubernetes.cluster-id", "high-availability.cluster-id");

    private static final Set<String> LOG_FILES = Set.of("log4j-console.properties", "logback-console.xml");

    static List<String> problems(List<Manifest> manifests) {
        Rules rules = new Rules(manifests, new ArrayList<>());
        for (Manifest manifest : manifests) {
            switch (manifest.kind()) {
                case "FlinkDeployment" -> rules.deployment(manifest);
                case "FlinkSessionJob" -> rules.sessionJob(manifest);
                case "FlinkStateSnapshot" -> rules.snapshot(manifest);
                case "Secret" -> rules.problems.add("a Secret does not belong into the repository");
                default -> {}
            }
        }
        return rules.problems;
    }

    private void deployment(Manifest manifest) {
        JsonNode flink = manifest.at("/spec/flinkConfiguration");
        name(manifest);
        configuration(flink);
        highAvailability(manifest);
        manifest.at("/spec/logConfiguration")
                .fieldNames()
                .forEachRemaining(file -> require(
                        LOG_FILES.contains(file), "logConfiguration." + file + " is not read: only " + LOG_FILES));
        if (manifest.at("/spec").has("job")) {
            job(manifest.at("/spec/job"), flink);
        }
    }

    private void sessionJob(Manifest manifest) {
        name(manifest);
        configuration(manifest.at("/spec/flinkConfiguration"));
        String cluster = manifest.at("/spec/deploymentName").asText();
        List<Manifest> sessions = manifests.stream()
                .filter(other -> other.kind().equals("FlinkDeployment")
                        && !other.at("/spec").has("job"))
                .filter(other -> other.name().equals(cluster))
                .toList();
        require(
                !sessions.isEmpty(),
                "session job " + manifest.name() + ": there is no session cluster '" + cluster + "'");
        sessions.forEach(session -> job(manifest.at("/spec/job"), session.at("/spec/flinkConfiguration")));
        require(
                manifest.at("/spec/job/jarURI").asText().startsWith("https://"),
                "session job " + manifest.name() + ": the operator fetches jars over https alone");
    }

    private void snapshot(Manifest manifest) {
        require(manifest.at("/spec").has("backoffLimit"), "a snapshot without backoffLimit is tried for ever");
        require(
                manifest.at("/spec").has("savepoint") != manifest.at("/spec").has("checkpoint"),
                "a snapshot is either a savepoint or a checkpoint");
    }

    private void name(Manifest manifest) {
        require(NAME.matcher(manifest.name()).matches(), "name '" + manifest.name() + "' does not match " + NAME);
    }

    private void configuration(JsonNode flink) {
        FORBIDDEN.forEach(key -> require(!flink.has(key), key + " must be left to the operator"));
        require(
                !flink.path("kubernetes.operator.cluster.health-check.enabled").asBoolean()
                        || flink.path("kubernetes.operator.jm-deployment-recovery.enabled")
                                .asBoolean(true),
                "the health check needs kubernetes.operator.jm-deployment-recovery.enabled");
    }

    private void highAvailability(Manifest manifest) {
        JsonNode flink = manifest.at("/spec/flinkConfiguration");
        boolean on = flink.path("high-availability.type").asText().equals("kubernetes")
                && flink.has("high-availability.storageDir");
        int replicas = manifest.at("/spec/jobManager/replicas").asInt(1);
        require(on || replicas == 1, replicas + " JobManagers need high-availability");
        require(
                on
                        || !flink.path("kubernetes.operator.deployment.rollback.enabled")
                                .asBoolean(),
                "rollback needs high-availability");
    }

    private void job(JsonNode job, JsonNode flink) {
        String mode = job.path("upgradeMode").asText();
        require(
                mode.equals("savepoint") || mode.equals("last-state"),
                "upgradeMode '" + mode + "' starts without state");
        require(flink.has("execution.checkpointing.dir"), "execution.checkpointing.dir is missing");
        require(flink.has("execution.checkpointing.savepoint-dir"), "execution.checkpointing.savepoint-dir is missing");
        require(!job.path("allowNonRestoredState").asBoolean(), "allowNonRestoredState loses rows without a word");
        int max = flink.path("pipeline.max-parallelism").asInt();
        int parallelism = job.path("parallelism").asInt();
        require(
                parallelism > 0 && max % parallelism == 0,
                "parallelism " + parallelism + " does not divide pipeline.max-parallelism " + max);
    }

    private void require(boolean holds, String problem) {
        if (!holds) {
            problems.add(problem);
        }
    }

    /** Of the flat keys; values as text. */
    static Map<String, String> flat(JsonNode map) {
        Map<String, String> flat = new TreeMap<>();
        map.properties()
                .forEach(entry -> flat.put(entry.getKey(), entry.getValue().asText()));
        return flat;
    }
}
