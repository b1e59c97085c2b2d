package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keys in Connect's JSON without a schema. Their fields' names are all that is wanted of a key, so they need no declaration. */
final class PlainJsonKeys implements SchemaCache<KeySchema> {

    /** Damaged keys may name anything. */
    private static final int MAX_KNOWN = 4096;

    private final Map<List<String>, KeySchema> known = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    @Override
    public Located<KeySchema> locate(String topic, byte[] bytes) throws Refused {
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
        return new Located<>(schema, 0, bytes.length);
    }
}
