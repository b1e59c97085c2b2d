package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** VARIANTs are the JSON texts that were written: parts are cut out of the text, so that numbers keep every digit. DuckDB's own functions read them as DOUBLEs. */
final class Json {
    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(10_000)
                    .build())
            .build();
    private static final ObjectMapper MAPPER =
            new ObjectMapper(STRICT).enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private Json() {}

    /** The text itself, if it is one JSON value; Snowflake's PARSE_JSON of blank text is NULL. */
    static @Nullable String checked(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try (JsonParser parser = STRICT.createParser(text)) {
            parser.nextToken();
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
            return text;
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw Natives.error("100069", "22P02", "Error parsing JSON: " + reason);
        }
    }

    /** A key, an index or none, and the text of what is there. */
    private record Element(@Nullable String key, int index, String text) {}

    /** The elements of an array, the entries of an object; nothing of anything else. */
    private static List<Element> elements(String json) {
        List<Element> elements = new ArrayList<>();
        try (JsonParser parser = STRICT.createParser(json)) {
            JsonToken open = parser.nextToken();
            if (open != JsonToken.START_ARRAY && open != JsonToken.START_OBJECT) {
                return elements;
            }
            JsonToken token = parser.nextToken();
            while (token != JsonToken.END_ARRAY && token != JsonToken.END_OBJECT) {
                String key = null;
                if (token == JsonToken.FIELD_NAME) {
                    key = parser.currentName();
                    parser.nextToken();
                }
                int start = (int) parser.currentTokenLocation().getCharOffset();
                parser.skipChildren();
                parser.finishToken();
                int end = (int) parser.currentLocation().getCharOffset();
                elements.add(new Element(key, elements.size(), json.substring(start, end)));
                token = parser.nextToken();
            }
            return elements;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value and the steps into it: keys of objects, indexes of arrays. */
    static @Nullable String get(String[] args) {
        String at = args[0];
        for (int i = 1; i < args.length; i++) {
            String step = args[i];
            String found = null;
            for (Element element : elements(at)) {
                if (step.equals(element.key() == null ? String.valueOf(element.index()) : element.key())) {
                    found = element.text();
                }
            }
            if (found == null) {
                return null;
            }
            at = found;
        }
        return at;
    }

    /** The rows of FLATTEN as JSON texts; where there is nothing, one row if OUTER. */
    static String flatten(@Nullable String json, @Nullable String path, @Nullable String outer) {
        ArrayNode rows = MAPPER.createArrayNode();
        long sequence = SEQUENCE.incrementAndGet();
        String before = path == null ? "" : path;
        for (Element element : json == null ? List.<Element>of() : elements(json)) {
            ObjectNode row = rows.addObject().put("s", sequence).put("v", element.text());
            String key = element.key();
            if (key == null) {
                row.put("i", element.index()).put("p", before + "[" + element.index() + "]");
            } else {
                String simple =
                        key.matches("[A-Za-z_][A-Za-z0-9_]*") ? (before.isEmpty() ? "" : ".") + key : "['" + key + "']";
                row.put("k", key).put("p", before + simple);
            }
        }
        if (rows.isEmpty() && "true".equals(outer)) {
            rows.addObject().put("s", sequence);
        }
        return rows.toString();
    }

    static @Nullable String joined(String json, String separator) {
        List<String> texts = new ArrayList<>();
        for (JsonNode node : read(json)) {
            texts.add(node.isNull() ? "" : node.isValueNode() ? node.asText() : node.toString());
        }
        return read(json).isArray() ? String.join(separator, texts) : null;
    }

    static @Nullable String keys(String json) {
        ArrayNode keys = MAPPER.createArrayNode();
        elements(json).stream().map(Element::key).forEach(keys::add);
        return read(json).isObject() ? keys.toString() : null;
    }

    static String contains(String value, String array) {
        return String.valueOf(elements(array).stream().anyMatch(element -> compare(value, element.text()) == 0));
    }

    /** Numbers by their value, all else by its text. */
    static int compare(String left, String right) {
        JsonNode one = read(left);
        JsonNode other = read(right);
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : one.toString().compareTo(other.toString()) < 0 ? -1 : 1;
    }

    private static JsonNode read(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
