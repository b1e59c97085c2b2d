package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * io.debezium.time.ZonedTimestamp: {@code yyyy-MM-ddTHH:mm:ss[.f{1,9}]Z}, always UTC, becomes {@code yyyy-MM-dd HH:mm:ss.ffffff +00:00}.
 * PostgreSQL holds microseconds; finer digits that are not zero are refused, never cut.
 */
record ZonedTimestampEncoder() implements CellEncoder {

    private static final int DIGITS = 6;
    private static final int MOST_DIGITS = 9;
    private static final int FRACTION_AT = 20;
    /** Of the pattern, the rest of which is {@code :dd}. */
    private static final int LENGTH = 19;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long THREES = 0x3030_3030_3030_3030L;
    private static final long SIXES = 0x0606_0606_0606_0606L;
    private static final long HIGH_HALVES = 0xf0f0_f0f0_f0f0_f0f0L;
    private static final Pattern DATE = Pattern.of("dddd-dd-");
    /** From the last digit of the second on; all six digits, which nearly all have: these are copied. */
    private static final Pattern MICROS = Pattern.of("d.dddddd");

    private static final int LENGTH_OF_MICROS = FRACTION_AT + DIGITS + 1;
    private static final Pattern TIME = Pattern.of("ddTdd:dd");
    private static final int[] MONTH_DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    @Override
    public void ofText(byte[] text, int offset, int length, CellBuffer out) throws Refused {
        refuseWhatSnowflakeCannotHold(text, offset, length);
        if (!matches(text, offset, length)) {
            throw malformed(length);
        }
        boolean hasMicros = length == LENGTH_OF_MICROS && MICROS.fits((long) LONGS.get(text, offset + LENGTH - 1));
        long fraction = hasMicros ? 0 : fraction(text, offset + FRACTION_AT, offset + length - 1);
        requireRealInstant(text, offset, length);
        out.begin();
        out.append(text, offset, 10);
        out.append((byte) ' ');
        if (hasMicros) {
            out.append(text, offset + 11, 8 + 1 + DIGITS);
        } else {
            out.append(text, offset + 11, 8);
            out.append((byte) '.');
            out.appendPadded(fraction, DIGITS);
        }
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
        return length > LENGTH
                && text[offset + length - 1] == 'Z'
                && DATE.fits((long) LONGS.get(text, offset))
                && TIME.fits((long) LONGS.get(text, offset + Long.BYTES))
                && text[offset + LENGTH - 3] == ':'
                && isDigit(text[offset + LENGTH - 2])
                && isDigit(text[offset + LENGTH - 1])
                && (length == LENGTH + 1 || text[offset + LENGTH] == '.' && length > FRACTION_AT + 1);
    }

    /** Eight characters at once: the digits have 3 as their high half, with 6 added too; the others are compared. */
    private record Pattern(long others, long othersMask, long digitsMask) {

        static Pattern of(String text) {
            long others = 0;
            long digitsMask = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                boolean isDigit = text.charAt(i) == 'd';
                digitsMask |= isDigit ? 0xffL << i * Byte.SIZE : 0;
                others |= isDigit ? 0 : (long) text.charAt(i) << i * Byte.SIZE;
            }
            return new Pattern(others, ~digitsMask, digitsMask);
        }

        boolean fits(long word) {
            long threes = digitsMask & THREES;
            long high = digitsMask & HIGH_HALVES;
            return (word & othersMask) == others
                    && (word & high) == threes
                    && (word + (digitsMask & SIXES) & high) == threes;
        }
    }

    /** Microseconds; the digits stand from {@code from} up to the Z. */
    private static long fraction(byte[] text, int from, int z) throws Refused {
        if (z - from > MOST_DIGITS) {
            throw malformed(z - from + FRACTION_AT + 1);
        }
        int micros = 0;
        for (int i = 0; i < DIGITS; i++) {
            micros = 10 * micros + digit(text, from + i, from, z);
        }
        int finer = 0;
        for (int i = DIGITS; i < z - from; i++) {
            finer |= digit(text, from + i, from, z);
        }
        if (finer != 0) {
            throw Refused.unrepresentable("the instant is finer than the microseconds of TIMESTAMP_TZ(%d)", DIGITS);
        }
        return micros;
    }

    /** Zero behind the last one. */
    private static int digit(byte[] text, int at, int from, int z) throws Refused {
        if (at >= z) {
            return 0;
        }
        if (!isDigit(text[at])) {
            throw malformed(z - from + FRACTION_AT + 1);
        }
        return text[at] - '0';
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
