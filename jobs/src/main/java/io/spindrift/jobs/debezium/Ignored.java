package io.spindrift.jobs.debezium;

/** Records that rightly become no event. Each kind is counted. */
public enum Ignored {
    /** No value: Kafka's own mark behind a delete. */
    TOMBSTONE,
    HEARTBEAT,
    /** BEGIN and END of {@code provide.transaction.metadata}. */
    TRANSACTION,
    /** {@code pg_logical_emit_message}. */
    MESSAGE,
    NOTIFICATION,
    /** A table that the routes do not take. */
    UNROUTED
}
