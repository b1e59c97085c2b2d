package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;

/** Takes one value as the wire gives it and writes one cell. What a type does not expect is refused. */
interface CellEncoder {

    default void ofNull(CellBuffer out) throws Refused {
        out.addNull();
    }

    default void ofLong(long value, CellBuffer out) throws Refused {
        throw unexpected("an integer");
    }

    /** Of a float32 the same value, widened. */
    default void ofDouble(double value, CellBuffer out) throws Refused {
        throw unexpected("a floating point number");
    }

    default void ofBoolean(boolean value, CellBuffer out) throws Refused {
        throw unexpected("a boolean");
    }

    default void ofBytes(byte[] bytes, int offset, int length, CellBuffer out) throws Refused {
        throw unexpected("bytes");
    }

    /** The bytes are not yet known to be UTF-8, and are the caller's again on return. */
    default void ofText(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
        throw unexpected("a text");
    }

    /** A text that is known to be UTF-8. */
    default void ofUtf8(byte[] utf8, int offset, int length, CellBuffer out) throws Refused {
        ofText(utf8, offset, length, out);
    }

    /** An array, a map or a struct: what takes its parts. */
    default Parts ofParts() throws Refused {
        throw unexpected("an array, a map or a struct");
    }

    private static Refused unexpected(String what) {
        return Refused.undecodable("the schema says otherwise, but the value is %s", what);
    }
}
