package io.spindrift.sinks.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds a row's cells: the exact UTF-8 text that Snowflake loads, in the order of the shape's columns. Reused from row to row.
 *
 * <pre>
 * cells := cell*
 * cell  := header text         header is an unsigned LEB128 number:
 *                              0 SQL NULL, 1 unchanged TOAST value, n + 2 a text of n bytes
 * </pre>
 *
 * Not thread-safe.
 */
public final class CellBuffer {

    static final int NULL = 0;
    static final int UNCHANGED = 1;
    static final int TEXT = 2;

    private static final int INT_DIGITS = 9;
    private static final int INT_LIMIT = 1_000_000_000;
    private static final int LONG_DIGITS = 19;
    private static final long[] POWERS = powers();
    /** 00 to 99. */
    private static final byte[] PAIRS = pairs();

    private static final int SHORT = 2 * Long.BYTES;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long QUOTES = 0x2222_2222_2222_2222L;
    private static final long LOW_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private byte[] bytes = new byte[1024];
    private int size;
    private int unchanged;
    private int textStart = -1;

    /** Forgets all cells, keeps the memory. */
    public void clear() {
        size = 0;
        unchanged = 0;
        textStart = -1;
    }

    public void addNull() {
        ensure(1);
        bytes[size++] = NULL;
    }

    public void addUnchanged() {
        ensure(1);
        bytes[size++] = UNCHANGED;
        unchanged++;
    }

    /** Whether a cell was added by {@link #addUnchanged()} since the last {@link #clear()}. */
    public boolean hasUnchanged() {
        return unchanged > 0;
    }

    public void addText(byte[] utf8, int offset, int length) {
        begin();
        append(utf8, offset, length);
        end();
    }

