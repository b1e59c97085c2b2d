package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Bound values → DuckDB literals. As literals they convert by the same rules as values written in the statement; nothing here is
 * text the user could break out of.
 */
final class Binds {
    private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private final JsonNode bindings;
    private final int row;
    private int used;

    private Binds(JsonNode bindings, int row) {
        this.bindings = bindings;
        this.row = row;
    }

    /** Bindings of a single execution. */
    static Binds of(JsonNode bindings) {
        return new Binds(bindings, -1);
    }

    /** For a description, before values are bound. */
    static Binds unbound() {
        return new Binds(MissingNode.getInstance(), -1);
    }

    /** The rows of a batch; one for a plain execution. */
    int rows() {
        JsonNode first = bindings.path("1").path("value");
        return first.isArray() ? first.size() : 1;
    }

    Binds ofRow(int index) {
        return new Binds(bindings, isBatch() ? index : -1);
    }

    boolean isBatch() {
        return bindings.path("1").path("value").isArray();
    }

    int used() {
        return used;
    }

    String next() {
        JsonNode bind = bindings.path(String.valueOf(++used));
        JsonNode value = bind.path("value");
        if (row >= 0) {
            value = value.path(row);
        }
        if (value.isNull() || value.isMissingNode()) {
            return "NULL";
        }
        return literal(bind.path("type").asText("TEXT"), value.asText());
    }

    private static String literal(String type, String value) {
        return switch (type.toUpperCase(Locale.ROOT)) {
            case "FIXED" -> new BigDecimal(value).toPlainString();
            case "REAL" -> QualifiedName.literal(value) + "::DOUBLE";
            case "BOOLEAN" -> value.equals("1") || value.equalsIgnoreCase("true") ? "TRUE" : "FALSE";
            case "DATE" -> "DATE '" + date(value) + "'";
            case "TIME" -> "TIME '" + LocalTime.ofNanoOfDay(Long.parseLong(value)) + "'";
            case "TIMESTAMP_NTZ" -> "TIMESTAMP '" + timestamp(value) + "'";
            case "TIMESTAMP_LTZ", "TIMESTAMP_TZ" -> "TIMESTAMPTZ '" + timestamp(value) + "+00'";
            case "BINARY" -> "unhex('" + value + "')";
            case "TEXT" -> text(value);
            default -> throw SnowflakeError.unsupported("a bound value of type " + type);
        };
    }

    static boolean isText(String literal) {
        return literal.startsWith("'") && literal.endsWith("'");
    }

    /** DuckDB's literals hold anything but NUL. */
    static String text(String value) {
        if (value.indexOf('\0') >= 0) {
            throw SnowflakeError.unsupported("a text with the character NUL");
        }
        return QualifiedName.literal(value);
    }

    private static LocalDate date(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis))
                .atZone(ZoneOffset.UTC)
                .toLocalDate();
    }

    /** Nanoseconds since the epoch, for TIMESTAMP_TZ followed by the offset. */
    private static String timestamp(String value) {
        BigInteger nanos = new BigInteger(value.split(" ", 2)[0]);
        BigInteger[] parts = nanos.divideAndRemainder(GIGA);
        return Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValueExact())
                .atOffset(ZoneOffset.UTC)
                .format(TIMESTAMP);
    }
}
