package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON over a range of bytes, for what is written as expected: every method answers false at anything else, and then the place is undefined
 * and the document has to be read anew by Jackson, which also says what is wrong with it. What is taken here, Jackson takes too, and reads
 * the same. Reused from value to value; not thread-safe.
 */
final class JsonInput {

    /** Documents of ours stand at five; deeper ones are left to Jackson. */
    static final int MAX_DEPTH = 32;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long SPACES = ' ' * ONES;
    private static final long QUOTES = '"' * ONES;
    private static final long BACKSLASHES = '\\' * ONES;
    private static final long THREES = '0' * ONES;
    private static final long SIXES = 6 * ONES;
    private static final long HIGH_HALVES = 0xf0f0_f0f0_f0f0_f0f0L;
    private static final int LONG_DIGITS = 19;
    private static final long[] POWERS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000};
    /** Jackson has a limit, too. */
    private static final int MAX_NUMBER = 100;

    private static final int[] BASE64 = base64();
    /** What each letter behind a backslash means; 0 for none. */
    private static final byte[] ESCAPES = escapes();

    private static final Literal NULL = new Literal("null");
    private static final Literal TRUE = new Literal("true");
    private static final Literal FALSE = new Literal("false");

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int start;
    private int stop;
    private boolean isPlain;
    private long integer;
    private byte[] unescaped = new byte[256];
    /** Of the last text without its escapes. */
    private int size;

    /** None of its escapes is half of a surrogate pair. */
    private boolean isWhole;

    /**
     * Bytes to be found as they are: most are field names. The first eight and the last eight, which may overlap, are compared as longs; of a
     * literal of fewer bytes both are the first long, and of that so many bytes. Up to 24 bytes a third long is all that stands between them.
     */
    static final class Literal {
        private final byte[] bytes;
        private final int lastAt;
        private final long mask;
        private final long first;
        private final long second;
        private final long last;

        Literal(String text) {
            this(text.getBytes(StandardCharsets.UTF_8));
        }

        /** @param bytes not to be changed any more */
        Literal(byte[] bytes) {
            this.bytes = bytes;
            lastAt = Math.max(0, bytes.length - Long.BYTES);
            byte[] padded = Arrays.copyOf(bytes, Math.max(bytes.length, Long.BYTES));
            mask = bytes.length < Long.BYTES ? (1L << bytes.length * Byte.SIZE) - 1 : -1;
            first = (long) LONGS.get(padded, 0);
            second = bytes.length < 2 * Long.BYTES ? 0 : (long) LONGS.get(padded, Long.BYTES);
            last = (long) LONGS.get(padded, lastAt);
        }

        /** A field's name as Jackson writes it, with its colon. */
        static String name(String field) {
            return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(field)) + "\":";
        }

        private boolean standsAt(byte[] text, int at, int end) {
            int length = bytes.length;
            if (length > end - at) {
                return false;
            }
            if (text.length - at < Long.BYTES) {
                return Arrays.equals(text, at, at + length, bytes, 0, length);
            }
            long differing = (long) LONGS.get(text, at) ^ first | (long) LONGS.get(text, at + lastAt) ^ last;
            if (length <= 2 * Long.BYTES || (differing & mask) != 0) {
                return (differing & mask) == 0;
            }
            return length <= 3 * Long.BYTES
                    ? (long) LONGS.get(text, at + Long.BYTES) == second
                    : Arrays.equals(text, at + Long.BYTES, at + lastAt, bytes, Long.BYTES, lastAt);
        }
    }

    JsonInput on(byte[] bytes, int from, int to) {
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

    int end() {
        return end;
    }

    void seek(int position) {
        at = position;
    }

    boolean isAtEnd() {
        return at == end;
    }

    boolean take(Literal literal) {
        if (!literal.standsAt(bytes, at, end)) {
            return false;
        }
        at += literal.bytes.length;
        return true;
    }

    boolean take(char ascii) {
        if (at == end || bytes[at] != ascii) {
            return false;
        }
        at++;
        return true;
    }

    boolean takeNull() {
        return at < end && bytes[at] == 'n' && take(NULL);
    }

    /** Where the last text or number begins in {@link #bytes()}; of a text behind its quote. */
    int start() {
        return start;
    }

    int length() {
        return stop - start;
    }

    /** The last text has no escapes, the last number no exponent. */
    boolean isPlain() {
        return isPlain;
    }

    void skipSpace() {
        while (at < end
                && bytes[at] <= ' '
                && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
            at++;
        }
    }

    /** A text, its quotes included: well-formed UTF-8 and escapes, no bare control characters. */
    boolean takeText() {
        if (!take('"')) {
            return false;
        }
        start = at;
        isPlain = true;
        int i = at;
        while (i < end) {
            if (end - i >= Long.BYTES) {
                long special = special((long) LONGS.get(bytes, i));
                i += Long.numberOfTrailingZeros(special) >>> 3;
                if (special == 0) {
                    continue;
                }
            }
            byte b = bytes[i];
            if (b == '"') {
                stop = i;
                at = i + 1;
                return true;
            }
            if (b == '\\') {
                return takeEscaped(i);
            }
            int length = lengthAt(b, i);
            if (length == 0) {
                return false;
            }
            i += length;
        }
        return false;
    }

    /** Takes a text that nobody reads. Its loop is that of {@link #takeText}: shared, it took 6 % of a whole decode. */
    private boolean skipText() {
        int i = at + 1;
        while (i < end) {
            if (end - i >= Long.BYTES) {
                long special = special((long) LONGS.get(bytes, i));
                i += Long.numberOfTrailingZeros(special) >>> 3;
                if (special == 0) {
                    continue;
                }
            }
            byte b = bytes[i];
            if (b == '"') {
                at = i + 1;
                return true;
            }
            int length = b == '\\' ? escapeLength(i) : lengthAt(b, i);
            if (length == 0) {
                return false;
            }
            i += length;
        }
        return false;
    }

    /** Its bytes, or 0. */
    private int escapeLength(int i) {
        byte letter = end - i < 2 ? 0 : bytes[i + 1];
        if (letter == 'u') {
            return end - i >= 6 && codeUnit(i + 2) >= 0 ? 6 : 0;
        }
        return letter <= 0 || ESCAPES[letter] == 0 ? 0 : 2;
    }

    /** The rest of a text, from its first backslash on, which takes the escapes out as it goes. */
    private boolean takeEscaped(int backslash) {
        isPlain = false;
        isWhole = true;
        size = backslash - start;
        reserve(size);
        System.arraycopy(bytes, start, unescaped, 0, size);
        int i = backslash;
        while (i < end) {
            if (unescaped.length - size < 2 * Long.BYTES) {
                reserve(size + 2 * Long.BYTES);
            }
            if (end - i >= Long.BYTES) {
                long word = (long) LONGS.get(bytes, i);
                LONGS.set(unescaped, size, word);
                long special = special(word);
                int plain = Long.numberOfTrailingZeros(special) >>> 3;
                i += plain;
                size += plain;
                if (special == 0) {
                    continue;
                }
            }
            byte b = bytes[i];
            if (b == '"') {
                stop = i;
                at = i + 1;
                return true;
            }
            int length = b == '\\' ? takeEscape(i) : takeCharacter(b, i);
            if (length == 0) {
                return false;
            }
            i += length;
        }
        return false;
    }

    private void reserve(int length) {
        if (unescaped.length < length) {
            unescaped = Arrays.copyOf(unescaped, Math.max(length, 2 * unescaped.length));
        }
    }

    private int takeCharacter(byte b, int i) {
        int length = lengthAt(b, i);
        for (int j = i; j < i + length; j++) {
            unescaped[size++] = bytes[j];
        }
        return length;
    }

    /** Its bytes, or 0. */
    private int takeEscape(int i) {
        if (end - i < 2) {
            return 0;
        }
        byte letter = bytes[i + 1];
        if (letter == '"') {
            unescaped[size++] = letter;
            return 2;
        }
        if (letter == 'u') {
            int unit = end - i >= 6 ? codeUnit(i + 2) : -1;
            isWhole &= unit < 0 || !Character.isSurrogate((char) unit);
            putUnit(unit);
            return unit < 0 ? 0 : 6;
        }
        byte meant = letter < 0 ? 0 : ESCAPES[letter];
        unescaped[size++] = meant;
        return meant == 0 ? 0 : 2;
    }

    /** The lowest high bit set stands in the first byte that is a quote, a backslash, a control character or not ASCII. */
    private static long special(long word) {
        long quote = word ^ QUOTES;
        long backslash = word ^ BACKSLASHES;
        return (quote - ONES & ~quote | backslash - ONES & ~backslash | word - SPACES & ~word | word) & HIGH_BITS;
    }

    /** Bytes of the character at {@code i}, which is neither a quote nor a backslash, or 0. */
    private int lengthAt(byte b, int i) {
        return b < 0 ? Utf8.sequenceLength(bytes, i, end) : b < ' ' ? 0 : 1;
    }

    /** Four hexadecimal digits, or -1. */
    private int codeUnit(int from) {
        int unit = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = bytes[i] < 0 ? -1 : Character.digit(bytes[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** The length of the last text, which has escapes, without them in {@link #unescaped()}; or -1 where one is half of a surrogate pair. */
    int unescapedLength() {
        return isWhole ? size : -1;
    }

    byte[] unescaped() {
        return unescaped;
    }

    /** The bytes that the last text, without escapes, holds in base64, in {@link #decoded}; their number, or -1: not as an encoder writes it. */
    int decodeBase64() {
        int length = stop - start;
        if (length == 0) {
            return 0;
        }
        if (length % 4 != 0) {
            return -1;
        }
        int padding = bytes[stop - 1] != '=' ? 0 : bytes[stop - 2] != '=' ? 1 : 2;
        if (unescaped.length < length) {
            unescaped = new byte[length];
        }
        int decoded = 0;
        for (int i = start; i < stop; i += 4) {
            int missing = i + 4 == stop ? padding : 0;
            int group = sextet(i) << 18 | sextet(i + 1) << 12;
            group |= (missing < 2 ? sextet(i + 2) : 0) << 6 | (missing < 1 ? sextet(i + 3) : 0);
            // A negative sextet is no digit; bits behind the last byte are an encoder's zeros.
            if (group < 0 || (group & (1 << missing * Byte.SIZE) - 1) != 0) {
                return -1;
            }
            unescaped[decoded] = (byte) (group >> 16);
            unescaped[decoded + 1] = (byte) (group >> 8);
            unescaped[decoded + 2] = (byte) group;
            decoded += 3;
        }
        return decoded - padding;
    }

    byte[] decoded() {
        return unescaped;
    }

    private int sextet(int i) {
        return bytes[i] < 0 ? -1 : BASE64[bytes[i]];
    }

    private static int[] base64() {
        int[] sextets = new int[128];
        Arrays.fill(sextets, -1);
        String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < digits.length(); i++) {
            sextets[digits.charAt(i)] = i;
        }
        return sextets;
    }

    private static byte[] escapes() {
        byte[] escapes = new byte[128];
        String letters = "\"\\/bfnrt";
        String meant = "\"\\/\b\f\n\r\t";
        for (int i = 0; i < letters.length(); i++) {
            escapes[letters.charAt(i)] = (byte) meant.charAt(i);
        }
        return escapes;
    }

    private void putUnit(int unit) {
        if (unit < 0x80) {
            unescaped[size++] = (byte) unit;
            return;
        }
        if (unit < 0x800) {
            unescaped[size++] = (byte) (0xc0 | unit >> 6);
        } else {
            unescaped[size++] = (byte) (0xe0 | unit >> 12);
            unescaped[size++] = (byte) (0x80 | unit >> 6 & 0x3f);
        }
        unescaped[size++] = (byte) (0x80 | unit & 0x3f);
    }

    /** An integer of 64 bits, but for the least one. */
    boolean takeInteger() {
        boolean negative = take('-');
        int first = at;
        long value = 0;
        int digits = Long.BYTES;
        while (digits == Long.BYTES && at - first <= LONG_DIGITS - Long.BYTES && end - at >= Long.BYTES) {
            long word = (long) LONGS.get(bytes, at);
            digits = digitsOf(word);
            if (digits > 0) {
                value = POWERS[digits] * value + eightDigits(word << (Long.BYTES - digits) * Byte.SIZE);
                at += digits;
            }
        }
        while (at < end && isDigit(bytes[at]) && at - first < LONG_DIGITS) {
            value = 10 * value + bytes[at++] - '0';
        }
        integer = negative ? -value : value;
        // Too large a number of 19 digits has become negative. Behind it may stand another digit, a point or an
        // exponent.
        return at > first && value >= 0 && (bytes[first] != '0' || at == first + 1) && isBehindValue();
    }

    /** How many of the eight characters, from the first one on, are digits: these have 3 as their high half, with 6 added too. */
    private static int digitsOf(long word) {
        long other = word & HIGH_HALVES ^ THREES | word + SIXES & HIGH_HALVES ^ THREES;
        return Long.numberOfTrailingZeros(other) >>> 3;
    }

    /** Neighbours become pairs, pairs fours, fours the number: the first byte is the first digit. A byte of zero is the digit 0. */
    private static long eightDigits(long word) {
        long pairs = (word & 0x0f0f_0f0f_0f0f_0f0fL) * (10 << 8 | 1) >>> 8;
        long fours = (pairs & 0x00ff_00ff_00ff_00ffL) * (100 << 16 | 1) >>> 16;
        return (fours & 0x0000_ffff_0000_ffffL) * (10_000L << 32 | 1) >>> 32;
    }

    long integer() {
        return integer;
    }

    /** At what may follow a value in a struct or an array. */
    boolean isBehindValue() {
        return at < end && (bytes[at] == ',' || bytes[at] == '}' || bytes[at] == ']');
    }

    /** A number of any form; what stands behind it is for the caller to look at. */
    boolean takeNumber() {
        start = at;
        isPlain = true;
        take('-');
        int first = at;
        if (!takeDigits() || bytes[first] == '0' && at > first + 1) {
            return false;
        }
        if (take('.') && !takeDigits()) {
            return false;
        }
        if (take('e') || take('E')) {
            isPlain = false;
            if (!take('+')) {
                take('-');
            }
            if (!takeDigits()) {
                return false;
            }
        }
        stop = at;
        return true;
    }

    private boolean takeDigits() {
        int first = at;
        int digits = Long.BYTES;
        while (digits == Long.BYTES && end - at >= Long.BYTES) {
            digits = digitsOf((long) LONGS.get(bytes, at));
            at += digits;
        }
        while (at < end && isDigit(bytes[at])) {
            at++;
        }
        return at > first;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    boolean isAtNumber() {
        return at < end && (bytes[at] == '-' || isDigit(bytes[at]));
    }

    private boolean isAtText() {
        return at < end && bytes[at] == '"';
    }

    boolean isAtObject() {
        return at < end && bytes[at] == '{';
    }

    /** 1 for true, 0 for false, -1 for neither. */
    int takeBoolean() {
        if (take(TRUE)) {
            return 1;
        }
        return take(FALSE) ? 0 : -1;
    }

    /** Steps over a value of any kind. */
    boolean skipValue(int depth) {
        if (at == end || depth > MAX_DEPTH) {
            return false;
        }
        return switch (bytes[at]) {
            case '"' -> skipText();
            case '{' -> skipObject(depth);
            case '[' -> skipArray(depth);
            case 'n' -> take(NULL);
            case 't' -> take(TRUE);
            case 'f' -> take(FALSE);
            default -> takeNumber() && length() <= MAX_NUMBER;
        };
    }

    /** A colon or a comma, and the space on both sides of it. */
    boolean takeSeparator(char ascii) {
        skipSpace();
        if (!take(ascii)) {
            return false;
        }
        skipSpace();
        return true;
    }

    private boolean skipObject(int depth) {
        at++;
        skipSpace();
        if (take('}')) {
            return true;
        }
        do {
            if (!isAtText() || !skipText() || !takeSeparator(':') || !skipValue(depth + 1)) {
                return false;
            }
        } while (takeSeparator(','));
        return take('}');
    }

    private boolean skipArray(int depth) {
        at++;
        skipSpace();
        if (take(']')) {
            return true;
        }
        do {
            if (!skipValue(depth + 1)) {
                return false;
            }
        } while (takeSeparator(','));
        return take(']');
    }
}
