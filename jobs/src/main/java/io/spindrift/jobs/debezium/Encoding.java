package io.spindrift.jobs.debezium;

/** Tells Avro from JSON, as the format allows. */
enum Encoding {
    AVRO,
    JSON,
    BY_FIRST_BYTE;

    static Encoding of(RecordFormat format) {
        return switch (format) {
            case AVRO -> AVRO;
            case JSON -> JSON;
            case AUTO -> BY_FIRST_BYTE;
        };
    }

    /** @throws Refused when the first byte is that of neither */
    boolean isAvro(byte[] bytes) throws Refused {
        return switch (this) {
            case AVRO -> true;
            case JSON -> false;
            case BY_FIRST_BYTE -> isAvroByFirstByte(bytes);
        };
    }

    private static boolean isAvroByFirstByte(byte[] bytes) throws Refused {
        int first = bytes.length == 0 ? -1 : bytes[0];
        if (first != AvroSchemas.MAGIC && first != '{') {
            throw Refused.undecodable(
                    "%d bytes begin neither with 0x00 (Avro with a schema id) nor with '{' (JSON with its schema): use one of"
                            + " these converters in the connector",
                    bytes.length);
        }
        return first == AvroSchemas.MAGIC;
    }
}
