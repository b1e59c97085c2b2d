package io.spindrift.local.snowflake;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Dates and times as texts in Snowflake's formats ({@code YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM}) ↔ the one form that DuckDB casts. An offset
 * is kept for a zoned timestamp and dropped for the others, as Snowflake does; digits beyond microseconds are refused.
 */
final class TimeText {
    private static final Pattern ELEMENT = Pattern.compile(
            "YYYY|MMMM|MON|MM|DD|DY|HH24|HH12|HH|MI|SS|FF\\d?|AM|PM|TZH:?TZM|TZH|\"[^\"]*\"|.",
            Pattern.CASE_INSENSITIVE);
    private static final Map<String, String> READS = Map.ofEntries(
            Map.entry("YYYY", "(?<year>\\d{4})"),
            Map.entry("MMMM", "(?<name>\\p{L}{3,9})"),
            Map.entry("MON", "(?<name>\\p{L}{3})"),
            Map.entry("MM", "(?<month>\\d{1,2})"),
            Map.entry("DD", "(?<day>\\d{1,2})"),
            Map.entry("DY", "\\p{L}{3}"),
            Map.entry("HH24", "(?<hour>\\d{1,2})"),
            Map.entry("HH12", "(?<hour>\\d{1,2})"),
            Map.entry("HH", "(?<hour>\\d{1,2})"),
            Map.entry("MI", "(?<minute>\\d{1,2})"),
            Map.entry("SS", "(?<second>\\d{1,2})"),
            Map.entry("AM", "(?<half>[AaPp][Mm])"),
            Map.entry("PM", "(?<half>[AaPp][Mm])"),
            Map.entry("TZH", "(?<offset>[+-]\\d{1,2})"),
            Map.entry("TZHTZM", "(?<offset>[+-]\\d{4})"),
            Map.entry("TZH:TZM", "(?<offset>[+-]\\d{1,2}:\\d{2})"));
    private static final String TIME =
            "(?<hour>\\d{1,2}):(?<minute>\\d{1,2})(:(?<second>\\d{1,2})(\\.(?<fraction>\\d{0,9}))?)?";
    private static final String OFFSET = "( ?(?<offset>Z|[+-]\\d{1,2}(:?\\d{2})?))?";
    private static final List<Pattern> AUTO = List.of(
            Pattern.compile("(?<year>\\d{4})-(?<month>\\d{1,2})-(?<day>\\d{1,2})([T ]" + TIME + OFFSET + ")?"),
            Pattern.compile("(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{4})( " + TIME + ")?"),
            Pattern.compile("(?<day>\\d{1,2})-(?<name>\\p{L}{3})-(?<year>\\d{4})( " + TIME + ")?"));
    private static final Pattern AUTO_TIME = Pattern.compile(TIME);
    private static final Map<String, Pattern> COMPILED = new ConcurrentHashMap<>();

    private TimeText() {}

    private static Pattern pattern(String format) {
        return COMPILED.computeIfAbsent(format, unused -> {
            StringBuilder regex = new StringBuilder();
            Matcher elements = ELEMENT.matcher(format);
            while (elements.find()) {
                String element = elements.group().toUpperCase(Locale.ROOT);
                String literal = element.startsWith("\"") ? elements.group().replace("\"", "") : elements.group();
                regex.append(
                        element.startsWith("FF")
                                ? "(?<fraction>\\d{0,9})"
                                : READS.getOrDefault(element, literal(literal)));
            }
            return Pattern.compile(regex.toString());
        });
    }

    private static String literal(String text) {
        return Pattern.quote(text);
    }

    /** @param kind the name of a {@link SnowflakeType.Kind} */
    static String read(String kind, String format, String text) {
        List<Pattern> patterns = !format.equalsIgnoreCase("AUTO")
                ? List.of(pattern(format))
                : kind.equals("TIME") ? List.of(AUTO_TIME) : AUTO;
        for (Pattern pattern : patterns) {
            Matcher found = pattern.matcher(text.strip());
            if (found.matches()) {
                try {
                    return canonical(kind, found);
                } catch (DateTimeException e) {
                    break;
                }
            }
        }
        throw unrecognized(kind, text);
    }

    private static IllegalArgumentException unrecognized(String kind, String text) {
        return switch (kind) {
            case "DATE" -> Natives.error("100040", "22007", "Date '" + text + "' is not recognized");
            case "TIME" -> Natives.error("100108", "22007", "Time '" + text + "' is not recognized");
            default -> Natives.error("100035", "22007", "Timestamp '" + text + "' is not recognized");
        };
    }

