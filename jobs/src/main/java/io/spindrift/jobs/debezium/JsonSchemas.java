package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Connect's JSON with its schema inline: <code>{"schema":{...},"payload":...}</code>. The schema is the greater part of nearly every
 * record, and the same bytes every time. So the bytes up to the payload are remembered a topic, and a record that begins with them is not
 * parsed again up to there: equal bytes parse equally.
 */
final class JsonSchemas<T> implements SchemaCache<T> {

    /** A topic holds one schema, another one around a change of its table, and more where the connector merges tables into one topic. */
    private static final int PREFIXES = 16;

    /** Compiled schemas to keep; forgetting one costs compiling it again. */
    private static final int MAX_COMPILED = 4096;

    private static final byte[] SCHEMA = "\"schema\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PAYLOAD = "\"payload\"".getBytes(StandardCharsets.US_ASCII);

    private final Function<ConnectSchema, T> compiler;
    private final Map<String, List<Prefix<T>>> prefixes = new HashMap<>();
    private final Map<ByteBuffer, T> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, T> eldest) {
            return size() > MAX_COMPILED;
        }
    };

    JsonSchemas(Function<ConnectSchema, T> compiler) {
        this.compiler = compiler;
    }

    private record Prefix<T>(byte[] bytes, T schema) {
        boolean begins(byte[] value) {
            return value.length > bytes.length && Arrays.equals(value, 0, bytes.length, bytes, 0, bytes.length);
        }
    }

    @Override
    public Located<T> locate(String topic, byte[] bytes) throws Refused {
        Optional<Located<T>> located = locateSchema(topic, bytes);
        if (located.isEmpty()) {
            throw withoutSchema();
        }
        return located.get();
    }

    /** Without a schema in the JSON, what the other makes of it. */
    Located<T> locateOr(SchemaCache<T> other, String topic, byte[] bytes) throws Refused, IOException {
        // Most records without a schema tell by their first field.
        Optional<Located<T>> located = mayCarrySchema(bytes) ? locateSchema(topic, bytes) : Optional.empty();
        return located.isPresent() ? located.get() : other.locate(topic, bytes);
    }

    private Optional<Located<T>> locateSchema(String topic, byte[] bytes) throws Refused {
        List<Prefix<T>> known = prefixes.computeIfAbsent(topic, t -> new ArrayList<>(PREFIXES));
        for (int i = 0; i < known.size(); i++) {
            Prefix<T> prefix = known.get(i);
            if (prefix.begins(bytes)) {
                return Optional.of(new Located<>(prefix.schema, prefix.bytes.length, closingBrace(bytes)));
            }
        }
        Parts parts = parts(bytes);
        if (parts.schemaAt < 0) {
            return Optional.empty();
        }
        parts.requirePayload();
        T schema = compile(bytes, parts);
        if (parts.isInOrder()) {
            if (known.size() == PREFIXES) {
                known.remove(0);
            }
            known.add(new Prefix<>(Arrays.copyOf(bytes, parts.payloadAt), schema));
        }
        return Optional.of(new Located<>(schema, parts.payloadAt, parts.payloadEnd));
    }

    private static boolean mayCarrySchema(byte[] bytes) {
        int at = 1;
        while (at < bytes.length && isSpace(bytes[at])) {
            at++;
        }
        return begins(bytes, at, SCHEMA) || begins(bytes, at, PAYLOAD);
    }

    private static boolean begins(byte[] bytes, int at, byte[] name) {
        return bytes.length - at >= name.length && Arrays.equals(bytes, at, at + name.length, name, 0, name.length);
    }

    private static Refused withoutSchema() {
        return Refused.undecodable(
                "the JSON is not an inline schema and its payload, alone: set key.converter.schemas.enable=true and"
                        + " value.converter.schemas.enable=true in the connector, or the format to json-plain");
    }

    private T compile(byte[] bytes, Parts parts) throws Refused {
        byte[] text = Arrays.copyOfRange(bytes, parts.schemaAt, parts.schemaEnd);
        T known = compiled.get(ByteBuffer.wrap(text));
        if (known != null) {
            return known;
        }
        T schema = compiler.apply(JsonSchema.parse(Json.tree(text, 0, text.length)));
        compiled.put(ByteBuffer.wrap(text), schema);
        return schema;
    }

    /** Where the payload ends, in a record that is known to have nothing behind it but the closing brace. The payload's reader checks. */
    private static int closingBrace(byte[] bytes) throws Refused {
        int at = bytes.length - 1;
        while (at > 0 && isSpace(bytes[at])) {
            at--;
        }
        if (bytes[at] != '}') {
            throw Refused.undecodable("invalid JSON: no closing brace at byte %d", at);
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static Parts parts(byte[] bytes) throws Refused {
        try (JsonParser parser = Json.parser(bytes, 0, bytes.length)) {
            Parts parts = new Parts();
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Refused.undecodable("%d bytes are no JSON object: set the format to AVRO", bytes.length);
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parts.take(name, parser);
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw Json.broken(0);
            }
            return parts;
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, 0);
        } catch (IOException e) {
            throw Json.broken(0);
        }
    }

    /** Where schema and payload stand. */
    private static final class Parts {
        private int schemaAt = -1;
        private int schemaEnd;
        private int payloadAt = -1;
        private int payloadEnd;
        private int fields;

        void take(String name, JsonParser parser) throws IOException {
            JsonToken token = parser.nextToken();
            int at = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            int end = (int) parser.currentLocation().getByteOffset();
            fields++;
            if (name.equals("schema") && token == JsonToken.START_OBJECT) {
                schemaAt = at;
                schemaEnd = end;
            } else if (name.equals("payload") && token == JsonToken.START_OBJECT) {
                payloadAt = at;
                payloadEnd = end;
            }
        }

        void requirePayload() throws Refused {
            if (payloadAt < 0 || fields != 2) {
                throw withoutSchema();
            }
        }

        /** As Connect writes them. */
        boolean isInOrder() {
            return schemaEnd < payloadAt;
        }
    }
}
