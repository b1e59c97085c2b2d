package io.spindrift.jobs.debezium;

import java.util.List;

/** The fields of a Kafka key: the names of the primary key's columns. Empty when the key is no struct. */
record KeySchema(List<String> columns) {

    static final KeySchema NONE = new KeySchema(List.of());

    KeySchema {
        columns = List.copyOf(columns);
    }

    static KeySchema of(ConnectSchema schema) {
        return new KeySchema(
                schema.fields().stream().map(ConnectSchema.Field::name).toList());
    }
}
