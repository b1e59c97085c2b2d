package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import java.util.List;

/**
 * The fields of a table's rows, and what reads them.
 *
 * @param key the declared key; empty: the one that each Kafka key names
 */
record RowLayout(List<ConnectSchema.Field> fields, EnvelopeReader reader, KeySchema key) {

    /** Where a table's layout comes from: the value's schema, or a declaration. */
    interface Origin {
        RowLayout of(SourceTable table) throws Refused;
    }
}
