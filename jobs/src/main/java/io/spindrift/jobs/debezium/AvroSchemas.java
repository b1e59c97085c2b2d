package io.spindrift.jobs.debezium;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Confluent's wire format: 0x00, the id of the writer schema in four bytes, then Avro. Ids never change their meaning, so none is forgotten. */
final class AvroSchemas<T> implements SchemaCache<T> {

    static final byte MAGIC = 0;

    private static final int HEADER = 5;

    private final WriterSchemas registry;
    private final Function<AvroType, T> compiler;
    private final Map<Integer, T> compiled = new HashMap<>();
    private int lastId;
    private @Nullable T last;

    AvroSchemas(WriterSchemas registry, Function<AvroType, T> compiler) {
        this.registry = registry;
        this.compiler = compiler;
    }

    @Override
    public Located<T> locate(String topic, byte[] bytes) throws Refused, IOException {
        if (bytes.length < HEADER || bytes[0] != MAGIC) {
            throw Refused.undecodable(
                    "%d bytes do not begin with 0x00 and a schema id of four bytes: set the format to JSON, or the"
                            + " connector's converter to Confluent's wire format",
                    bytes.length);
        }
        int id = ByteBuffer.wrap(bytes).getInt(1);
        T schema = last;
        if (schema == null || id != lastId) {
            schema = known(id);
            last = schema;
            lastId = id;
        }
        return new Located<>(schema, HEADER, bytes.length);
    }

    private T known(int id) throws Refused, IOException {
        T schema = compiled.get(id);
        if (schema == null) {
            schema = fetch(id);
            compiled.put(id, schema);
        }
        return schema;
    }

    private Optional<String> ask(int id) throws IOException {
        try {
            return registry.byId(id);
        } catch (RuntimeException e) {
            // Whatever the client stumbles over, the record is not to blame.
            throw new IOException("registry client failed on schema " + id, e);
        }
    }

    private T fetch(int id) throws Refused, IOException {
        Optional<String> text = ask(id);
        if (text.isEmpty()) {
            throw Refused.undecodable(
                    "the registry knows no schema %d: the record was written against another registry, or one that lost"
                            + " its data",
                    id);
        }
        try {
            return compiler.apply(AvroType.parse(text.get()));
        } catch (Refused refused) {
            throw refused.at("schema " + id);
        }
    }
}
