package io.spindrift.jobs.debezium;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The layout of a record that ExtractNewRecordState has flattened: the row's fields, and beside them metadata.
 *
 * @param row the row's own fields
 * @param metadata what else is there
 */
record Flattened(List<ConnectSchema.Field> row, Set<Metadata> metadata) {

    private static final Set<Metadata> COMMIT_TIMES =
            EnumSet.of(Metadata.COMMIT_MILLIS, Metadata.COMMIT_MICROS, Metadata.COMMIT_NANOS);

    private static final String SETTINGS =
            "set add.fields=op,table,source.schema,source.lsn,source.txId,source.ts_us,source.snapshot and"
                    + " delete.tombstone.handling.mode=rewrite (before Debezium 2.5: delete.handling.mode=rewrite) in the"
                    + " connector's ExtractNewRecordState, or take the transform out";

    Flattened {
        row = List.copyOf(row);
        metadata = Set.copyOf(metadata);
    }

    /** Empty for a schema that nothing says to be flattened. */
    static Optional<Flattened> of(ConnectSchema schema) {
        List<ConnectSchema.Field> row = new ArrayList<>();
        Set<Metadata> metadata = EnumSet.noneOf(Metadata.class);
        for (ConnectSchema.Field field : schema.fields()) {
            Metadata kind = Metadata.of(field.name());
            if (kind.isColumn()) {
                row.add(field);
            } else {
                metadata.add(kind);
            }
        }
        return metadata.isEmpty() ? Optional.empty() : Optional.of(new Flattened(row, metadata));
    }

    /**
     * What a change needs and the record lacks, with what to do; empty when it is all there. The operation tells a read from a change and an
     * insert from an update, the LSN and the commit time a new change from a repeated one, and without {@code __deleted} no delete arrives.
     */
    static Optional<String> lack(Set<Metadata> metadata) {
        List<String> missing = new ArrayList<>();
        if (!metadata.contains(Metadata.OPERATION)) {
            missing.add("__op");
        }
        if (!metadata.contains(Metadata.LSN)) {
            missing.add("__source_lsn");
        }
        if (metadata.stream().noneMatch(COMMIT_TIMES::contains)) {
            missing.add("__source_ts_us (__ts_ms is not the time of the commit)");
        }
        if (!metadata.contains(Metadata.DELETED)) {
            missing.add("__deleted");
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("the flattened record lacks %s: %s".formatted(String.join(", ", missing), SETTINGS));
    }

    static String settings() {
        return SETTINGS;
    }
}
