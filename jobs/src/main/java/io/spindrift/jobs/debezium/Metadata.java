package io.spindrift.jobs.debezium;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a field of a flattened record is: the row's own, or put beside it by ExtractNewRecordState. {@code add.fields} names each addition
 * under the prefix {@code __}, with its struct's name where it was given: {@code lsn} gives {@code __lsn}, {@code source.lsn} gives
 * {@code __source_lsn}. Of the bare names all but {@code op}, {@code ts_ms} and the transaction's stand for the source's (Debezium,
 * ExtractNewRecordState).
 */
enum Metadata {
    COLUMN,
    OPERATION,
    /** The text true or false, where the transform rewrites deletes. */
    DELETED,
    SCHEMA,
    TABLE,
    LSN,
    TX_ID,
    SNAPSHOT,
    COMMIT_MILLIS,
    COMMIT_MICROS,
    COMMIT_NANOS,
    /** Nothing that is needed here. {@code __ts_ms} too: that is the connector's clock, and another one when it repeats itself. */
    OTHER;

    private static final Map<String, Metadata> BY_NAME = byName();

    static Metadata of(String field) {
        return BY_NAME.getOrDefault(field, COLUMN);
    }

    /** What a field of an envelope's source is. */
    static Metadata ofSource(String field) {
        return switch (field) {
            case "schema" -> SCHEMA;
            case "table" -> TABLE;
            case "snapshot" -> SNAPSHOT;
            case "lsn" -> LSN;
            case "txId" -> TX_ID;
            case "ts_ms" -> COMMIT_MILLIS;
            case "ts_us" -> COMMIT_MICROS;
            case "ts_ns" -> COMMIT_NANOS;
            default -> OTHER;
        };
    }

    boolean isColumn() {
        return this == COLUMN;
    }

    /** Where the header keeps the value; {@link RowCells#SKIPPED} when it does not. */
    CellEncoder slot(EventHeader header) {
        return switch (this) {
            case OPERATION -> header.op;
            case DELETED -> header.deleted;
            case SCHEMA -> header.schema;
            case TABLE -> header.table;
            case LSN -> header.lsn;
            case TX_ID -> header.txId;
            case SNAPSHOT -> header.snapshot;
            case COMMIT_MILLIS -> header.millis;
            case COMMIT_MICROS -> header.micros;
            case COMMIT_NANOS -> header.nanos;
            case COLUMN, OTHER -> RowCells.SKIPPED;
        };
    }

    private static Map<String, Metadata> byName() {
        Map<String, Metadata> names = new HashMap<>();
        for (String name :
                List.of("version", "connector", "name", "db", "sequence", "xmin", "origin", "origin_lsn", "ts_ms")) {
            putBoth(names, name, OTHER);
        }
        for (String name : List.of("id", "total_order", "data_collection_order")) {
            names.put("__" + name, OTHER);
            names.put("__transaction_" + name, OTHER);
        }
        putBoth(names, "schema", SCHEMA);
        putBoth(names, "table", TABLE);
        putBoth(names, "lsn", LSN);
        putBoth(names, "txId", TX_ID);
        putBoth(names, "snapshot", SNAPSHOT);
        putBoth(names, "ts_us", COMMIT_MICROS);
        putBoth(names, "ts_ns", COMMIT_NANOS);
        names.put("__source_ts_ms", COMMIT_MILLIS);
        names.put("__op", OPERATION);
        names.put("__deleted", DELETED);
        return Map.copyOf(names);
    }

    private static void putBoth(Map<String, Metadata> names, String name, Metadata kind) {
        names.put("__" + name, kind);
        names.put("__source_" + name, kind);
    }
}
