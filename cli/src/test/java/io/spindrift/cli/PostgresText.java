package io.spindrift.cli;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value's one canonical form, from PostgreSQL's text of it and from Snowflake's: equal where the values are. Written from the types of both, not
 * from the product. A value that Snowflake's type does not hold is {@link #OUTSIDE}: the mirror has NULL, and a text in the raw column.
 */
final class PostgresText {

    static final String OUTSIDE = "outside of Snowflake's type";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(TIME)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter OFFSET = DateTimeFormatter.ofPattern("[XXX][XX][X]");
    private static final Pattern INTERVAL = Pattern.compile(
            "P(?:(-?\\d+)Y)?(?:(-?\\d+)M)?(?:(-?\\d+)D)?(?:T(?:(-?\\d+)H)?(?:(-?\\d+)M)?(?:(-?[\\d.]+)S)?)?");

    private static final LocalDate FIRST = LocalDate.of(1582, 1, 1);
    private static final LocalDate LAST = LocalDate.of(9999, 12, 31);

    private PostgresText() {}

    /**
     * @param type as {@code format_type} names it, without modifier
     * @param text as a session with TimeZone UTC and IntervalStyle iso_8601 has it
     */
    static @Nullable Object ofPostgres(String type, @Nullable String text) {
        if (text == null) {
            return null;
        }
        if (type.endsWith("[]")) {
            String element = type.substring(0, type.length() - 2);
            return array(text).stream()
                    .map(item -> element(element, item))
                    .toList()
                    .toString();
        }
        if (isTemporal(type) && isOutside(type, text)) {
            return OUTSIDE;
        }
        return switch (type) {
            case "money" -> number(text.replaceAll("[$,]", ""));
            case "hstore" -> hstore(text);
            case "bytea" -> text.substring(2).toLowerCase(Locale.ROOT);
            default -> canonical(type, text);
        };
    }

    /** @param raw of the raw column beside it; null: NULL, or no such column */
    static @Nullable Object ofSnowflake(String type, @Nullable String text, @Nullable String raw) {
        if (text == null) {
            return raw == null ? null : OUTSIDE;
        }
        if (raw != null) {
            return "both a value and a raw text";
        }
        if (type.endsWith("[]")) {
            String element = type.substring(0, type.length() - 2);
            List<Object> items = new ArrayList<>();
            tree(text).forEach(item -> items.add(element(element, item.isNull() ? null : item.asText())));
            return items.toString();
        }
        return switch (type) {
            case "money" -> number(text);
            case "hstore" -> {
                Map<String, String> pairs = new TreeMap<>();
                tree(text)
                        .fields()
                        .forEachRemaining(pair -> pairs.put(
                                pair.getKey(),
                                pair.getValue().isNull()
                                        ? "null"
                                        : "'" + pair.getValue().asText()));
                yield pairs.toString();
            }
            case "bytea" -> text.toLowerCase(Locale.ROOT);
            default -> canonical(type, text);
        };
    }

    private static Object canonical(String type, String text) {
        return switch (type) {
            case "smallint", "integer", "bigint", "oid", "numeric", "zoo.euros" -> number(text);
            case "real", "double precision" -> Double.valueOf(text.replaceAll("(?i)^(-?)inf(inity)?$", "$1Infinity"));
            case "boolean", "bit" -> bit(text);
            case "date" -> LocalDate.parse(text);
            case "time without time zone" -> LocalTime.parse(text, TIME);
            case "timestamp without time zone" -> LocalDateTime.parse(text, TIMESTAMP);
            case "timestamp with time zone" -> instant(text);
            case "time with time zone" -> utc(text);
            case "interval" -> interval(text);
            case "json", "jsonb" -> plain(tree(text));
            default -> text;
        };
    }

