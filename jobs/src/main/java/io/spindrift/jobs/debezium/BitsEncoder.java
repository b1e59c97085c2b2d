package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;

/** Debezium's Bits of a {@code bit(n)}: little-endian bytes → n digits, as PostgreSQL writes them. */
record BitsEncoder(int length) implements CellEncoder {

    @Override
    public void ofBytes(byte[] bytes, int offset, int size, CellBuffer out) throws Refused {
        for (int i = 0; i < size; i++) {
            int highest = i * Byte.SIZE + Integer.SIZE - Integer.numberOfLeadingZeros(bytes[offset + i] & 0xff);
            if (bytes[offset + i] != 0 && highest > length) {
                throw Refused.undecodable("the bit string has more than the %d bits of its type", length);
            }
        }
        out.begin();
        for (int bit = length - 1; bit >= 0; bit--) {
            int at = bit / Byte.SIZE;
            boolean set = at < size && (bytes[offset + at] >> bit % Byte.SIZE & 1) == 1;
            out.append((byte) (set ? '1' : '0'));
        }
        out.end();
    }
}
