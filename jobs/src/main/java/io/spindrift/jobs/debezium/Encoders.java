package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.io.NumberOutput;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ColumnType;
import java.util.Arrays;

/** The encoders of simple types. Each writes the exact text that Snowflake's cast to the column's type takes. */
final class Encoders {

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};

    private static final double[] POWERS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
    /** Of so many digits every float32 has a decimal of its own. */
    private static final long FLOAT_UNITS = 1_000_000;

    private Encoders() {}

    record Bool() implements CellEncoder {
        @Override
        public void ofBoolean(boolean value, CellBuffer out) {
            out.begin();
            out.appendAscii(value ? "true" : "false");
            out.end();
        }
    }

    /** An integer of at most {@code bits} bits; a wider one contradicts its schema. */
    record Integer(int bits) implements CellEncoder {
        @Override
        public void ofLong(long value, CellBuffer out) throws Refused {
            int unused = Long.SIZE - bits;
            if (value << unused >> unused != value) {
                throw Refused.undecodable("the integer has more than the %d bits of its type", bits);
            }
            out.addLong(value);
        }
    }

    /** Shortest text that reads back as the same float32. */
    record Float32() implements CellEncoder {
        @Override
        public void ofDouble(double value, CellBuffer out) {
            float abs = (float) Math.abs(value);
            for (int decimals = 1; decimals < POWERS.length && isPlain(abs); decimals++) {
                long units = Math.round((double) abs * POWERS[decimals]);
                if (units < FLOAT_UNITS && (float) units / (float) POWERS[decimals] == abs) {
                    addDecimal(value < 0, units, decimals, out);
                    return;
                }
            }
            addFloat(value, NumberOutput.toString((float) value, true), out);
        }
    }

    /** Shortest text that reads back as the same float64. */
    record Float64() implements CellEncoder {
        @Override
        public void ofDouble(double value, CellBuffer out) {
            double abs = Math.abs(value);
            for (int decimals = 1; decimals < POWERS.length && isPlain(abs); decimals++) {
                long units = Math.round(abs * POWERS[decimals]);
                if (units / POWERS[decimals] == abs) {
                    addDecimal(value < 0, units, decimals, out);
                    return;
                }
            }
            addFloat(value, NumberOutput.toString(value, true), out);
        }
    }

    /**
     * Of these numbers, which stand without an exponent, those with few decimals need no search: of at most 15 digits (6 of a float32) only one decimal
     * reads as the number, so it is the shortest; and to divide its digits by a power of ten, both exact, rounds as reading it does.
     */
    private static boolean isPlain(double abs) {
        return abs >= 1e-3 && abs < 1e7;
    }

    private static void addDecimal(boolean negative, long units, int decimals, CellBuffer out) {
        out.begin();
        if (negative) {
            out.append((byte) '-');
        }
        out.appendDecimal(units, decimals);
        out.end();
    }

    /** Snowflake's names of the special values: NaN, inf, -inf (Numeric data types). */
    private static void addFloat(double value, String finite, CellBuffer out) {
        out.begin();
        if (Double.isNaN(value)) {
            out.appendAscii("NaN");
        } else if (Double.isInfinite(value)) {
            out.appendAscii(value > 0 ? "inf" : "-inf");
        } else {
            out.appendAscii(finite);
        }
        out.end();
    }

    /** A text of at most that many characters. */
    record Text(int characters) implements CellEncoder {
        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            if (!Utf8.isValid(utf8, offset, length)) {
                throw Refused.undecodable("the text of %d bytes is not UTF-8", length);
            }
            ofUtf8(utf8, offset, length, out);
        }

        @Override
        public void ofUtf8(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            // Bytes are never fewer than characters, so a short text needs no counting; and Snowflake bounds the bytes
            // too.
            if (length > characters
                    && (length > ColumnType.Text.MAX_LENGTH || count(utf8, offset, length) > characters)) {
                throw Refused.unrepresentable("the text of %d bytes exceeds VARCHAR(%d)", length, characters);
            }
            out.addText(utf8, offset, length);
        }

        private static int count(byte[] utf8, int offset, int length) {
            int characters = 0;
            for (int i = offset; i < offset + length; i++) {
                characters += (utf8[i] & 0xc0) == 0x80 ? 0 : 1;
            }
            return characters;
        }
    }

    /** Upper case hexadecimal digits. */
    record Hex() implements CellEncoder {
        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
            if (length > ColumnType.Binary.MAX_LENGTH) {
                throw Refused.unrepresentable("%d bytes exceed BINARY(%d)", length, ColumnType.Binary.MAX_LENGTH);
            }
            out.begin();
            for (int i = offset; i < offset + length; i++) {
                out.append(HEX[bytes[i] >> 4 & 0xf]);
                out.append(HEX[bytes[i] & 0xf]);
            }
            out.end();
        }
    }

    /** The number as it came: of a date or a time that has no other form here. */
    record RawNumber() implements CellEncoder {
        @Override
        public void ofLong(long value, CellBuffer out) {
            out.addLong(value);
        }
    }

    /** Days since 1970-01-01. */
    record Date() implements CellEncoder {
        @Override
        public void ofLong(long day, CellBuffer out) throws Refused {
            Timestamps.requireDay(day);
            out.begin();
            Timestamps.appendDate(day, out);
            out.end();
        }
    }

    /** Units of {@code 10^-digits} seconds since midnight, below 24:00. */
    record Time(int digits, long unitsPerSecond) implements CellEncoder {
        @Override
        public void ofLong(long units, CellBuffer out) throws Refused {
            if (units < 0 || units >= Timestamps.DAY_SECONDS * unitsPerSecond) {
                throw Refused.unrepresentable(
                        "the time is not below 24:00, and Snowflake's TIME is; see pipeline.on-unrepresentable-value");
            }
            out.begin();
            long second = units / unitsPerSecond;
            Timestamps.appendTime(second, units - second * unitsPerSecond, digits, out);
            out.end();
        }
    }

    /** Units of {@code 10^-digits} seconds since 1970-01-01 00:00. */
    record Timestamp(int digits, long unitsPerSecond) implements CellEncoder {
        @Override
        public void ofLong(long units, CellBuffer out) throws Refused {
            long second = Math.floorDiv(units, unitsPerSecond);
            long day = Math.floorDiv(second, Timestamps.DAY_SECONDS);
            Timestamps.requireDay(day);
            out.begin();
            Timestamps.appendDate(day, out);
            out.append((byte) ' ');
            long secondOfDay = second - day * Timestamps.DAY_SECONDS;
            Timestamps.appendTime(secondOfDay, units - second * unitsPerSecond, digits, out);
            out.end();
        }
    }

    /**
     * A value that an update may leave out: Debezium's placeholder, whole and of the column's own type, is no value.
     *
     * @param cells that the value writes
     */
    record Toastable(CellEncoder value, byte[] placeholder, int cells) implements CellEncoder {
        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            if (isPlaceholder(utf8, offset, length)) {
                addUnchanged(out);
            } else {
                value.ofText(utf8, offset, length, out);
            }
        }

        @Override
        public void ofUtf8(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            if (isPlaceholder(utf8, offset, length)) {
                addUnchanged(out);
            } else {
                value.ofUtf8(utf8, offset, length, out);
            }
        }

        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
            if (isPlaceholder(bytes, offset, length)) {
                addUnchanged(out);
            } else {
                value.ofBytes(bytes, offset, length, out);
            }
        }

        private void addUnchanged(CellBuffer out) {
            for (int i = 0; i < cells; i++) {
                out.addUnchanged();
            }
        }

        @Override
        public void ofNull(CellBuffer out) throws Refused {
            value.ofNull(out);
        }

        private boolean isPlaceholder(byte[] bytes, int offset, int length) {
            return length == placeholder.length
                    && Arrays.equals(bytes, offset, offset + length, placeholder, 0, placeholder.length);
        }
    }
}
