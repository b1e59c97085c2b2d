package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Jackson as used here. Its messages quote the document, so none of them goes on: a place is named instead. */
final class Json {

    /** A text may be as long as its record; field names come from tables, not from attackers, and must not fail on hash collisions. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final ObjectMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final ObjectReader TREES = MAPPER.readerFor(JsonNode.class);

    private Json() {}

    static JsonParser parser(byte[] bytes, int from, int to) throws Refused {
        requireUtf8(bytes, from, to);
        try {
            return FACTORY.createParser(bytes, from, to - from);
        } catch (IOException e) {
            throw new UncheckedIOException("Jackson reads from memory", e);
        }
    }

    static JsonNode tree(byte[] bytes, int from, int to) throws Refused {
        requireUtf8(bytes, from, to);
        try {
            return TREES.readValue(bytes, from, to - from);
        } catch (JsonProcessingException e) {
            throw invalid(e, from);
        } catch (IOException e) {
            throw broken(from);
        }
    }

    /** Jackson reads overlong forms and surrogates as if they were characters: damage would become another text. */
    private static void requireUtf8(byte[] bytes, int from, int to) throws Refused {
        if (!Utf8.isValid(bytes, from, to - from)) {
            throw Refused.undecodable("the JSON is not UTF-8");
        }
    }

    /** @param from where the parser began, whose places count from there */
    static Refused invalid(JsonProcessingException e, int from) {
        long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
        return at < 0 ? broken(from) : Refused.undecodable("invalid JSON at byte %d", from + at);
    }

    static Refused broken(int from) {
        return Refused.undecodable("invalid JSON behind byte %d", from);
    }
}
