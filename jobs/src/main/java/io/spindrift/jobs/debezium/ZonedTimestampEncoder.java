package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;

/**
 * io.debezium.time.ZonedTimestamp: {@code yyyy-MM-ddTHH:mm:ss[.f{1,9}]Z}, always UTC, becomes {@code yyyy-MM-dd HH:mm:ss.ffffff +00:00}.
 * PostgreSQL holds microseconds; finer digits that are not zero are refused, never cut.
 */
record ZonedTimestampEncoder() implements CellEncoder {

    private static final int DIGITS = 6;
    private static final int MOST_DIGITS = 9;
    private static final int FRACTION_AT = 20;
    private static final String PATTERN = "dddd-dd-ddTdd:dd:dd";
    private static final int[] MONTH_DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    @Override
    public void ofText(byte[] text, int offset, int length, CellBuffer out) throws Refused {
        refuseWhatSnowflakeCannotHold(text, offset, length);
        if (!matches(text, offset, length)) {
            throw malformed(length);
        }
        int end = offset + length - 1;
        long fraction = fraction(text, offset + FRACTION_AT, end);
        requireRealInstant(text, offset, length);
        out.begin();
        out.append(text, offset, 10);
        out.append((byte) ' ');
        out.append(text, offset + 11, 8);
        out.append((byte) '.');
        out.appendPadded(fraction, DIGITS);
        out.appendAscii(" +00:00");
        out.end();
    }

    /** PostgreSQL's infinities, and years that need a sign. */
    private static void refuseWhatSnowflakeCannotHold(byte[] text, int offset, int length) throws Refused {
        boolean signed = length > 0 && (text[offset] == '+' || text[offset] == '-');
        if (signed || length == "infinity".length() && text[offset] == 'i') {
            throw Timestamps.outOfRange();
        }
    }

    private static boolean matches(byte[] text, int offset, int length) {
        if (length <= PATTERN.length() || text[offset + length - 1] != 'Z') {
            return false;
        }
        for (int i = 0; i < PATTERN.length(); i++) {
            char wanted = PATTERN.charAt(i);
            if (wanted == 'd' ? !isDigit(text[offset + i]) : text[offset + i] != wanted) {
                return false;
            }
        }
        return length == PATTERN.length() + 1 || text[offset + PATTERN.length()] == '.' && length > FRACTION_AT + 1;
    }

    /** Microseconds; the digits stand from {@code from} up to the Z. */
    private static long fraction(byte[] text, int from, int z) throws Refused {
        if (z - from > MOST_DIGITS) {
            throw malformed(z - from + FRACTION_AT + 1);
        }
        long nanos = 0;
        for (int i = 0; i < MOST_DIGITS; i++) {
            byte digit = from + i < z ? text[from + i] : (byte) '0';
            if (!isDigit(digit)) {
                throw malformed(z - from + FRACTION_AT + 1);
            }
            nanos = 10 * nanos + digit - '0';
        }
        if (nanos % 1000 != 0) {
            throw Refused.unrepresentable("the instant is finer than the microseconds of TIMESTAMP_TZ(%d)", DIGITS);
        }
        return nanos / 1000;
    }

    private static void requireRealInstant(byte[] text, int offset, int length) throws Refused {
        int year = 100 * two(text, offset) + two(text, offset + 2);
        int month = two(text, offset + 5);
        int day = two(text, offset + 8);
        if (!Timestamps.holdsYear(year)) {
            throw Timestamps.outOfRange();
        }
        if (month < 1
                || month > 12
                || day < 1
                || day > MONTH_DAYS[month - 1] + (month == 2 && isLeap(year) ? 1 : 0)
                || two(text, offset + 11) > 23
                || two(text, offset + 14) > 59
                || two(text, offset + 17) > 59) {
            throw malformed(length);
        }
    }

    private static boolean isLeap(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    private static int two(byte[] text, int at) {
        return 10 * (text[at] - '0') + text[at + 1] - '0';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static Refused malformed(int length) {
        return Refused.undecodable("the text of %d bytes is not an ISO-8601 instant in UTC", length);
    }
}
