package io.spindrift.sinks.model;

/** The source truncated a table: every row at an older position is gone. It concerns every key, so it is broadcast. */
public record TableTruncated(TableName table, Position position) implements ChangeEvent {}
