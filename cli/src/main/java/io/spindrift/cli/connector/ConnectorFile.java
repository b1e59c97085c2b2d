package io.spindrift.cli.connector;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A connector as a file has it: {@code {"name": …, "config": {…}}}, as Connect's documentation writes them, or the settings alone.
 *
 * @param config with the connector's name, without secrets: these are named, {@code ${file:…}}, and resolved by Connect's workers
 */
public record ConnectorFile(String name, Map<String, String> config) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern SECRET =
            Pattern.compile("(?i)password|passphrase|secret|user\\.info|jaas\\.config|credential|\\.token$");

    /** @param name in place of the file's */
    public static ConnectorFile read(Path file, Optional<String> name) throws ConnectorProblems {
        List<String> problems = new ArrayList<>();
        JsonNode root = tree(file);
        boolean named = root.path("config").isObject();
        Map<String, String> config = settings(named ? root.path("config") : root, problems);
        if (named) {
            root.fieldNames().forEachRemaining(key -> {
                if (!key.equals("name") && !key.equals("config")) {
                    problems.add("unknown key '%s' beside 'name' and 'config'".formatted(key));
                }
            });
        }
        String given = named ? root.path("name").asText() : config.getOrDefault("name", "");
        String used = name.orElse(given);
        if (used.isBlank()) {
            problems.add("it does not name its connector: give --name");
        }
        if (config.getOrDefault("connector.class", "").isBlank()) {
            problems.add("'connector.class' is missing");
        }
        if (!problems.isEmpty()) {
            throw new ConnectorProblems(file.toString(), problems);
        }
        config.put("name", used);
        return new ConnectorFile(used, config);
    }

    private static JsonNode tree(Path file) throws ConnectorProblems {
        try {
            JsonNode root = JSON.readTree(Files.readString(file));
            if (root.isObject()) {
                return root;
            }
            throw new ConnectorProblems(file.toString(), List.of("it is no JSON object"));
        } catch (JsonProcessingException e) {
            throw new ConnectorProblems(
                    file.toString(),
                    List.of("it is not JSON: line %d, column %d: %s"
                            .formatted(
                                    e.getLocation().getLineNr(),
                                    e.getLocation().getColumnNr(),
                                    e.getOriginalMessage())));
        } catch (IOException e) {
            throw new ConnectorProblems(file.toString(), List.of("it cannot be read: " + e));
        }
    }

    private static Map<String, String> settings(JsonNode object, List<String> problems) {
        Map<String, String> settings = new TreeMap<>();
        object.fields().forEachRemaining(field -> {
            String key = field.getKey();
            JsonNode value = field.getValue();
            if (!value.isValueNode() || value.isNull()) {
                problems.add("'%s' is %s: settings are texts".formatted(key, value.getNodeType()));
            } else if (SECRET.matcher(key).find() && !value.asText().contains("${")) {
                problems.add(
                        ("'%s' is given in clear: write ${file:/path:key} or ${env:NAME}, which Connect's workers resolve"
                                        + " (config.providers)")
                                .formatted(key));
            } else {
                settings.put(key, value.asText());
            }
        });
        return settings;
    }

    /** Of the settings only the names. */
    @Override
    public String toString() {
        return "ConnectorFile[%s, %s]".formatted(name, config.keySet());
    }
}
