package io.spindrift.jobs.debezium;

import java.io.IOException;
import java.util.Optional;

/** The registry, as the decoder needs it. */
public interface WriterSchemas {

    /**
     * The Avro schema a record was written with, as JSON text; empty when the registry itself says that it knows no such id.
     *
     * @throws IOException when the registry cannot be reached or does not answer sensibly: no fault of the record
     */
    Optional<String> byId(int id) throws IOException;
}
