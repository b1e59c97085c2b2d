package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.DeadLetter.Reason;

/**
 * Values that their column's type does not hold, as text. The encoders of such types refuse a value before they write anything, so another cell
 * can stand in its place.
 */
final class RawValues {

    /** Of a column with its raw text beside it. */
    static final int CELLS = 2;

    private RawValues() {}

    private static void requireUnrepresentable(Refused refused) throws Refused {
        if (refused.reason() != Reason.UNREPRESENTABLE_VALUE) {
            throw refused;
        }
    }

    /** The value's cell and NULL, or NULL and the raw one. */
    record Beside(CellEncoder value, CellEncoder raw) implements CellEncoder {
        @Override
        public void ofNull(CellBuffer out) {
            out.addNull();
            out.addNull();
        }

        @Override
        public void ofLong(long number, CellBuffer out) throws Refused {
            try {
                value.ofLong(number, out);
                out.addNull();
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                out.addNull();
                raw.ofLong(number, out);
            }
        }

        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
            try {
                value.ofBytes(bytes, offset, length, out);
                out.addNull();
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                out.addNull();
                raw.ofBytes(bytes, offset, length, out);
            }
        }

        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            try {
                value.ofText(utf8, offset, length, out);
                out.addNull();
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                out.addNull();
                raw.ofText(utf8, offset, length, out);
            }
        }
    }

    /** The value's cell, or the raw one. */
    record Instead(CellEncoder value, CellEncoder raw) implements CellEncoder {
        @Override
        public void ofLong(long number, CellBuffer out) throws Refused {
            try {
                value.ofLong(number, out);
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                raw.ofLong(number, out);
            }
        }

        @Override
        public void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
            try {
                value.ofBytes(bytes, offset, length, out);
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                raw.ofBytes(bytes, offset, length, out);
            }
        }

        @Override
        public void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
            try {
                value.ofText(utf8, offset, length, out);
            } catch (Refused refused) {
                requireUnrepresentable(refused);
                raw.ofText(utf8, offset, length, out);
            }
        }
    }
}
