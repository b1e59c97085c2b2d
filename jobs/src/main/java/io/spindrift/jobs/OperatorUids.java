package io.spindrift.jobs;

/** The names under which operators keep their state in savepoints: a public promise, checked against a list in the tests. */
public final class OperatorUids {

    public static final String SOURCE = "kafka-source";
    public static final String POSTGRES_SOURCE = "postgres-source";
    public static final String SPLIT = "split-events";
    public static final String ORDER = "order-changes";
    public static final String SINK = "snowflake-sink";
    public static final String AGGREGATE = "snowflake-sink-aggregate";
    public static final String DEAD_LETTER_POLICY = "dead-letter-policy";
    public static final String DEAD_LETTERS = "dead-letter-sink";

    private OperatorUids() {}
}
