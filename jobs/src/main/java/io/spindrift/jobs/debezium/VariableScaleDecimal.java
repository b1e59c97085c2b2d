package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's decimal of a NUMERIC without precision: scale and unscaled value → all its digits as text, without an exponent. Debezium has
 * cut trailing zeros off.
 */
final class VariableScaleDecimal implements CellEncoder, Parts {

    /** PostgreSQL's NUMERIC has at most 131,072 digits before the point and 16,383 behind it. */
    private static final int MAX_DIGITS = 131_072;

    private final int scaleIndex;
    private final CellBuffer unused = new CellBuffer();
    private long scale;
    private byte @Nullable [] unscaled;

    /** @param scaleIndex the place of {@code scale} in the struct; the other field is {@code value} */
    VariableScaleDecimal(int scaleIndex) {
        this.scaleIndex = scaleIndex;
    }

    private final CellEncoder scaleReader = new CellEncoder() {
        @Override
        public void ofLong(long value, CellBuffer out) {
            scale = value;
        }
    };

    private final CellEncoder valueReader = new CellEncoder() {
        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) {
            unscaled = Arrays.copyOfRange(bytes, offset, offset + length);
        }
    };

    @Override
    public Parts ofParts() {
        return this;
    }

    @Override
    public void begin(CellBuffer out) {
        scale = Long.MAX_VALUE;
        unscaled = null;
    }

    @Override
    public CellEncoder part(int index) {
        return index == scaleIndex ? scaleReader : valueReader;
    }

    @Override
    public CellBuffer buffer() {
        return unused;
    }

    @Override
    public void add(int index, CellBuffer out) {
        unused.clear();
    }

    @Override
    public void end(CellBuffer out) throws Refused {
        byte[] digits = unscaled;
        if (digits == null
                || digits.length == 0
                || scale < -MAX_DIGITS
                || scale > MAX_DIGITS
                || digits.length > MAX_DIGITS) {
            throw Refused.undecodable("the decimal of variable scale is none that PostgreSQL has");
        }
        out.begin();
        out.appendAscii(new BigDecimal(new BigInteger(digits), (int) scale).toPlainString());
        out.end();
    }
}
