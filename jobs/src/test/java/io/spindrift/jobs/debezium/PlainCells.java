package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.io.NumberOutput;
import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.jobs.debezium.PlainDecoder.Impossible;
import io.spindrift.sinks.model.RowChange.LeftOut;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A Connect value's cell by the JDK's own conversions; {@code ∅} is NULL and {@code …} a value left out. For comparison in tests. */
final class PlainCells {

    private static final String PLACEHOLDER = "__debezium_unavailable_value";
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    private PlainCells() {}

    static void requireSupported(ConnectSchema schema) throws Impossible {
        try {
            FieldTypes.of(schema);
        } catch (Refused refused) {
            throw new Impossible(refused.detail());
        }
    }

    /** Of a supported type. */
    static boolean mayBeLeftOut(ConnectSchema schema) throws Impossible {
        try {
            return FieldTypes.of(schema).doubtFrom() != LeftOut.NO_DOUBT;
        } catch (Refused refused) {
            throw new Impossible(refused.detail());
        }
    }

    /** Likewise; whether by a placeholder or by NULL. */
    static boolean mayNotCome(ConnectSchema schema) throws Impossible {
        try {
            return FieldTypes.of(schema).mayBeLeftOut();
        } catch (Refused refused) {
            throw new Impossible(refused.detail());
        }
    }

    static String cell(ConnectSchema schema, @Nullable Object value, boolean updating) throws Impossible {
        if (value == null || value instanceof JsonNode node && node.isNull()) {
            if (!schema.optional()) {
                throw new Impossible("null");
            }
            return "∅";
        }
        return switch (schema.type()) {
            case INT8 -> integer(schema, whole(value, 8));
            case INT16 -> integer(schema, whole(value, 16));
            case INT32 -> integer(schema, whole(value, 32));
            case INT64 -> integer(schema, whole(value, 64));
            case FLOAT32 -> floating(number(value, true), true);
            case FLOAT64 -> floating(number(value, false), false);
            case BOOLEAN -> String.valueOf(bool(value));
            case STRING -> text(schema, text(value), updating);
            case BYTES -> bytes(schema, bytes(value), updating);
            case ARRAY -> array(schema.items().get(0), value, updating);
            case MAP -> map(schema.items().get(0), value, updating);
            case STRUCT -> struct(schema, value);
            case UNION -> throw new Impossible("union");
        };
    }

    // ---- values out of either encoding

    private static long whole(Object value, int bits) throws Impossible {
        BigInteger number;
        if (value instanceof Long known) {
            number = BigInteger.valueOf(known);
        } else if (value instanceof JsonNode node && node.isIntegralNumber()) {
            number = node.bigIntegerValue();
        } else {
            throw new Impossible("no integer");
        }
        if (number.bitLength() >= bits) {
            throw new Impossible("an integer of more bits");
        }
        return number.longValueExact();
    }

    private static double number(Object value, boolean single) throws Impossible {
        if (value instanceof Float || value instanceof Double) {
            return ((Number) value).doubleValue();
        }
        if (value instanceof JsonNode node && node.isTextual()) {
            return switch (node.asText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw new Impossible("a text for a number");
            };
        }
        if (!(value instanceof JsonNode node) || !node.isNumber()) {
            throw new Impossible("no number");
        }
        String exact = node.decimalValue().toString();
        double number = single ? Float.parseFloat(exact) : Double.parseDouble(exact);
        if (Double.isInfinite(number)) {
            throw new Impossible("a number too large");
        }
        return number;
    }

    private static boolean bool(Object value) throws Impossible {
        if (value instanceof Boolean bool) {
            return bool;
        }
        if (value instanceof JsonNode node && node.isBoolean()) {
            return node.asBoolean();
        }
        throw new Impossible("no boolean");
    }

    private static String text(Object value) throws Impossible {
        String text;
        if (value instanceof String known) {
            text = known;
        } else if (value instanceof JsonNode node && node.isTextual()) {
            text = node.asText();
        } else {
            throw new Impossible("no text");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new Impossible("half a surrogate pair");
        }
        return text;
    }

