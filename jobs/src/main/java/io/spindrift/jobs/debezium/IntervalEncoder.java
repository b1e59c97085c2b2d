package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ColumnType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * io.debezium.time.Interval: {@code P1Y2M3DT4H5M6.789S}, as it is, but for one fault of Debezium's: it adds whole seconds and microseconds up as
 * doubles and cuts the sum at nanoseconds, so 2.791129 s comes as 2.791128999. PostgreSQL has no more than microseconds, so the one that is less
 * than a nanosecond or two away is what it had.
 */
record IntervalEncoder() implements CellEncoder {

    private static final CellEncoder TEXT = new Encoders.Text(ColumnType.Text.MAX_LENGTH);
    private static final int MICRO_DIGITS = 6;
    private static final BigDecimal FAULT = new BigDecimal("0.000000002");

    @Override
    public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
        int end = offset + length - 1;
        int point = end - 1;
        while (point >= offset && isDigit(utf8[point])) {
            point--;
        }
        if (point < offset || utf8[end] != 'S' || utf8[point] != '.' || end - point - 1 <= MICRO_DIGITS) {
            TEXT.ofText(utf8, offset, length, out);
            return;
        }
        int first = point;
        while (first > offset && (isDigit(utf8[first - 1]) || utf8[first - 1] == '-')) {
            first--;
        }
        BigDecimal sent = seconds(utf8, first, end);
        BigDecimal micros = sent.setScale(MICRO_DIGITS, RoundingMode.HALF_EVEN);
        if (micros.subtract(sent).abs().compareTo(FAULT) > 0) {
            throw Refused.unrepresentable("the interval is finer than PostgreSQL's microseconds");
        }
        byte[] whole = (new String(utf8, offset, first - offset, StandardCharsets.UTF_8)
                        + micros.stripTrailingZeros().toPlainString() + "S")
                .getBytes(StandardCharsets.UTF_8);
        TEXT.ofText(whole, 0, whole.length, out);
    }

    private static BigDecimal seconds(byte[] utf8, int from, int end) throws Refused {
        try {
            return new BigDecimal(new String(utf8, from, end - from, StandardCharsets.ISO_8859_1));
        } catch (NumberFormatException e) {
            throw Refused.undecodable("the interval's seconds are no number");
        }
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
