package io.spindrift.sinks.model;

/**
 * What a Kafka record becomes: a row's change, a truncated table, a table shape seen for the first time, a dead letter, or nothing but its
 * place. Progress and counts tell of many.
 */
public sealed interface ChangeEvent
        permits RowChange, TableTruncated, ShapeAnnounced, DeadLetter, RecordSkipped, SourceProgress, RecordsRead {}
