package io.spindrift.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations on the command line: {@code 500ms}, {@code 30s}, {@code 2min}, {@code 1h}, also in ISO form. */
final class Durations {

    private static final Pattern RULE = Pattern.compile("([0-9]+)\\s*(ms|s|m|min|h)?");

    private Durations() {}

    static Duration parse(String text) {
        Matcher matcher = RULE.matcher(text.strip());
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2) == null ? "s" : matcher.group(2);
            return switch (unit) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofMinutes(amount);
            };
        }
        try {
            return Duration.parse(text);
        } catch (java.time.format.DateTimeParseException e) {
            throw new TypeConversionException("'" + text + "' is no duration: write 500ms, 30s, 2min or 1h");
        }
    }
}