    /** A bit(1) is a truth value, any other one its digits. */
    private static String bit(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "t", "1" -> "true";
            case "false", "f", "0" -> "false";
            default -> text;
        };
    }

    private static @Nullable Object element(String type, @Nullable String text) {
        return text == null ? null : "'" + canonical(type, text);
    }

    private static BigDecimal number(String text) {
        BigDecimal number = new BigDecimal(text);
        return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    }

    private static boolean isTemporal(String type) {
        return type.startsWith("date") || type.startsWith("time");
    }

    private static boolean isOutside(String type, String text) {
        if (type.startsWith("time ")) {
            return text.startsWith("24:") && type.endsWith("without time zone");
        }
        if (text.endsWith("infinity") || text.endsWith("BC") || text.indexOf('-') > 4) {
            return true;
        }
        LocalDate date = LocalDate.parse(text.substring(0, 10));
        return date.isBefore(FIRST) || date.isAfter(LAST);
    }

    /** Both {@code +00} and {@code +0000}, behind a space or not. */
    private static Object instant(String text) {
        int zone = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
        String offset = text.endsWith("Z") ? "Z" : text.substring(zone);
        String time = text.substring(0, text.length() - offset.length()).strip();
        return OffsetDateTime.of(LocalDateTime.parse(time, TIMESTAMP), ZoneOffset.of(offset))
                .toInstant();
    }

    private static Object utc(String text) {
        int zone = Math.max(Math.max(text.lastIndexOf('+'), text.lastIndexOf('-')), text.indexOf('Z'));
        ZoneOffset offset = ZoneOffset.from(OFFSET.parse(text.substring(zone)));
        return OffsetTime.of(LocalTime.parse(text.substring(0, zone), TIME), offset)
                .withOffsetSameInstant(ZoneOffset.UTC)
                .toLocalTime();
    }

    private static String interval(String text) {
        Matcher parts = INTERVAL.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("no interval: " + text);
        }
        long months = 12 * part(parts, 1) + part(parts, 2);
        BigDecimal seconds = BigDecimal.valueOf(3600 * part(parts, 4) + 60 * part(parts, 5))
                .add(parts.group(6) == null ? BigDecimal.ZERO : new BigDecimal(parts.group(6)));
        return months + " months " + part(parts, 3) + " days " + number(seconds.toString()) + " seconds";
    }

    private static long part(Matcher parts, int group) {
        return parts.group(group) == null ? 0 : Long.parseLong(parts.group(group));
    }

    private static JsonNode tree(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    /** Numbers by value: what VARIANT writes as 100 jsonb may write as 1e2. */
    private static String plain(JsonNode node) {
        if (node.isNumber()) {
            return number(node.asText()).toPlainString();
        }
        if (node.isObject()) {
            Map<String, String> fields = new TreeMap<>();
            node.fields().forEachRemaining(field -> fields.put(field.getKey(), plain(field.getValue())));
            return fields.toString();
        }
        if (node.isArray()) {
            List<String> items = new ArrayList<>();
            node.forEach(item -> items.add(plain(item)));
            return items.toString();
        }
        return node.toString();
    }

    /** {@code {a,NULL,"b\"c"}}, of one dimension. */
    private static List<@Nullable String> array(String text) {
        List<@Nullable String> items = new ArrayList<>();
        int at = 1;
        while (at < text.length() - 1) {
            StringBuilder item = new StringBuilder();
            boolean quoted = text.charAt(at) == '"';
            at += quoted ? 1 : 0;
            while (quoted ? text.charAt(at) != '"' : text.charAt(at) != ',' && at < text.length() - 1) {
                at += text.charAt(at) == '\\' ? 1 : 0;
                item.append(text.charAt(at++));
            }
            items.add(!quoted && item.toString().equals("NULL") ? null : item.toString());
            at += quoted ? 2 : 1;
        }
        return items;
    }

    private static final Pattern PAIR =
            Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"=>(?:NULL|\"((?:[^\"\\\\]|\\\\.)*)\")");

    private static String hstore(String text) {
        Map<String, String> pairs = new TreeMap<>();
        Matcher pair = PAIR.matcher(text);
        while (pair.find()) {
            String value = pair.group(2);
            pairs.put(unescaped(pair.group(1)), value == null ? "null" : "'" + unescaped(value));
        }
        return pairs.toString();
    }

    private static String unescaped(String text) {
        return text.replaceAll("\\\\(.)", "$1");
    }
}
