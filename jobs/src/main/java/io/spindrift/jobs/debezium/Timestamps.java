package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.time.LocalDate;

/**
 * Dates and times as Snowflake reads them. Years outside 1582 to 9999 are refused: Snowflake advises against them (Date &amp; time data
 * types), and Debezium's infinities and overflows lie there. Nothing is rounded or clamped.
 */
final class Timestamps {

    static final long DAY_SECONDS = 86_400;

    private static final int FIRST_YEAR = 1582;
    private static final int LAST_YEAR = 9999;
    private static final long FIRST_DAY = LocalDate.of(FIRST_YEAR, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(LAST_YEAR, 12, 31).toEpochDay();
    private static final int DAYS_TO_0000_03_01 = 719_468;
    private static final int DAYS_OF_ERA = 146_097;

    private Timestamps() {}

    static void appendDate(long epochDay, CellBuffer out) throws Refused {
        requireDay(epochDay);
        // Howard Hinnant's civil_from_days for non-negative days: years begin in March, so the leap day comes last.
        int day = (int) epochDay + DAYS_TO_0000_03_01;
        int era = day / DAYS_OF_ERA;
        int dayOfEra = day % DAYS_OF_ERA;
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int month = (5 * dayOfYear + 2) / 153;
        int year = yearOfEra + era * 400 + (month < 10 ? 0 : 1);
        out.appendPadded(year, 4);
        out.append((byte) '-');
        out.appendTwoDigits(month < 10 ? month + 3 : month - 9);
        out.append((byte) '-');
        out.appendTwoDigits(dayOfYear - (153 * month + 2) / 5 + 1);
    }

    /** Checked ahead of {@link CellBuffer#begin()}, so that a refusal leaves no open cell. */
    static void requireDay(long epochDay) throws Refused {
        if (epochDay < FIRST_DAY || epochDay > LAST_DAY) {
            throw outOfRange();
        }
    }

    static Refused outOfRange() {
        return Refused.unrepresentable(
                "the date is infinite or outside the years %d to %d that Snowflake holds; see"
                        + " pipeline.on-unrepresentable-value",
                FIRST_YEAR, LAST_YEAR);
    }

    static boolean holdsYear(int year) {
        return year >= FIRST_YEAR && year <= LAST_YEAR;
    }

    /** {@code HH:mm:ss}, then a fraction of that many digits; units are those of the fraction. */
    static void appendTime(long secondOfDay, long fraction, int digits, CellBuffer out) {
        int second = (int) secondOfDay;
        out.appendTwoDigits(second / 3600);
        out.append((byte) ':');
        out.appendTwoDigits(second / 60 % 60);
        out.append((byte) ':');
        out.appendTwoDigits(second % 60);
        out.append((byte) '.');
        out.appendPadded(fraction, digits);
    }
}
