package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;

/**
 * Takes the parts of one array, map or struct, in their order, and writes one cell:
 *
 * <pre>
 * begin (key? part … add)* end        the part's encoder writes into buffer()
 * </pre>
 *
 * Holds its parts, so an encoder with parts is one column's own. Not thread-safe.
 */
interface Parts {

    void begin(CellBuffer out);

    /** Of a map, its next value's key. */
    default void key(byte[] utf8, int offset, int length) throws Refused {
        throw Refused.undecodable("the schema says otherwise, but the value is a map");
    }

    /** @param index of a struct's field; of an array and a map 0 */
    CellEncoder part(int index);

    CellBuffer buffer();

    /** The part that was begun is whole. */
    void add(int index, CellBuffer out) throws Refused;

    void end(CellBuffer out) throws Refused;
}
