package io.spindrift.jobs.config;

import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.warehouse.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The types that options have. */
final class Types {

    static final Option.Type<String> TEXT = new Option.Type<>("text", Types::text);
    static final Option.Type<String> NAME = new Option.Type<>("name", Types::name);
    static final Option.Type<Secret> SECRET = new Option.Type<>("secret", value -> new Secret(text(value)));
    static final Option.Type<String> HTTP_URL = new Option.Type<>("http URL", Types::httpUrl);
    static final Option.Type<String> SNOWFLAKE_URL = new Option.Type<>("JDBC URL", Types::snowflakeUrl);
    static final Option.Type<String> POSTGRES_URL = new Option.Type<>("JDBC URL", Types::postgresUrl);
    static final Option.Type<Pattern> PATTERN = new Option.Type<>("regular expression", Types::pattern);
    static final Option.Type<Duration> DURATION = new Option.Type<>("duration", Types::duration);
    static final Option.Type<SourceEpochs> EPOCHS = new Option.Type<>("list of instants", Types::epochs);
    static final Option.Type<Long> SIZE = new Option.Type<>("size", Types::size);
    static final Option.Type<Integer> COUNT = new Option.Type<>("number above 0", Types::count);
    static final Option.Type<RecordFormat> FORMAT = new Option.Type<>("auto, avro, json or json-plain", Types::format);
    static final Option.Type<HandlingModes.Decimals> DECIMALS =
            new Option.Type<>("precise, double or string", value -> oneOf(HandlingModes.Decimals.class, value));
    static final Option.Type<HandlingModes.Times> TIMES = new Option.Type<>(
            "adaptive, adaptive_time_microseconds, microseconds or nanoseconds",
            value -> oneOf(HandlingModes.Times.class, value));
    static final Option.Type<HandlingModes.Binaries> BINARIES = new Option.Type<>(
            "bytes, base64, base64-url-safe or hex", value -> oneOf(HandlingModes.Binaries.class, value));
    static final Option.Type<HandlingModes.Intervals> INTERVALS =
            new Option.Type<>("numeric or string", value -> oneOf(HandlingModes.Intervals.class, value));
    static final Option.Type<HandlingModes.Hstores> HSTORES =
            new Option.Type<>("json or map", value -> oneOf(HandlingModes.Hstores.class, value));
    static final Option.Type<StartingOffsets> STARTING_OFFSETS =
            new Option.Type<>("earliest or latest", Types::startingOffsets);
    static final Option.Type<DeadLetterDelivery> DEAD_LETTER_DELIVERY =
            new Option.Type<>("exactly-once or at-least-once", Types::delivery);
    static final Option.Type<OnUnsupportedType> ON_UNSUPPORTED_TYPE =
            new Option.Type<>("dead-letter, exclude-column or fail", value -> oneOf(OnUnsupportedType.class, value));
    static final Option.Type<OnUnrepresentableValue> ON_UNREPRESENTABLE_VALUE =
            new Option.Type<>("raw-column, dead-letter or fail", value -> oneOf(OnUnrepresentableValue.class, value));
    static final Option.Type<List<String>> TEXTS = new Option.Type<>("list of texts", Types::texts);
    static final Option.Type<Set<SourceTable>> TABLES = new Option.Type<>("list of schema.table", Types::tables);
    static final Option.Type<Map<String, String>> PROPERTIES = new Option.Type<>("map", Types::properties);

