package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.spindrift.local.snowflake.OutsideRows.Part;
import io.spindrift.local.snowflake.OutsideRows.Reader;
import io.spindrift.local.snowflake.OutsideRows.Rejected;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bound values. Those of a single execution become literals, which convert by the same rules as values written in the statement;
 * nothing there is text the user could break out of. Those of a batch become the columns of {@link #rows}, whether they came with the
 * statement or as files in a stage.
 */
final class Binds {
    private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final FileFormat STAGED = FileFormat.of(Options.parse(
            new Tokens("TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = ()")));
    private final JsonNode bindings;
    private final List<Path> files;
    private int used;

    private Binds(JsonNode bindings, List<Path> files) {
        this.bindings = bindings;
        this.files = files;
    }

    static Binds of(JsonNode bindings) {
        return new Binds(bindings, List.of());
    }

    /** A batch in files of a stage: every value a text, which the column it goes to converts. */
    static Binds staged(List<Path> files) {
        return new Binds(MissingNode.getInstance(), files);
    }

    /** For a description, before values are bound. */
    static Binds unbound() {
        return of(MissingNode.getInstance());
    }

    boolean isBatch() {
        return !files.isEmpty() || bindings.path("1").path("value").isArray();
    }

    /** The values of a batch, once the statement has used them all. */
    OutsideRows rows() {
        List<Part> parts = files.isEmpty()
                ? List.of(new Part("", () -> new Arrays(bindings)))
                : files.stream()
                        .map(file -> new Part("", () -> STAGED.read(file, used, used)))
                        .toList();
        return new OutsideRows(used, parts, Set.of(), Rejected::fail);
    }

    void delete() {
        files.forEach(Stages::delete);
        files.stream().map(Path::getParent).distinct().forEach(Stages::delete);
    }

    /** The rows of a batch that came with its statement. */
    private static final class Arrays implements Reader {
        private final JsonNode bindings;
        private int row = -1;

        private Arrays(JsonNode bindings) {
            this.bindings = bindings;
        }

        @Override
        public boolean next() {
            return ++row < bindings.path("1").path("value").size();
        }

        @Override
        public byte @Nullable [] text(int column) {
            JsonNode bind = bindings.path(String.valueOf(column + 1));
            JsonNode value = bind.path("value").path(row);
            return value.isNull() || value.isMissingNode()
                    ? null
                    : checked(plain(type(bind), value.asText())).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** The next value, as DuckDB writes it. */
    String next() {
        JsonNode bind = bindings.path(String.valueOf(++used));
        JsonNode value = bind.path("value");
        if (isBatch()) {
            return typed(type(bind), "c" + used, type(bind).equals("FIXED") ? scale(value) : 0);
        }
        if (value.isNull() || value.isMissingNode()) {
            return "NULL";
        }
        String plain = plain(type(bind), value.asText());
        return type(bind).equals("FIXED") ? plain : typed(type(bind), text(plain), 0);
    }

    private static String type(JsonNode bind) {
        return bind.path("type").asText("TEXT").toUpperCase(Locale.ROOT);
    }

    /** Digits after the point that every number of a batch fits in. */
    private static int scale(JsonNode values) {
        int scale = 0;
        for (JsonNode value : values) {
            if (value.asText().indexOf('.') >= 0) {
                scale = Math.max(scale, new BigDecimal(value.asText()).scale());
            }
        }
        return scale;
    }

    private static String typed(String type, String sql, int scale) {
        return switch (type) {
            case "FIXED" -> "CAST(" + sql + " AS DECIMAL(38, " + scale + "))";
            case "REAL" -> "CAST(" + sql + " AS DOUBLE)";
            case "BOOLEAN", "DATE", "TIME" -> "CAST(" + sql + " AS " + type + ")";
            case "TIMESTAMP_NTZ" -> "CAST(" + sql + " AS TIMESTAMP)";
            case "TIMESTAMP_LTZ", "TIMESTAMP_TZ" -> "CAST(" + sql + " AS TIMESTAMPTZ)";
            case "BINARY" -> "unhex(" + sql + ")";
            case "TEXT" -> sql;
            default -> throw SnowflakeError.unsupported("a bound value of type " + type);
        };
    }

    private static String plain(String type, String value) {
        return switch (type) {
            case "FIXED" -> new BigDecimal(value).toPlainString();
            case "BOOLEAN" -> value.equals("1") || value.equalsIgnoreCase("true") ? "true" : "false";
            case "DATE" ->
                Instant.ofEpochMilli(Long.parseLong(value))
                        .atOffset(ZoneOffset.UTC)
                        .toLocalDate()
                        .toString();
            case "TIME" -> LocalTime.ofNanoOfDay(Long.parseLong(value)).toString();
            case "TIMESTAMP_NTZ" -> timestamp(value);
            case "TIMESTAMP_LTZ", "TIMESTAMP_TZ" -> timestamp(value) + "+00";
            default -> value;
        };
    }

    /** Nanoseconds since the epoch, for TIMESTAMP_TZ followed by the offset. */
    private static String timestamp(String value) {
        BigInteger[] parts = new BigInteger(value.split(" ", 2)[0]).divideAndRemainder(GIGA);
        return Instant.EPOCH
                .plus(Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValueExact()))
                .atOffset(ZoneOffset.UTC)
                .format(TIMESTAMP);
    }

    static boolean isText(String literal) {
        return literal.startsWith("'") && literal.endsWith("'");
    }

    static String text(String value) {
        return QualifiedName.literal(checked(value));
    }

    /** DuckDB's literals hold anything but NUL. */
    private static String checked(String value) {
        if (value.indexOf('\0') >= 0) {
            throw SnowflakeError.unsupported("a text with the character NUL");
        }
        return value;
    }
}
