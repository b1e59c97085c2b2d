package io.spindrift.jobs.debezium;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Avro's binary encoding over a range of bytes. Nothing is read beyond the range and nothing is allocated by a length that the bytes
 * claim. Reused from value to value; not thread-safe.
 */
final class AvroInput {

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int MAX_INT_BYTES = 5;

    private byte[] bytes = new byte[0];
    private int at;
    private int end;

    AvroInput on(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        at = from;
        end = to;
        return this;
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return at;
    }

    void seek(int position) {
        at = position;
    }

    int remaining() {
        return end - at;
    }

    long readLong() throws Refused {
        // Most numbers are lengths and choices: one byte.
        if (at < end && bytes[at] >= 0) {
            int raw = bytes[at++];
            return raw >>> 1 ^ -(raw & 1);
        }
        return readLongerLong();
    }

    private long readLongerLong() throws Refused {
        long raw = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                need(1);
            }
            byte b = bytes[at++];
            raw |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) {
                    break;
                }
                return raw >>> 1 ^ -(raw & 1);
            }
        }
        throw Refused.undecodable("Avro number ending at byte %d has more than 64 bits", at);
    }

    int readInt() throws Refused {
        int from = at;
        long value = readLong();
        // A small number may be written long, but no writer does.
        if (value != (int) value || at - from > MAX_INT_BYTES) {
            throw Refused.undecodable("Avro int ending at byte %d has more than 32 bits", at);
        }
        return (int) value;
    }

    boolean readBoolean() throws Refused {
        need(1);
        byte b = bytes[at++];
        if (b != 0 && b != 1) {
            throw Refused.undecodable("Avro boolean at byte %d is %d, neither 0 nor 1", at - 1, b);
        }
        return b == 1;
    }

    float readFloat() throws Refused {
        need(Float.BYTES);
        float value = Float.intBitsToFloat((int) INTS.get(bytes, at));
        at += Float.BYTES;
        return value;
    }

    double readDouble() throws Refused {
        need(Double.BYTES);
        double value = Double.longBitsToDouble((long) LONGS.get(bytes, at));
        at += Double.BYTES;
        return value;
    }

    /** The length of a text or of bytes; that many bytes are there. */
    int readLength() throws Refused {
        long length = readLong();
        if (length < 0 || length > end - at) {
            throw Refused.undecodable("Avro length %d at byte %d, but %d bytes are left", length, at, end - at);
        }
        return (int) length;
    }

    /** Which of {@code count} choices of a union or an enum. */
    int readChoice(int count) throws Refused {
        long choice = readLong();
        if (choice < 0 || choice >= count) {
            throw Refused.undecodable("Avro choice %d at byte %d, but there are %d", choice, at, count);
        }
        return (int) choice;
    }

    /**
     * Items in the next block of an array or a map; 0 ends it. Items that take no byte each are refused beyond what is left: no schema of
     * ours has them, and a count alone must not cost time.
     */
    int readBlock() throws Refused {
        long count = readLong();
        if (count < 0) {
            readLength();
            count = -count;
        }
        if (count < 0 || count > end - at) {
            throw Refused.undecodable("Avro block of %d items at byte %d, but %d bytes are left", count, at, end - at);
        }
        return (int) count;
    }

    /** Steps over that many bytes and gives where they begin. */
    int take(int length) throws Refused {
        need(length);
        at += length;
        return at - length;
    }

    void expectEnd() throws Refused {
        if (at != end) {
            throw Refused.undecodable("%d bytes follow the end of the Avro value at byte %d", end - at, at);
        }
    }

    private void need(int length) throws Refused {
        if (end - at < length) {
            throw Refused.undecodable("Avro value ends at byte %d, %d bytes early", end, length - (end - at));
        }
    }
}
