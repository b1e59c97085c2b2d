package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.sinks.model.CellBuffer;
import java.io.IOException;
import java.util.List;

/** Hands the value on which a parser stands to an encoder, as its Connect type reads it. Not thread-safe. */
final class JsonValues {

    private final Utf8 utf8 = new Utf8();
    private final JsonInput input = new JsonInput();

    /** For what needs no parser; shared by all readers of a decoder. */
    JsonInput input() {
        return input;
    }

    void read(JsonParser parser, ConnectSchema schema, CellEncoder encoder, CellBuffer out)
            throws Refused, IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            if (!schema.optional()) {
                throw Refused.undecodable("the value is null, and its schema does not allow it");
            }
            encoder.ofNull(out);
            return;
        }
        switch (schema.type()) {
            case INT8, INT16, INT32, INT64 -> encoder.ofLong(integer(parser, token), out);
            case FLOAT32 -> encoder.ofDouble(floating(parser, token, ConnectSchema.Type.FLOAT32), out);
            case FLOAT64 -> encoder.ofDouble(floating(parser, token, ConnectSchema.Type.FLOAT64), out);
            case BOOLEAN -> encoder.ofBoolean(bool(token), out);
            case STRING -> text(parser, token, encoder, out);
            case BYTES -> bytes(parser, token, encoder, out);
            case ARRAY -> array(parser, schema.items().get(0), encoder.ofParts(), out);
            case MAP -> map(parser, schema.items().get(0), encoder.ofParts(), out);
            case STRUCT -> struct(parser, schema.fields(), encoder.ofParts(), out);
            case UNION -> throw Refused.undecodable("a union stands where a single value is read");
        }
    }

    private void array(JsonParser parser, ConnectSchema item, Parts parts, CellBuffer out) throws Refused, IOException {
        require(parser.currentToken() == JsonToken.START_ARRAY, "an array", parser.currentToken());
        parts.begin(out);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            read(parser, item, parts.part(0), parts.buffer());
            parts.add(0, out);
        }
        parts.end(out);
    }

    /** Connect writes maps with keys of another type than text as arrays. */
    private void map(JsonParser parser, ConnectSchema value, Parts parts, CellBuffer out) throws Refused, IOException {
        require(parser.currentToken() == JsonToken.START_OBJECT, "a map of texts", parser.currentToken());
        parts.begin(out);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (!utf8.encode(name.toCharArray(), 0, name.length())) {
                throw Refused.undecodable("a key has half a surrogate pair");
            }
            parts.key(utf8.bytes(), 0, utf8.length());
            parser.nextToken();
            read(parser, value, parts.part(0), parts.buffer());
            parts.add(0, out);
        }
        parts.end(out);
    }

    private void struct(JsonParser parser, List<ConnectSchema.Field> fields, Parts parts, CellBuffer out)
            throws Refused, IOException {
        require(parser.currentToken() == JsonToken.START_OBJECT, "a struct", parser.currentToken());
        parts.begin(out);
        for (int i = 0; i < fields.size(); i++) {
            if (!fields.get(i).name().equals(parser.nextFieldName())) {
                throw Refused.undecodable(
                        "field %s of a struct is not where its schema says",
                        fields.get(i).name());
            }
            parser.nextToken();
            read(parser, fields.get(i).schema(), parts.part(i), parts.buffer());
            parts.add(i, out);
        }
        require(parser.nextToken() == JsonToken.END_OBJECT, "the end of a struct", parser.currentToken());
        parts.end(out);
    }

    private static long integer(JsonParser parser, JsonToken token) throws Refused, IOException {
        require(token == JsonToken.VALUE_NUMBER_INT, "an integer", token);
        return parser.getLongValue();
    }

    /** Connect's converter writes NaN and the infinities as texts: JSON has no numbers for them. */
    private static double floating(JsonParser parser, JsonToken token, ConnectSchema.Type type)
            throws Refused, IOException {
        if (token == JsonToken.VALUE_STRING) {
            return switch (parser.getText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw Refused.undecodable("a text stands where a floating point number is read");
            };
        }
        require(
                token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT,
                "a floating point number",
                token);
        double value = type == ConnectSchema.Type.FLOAT32 ? parser.getFloatValue() : parser.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw Refused.undecodable("the number exceeds %s", type.text());
        }
        return value;
    }

    private static boolean bool(JsonToken token) throws Refused {
        require(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, "a boolean", token);
        return token == JsonToken.VALUE_TRUE;
    }

    private void text(JsonParser parser, JsonToken token, CellEncoder encoder, CellBuffer out)
            throws Refused, IOException {
        require(token == JsonToken.VALUE_STRING, "a text", token);
        if (!utf8.encode(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength())) {
            throw Refused.undecodable("the text has half a surrogate pair");
        }
        encoder.ofText(utf8.bytes(), 0, utf8.length(), out);
    }

    private static void bytes(JsonParser parser, JsonToken token, CellEncoder encoder, CellBuffer out)
            throws Refused, IOException {
        require(token == JsonToken.VALUE_STRING, "base64", token);
        byte[] bytes = parser.getBinaryValue(Base64Variants.MIME_NO_LINEFEEDS);
        encoder.ofBytes(bytes, 0, bytes.length, out);
    }

    private static void require(boolean holds, String wanted, JsonToken seen) throws Refused {
        if (!holds) {
            throw Refused.undecodable("%s stands where %s is read", seen, wanted);
        }
    }
}
