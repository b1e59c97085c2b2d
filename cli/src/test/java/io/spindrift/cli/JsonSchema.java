package io.spindrift.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** As much of JSON Schema as the Compose Specification's schema uses, formats left out: a document → what is wrong with it. */
final class JsonSchema {

    private final JsonNode root;

    JsonSchema(JsonNode root) {
        this.root = root;
    }

    List<String> problems(JsonNode document) {
        List<String> problems = new ArrayList<>();
        check(root, document, "", problems);
        return problems;
    }

    private void check(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("$ref")) {
            check(root.at(schema.path("$ref").asText().substring(1)), value, path, problems);
            return;
        }
        if (schema.has("type") && !isOfType(schema.path("type"), value)) {
            problems.add("%s is %s, not %s".formatted(path, value.getNodeType(), schema.path("type")));
            return;
        }
        if (schema.has("enum") && !contains(schema.path("enum"), value)) {
            problems.add("%s is %s, not one of %s".formatted(path, value, schema.path("enum")));
        }
        alternatives(schema, value, path, problems);
        value.fields().forEachRemaining(field -> property(schema, field.getKey(), field.getValue(), path, problems));
        schema.path("required").forEach(key -> {
            if (!value.has(key.asText())) {
                problems.add("%s lacks %s".formatted(path, key));
            }
        });
        for (int i = 0; schema.has("items") && i < value.size(); i++) {
            check(schema.path("items"), value.get(i), path + "[" + i + "]", problems);
        }
    }

    private void alternatives(JsonNode schema, JsonNode value, String path, List<String> problems) {
        JsonNode choices = schema.has("oneOf") ? schema.path("oneOf") : schema.path("anyOf");
        List<String> all = new ArrayList<>();
        for (JsonNode choice : choices) {
            List<String> found = new ArrayList<>();
            check(choice, value, path, found);
            if (found.isEmpty()) {
                return;
            }
            all.addAll(found);
        }
        if (!choices.isEmpty()) {
            problems.add("%s fits none of %d forms: %s".formatted(path, choices.size(), all));
        }
    }

    private void property(JsonNode schema, String key, JsonNode value, String path, List<String> problems) {
        String where = path + "/" + key;
        if (schema.path("properties").has(key)) {
            check(schema.path("properties").path(key), value, where, problems);
            return;
        }
        List<JsonNode> fitting = new ArrayList<>();
        schema.path("patternProperties").fields().forEachRemaining(pattern -> {
            if (Pattern.compile(pattern.getKey()).matcher(key).find()) {
                fitting.add(pattern.getValue());
            }
        });
        fitting.forEach(one -> check(one, value, where, problems));
        JsonNode others = schema.path("additionalProperties");
        if (fitting.isEmpty() && others.isBoolean() && !others.asBoolean()) {
            problems.add(where + " is not known");
        }
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode one : values) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfType(JsonNode types, JsonNode value) {
        if (types.isArray()) {
            for (JsonNode type : types) {
                if (isOfType(type, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (types.asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "number" -> value.isNumber();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException("unknown type " + types);
        };
    }
}
