package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.math.BigDecimal;
import java.math.BigInteger;

/** Connect's Decimal of any precision → all its digits as text, without an exponent, with the scale's zeros. */
record DecimalText(int scale) implements CellEncoder {

    /** PostgreSQL's NUMERIC has at most 131,072 digits before the point and 16,383 behind it: so many bytes. */
    private static final int MAX_BYTES = 61_300;

    private static final int MAX_SCALE = 16_383;

    @Override
    public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
        if (length == 0 || length > MAX_BYTES || Math.abs(scale) > MAX_SCALE) {
            throw Refused.undecodable("the decimal of %d bytes is none that PostgreSQL has", length);
        }
        out.begin();
        out.appendAscii(new BigDecimal(new BigInteger(bytes, offset, length), scale).toPlainString());
        out.end();
    }
}
