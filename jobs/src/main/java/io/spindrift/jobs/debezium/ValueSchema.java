package io.spindrift.jobs.debezium;

import java.util.List;
import java.util.Optional;

/** What a value's schema makes of it. Compiled once, then kept. */
sealed interface ValueSchema permits ValueSchema.SideTopic, ValueSchema.Stranger, Envelope {

    /** Debezium's own records that carry no row. */
    record SideTopic(Ignored kind) implements ValueSchema {}

    /** Not Debezium's envelope of PostgreSQL, nor a flattened one with all that it takes. */
    record Stranger(String detail) implements ValueSchema {}

    /** The rows' fields, when the schema is an envelope: before and after alike, and a source that names schema and table. */
    static Optional<List<ConnectSchema.Field>> rowOf(ConnectSchema schema) {
        Optional<ConnectSchema> before = field(schema, "before");
        Optional<ConnectSchema> after = field(schema, "after");
        Optional<ConnectSchema> source = field(schema, "source");
        boolean isEnvelope = after.isPresent()
                && after.get().isStruct()
                && before.map(ConnectSchema::fields).equals(after.map(ConnectSchema::fields))
                && source.isPresent()
                && field(source.get(), "schema").isPresent()
                && field(source.get(), "table").isPresent()
                && field(schema, "op").isPresent();
        return isEnvelope ? after.map(ConnectSchema::fields) : Optional.empty();
    }

    /** For a schema of flattened records: what a change needs must be among its metadata. */
    static ValueSchema flattened(Flattened layout, EnvelopeReader reader) {
        return Flattened.lack(layout.metadata())
                .<ValueSchema>map(Stranger::new)
                .orElseGet(() -> new Envelope(reader, layout.row()));
    }

    /** For a schema that is no envelope. */
    static ValueSchema other(ConnectSchema schema) {
        return switch (schema.name()) {
            case "io.debezium.connector.common.Heartbeat" -> new SideTopic(Ignored.HEARTBEAT);
            case "io.debezium.connector.common.TransactionMetadataValue" -> new SideTopic(Ignored.TRANSACTION);
            case "io.debezium.connector.common.Notification" -> new SideTopic(Ignored.NOTIFICATION);
            case "io.debezium.connector.postgresql.MessageValue" -> new SideTopic(Ignored.MESSAGE);
            default ->
                new Stranger(
                        "schema '%s' is neither an envelope of Debezium's PostgreSQL connector (before, after, source"
                                        .formatted(schema.described())
                                + " with schema and table, op) nor a flattened record: take the topic out of the"
                                + " pipeline, or "
                                + Flattened.settings());
        };
    }

    private static Optional<ConnectSchema> field(ConnectSchema struct, String name) {
        return struct.fields().stream()
                .filter(field -> field.name().equals(name))
                .map(ConnectSchema.Field::schema)
                .findFirst();
    }
}
