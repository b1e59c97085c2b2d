package io.spindrift.sinks.model;

/** Instants as Snowflake loads them exactly: {@code 2026-11-21 08:00:00.123456 +00:00}. */
public final class TimestampText {

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;

    private TimestampText() {}

    /** Appends µs since 1970 UTC, years 0 to 9999. */
    public static void appendUtcMicros(CellBuffer out, long micros) {
        appendMicros(out, micros);
        out.appendAscii(" +00:00");
    }

    /** Appends date and time without an offset. */
    public static void appendMicros(CellBuffer out, long micros) {
        long seconds = Math.floorDiv(micros, MICROS_PER_SECOND);
        long second = Math.floorMod(seconds, SECONDS_PER_DAY);
        appendDate(out, Math.floorDiv(seconds, SECONDS_PER_DAY));
        out.append((byte) ' ');
        out.appendPadded(second / 3600, 2);
        out.append((byte) ':');
        out.appendPadded(second / 60 % 60, 2);
        out.append((byte) ':');
        out.appendPadded(second % 60, 2);
        out.append((byte) '.');
        out.appendPadded(Math.floorMod(micros, MICROS_PER_SECOND), 6);
    }

    /** Appends days since 1970-01-01 as {@code yyyy-MM-dd}; the civil-from-days rule counts in 400-year eras from March. */
    public static void appendDate(CellBuffer out, long epochDay) {
        long shifted = epochDay + 719_468;
        long era = Math.floorDiv(shifted, 146_097);
        long dayOfEra = shifted - era * 146_097;
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long marchMonth = (5 * dayOfYear + 2) / 153;
        long day = dayOfYear - (153 * marchMonth + 2) / 5 + 1;
        long month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        out.appendPadded(year, 4);
        out.append((byte) '-');
        out.appendPadded(month, 2);
        out.append((byte) '-');
        out.appendPadded(day, 2);
    }
}
