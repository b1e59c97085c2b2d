package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a Connect schema as Connect's JSON converter writes it ahead of each payload. */
final class JsonSchema {

    private static final Map<String, ConnectSchema.Type> TYPES = types();

    private JsonSchema() {}

    static ConnectSchema parse(JsonNode json) throws Refused {
        return parse(json, 0);
    }

    private static ConnectSchema parse(JsonNode json, int depth) throws Refused {
        if (depth > ConnectSchema.MAX_DEPTH) {
            throw Refused.undecodable("the inline schema nests deeper than %d levels", ConnectSchema.MAX_DEPTH);
        }
        ConnectSchema.Type type = TYPES.get(json.path("type").asText());
        if (type == null) {
            throw Refused.undecodable("the inline schema has a part without a type that Connect knows");
        }
        List<ConnectSchema.Field> fields = new ArrayList<>();
        for (JsonNode field : json.path("fields")) {
            fields.add(new ConnectSchema.Field(fieldName(field), parse(field, depth + 1), field.has("default")));
        }
        List<ConnectSchema> items = new ArrayList<>();
        for (String part : List.of("items", "values")) {
            if (json.has(part)) {
                items.add(parse(json.get(part), depth + 1));
            }
        }
        Map<String, String> parameters = new HashMap<>();
        for (Map.Entry<String, JsonNode> parameter : json.path("parameters").properties()) {
            parameters.put(parameter.getKey(), parameter.getValue().asText());
        }
        String name = json.path("name").asText("");
        return new ConnectSchema(type, name, parameters, json.path("optional").asBoolean(false), fields, items);
    }

    private static String fieldName(JsonNode field) throws Refused {
        if (!field.path("field").isTextual()) {
            throw Refused.undecodable("the inline schema has a field without a name");
        }
        return field.get("field").asText();
    }

    private static Map<String, ConnectSchema.Type> types() {
        Map<String, ConnectSchema.Type> types = new HashMap<>();
        for (ConnectSchema.Type type : ConnectSchema.Type.values()) {
            if (type != ConnectSchema.Type.UNION) {
                types.put(type.text(), type);
            }
        }
        return Map.copyOf(types);
    }
}
