package io.spindrift.k8s;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.kubernetes.operator.api.FlinkDeployment;
import org.apache.flink.kubernetes.operator.api.FlinkSessionJob;
import org.apache.flink.kubernetes.operator.api.FlinkStateSnapshot;

/** One document of a manifest, read as strictly as can be: a field that its class or its CRD does not know is a problem. */
record Manifest(JsonNode document) {

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new NothingUnknown())
            .build();

    private static final Map<String, Class<?>> CLASSES = Map.of(
            "FlinkDeployment", FlinkDeployment.class,
            "FlinkSessionJob", FlinkSessionJob.class,
            "FlinkStateSnapshot", FlinkStateSnapshot.class,
            "ServiceAccount", ServiceAccount.class,
            "Role", Role.class,
            "RoleBinding", RoleBinding.class,
            "NetworkPolicy", NetworkPolicy.class,
            "PodDisruptionBudget", PodDisruptionBudget.class,
            "ConfigMap", ConfigMap.class);

    private static final Map<String, String> CRDS = Map.of(
            "FlinkDeployment", "flinkdeployments",
            "FlinkSessionJob", "flinksessionjobs",
            "FlinkStateSnapshot", "flinkstatesnapshots");

    /** Read once: they are long. */
    private static final Map<String, JsonNode> SCHEMAS = new ConcurrentHashMap<>();

    /** The Prometheus operator's classes are not here: what its reference has of the fields that we use. */
    private static final Map<String, Set<String>> POD_MONITOR = Map.of(
            "/spec", Set.of("selector", "podTargetLabels", "podMetricsEndpoints"),
            "/spec/selector", Set.of("matchLabels"),
            "/spec/podMetricsEndpoints/0", Set.of("port", "path", "interval"));

    static List<Manifest> readAll(String yaml) {
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            List<Manifest> manifests = new ArrayList<>();
            documents.forEachRemaining(document -> manifests.add(new Manifest(document)));
            return manifests;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String kind() {
        return document.path("kind").asText();
    }

    String name() {
        return document.at("/metadata/name").asText();
    }

    JsonNode at(String path) {
        return document.at(path);
    }

    <T> T as(Class<T> type) throws JsonProcessingException {
        return YAML.treeToValue(document, type);
    }

    /** What the classes and the CRD refuse. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        classProblem().ifPresent(problems::add);
        if (CRDS.containsKey(kind())) {
            new Schema(problems)
                    .check(
                            SCHEMAS.computeIfAbsent(kind(), Manifest::crd)
                                    .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec"),
                            at("/spec"),
                            "spec");
        }
        return problems;
    }

    private Optional<String> classProblem() {
        if (kind().equals("PodMonitor")) {
            return POD_MONITOR.entrySet().stream()
                    .filter(known -> !known.getValue().containsAll(names(at(known.getKey()))))
                    .map(known -> "PodMonitor" + known.getKey() + ": " + names(at(known.getKey())))
                    .findFirst();
        }
        Class<?> type = CLASSES.get(kind());
        if (type == null) {
            return Optional.of("kind " + kind() + " is not one of " + CLASSES.keySet());
        }
        try {
            as(type);
            return Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.of(e.getOriginalMessage());
        }
    }

    private static JsonNode crd(String kind) {
        String file = "/META-INF/fabric8/" + CRDS.get(kind) + ".flink.apache.org-v1.yml";
        try (InputStream crd = FlinkDeployment.class.getResourceAsStream(file)) {
            return YAML.readTree(crd);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The operator's classes pass unknown fields over, and Kubernetes' put them aside: here neither. */
    private static final class NothingUnknown extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public JsonIgnoreProperties.Value findPropertyIgnoralByName(MapperConfig<?> config, Annotated annotated) {
            return super.findPropertyIgnoralByName(config, annotated).withoutIgnoreUnknown();
        }

        @Override
        public Boolean hasAnySetter(Annotated annotated) {
            return false;
        }
    }
}
