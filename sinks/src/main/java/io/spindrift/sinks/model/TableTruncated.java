package io.spindrift.sinks.model;

/** The source truncated a table: every row at an older position is gone. It concerns every key, so it is broadcast. */
public record TableTruncated(TableName table, long shape, Position position) implements ChangeEvent {}
