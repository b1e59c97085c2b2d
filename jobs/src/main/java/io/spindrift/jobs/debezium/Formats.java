package io.spindrift.jobs.debezium;

import java.io.IOException;

/** The schemas of keys, or of values, in the format that is declared, or that each shows. */
record Formats<T>(RecordFormat format, SchemaCache<T> avro, JsonSchemas<T> json, SchemaCache<T> plainJson)
        implements SchemaCache<T> {

    @Override
    public Located<T> locate(String topic, byte[] bytes) throws Refused, IOException {
        return switch (format) {
            case AVRO -> avro.locate(topic, bytes);
            case JSON -> json.locate(topic, bytes);
            case JSON_PLAIN -> plainJson.locate(topic, bytes);
            case AUTO -> shown(topic, bytes);
        };
    }

    private Located<T> shown(String topic, byte[] bytes) throws Refused, IOException {
        int first = bytes.length == 0 ? -1 : bytes[0];
        if (first == AvroSchemas.MAGIC) {
            return avro.locate(topic, bytes);
        }
        if (first != '{') {
            throw Refused.undecodable(
                    "%d bytes begin neither with 0x00 (Avro with a schema id) nor with '{' (JSON): use one of these"
                            + " converters in the connector",
                    bytes.length);
        }
        return json.locateOr(plainJson, topic, bytes);
    }
}
