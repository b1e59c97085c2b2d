package io.spindrift.sinks.warehouse;

/**
 * A committer's right to commit.
 *
 * @param token no other committer has it
 */
record Epoch(long number, String token) {}
