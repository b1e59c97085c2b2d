package io.spindrift.jobs.debezium;

/** How keys and values are encoded. */
public enum RecordFormat {
    /** Avro in Confluent's wire format: 0x00, a schema id of four bytes, Avro binary. */
    AVRO,
    /** Kafka Connect's JSON converter with {@code schemas.enable=true}. */
    JSON,
    /** Kafka Connect's JSON converter with {@code schemas.enable=false}: values need a declaration of their table. */
    JSON_PLAIN,
    /** Each key and value as it shows: 0x00 begins Avro, '{' JSON, which carries its schema or does not. */
    AUTO
}
