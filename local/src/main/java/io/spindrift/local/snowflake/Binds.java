package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.spindrift.local.snowflake.OutsideRows.Part;
import io.spindrift.local.snowflake.OutsideRows.Reader;
import io.spindrift.local.snowflake.OutsideRows.Rejected;
import io.spindrift.local.snowflake.OutsideRows.Row;
import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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
    private static final DateTimeFormatter ZONED =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSxxx", Locale.ROOT);
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
                ? List.of(new Part("", this::arrays))
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
    private Reader arrays() {
        int rows = bindings.path("1").path("value").size();
        Iterator<Integer> numbers = IntStream.range(0, rows).iterator();
        return () -> numbers.hasNext() ? row(numbers.next()) : null;
    }

    private Row row(int number) {
        byte[] @Nullable [] fields = new byte[used][];
        for (int i = 0; i < used; i++) {
            JsonNode bind = bindings.path(String.valueOf(i + 1));
            JsonNode value = bind.path("value").path(number);
            if (!value.isNull() && !value.isMissingNode()) {
                fields[i] = checked(plain(type(bind), value.asText())).getBytes(StandardCharsets.UTF_8);
            }
        }
        return new Row(fields, 0, null);
    }

    /** The next value, as DuckDB writes it, with its type. */
    Value next() {
        JsonNode bind = bindings.path(String.valueOf(++used));
        JsonNode value = bind.path("value");
        if (isBatch()) {
            return typed(type(bind), "c" + used, type(bind).equals("FIXED") ? scale(value) : 0);
        }
        if (value.isNull() || value.isMissingNode()) {
            return Value.untyped("NULL");
        }
        String plain = plain(type(bind), value.asText());
        return switch (type(bind)) {
            case "FIXED" -> Expressions.number(plain);
            case "TEXT" -> Expressions.text(text(plain));
            default -> typed(type(bind), text(plain), 0);
        };
    }

    private static String type(JsonNode bind) {
        return bind.path("type").asText("TEXT").toUpperCase(Locale.ROOT);
    }

    /** Digits after the point that every number of a batch fits in. */
    private static int scale(JsonNode values) {
        Stream<JsonNode> numbers =
                StreamSupport.stream(values.spliterator(), false).filter(value -> !value.isNull());
        return numbers.mapToInt(value -> new BigDecimal(value.asText()).scale()).reduce(0, Math::max);
    }

    private static Value typed(String type, String sql, int scale) {
        return switch (type) {
            case "FIXED" ->
                Value.typed("CAST(" + sql + " AS DECIMAL(38, " + scale + "))", SnowflakeType.number(38, scale));
            case "REAL" -> Value.of("CAST(" + sql + " AS DOUBLE)", Kind.REAL);
            case "BOOLEAN", "DATE", "TIME" -> Value.of("CAST(" + sql + " AS " + type + ")", Kind.valueOf(type));
            case "TIMESTAMP_NTZ" -> Value.of("CAST(" + sql + " AS TIMESTAMP)", Kind.TIMESTAMP_NTZ);
            case "TIMESTAMP_LTZ" -> Value.of("CAST(" + sql + " AS TIMESTAMPTZ)", Kind.TIMESTAMP_LTZ);
            case "TIMESTAMP_TZ" -> Value.of("sf_text_tz(" + sql + ")", Kind.TIMESTAMP_TZ);
            case "BINARY" -> Value.of("unhex(" + sql + ")", Kind.BINARY);
            case "TEXT" -> Expressions.field(sql);
            default -> throw SnowflakeError.unsupported("a bound value of type " + type);
        };
    }

    private static String plain(String type, String value) {
        return switch (type) {
            case "FIXED" -> new BigDecimal(value).toPlainString();
            case "BOOLEAN" -> value.equals("1") || value.equalsIgnoreCase("true") ? "true" : "false";
            case "DATE" ->
                LocalDate.ofInstant(Instant.ofEpochMilli(Long.parseLong(value)), ZoneOffset.UTC)
                        .toString();
            case "TIME" -> LocalTime.ofNanoOfDay(Long.parseLong(value)).toString();
            case "TIMESTAMP_NTZ" -> TIMESTAMP.format(timestamp(value));
            case "TIMESTAMP_LTZ", "TIMESTAMP_TZ" -> ZONED.format(timestamp(value));
            default -> value;
        };
    }

    /** Nanoseconds since the epoch, for TIMESTAMP_TZ followed by the offset in minutes, plus 1440. */
    private static OffsetDateTime timestamp(String value) {
        String[] words = value.split(" ", 2);
        BigInteger[] parts = new BigInteger(words[0]).divideAndRemainder(GIGA);
        int minutes = words.length < 2 ? 0 : Integer.parseInt(words[1]) - 1440;
        return Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValueExact())
                .atOffset(ZoneOffset.ofTotalSeconds(60 * minutes));
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
