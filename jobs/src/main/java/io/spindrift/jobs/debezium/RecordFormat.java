package io.spindrift.jobs.debezium;

/** How keys and values are encoded. */
public enum RecordFormat {
    /** Avro in Confluent's wire format: 0x00, a schema id of four bytes, Avro binary. */
    AVRO,
    /** Kafka Connect's JSON converter with {@code schemas.enable=true}. */
    JSON,
    /** Each key and value by its first byte: 0x00 is Avro, '{' is JSON. */
    AUTO
}
