package io.spindrift.cli.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.cli.connector.ConnectApi;
import io.spindrift.jobs.config.PipelineConfig.Upstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Kafka Connect's REST API → {@link Connector}. Only GET. */
final class ConnectReader {

    private static final String POSTGRES = "io.debezium.connector.postgresql.PostgresConnector";

    private final Upstream.Connect connect;
    private final ConnectApi api;

    ConnectReader(Upstream.Connect connect) {
        this(connect, new ConnectApi(connect.url()));
    }

    ConnectReader(Upstream.Connect connect, ConnectApi api) {
        this.connect = connect;
        this.api = api;
    }

    /** @param isRead of the topics that exist, whether the pipeline reads one that begins so; for a choice among several connectors */
    Connector read(Predicate<String> isRead) throws NotChecked {
        String name = connect.connector().isPresent() ? connect.connector().get() : choose(isRead);
        JsonNode config = get("/connectors/" + ConnectApi.encoded(name) + "/config");
        String type = config.path("connector.class").asText();
        if (!isPostgres(type)) {
            throw new NotChecked("connector %s at %s is a %s, no %s".formatted(name, connect.url(), type, POSTGRES));
        }
        return new Connector(
                name,
                texts(config),
                defaults(type),
                version(type),
                states(name),
                Optional.of(get("/").path("kafka_cluster_id").asText()).filter(id -> !id.isEmpty()));
    }

    private String choose(Predicate<String> isRead) throws NotChecked {
        List<String> all = new ArrayList<>();
        List<String> read = new ArrayList<>();
        for (JsonNode item : get("/connectors")) {
            String name = item.asText();
            JsonNode config = get("/connectors/" + ConnectApi.encoded(name) + "/config");
            if (isPostgres(config.path("connector.class").asText())) {
                all.add(name);
                if (isRead.test(config.path("topic.prefix").asText() + ".")) {
                    read.add(name);
                }
            }
        }
        List<String> chosen = read.isEmpty() ? all : read;
        if (chosen.size() == 1) {
            return chosen.get(0);
        }
        throw new NotChecked(
                chosen.isEmpty()
                        ? "Connect at %s has no connector of the class %s".formatted(connect.url(), POSTGRES)
                        : "Connect at %s has several connectors %s: name one with source.connect.connector"
                                .formatted(connect.url(), chosen));
    }

    private static boolean isPostgres(String type) {
        return type.equals(POSTGRES) || type.equals("PostgresConnector") || type.equals("Postgres");
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new HashMap<>();
        object.fields()
                .forEachRemaining(
                        field -> texts.put(field.getKey(), field.getValue().asText()));
        return texts;
    }

    /** Of the installed version; none from workers that do not tell (before Kafka 3.2). */
    private Map<String, String> defaults(String type) {
        Map<String, String> defaults = new HashMap<>();
        try {
            readDefaults(type, defaults);
        } catch (NotChecked e) {
            // The documented ones hold then.
            defaults.clear();
        }
        return defaults;
    }

    private void readDefaults(String type, Map<String, String> defaults) throws NotChecked {
        for (JsonNode definition : get("/connector-plugins/" + ConnectApi.encoded(type) + "/config")) {
            JsonNode value = definition.path("default_value");
            if (value.isValueNode() && !value.isNull()) {
                defaults.put(definition.path("name").asText(), value.asText());
            }
        }
    }

    private Optional<String> version(String type) throws NotChecked {
        for (JsonNode plugin : get("/connector-plugins")) {
            if (plugin.path("class").asText().endsWith(type)) {
                return Optional.of(plugin.path("version").asText());
            }
        }
        return Optional.empty();
    }

    /** Without the traces of failures: they may quote rows. */
    private Map<String, String> states(String name) throws NotChecked {
        JsonNode status = get("/connectors/" + ConnectApi.encoded(name) + "/status");
        Map<String, String> states = new HashMap<>();
        states.put("the connector", status.path("connector").path("state").asText());
        for (JsonNode task : status.path("tasks")) {
            states.put("task " + task.path("id").asText(), task.path("state").asText());
        }
        return states;
    }

    private JsonNode get(String path) throws NotChecked {
        try {
            return api.get(path);
        } catch (IOException e) {
            throw new NotChecked(String.valueOf(e.getMessage()), e);
        }
    }
}
