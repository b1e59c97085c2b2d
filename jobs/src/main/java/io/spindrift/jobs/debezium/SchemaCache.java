package io.spindrift.jobs.debezium;

import java.io.IOException;

/** Finds what the schema of a key or a value was compiled to, and where its data stand. */
interface SchemaCache<T> {

    /** @throws IOException when the registry cannot be reached */
    Located<T> locate(String topic, byte[] bytes) throws Refused, IOException;

    /** The data stand from {@code from} up to {@code to}. */
    record Located<T>(T schema, int from, int to) {}
}
