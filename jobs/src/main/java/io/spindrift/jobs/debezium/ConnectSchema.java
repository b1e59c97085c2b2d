package io.spindrift.jobs.debezium;

import java.util.List;
import java.util.Map;

/**
 * A Kafka Connect schema, whichever encoding carried it.
 *
 * @param name the semantic name, for example {@code io.debezium.time.Date}; empty when there is none
 * @param items of an array its element's schema, of a map its value's; otherwise empty
 */
record ConnectSchema(
        Type type,
        String name,
        Map<String, String> parameters,
        boolean optional,
        List<Field> fields,
        List<ConnectSchema> items) {

    /** Deeper schemas are refused: Debezium's stand at four. */
    static final int MAX_DEPTH = 32;

    ConnectSchema {
        parameters = Map.copyOf(parameters);
        fields = List.copyOf(fields);
        items = List.copyOf(items);
    }

    static ConnectSchema of(Type type) {
        return new ConnectSchema(type, "", Map.of(), true, List.of(), List.of());
    }

    static ConnectSchema of(Type type, String name, Map<String, String> parameters) {
        return new ConnectSchema(type, name, parameters, true, List.of(), List.of());
    }

    ConnectSchema asOptional() {
        return new ConnectSchema(type, name, parameters, true, fields, items);
    }

    ConnectSchema asRequired() {
        return new ConnectSchema(type, name, parameters, false, fields, items);
    }

    boolean isStruct() {
        return type == Type.STRUCT;
    }

    /** The type as messages name it: {@code int64 io.debezium.time.MicroDuration}. */
    String described() {
        return name.isEmpty() ? type.text() : type.text() + " " + name;
    }

    /** @param mayDefault a default may stand in the place of NULL: the schema has one, or does not say */
    record Field(String name, ConnectSchema schema, boolean mayDefault) {
        Field(String name, ConnectSchema schema) {
            this(name, schema, true);
        }

        /** Whether any value here is the row's own: Debezium makes up values for NOT NULL columns, and converters put defaults for NULL. */
        boolean isNeverMadeUp() {
            return schema.optional() && !mayDefault;
        }
    }

    enum Type {
        INT8("int8"),
        INT16("int16"),
        INT32("int32"),
        INT64("int64"),
        FLOAT32("float"),
        FLOAT64("double"),
        BOOLEAN("boolean"),
        STRING("string"),
        BYTES("bytes"),
        ARRAY("array"),
        MAP("map"),
        STRUCT("struct"),
        /** Avro only: Connect has no unions but with null. */
        UNION("union");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        /** As Connect's JSON schemas write it. */
        String text() {
            return text;
        }
    }
}
