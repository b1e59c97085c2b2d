package io.spindrift.sinks.model;

/**
 * A record without a change: a tombstone, a heartbeat, a table that no route takes; behind the ordering, a change that had come before. Only
 * its place counts.
 */
public record RecordSkipped(String topic, int partition, long offset) implements ChangeEvent {}
