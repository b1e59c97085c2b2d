package io.spindrift.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** The part of a CRD's schema language that the operator's CRDs use: types, properties, required ones, enums, lists and maps. */
record Schema(List<String> problems) {

    void check(JsonNode schema, JsonNode value, String path) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            require(value.isTextual() || value.isIntegralNumber(), path, "neither number nor text");
            return;
        }
        switch (schema.path("type").asText()) {
            case "object" -> checkObject(schema, value, path);
            case "array" -> checkArray(schema, value, path);
            case "string" -> require(value.isTextual(), path, "not a text");
            case "integer" -> require(value.isIntegralNumber(), path, "not a whole number");
            case "number" -> require(value.isNumber(), path, "not a number");
            case "boolean" -> require(value.isBoolean(), path, "neither true nor false");
            default ->
                require(
                        schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(),
                        path,
                        "of no type that is known here");
        }
        if (schema.has("enum")) {
            boolean listed = false;
            for (JsonNode allowed : schema.get("enum")) {
                listed |= allowed.equals(value);
            }
            require(listed, path, "not one of " + schema.get("enum"));
        }
    }

    private void checkObject(JsonNode schema, JsonNode value, String path) {
        require(value.isObject(), path, "not a map");
        for (JsonNode name : schema.path("required")) {
            require(value.has(name.asText()), path + "." + name.asText(), "missing");
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            JsonNode known = schema.path("properties").path(field.getKey());
            JsonNode any = schema.path("additionalProperties");
            String below = path + "." + field.getKey();
            if (known.isObject()) {
                check(known, field.getValue(), below);
            } else if (any.isObject()) {
                check(any, field.getValue(), below);
            } else {
                require(schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(), below, "unknown field");
            }
        }
    }

    private void checkArray(JsonNode schema, JsonNode value, String path) {
        require(value.isArray(), path, "not a list");
        for (int i = 0; i < value.size(); i++) {
            check(schema.path("items"), value.get(i), path + "[" + i + "]");
        }
    }

    private void require(boolean holds, String path, String problem) {
        if (!holds) {
            problems.add(path + ": " + problem);
        }
    }
}