    private static byte[] bytes(Object value) throws Impossible {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof JsonNode node && node.isTextual()) {
            try {
                return node.binaryValue();
            } catch (IOException e) {
                throw new Impossible("no base64");
            }
        }
        throw new Impossible("no bytes");
    }

    // ---- cells

    private static String integer(ConnectSchema schema, long value) throws Impossible {
        return switch (schema.name()) {
            case "" -> String.valueOf(value);
            case "io.debezium.time.Date" -> date(value).toString();
            case "io.debezium.time.Time" -> time(value, 3);
            case "io.debezium.time.MicroTime" -> time(value, 6);
            case "io.debezium.time.NanoTime" -> time(value, 9);
            case "io.debezium.time.Timestamp" -> timestamp(value, 3);
            case "io.debezium.time.MicroTimestamp" -> timestamp(value, 6);
            case "io.debezium.time.NanoTimestamp" -> timestamp(value, 9);
            default -> throw new Impossible(schema.name());
        };
    }

    private static LocalDate date(long day) throws Impossible {
        try {
            LocalDate date = LocalDate.ofEpochDay(day);
            if (date.getYear() < 1582 || date.getYear() > 9999) {
                throw new Impossible("year " + date.getYear());
            }
            return date;
        } catch (DateTimeException e) {
            throw new Impossible("no date");
        }
    }

    private static String time(long units, int digits) throws Impossible {
        BigInteger nanos = BigInteger.valueOf(units).multiply(BigInteger.TEN.pow(9 - digits));
        if (nanos.signum() < 0 || nanos.compareTo(BigInteger.valueOf(86_400_000_000_000L)) >= 0) {
            throw new Impossible("no time of a day");
        }
        return DateTimeFormatter.ofPattern("HH:mm:ss." + "S".repeat(digits), Locale.ROOT)
                .format(LocalTime.ofNanoOfDay(nanos.longValueExact()));
    }

    private static String timestamp(long units, int digits) throws Impossible {
        BigInteger[] seconds = BigInteger.valueOf(units).divideAndRemainder(BigInteger.TEN.pow(digits));
        long second = seconds[0].longValueExact();
        long fraction = seconds[1].longValueExact();
        if (fraction < 0) {
            second--;
            fraction += BigInteger.TEN.pow(digits).longValueExact();
        }
        date(Math.floorDiv(second, 86_400L));
        return SECONDS.format(LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC)) + "."
                + ("0".repeat(digits) + fraction)
                        .substring(String.valueOf(fraction).length());
    }

    private static String floating(double value, boolean single) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return single ? NumberOutput.toString((float) value, true) : NumberOutput.toString(value, true);
    }

    private static String text(ConnectSchema schema, String text, boolean updating) throws Impossible {
        boolean leftOut = updating && text.equals(PLACEHOLDER);
        switch (schema.name()) {
            case "io.debezium.data.Uuid" -> {
                if (text.codePointCount(0, text.length()) > 36) {
                    throw new Impossible("too long");
                }
                return text;
            }
            case "io.debezium.time.ZonedTimestamp" -> {
                return instant(text);
            }
            case "io.debezium.data.Json" -> {
                if (!leftOut) {
                    PlainDecoder.requireJson(text);
                }
                return leftOut ? "…" : text;
            }
            case "io.debezium.time.Interval" -> {
                return interval(text);
            }
            case "io.debezium.data.Enum",
                    "io.debezium.data.EnumSet",
                    "io.debezium.time.ZonedTime",
                    "io.debezium.time.IsoDate",
                    "io.debezium.time.IsoTime",
                    "io.debezium.time.IsoTimestamp" -> {
                return text;
            }
            default -> {
                return leftOut ? "…" : text;
            }
        }
    }

    /** Seconds to the microsecond, where a double's fault stands behind them. */
    private static String interval(String text) throws Impossible {
        Matcher fine = Pattern.compile("(?s)(.*?)([0-9-]*\\.[0-9]{7,})S").matcher(text);
        if (!fine.matches()) {
            return text;
        }
        try {
            BigDecimal seconds = new BigDecimal(fine.group(2));
            BigDecimal micros = seconds.setScale(6, RoundingMode.HALF_EVEN);
            if (micros.subtract(seconds).abs().movePointRight(9).compareTo(new BigDecimal(2)) > 0) {
                throw new Impossible("finer than microseconds");
            }
            return fine.group(1) + micros.stripTrailingZeros().toPlainString() + "S";
        } catch (NumberFormatException e) {
            throw new Impossible("no number");
        }
    }

    private static String instant(String text) throws Impossible {
        if (!text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z")) {
            throw new Impossible("no instant");
        }
        try {
            LocalDateTime time = LocalDateTime.parse(text.substring(0, text.length() - 1));
            if (time.getNano() % 1000 != 0) {
                throw new Impossible("finer than microseconds");
            }
            date(time.toLocalDate().toEpochDay());
            return SECONDS.format(time) + ".%06d +00:00".formatted(time.getNano() / 1000);
        } catch (DateTimeException e) {
            throw new Impossible("no instant");
        }
    }

    private static String bits(ConnectSchema schema, byte[] littleEndian) throws Impossible {
        int length = Integer.parseInt(schema.parameters().get("length"));
        byte[] bigEndian = new byte[littleEndian.length + 1];
        for (int i = 0; i < littleEndian.length; i++) {
            bigEndian[littleEndian.length - i] = littleEndian[i];
        }
        BigInteger bits = new BigInteger(bigEndian);
        if (bits.bitLength() > length) {
            throw new Impossible("more bits");
        }
        return "0".repeat(length - (bits.signum() == 0 ? 0 : bits.bitLength()))
                + (bits.signum() == 0 ? "" : bits.toString(2));
    }

    private static String bytes(ConnectSchema schema, byte[] bytes, boolean updating) throws Impossible {
        if (schema.name().equals("io.debezium.data.Bits")) {
            return bits(schema, bytes);
        }
        if (!schema.name().equals("org.apache.kafka.connect.data.Decimal")) {
            return updating && new String(bytes, StandardCharsets.ISO_8859_1).equals(PLACEHOLDER)
                    ? "…"
                    : HexFormat.of().withUpperCase().formatHex(bytes);
        }
        if (bytes.length == 0) {
            throw new Impossible("no digits");
        }
        int scale = Integer.parseInt(schema.parameters().get("scale"));
        int precision =
                Math.max(scale, Integer.parseInt(schema.parameters().getOrDefault("connect.decimal.precision", "38")));
        BigInteger unscaled = new BigInteger(bytes);
        if (unscaled.abs().compareTo(BigInteger.TEN.pow(precision)) >= 0) {
            throw new Impossible("too many digits");
        }
        return new BigDecimal(unscaled, scale).toPlainString();
    }

    private static String array(ConnectSchema item, Object value, boolean updating) throws Impossible {
        if (!(value instanceof List<?>) && !(value instanceof JsonNode node && node.isArray())) {
            throw new Impossible("no array");
        }
        StringJoiner json = new StringJoiner(",", "[", "]");
        int count = 0;
        int nulls = 0;
        for (Object each : (Iterable<?>) value) {
            String part = part(item, each, item.name().equals("io.debezium.data.Json"));
            nulls += part.equals("null") && cell(item, each, false).equals("∅") ? 1 : 0;
            json.add(part);
            count++;
        }
        if (count > 0 && nulls == count) {
            throw new Impossible("nothing but nulls");
        }
        boolean hasPlaceholder =
                switch (item.type()) {
                    case STRING -> !item.name().startsWith("io.debezium.time.");
                    case BYTES -> item.name().isEmpty();
                    default -> item.name().isEmpty() || item.name().equals("io.debezium.time.Date");
                };
        return updating && hasPlaceholder && json.toString().equals(arrayPlaceholder(item)) ? "…" : json.toString();
    }

    private static String arrayPlaceholder(ConnectSchema item) throws Impossible {
        return switch (item.type()) {
            case STRING ->
                item.name().equals("io.debezium.data.Uuid")
                        ? "[\"" + UUID.nameUUIDFromBytes(PLACEHOLDER.getBytes(StandardCharsets.UTF_8)) + "\"]"
                        : "[\"" + PLACEHOLDER + "\"]";
            case BYTES ->
                "[\"" + HexFormat.of().withUpperCase().formatHex(PLACEHOLDER.getBytes(StandardCharsets.UTF_8)) + "\"]";
            case INT8, INT16, INT32, INT64 -> {
                StringJoiner codes = new StringJoiner(",", "[", "]");
                for (byte code : PLACEHOLDER.getBytes(StandardCharsets.UTF_8)) {
                    codes.add(part(item, (long) code, false));
                }
                yield codes.toString();
            }
            default -> "-";
        };
    }

    private static String map(ConnectSchema valueSchema, Object value, boolean updating) throws Impossible {
        StringJoiner json = new StringJoiner(",", "{", "}");
        if (value instanceof JsonNode node && node.isObject()) {
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                json.add(quoted(text(entry.getKey())) + ":" + part(valueSchema, entry.getValue(), false));
            }
        } else {
            throw new Impossible("no map");
        }
        String placeholder = "{\"%1$s\":\"%1$s\"}".formatted(PLACEHOLDER);
        return updating && json.toString().equals(placeholder) ? "…" : json.toString();
    }

    private static String struct(ConnectSchema schema, Object value) throws Impossible {
        if (!(value instanceof Map<?, ?>) && !(value instanceof JsonNode node && node.isObject())) {
            throw new Impossible("no struct");
        }
        if (schema.name().equals("io.debezium.data.VariableScaleDecimal")) {
            return variableScale(schema, value);
        }
        StringJoiner json = new StringJoiner(",", "{", "}");
        for (ConnectSchema.Field field : schema.fields()) {
            json.add(quoted(field.name()) + ":" + part(field.schema(), field(value, field.name()), false));
        }
        return json.toString();
    }

    private static @Nullable Object field(Object struct, String name) throws Impossible {
        if (struct instanceof Map<?, ?> map) {
            return map.get(name);
        }
        JsonNode field = ((JsonNode) struct).get(name);
        if (field == null) {
            throw new Impossible("no field " + name);
        }
        return field;
    }

    private static String variableScale(ConnectSchema schema, Object value) throws Impossible {
        Object scale = field(value, "scale");
        Object unscaled = field(value, "value");
        if (scale == null || unscaled == null || unscaled instanceof JsonNode node && node.isNull()) {
            throw new Impossible("half a decimal");
        }
        long decimals =
                whole(scale, schema.fields().stream().anyMatch(f -> f.name().equals("scale")) ? 32 : 0);
        byte[] digits = bytes(unscaled);
        if (digits.length == 0 || Math.abs(decimals) > 131_072) {
            throw new Impossible("no decimal");
        }
        return new BigDecimal(new BigInteger(digits), (int) decimals).toPlainString();
    }

    /** A value inside of JSON. */
    private static String part(ConnectSchema schema, @Nullable Object value, boolean placeholderAllowed)
            throws Impossible {
        if (placeholderAllowed && value != null && PLACEHOLDER.equals(plainText(value))) {
            return "\"" + PLACEHOLDER + "\"";
        }
        String cell = cell(schema, value, false);
        if (value == null || value instanceof JsonNode node && node.isNull()) {
            return "null";
        }
        boolean bare =
                switch (schema.type()) {
                    case INT8, INT16, INT32, INT64 -> schema.name().isEmpty();
                    case FLOAT32, FLOAT64 -> Character.isDigit(cell.charAt(cell.length() - 1));
                    case BOOLEAN, ARRAY, MAP -> true;
                    case STRING -> schema.name().equals("io.debezium.data.Json");
                    case BYTES -> schema.name().equals("org.apache.kafka.connect.data.Decimal");
                    case STRUCT -> !schema.name().equals("io.debezium.data.VariableScaleDecimal");
                    case UNION -> false;
                };
        return bare ? cell : quoted(cell);
    }

    private static @Nullable String plainText(Object value) {
        return value instanceof String text ? text : value instanceof JsonNode node ? node.textValue() : null;
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
