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
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBLogicalType;
import org.jspecify.annotations.Nullable;

/**
 * Functions that SQL cannot express: texts in, a text or NULL out. VARIANTs are the JSON texts that were written, and parts are cut out
 * of the text, so that numbers keep every digit; DuckDB's own functions read them as DOUBLEs.
 */
final class Natives {
    static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(10_000)
                    .build())
            .build();
    private static final ObjectMapper MAPPER =
            new ObjectMapper(STRICT).enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final Pattern OFFSET =
            Pattern.compile("(?<y>\\d+)-(?<m>\\d+)-(?<d>\\d+)([T ](?<h>\\d+):(?<mi>\\d+)[:.\\d]*)? ?"
                    + "(Z|(?<sign>[+-])(?<hours>\\d\\d?):?(?<minutes>\\d\\d)?)?");
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private Natives() {}

    private interface Native {
        @Nullable
        Object apply(String[] args) throws IOException;
    }

    /** They live as long as the process. */
    static void register(Connection connection) throws SQLException {
        register(connection, "sf_checked_json", String.class, args -> json(args[0], false));
        register(connection, "sf_valid_json", String.class, args -> json(args[0], true));
        register(connection, "sf_get", String.class, Natives::get);
        register(connection, "sf_parts", String.class, args -> parts(args[0]));
        register(connection, "sf_compare_variants", Integer.class, args -> compare(args[0], args[1]));
        register(connection, "sf_compare_numbers", Integer.class, args -> number(args[0])
                .compareTo(number(args[1])));
        register(
                connection, "sf_quotient", String.class, args -> quotient(args[0], args[1], Integer.parseInt(args[2])));
        register(connection, "sf_no_time", String.class, args -> {
            throw noTime(args[0], args[1], args[2]);
        });
        register(connection, "sf_offset", Integer.class, args -> offset(args[0], args[1]));
    }

    /** NULL of any NULL. */
    private static void register(Connection connection, String name, Class<?> result, Native function)
            throws SQLException {
        Function<Object[], @Nullable Object> call = args -> {
            try {
                return Arrays.asList(args).contains(null)
                        ? null
                        : function.apply(Arrays.copyOf(args, args.length, String[].class));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        try (var builder = DuckDBFunctions.scalarFunction();
                var text = DuckDBLogicalType.of(DuckDBColumnType.VARCHAR)) {
            builder.withName(name)
                    .withVarArgs(text)
                    .withReturnType(result)
                    .withVarArgsFunction(call)
                    .register(connection);
        }
    }

    private static IllegalArgumentException error(String code, String sqlState, String message) {
        return new IllegalArgumentException(DuckDbErrors.tagged(code, sqlState, message));
    }

    private static IllegalArgumentException noTime(String code, String kind, String text) {
        return text.matches(".*\\.\\d{7,9}.*")
                ? error("000002", "0A000", "not supported by the local Snowflake: nanoseconds, as in '" + text + "'")
                : error(code, "22007", kind + " '" + text + "' is not recognized");
    }

    // Numbers.

    private static BigDecimal number(String text) {
        try {
            return new BigDecimal(text.strip());
        } catch (NumberFormatException e) {
            throw error("100038", "22018", "Numeric value '" + text + "' is not recognized");
        }
    }

    private static String quotient(String dividend, String divisor, int scale) {
        if (number(divisor).signum() == 0) {
            throw error("100051", "22012", "Division by zero");
        }
        return number(dividend)
                .divide(number(divisor), scale, RoundingMode.HALF_UP)
                .toPlainString();
    }

    /** The minutes that the clock of a text is ahead of UTC: as it says, or as they were in the zone. */
    private static int offset(String text, String zone) {
        Matcher found = OFFSET.matcher(text);
        if (!found.matches()) {
            throw error("100035", "22007", "Timestamp '" + text + "' is not recognized");
        }
        if (found.group("sign") != null) {
            int minutes = 60 * part(found, "hours") + part(found, "minutes");
            return found.group("sign").equals("-") ? -minutes : minutes;
        }
        LocalDateTime clock = LocalDate.of(part(found, "y"), part(found, "m"), part(found, "d"))
                .atTime(part(found, "h"), part(found, "mi"));
        return text.endsWith("Z")
                ? 0
                : ZoneId.of(zone).getRules().getOffset(clock).getTotalSeconds() / 60;
    }

    private static int part(Matcher found, String name) {
        return found.group(name) == null ? 0 : Integer.parseInt(found.group(name));
    }

    // JSON.

    /** The text itself, if it is one JSON value; Snowflake's PARSE_JSON of blank text is NULL. */
    private static @Nullable String json(String text, boolean attempt) {
        try {
            return text.isBlank() ? null : requireOneValue(text);
        } catch (IOException e) {
            if (attempt) {
                return null;
            }
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw error("100069", "22P02", "Error parsing JSON: " + reason);
        }
    }

    private static String requireOneValue(String text) throws IOException {
        try (JsonParser parser = STRICT.createParser(text)) {
            parser.nextToken();
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
            return text;
        }
    }

    /** An element of an array or an entry of an object; the key of an element is its index. */
    private record Part(String key, boolean indexed, String text) {}

    private static List<Part> partsOf(String json) throws IOException {
        List<Part> parts = new ArrayList<>();
        try (JsonParser parser = STRICT.createParser(json)) {
            boolean array = parser.nextToken() == JsonToken.START_ARRAY;
            if (!array && parser.currentToken() != JsonToken.START_OBJECT) {
                return parts;
            }
            while (parser.nextToken() != (array ? JsonToken.END_ARRAY : JsonToken.END_OBJECT)) {
                String key = array ? String.valueOf(parts.size()) : parser.currentName();
                if (!array) {
                    parser.nextToken();
                }
                int start = (int) parser.currentTokenLocation().getCharOffset();
                parser.skipChildren();
                parser.finishToken();
                int end = (int) parser.currentLocation().getCharOffset();
                parts.add(new Part(key, array, json.substring(start, end)));
            }
        }
        return parts;
    }

    /** The value, and the keys and indexes of the way into it. */
    private static @Nullable String get(String[] args) throws IOException {
        String at = args[0];
        for (String step : List.of(args).subList(1, args.length)) {
            Optional<Part> found =
                    partsOf(at).stream().filter(part -> part.key().equals(step)).findFirst();
            if (found.isEmpty()) {
                return null;
            }
            at = found.get().text();
        }
        return at;
    }

    /** The parts as a JSON array of their keys {@code k}, indexes {@code i} and texts {@code v}, with a number {@code s} for the whole. */
    private static String parts(String json) throws IOException {
        ArrayNode rows = MAPPER.createArrayNode();
        long sequence = SEQUENCE.incrementAndGet();
        for (Part part : partsOf(json)) {
            ObjectNode row = rows.addObject();
            row.put("s", sequence).put(part.indexed() ? "i" : "k", part.key()).put("v", part.text());
        }
        return rows.toString();
    }

    /** Numbers by their value, all else by its text. */
    private static int compare(String left, String right) throws IOException {
        JsonNode one = MAPPER.readTree(left);
        JsonNode other = MAPPER.readTree(right);
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : one.toString().compareTo(other.toString());
    }
}