    private static final Pattern NAME_RULE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}");

    private static final Pattern DURATION_RULE = Pattern.compile("([1-9][0-9]{0,9})\\s*(ms|s|min|h)");

    private static final Pattern SIZE_RULE = Pattern.compile("([1-9][0-9]{0,5})\\s*(KB|MB|GB)");

    private Types() {}

    private static String text(Object value) {
        if (value instanceof Map || value instanceof List) {
            throw new IllegalArgumentException("must be one value, not a list or a map");
        }
        String text = value.toString();
        if (text.isBlank()) {
            throw new IllegalArgumentException("is blank");
        }
        return text;
    }

    private static String name(Object value) {
        String text = text(value);
        if (!NAME_RULE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is '%s': use letters, digits, '-' and '_', at most 100, beginning with a letter or digit"
                            .formatted(text));
        }
        return text;
    }

    private static String httpUrl(Object value) {
        String text = text(value);
        if (text.contains("@")) {
            throw new IllegalArgumentException(
                    "carries credentials: give them as source.schema-registry.properties instead");
        }
        try {
            String scheme = URI.create(text).getScheme();
            if ("http".equals(scheme) || "https".equals(scheme)) {
                return text.replaceAll("/+$", "");
            }
        } catch (IllegalArgumentException e) {
            // Said below, with the value.
        }
        throw new IllegalArgumentException("is '%s': not an http or https URL".formatted(text));
    }

    private static String snowflakeUrl(Object value) {
        String text = text(value);
        if (!text.startsWith("jdbc:snowflake://")) {
            throw new IllegalArgumentException(
                    "is not a Snowflake JDBC URL: write jdbc:snowflake://<account>.snowflakecomputing.com/");
        }
        if (text.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException("carries a password: give it as sink.password instead");
        }
        return text;
    }

    private static String postgresUrl(Object value) {
        String text = text(value);
        if (!text.startsWith("jdbc:postgresql://")) {
            throw new IllegalArgumentException(
                    "is not a PostgreSQL JDBC URL: write jdbc:postgresql://<host>:<port>/<database>");
        }
        if (text.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException("carries a password: give it as source.database.password instead");
        }
        return text;
    }

    private static Pattern pattern(Object value) {
        String text = text(value);
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "is '%s': not a regular expression (%s)".formatted(text, e.getDescription()), e);
        }
    }

    private static Duration duration(Object value) {
        String text = text(value);
        Matcher matcher = DURATION_RULE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "is '%s': write a duration above zero such as 500 ms, 10 s or 2 min".formatted(text));
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "min" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    private static long size(Object value) {
        String text = text(value);
        Matcher matcher = SIZE_RULE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "is '%s': write a size above zero such as 64 MB or 1 GB".formatted(text));
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "KB" -> amount * 1_000;
            case "MB" -> amount * 1_000_000;
            default -> amount * 1_000_000_000;
        };
    }

    private static int count(Object value) {
        String text = text(value);
        try {
            int count = Integer.parseInt(text);
            if (count > 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below, with the value.
        }
        throw new IllegalArgumentException("is '%s': not a whole number above 0".formatted(text));
    }

    private static DeadLetterDelivery delivery(Object value) {
        return oneOf(DeadLetterDelivery.class, value);
    }

    static DeadLetterAction action(Object value) {
        return oneOf(DeadLetterAction.class, value);
    }

    static DeadLetter.Reason reason(Object value) {
        return oneOf(DeadLetter.Reason.class, value);
    }

    private static RecordFormat format(Object value) {
        return oneOf(RecordFormat.class, value);
    }

    private static StartingOffsets startingOffsets(Object value) {
        return oneOf(StartingOffsets.class, value);
    }

    private static <E extends Enum<E>> E oneOf(Class<E> choices, Object value) {
        String text = text(value);
        for (E choice : choices.getEnumConstants()) {
            if (choice.name().equalsIgnoreCase(text.replace('-', '_'))) {
                return choice;
            }
        }
        throw new IllegalArgumentException("is '%s': one of %s"
                .formatted(
                        text,
                        Arrays.toString(choices.getEnumConstants())
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '-')));
    }

    private static List<String> texts(Object value) {
        List<?> items =
                value instanceof List<?> list ? list : Arrays.asList(text(value).split("\\s*,\\s*"));
        List<String> texts = new ArrayList<>();
        for (Object item : items) {
            texts.add(text(item == null ? "" : item));
        }
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("is an empty list");
        }
        return List.copyOf(texts);
    }

    private static Set<SourceTable> tables(Object value) {
        Set<SourceTable> tables = new LinkedHashSet<>();
        for (String name : texts(value)) {
            String[] parts = name.split("\\.", -1);
            if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
                throw new IllegalArgumentException("has '%s': write schema.table".formatted(name));
            }
            tables.add(new SourceTable(parts[0], parts[1]));
        }
        return tables;
    }

    private static SourceEpochs epochs(Object value) {
        return new SourceEpochs(texts(value).stream().map(Types::instant).toList());
    }

    private static Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "has '%s': write instants such as \"2026-11-28T09:30:00Z\", in quotes".formatted(text), e);
        }
    }

    private static Map<String, String> properties(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("must be a map of names to values");
        }
        Map<String, String> properties = new LinkedHashMap<>();
        map.forEach((name, item) -> properties.put(String.valueOf(name), text(item == null ? "" : item)));
        return properties;
    }
}
