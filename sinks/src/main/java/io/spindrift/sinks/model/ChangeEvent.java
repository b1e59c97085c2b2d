package io.spindrift.sinks.model;

/** What a Kafka record becomes: a row's change, a truncated table, a table shape seen for the first time, or a dead letter. */
public sealed interface ChangeEvent permits RowChange, TableTruncated, ShapeAnnounced, DeadLetter {}
