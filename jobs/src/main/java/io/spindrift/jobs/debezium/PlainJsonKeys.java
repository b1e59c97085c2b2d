package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.jobs.debezium.JsonInput.Literal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys in Connect's JSON without a schema. Their fields' names are all that is wanted of a key, so they need no declaration. */
final class PlainJsonKeys implements SchemaCache<KeySchema> {

    /** Damaged keys may name anything. */
    private static final int MAX_KNOWN = 4096;

    private final JsonInput in;
    private final Map<String, Layout> layouts = new HashMap<>();
    private final Map<List<String>, KeySchema> known = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private String lastTopic = "";
    private @Nullable Layout last;

    /** @param values shared by all readers of a decoder */
    PlainJsonKeys(JsonValues values) {
        in = values.input();
    }

    /** What stands ahead of each value of a topic's last key that was looked at closely: nearly all keys are alike. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Layout(Literal[] names, KeySchema schema) {
        boolean fits(JsonInput in) {
            for (Literal name : names) {
                if (!in.take(name) || !in.skipValue(0)) {
                    return false;
                }
            }
            return in.take('}') && in.isAtEnd();
        }
    }

    @Override
    public Located<KeySchema> locate(String topic, byte[] bytes) throws Refused {
        Layout layout = topic.equals(lastTopic) ? last : layouts.get(topic);
        lastTopic = topic;
        last = layout;
        if (layout != null && layout.fits(in.on(bytes, 0, bytes.length))) {
            return new Located<>(layout.schema, 0, bytes.length);
        }
        KeySchema schema = parse(bytes);
        if (!schema.columns().isEmpty()) {
            last = new Layout(JsonPlace.names(schema.columns()).toArray(Literal[]::new), schema);
            layouts.put(topic, last);
        }
        return new Located<>(schema, 0, bytes.length);
    }

    private KeySchema parse(byte[] bytes) throws Refused {
        names.clear();
        try (JsonParser parser = Json.parser(bytes, 0, bytes.length)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    names.add(name);
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
            if (parser.currentToken() == JsonToken.FIELD_NAME || parser.nextToken() != null) {
                throw Json.broken(0);
            }
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, 0);
        } catch (IOException e) {
            throw Json.broken(0);
        }
        KeySchema schema = known.get(names);
        if (schema == null) {
            schema = new KeySchema(names);
            if (known.size() == MAX_KNOWN) {
                known.clear();
            }
            known.put(schema.columns(), schema);
        }
        return schema;
    }
}
