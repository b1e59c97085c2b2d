package io.spindrift.jobs.debezium;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
final class Utf8 {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private byte[] encoded = new byte[256];
    private int length;

    static boolean isValid(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (end - at >= Long.BYTES && ((long) LONGS.get(bytes, at) & HIGH_BITS) == 0) {
                at += Long.BYTES;
            } else if (bytes[at] >= 0) {
                at++;
            } else {
                int sequence = sequenceLength(bytes, at, end);
                if (sequence == 0) {
                    return false;
                }
                at += sequence;
            }
        }
        return true;
    }

    /** Bytes of the well-formed sequence at {@code at}, or 0. The bounds of the second byte are RFC 3629's table. */
    static int sequenceLength(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xff;
        int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || end - at < length) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    /** Encodes into {@link #bytes()} and {@link #length()}; false on a lone surrogate. */
    boolean encode(char[] chars, int offset, int count) {
        if (encoded.length / 3 < count) {
            encoded = new byte[Math.toIntExact(Math.min(3L * count, Integer.MAX_VALUE - 8))];
        }
        length = 0;
        int end = offset + count;
        for (int i = offset; i < end; i++) {
            char c = chars[i];
            if (c < 0x80) {
                encoded[length++] = (byte) c;
            } else if (!Character.isSurrogate(c)) {
                put(c);
            } else if (Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(chars[i + 1])) {
                put(Character.toCodePoint(c, chars[++i]));
            } else {
                return false;
            }
        }
        return true;
    }

    byte[] bytes() {
        return encoded;
    }

    int length() {
        return length;
    }

    private void put(int codePoint) {
        if (codePoint < 0x800) {
            encoded[length++] = (byte) (0xc0 | codePoint >> 6);
        } else {
            if (codePoint < 0x10000) {
                encoded[length++] = (byte) (0xe0 | codePoint >> 12);
            } else {
                encoded[length++] = (byte) (0xf0 | codePoint >> 18);
                encoded[length++] = (byte) (0x80 | codePoint >> 12 & 0x3f);
            }
            encoded[length++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
        }
        encoded[length++] = (byte) (0x80 | codePoint & 0x3f);
    }
}