    public void addText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        addText(utf8, 0, utf8.length);
    }

    public void addLong(long value) {
        begin();
        appendLong(value);
        end();
    }

    /** Opens a text cell; the {@code append} methods write into it until {@link #end()}. */
    public void begin() {
        ensure(1);
        size++;
        textStart = size;
    }

    public void append(byte ascii) {
        ensure(1);
        bytes[size++] = ascii;
    }

    public void append(byte[] utf8, int offset, int length) {
        // Of a short text a copy costs less than a call, as long as what stands behind it may be taken along.
        if (length <= SHORT && utf8.length - offset >= SHORT && bytes.length - size >= SHORT) {
            LONGS.set(bytes, size, (long) LONGS.get(utf8, offset));
            LONGS.set(bytes, size + Long.BYTES, (long) LONGS.get(utf8, offset + Long.BYTES));
            size += length;
            return;
        }
        ensure(length);
        System.arraycopy(utf8, offset, bytes, size, length);
        size += length;
    }

    /** Appends a text between quotes; those within it are doubled. */
    public void appendQuoted(byte[] utf8, int offset, int length) {
        ensure(Math.addExact(Math.multiplyExact(2, length), 2 + Long.BYTES));
        byte[] out = bytes;
        int at = size;
        out[at++] = '"';
        int from = offset;
        int end = offset + length;
        while (end - from >= Long.BYTES) {
            long eight = (long) LONGS.get(utf8, from);
            LONGS.set(out, at, eight);
            int plain = bytesAheadOfQuote(eight);
            from += plain;
            at += plain;
            if (plain < Long.BYTES) {
                out[at++] = '"';
                out[at++] = '"';
                from++;
            }
        }
        for (; from < end; from++) {
            byte b = utf8[from];
            out[at++] = b;
            if (b == '"') {
                out[at++] = b;
            }
        }
        out[at++] = '"';
        size = at;
    }

    /** 8 where there is none; the lowest byte is the first. */
    private static int bytesAheadOfQuote(long eight) {
        long zeroIfQuote = eight ^ QUOTES;
        long marks = (zeroIfQuote - LOW_BITS) & ~zeroIfQuote & HIGH_BITS;
        return Long.numberOfTrailingZeros(marks) >>> 3;
    }

    /** Appends a text of ASCII characters only. */
    public void appendAscii(String ascii) {
        int length = ascii.length();
        ensure(length);
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) ascii.charAt(i);
        }
    }

    /** Appends a number in decimal. */
    public void appendLong(long value) {
        if (value == Long.MIN_VALUE) {
            appendAscii("-9223372036854775808");
            return;
        }
        long rest = value;
        if (value < 0) {
            append((byte) '-');
            rest = -value;
        }
        appendPadded(rest, digits(rest));
    }

    /** Appends a non-negative number in decimal with leading zeros up to {@code width} digits. */
    public void appendPadded(long value, int width) {
        ensure(width);
        int at = size + width;
        long rest = value;
        // Nine digits at a time: divisions of ints cost a fraction of those of longs.
        while (at - size > INT_DIGITS && rest >= INT_LIMIT) {
            putDigits((int) (rest % INT_LIMIT), at - INT_DIGITS, at);
            rest /= INT_LIMIT;
            at -= INT_DIGITS;
        }
        putDigits((int) (rest % INT_LIMIT), size, at);
        size += width;
    }

    /** Appends {@code unscaled / 10^scale}, neither of which is negative, in decimal: with all of the scale's digits, and one ahead of the point. */
    public void appendDecimal(long unscaled, int scale) {
        appendPadded(unscaled, Math.max(digits(unscaled), scale + 1));
        if (scale == 0) {
            return;
        }
        ensure(1 + Long.BYTES);
        int point = size - scale;
        if (scale <= Long.BYTES) {
            LONGS.set(bytes, point + 1, (long) LONGS.get(bytes, point));
        } else {
            System.arraycopy(bytes, point, bytes, point + 1, scale);
        }
        bytes[point] = '.';
        size++;
    }

    /** Appends a number from 0 to 99. */
    public void appendTwoDigits(int number) {
        ensure(2);
        bytes[size] = PAIRS[2 * number];
        bytes[size + 1] = PAIRS[2 * number + 1];
        size += 2;
    }

    /** The last digits of a number, as many as there is room for. */
    private void putDigits(int number, int from, int to) {
        byte[] out = bytes;
        int rest = number;
        int at = to;
        while (at - from >= 2) {
            int pair = rest % 100 * 2;
            rest /= 100;
            out[--at] = PAIRS[pair + 1];
            out[--at] = PAIRS[pair];
        }
        if (at > from) {
            out[from] = (byte) ('0' + rest % 10);
        }
    }

    /** Closes the text cell opened by {@link #begin()}. */
    public void end() {
        int header = size - textStart + TEXT;
        int extra = headerLength(header) - 1;
        if (extra > 0) {
            ensure(extra);
            System.arraycopy(bytes, textStart, bytes, textStart + extra, size - textStart);
            size += extra;
        }
        int at = textStart - 1;
        while (header > 0x7f) {
            bytes[at++] = (byte) (header & 0x7f | 0x80);
            header >>>= 7;
        }
        bytes[at] = (byte) header;
        textStart = -1;
    }

    /** Appends the cell on which the cursor stands, as it is. */
    public void addCell(CellCursor cell) {
        int length = cell.cellEnd() - cell.cellStart();
        ensure(length);
        System.arraycopy(cell.bytes(), cell.cellStart(), bytes, size, length);
        size += length;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** The buffer itself, valid up to {@link #size()} until the next change: for writing it out without a copy. */
    public byte[] array() {
        return bytes;
    }

    public int size() {
        return size;
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            int wanted = Math.addExact(size, more);
            bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(Integer.MAX_VALUE - 8, 2L * bytes.length)));
        }
    }

    private static int headerLength(int header) {
        int length = 1;
        while (header > 0x7f) {
            length++;
            header >>>= 7;
        }
        return length;
    }

    /** Of a number that is not negative. A bit is 0.301 digits: 1233 / 4096 of each are at most one digit too few. */
    private static int digits(long value) {
        long atLeastOne = value | 1;
        int digits = (Long.SIZE - Long.numberOfLeadingZeros(atLeastOne)) * 1233 >>> 12;
        return atLeastOne < POWERS[digits] ? digits : digits + 1;
    }

    private static long[] powers() {
        long[] powers = new long[LONG_DIGITS];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = 10 * powers[i - 1];
        }
        return powers;
    }

    private static byte[] pairs() {
        byte[] pairs = new byte[200];
        for (int i = 0; i < 100; i++) {
            pairs[2 * i] = (byte) ('0' + i / 10);
            pairs[2 * i + 1] = (byte) ('0' + i % 10);
        }
        return pairs;
    }
}