    private static String canonical(String kind, Matcher found) {
        String date = LocalDate.of(number(found, "year", 1970), month(found), number(found, "day", 1))
                .toString();
        String time = kind.equals("DATE") ? "" : time(found);
        String offset = group(found, "offset");
        return switch (kind) {
            case "DATE" -> date;
            case "TIME" -> time;
            case "TIMESTAMP_NTZ" -> date + " " + time;
            default -> date + " " + time + (offset == null ? "" : offset(offset));
        };
    }

    private static String time(Matcher found) {
        String fraction = String.valueOf(group(found, "fraction")).replace("null", "");
        if (fraction.length() > 6 && !fraction.substring(6).matches("0*")) {
            throw Natives.error(
                    "000002",
                    "0A000",
                    "not supported by the local Snowflake: nanoseconds, as in '" + found.group() + "'");
        }
        int hour = number(found, "hour", 0);
        String half = group(found, "half");
        if (half != null) {
            hour = hour % 12 + (half.equalsIgnoreCase("PM") ? 12 : 0);
        }
        int nanos = fraction.isEmpty() ? 0 : Integer.parseInt((fraction + "000000000").substring(0, 9));
        return LocalTime.of(hour, number(found, "minute", 0), number(found, "second", 0), nanos)
                .toString();
    }

    private static String offset(String written) {
        if (written.equals("Z")) {
            return "+00:00";
        }
        String digits = written.substring(1).replace(":", "");
        String four = digits.length() > 2
                ? "0".repeat(4 - digits.length()) + digits
                : "0".repeat(2 - digits.length()) + digits + "00";
        return written.charAt(0) + four.substring(0, 2) + ":" + four.substring(2);
    }

    private static int month(Matcher found) {
        String name = group(found, "name");
        if (name == null) {
            return number(found, "month", 1);
        }
        for (java.time.Month month : java.time.Month.values()) {
            String full = month.getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            if (full.equalsIgnoreCase(name) || full.substring(0, 3).equalsIgnoreCase(name)) {
                return month.getValue();
            }
        }
        throw new DateTimeException(name);
    }

    private static int number(Matcher found, String name, int otherwise) {
        String digits = group(found, name);
        return digits == null ? otherwise : Integer.parseInt(digits);
    }

    private static @Nullable String group(Matcher found, String name) {
        return found.pattern().pattern().contains("(?<" + name + ">") ? found.group(name) : null;
    }

    /** A date, time or timestamp in DuckDB's form, in this format. */
    static String write(String format, String canonical) {
        Matcher value = AUTO.get(0).matcher(canonical);
        Matcher parts = value.matches() ? value : AUTO_TIME.matcher(canonical);
        if (parts != value && !parts.matches()) {
            throw Natives.error("100035", "22007", "Timestamp '" + canonical + "' is not recognized");
        }
        StringBuilder text = new StringBuilder();
        Matcher elements = ELEMENT.matcher(format);
        while (elements.find()) {
            text.append(written(elements.group(), parts));
        }
        return text.toString();
    }

    private static String written(String element, Matcher parts) {
        String upper = element.toUpperCase(Locale.ROOT);
        int hour = number(parts, "hour", 0);
        if (upper.startsWith("FF")) {
            String fraction = String.valueOf(group(parts, "fraction")).replace("null", "") + "000000000";
            return fraction.substring(0, upper.length() > 2 ? upper.charAt(2) - '0' : 9);
        }
        return switch (upper) {
            case "YYYY" -> two(number(parts, "year", 1970) / 100) + two(number(parts, "year", 1970) % 100);
            case "MM" -> two(month(parts));
            case "DD" -> two(number(parts, "day", 1));
            case "HH24" -> two(hour);
            case "HH12", "HH" -> two(hour % 12 == 0 ? 12 : hour % 12);
            case "MI" -> two(number(parts, "minute", 0));
            case "SS" -> two(number(parts, "second", 0));
            case "AM", "PM" -> hour < 12 ? "AM" : "PM";
            case "MON" -> java.time.Month.of(month(parts)).getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case "MMMM" -> java.time.Month.of(month(parts)).getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case "DY" ->
                LocalDate.of(number(parts, "year", 1970), month(parts), number(parts, "day", 1))
                        .getDayOfWeek()
                        .getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case "TZH", "TZHTZM", "TZH:TZM" ->
                zone(upper, offset(String.valueOf(group(parts, "offset")).replace("null", "Z")));
            default -> element.startsWith("\"") ? element.replace("\"", "") : element;
        };
    }

    private static String zone(String element, String offset) {
        return switch (element) {
            case "TZH" -> offset.substring(0, 3);
            case "TZHTZM" -> offset.replace(":", "");
            default -> offset;
        };
    }

    private static String two(int number) {
        return String.format(Locale.ROOT, "%02d", number);
    }
}
