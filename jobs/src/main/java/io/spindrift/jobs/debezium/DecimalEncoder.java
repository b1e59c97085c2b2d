package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.math.BigInteger;

/**
 * Connect's Decimal: the unscaled number in two's complement, big-endian, and a scale. Exact; a value of more digits than the column has is
 * refused.
 */
final class DecimalEncoder implements CellEncoder {

    private static final int LONG_DIGITS = 18;
    private static final long[] POWERS = powers();

    private final int precision;
    private final int scale;
    private final BigInteger limit;

    DecimalEncoder(int precision, int scale) {
        this.precision = precision;
        this.scale = scale;
        limit = BigInteger.TEN.pow(precision);
    }

    @Override
    public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
        if (length == 0) {
            throw Refused.undecodable("the decimal has no bytes");
        }
        if (length > Long.BYTES) {
            addBig(new BigInteger(bytes, offset, length), out);
            return;
        }
        long unscaled = bytes[offset];
        for (int i = 1; i < length; i++) {
            unscaled = unscaled << 8 | bytes[offset + i] & 0xff;
        }
        // Strictly inside 18 digits, so that the absolute value cannot overflow.
        if (unscaled > -POWERS[LONG_DIGITS] && unscaled < POWERS[LONG_DIGITS]) {
            addSmall(unscaled, out);
        } else {
            addBig(BigInteger.valueOf(unscaled), out);
        }
    }

    private void addSmall(long unscaled, CellBuffer out) throws Refused {
        long absolute = Math.abs(unscaled);
        if (precision < LONG_DIGITS && absolute >= POWERS[precision]) {
            throw tooLong();
        }
        out.begin();
        if (unscaled < 0) {
            out.append((byte) '-');
        }
        out.appendDecimal(absolute, scale);
        out.end();
    }

    private void addBig(BigInteger unscaled, CellBuffer out) throws Refused {
        // The comparison is linear in the bytes, the text is not: refuse first.
        BigInteger absolute = unscaled.abs();
        if (absolute.compareTo(limit) >= 0) {
            throw tooLong();
        }
        String digits = absolute.toString();
        int whole = Math.max(0, digits.length() - scale);
        out.begin();
        if (unscaled.signum() < 0) {
            out.append((byte) '-');
        }
        out.appendAscii(whole == 0 ? "0" : digits.substring(0, whole));
        if (scale > 0) {
            out.append((byte) '.');
            out.appendPadded(0, scale - (digits.length() - whole));
            out.appendAscii(digits.substring(whole));
        }
        out.end();
    }

    private Refused tooLong() {
        return Refused.unrepresentable(
                "the number has more digits than NUMBER(%d,%d) holds; give its column type: text", precision, scale);
    }

    private static long[] powers() {
        long[] powers = new long[LONG_DIGITS + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = 10 * powers[i - 1];
        }
        return powers;
    }
}
