package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ColumnType;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;

/**
 * The text of {@code json} and {@code jsonb}, as it is. One such text that Snowflake's PARSE_JSON does not take would fail a whole commit, and
 * again each time; one that it takes with a loss would be bent: both are refused here. Those are keys that come twice in an object, which
 * {@code json} keeps, and numbers of more than 38 digits or beyond a float64.
 */
final class JsonTextEncoder implements CellEncoder {

    static final int MAX_DIGITS = 38;

    @Override
    public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
        if (length > ColumnType.Text.MAX_LENGTH) {
            throw Refused.unrepresentable("the JSON of %d bytes exceeds Snowflake's VARIANT", length);
        }
        if (!ExactJson.holds(utf8, offset, length)) {
            requireExact(utf8, offset, length);
        }
        out.addText(utf8, offset, length);
    }

    private static void requireExact(byte[] utf8, int offset, int length) throws Refused {
        if (!Utf8.isValid(utf8, offset, length)) {
            throw Refused.undecodable("the JSON of %d bytes is not UTF-8", length);
        }
        try (JsonParser parser = Json.parser(utf8, offset, offset + length)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            int depth = 0;
            int values = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructEnd()) {
                    depth--;
                } else if (depth == 0 && values++ > 0) {
                    throw Refused.undecodable("more than one value stands where JSON is read");
                }
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isNumeric()) {
                    requireExact(parser.getText());
                }
            }
            if (values == 0) {
                throw Refused.undecodable("an empty text stands where JSON is read");
            }
        } catch (JsonProcessingException e) {
            throw isDuplicate(e)
                    ? Refused.unrepresentable(
                            "an object in the JSON has a key twice, which Snowflake's VARIANT cannot have: use jsonb, which keeps the last")
                    : Refused.undecodable("the text is no JSON");
        } catch (IOException e) {
            throw Refused.undecodable("the text is no JSON");
        }
    }

    private static boolean isDuplicate(JsonProcessingException e) {
        return e.getOriginalMessage().startsWith("Duplicate field");
    }

    private static void requireExact(String number) throws Refused {
        if (number.length() <= MAX_DIGITS && number.indexOf('e') < 0 && number.indexOf('E') < 0) {
            return;
        }
        BigDecimal exact = new BigDecimal(number);
        double rounded = exact.doubleValue();
        boolean sameAsDouble =
                Double.isFinite(rounded) && new BigDecimal(Double.toString(rounded)).compareTo(exact) == 0;
        boolean plain = number.chars().noneMatch(c -> c == 'e' || c == 'E');
        if (!sameAsDouble
                && !(plain && number.chars().filter(Character::isDigit).count() <= MAX_DIGITS)) {
            throw Refused.unrepresentable(
                    "a number in the JSON has %d characters, and Snowflake's VARIANT keeps 38 digits, or a float64",
                    number.length());
        }
    }

    /** As an element of an array, Debezium's placeholder is no JSON; in quotes it is. */
    record Element(JsonTextEncoder json) implements CellEncoder {
        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            byte[] placeholder = FieldTypes.PLACEHOLDER;
            if (Arrays.equals(utf8, offset, offset + length, placeholder, 0, placeholder.length)) {
                out.begin();
                out.append((byte) '"');
                out.append(placeholder, 0, placeholder.length);
                out.append((byte) '"');
                out.end();
            } else {
                json.ofText(utf8, offset, length, out);
            }
        }
    }
}
