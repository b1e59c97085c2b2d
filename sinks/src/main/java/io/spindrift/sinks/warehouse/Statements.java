package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.warehouse.Identifier.literal;
import static io.spindrift.sinks.warehouse.Identifier.quoted;
import static java.util.stream.Collectors.joining;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.MetaColumn;
import io.spindrift.sinks.schema.TableDdl.ColumnDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every statement that the product sends. Identifiers come through {@link Identifier} alone; values are bound. */
final class Statements {

    static final String RAW = "RAW";
    static final String MIRROR = "MIRROR";

    /** The stage's name behind an at sign. */
    static final String STAGE = "@\"SPINDRIFT\".\"STAGE\"";

    static final String BEGIN = "BEGIN TRANSACTION";
    static final String COMMIT = "COMMIT";
    static final String ROLLBACK = "ROLLBACK";

    /** pipeline */
    static final String INSERT_PIPELINE = """
            MERGE INTO "SPINDRIFT"."PIPELINES" t USING (SELECT ? AS "PIPELINE") s ON t."PIPELINE" = s."PIPELINE"
            WHEN NOT MATCHED THEN INSERT ("PIPELINE", "EPOCH") VALUES (s."PIPELINE", 0)""";

    /** owner, now, pipeline */
    static final String RAISE_EPOCH = """
            UPDATE "SPINDRIFT"."PIPELINES" SET "EPOCH" = "EPOCH" + 1, "EPOCH_OWNER" = ?, "EPOCH_RAISED_AT" = ?::TIMESTAMP_TZ
            WHERE "PIPELINE" = ?""";

    /** pipeline → epoch, owner, raised at */
    static final String SELECT_EPOCH = """
            SELECT "EPOCH", "EPOCH_OWNER", TO_VARCHAR("EPOCH_RAISED_AT") FROM "SPINDRIFT"."PIPELINES" WHERE "PIPELINE" = ?""";

    /** commit id, now, pipeline, epoch: 1 row, or this committer is fenced off */
    static final String FENCE = """
            UPDATE "SPINDRIFT"."PIPELINES" SET "LAST_COMMIT_ID" = ?, "LAST_COMMITTED_AT" = ?::TIMESTAMP_TZ
            WHERE "PIPELINE" = ? AND "EPOCH" = ?""";

    /** pipeline, commit id → manifest hash */
    static final String SELECT_COMMIT = """
            SELECT "MANIFEST_HASH" FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ? AND "COMMIT_ID" = ?""";

    /** pipeline → topic, partition, applied offset */
    static final String SELECT_OFFSETS = """
            SELECT "TOPIC", "PARTITION", "APPLIED_OFFSET" FROM "SPINDRIFT"."OFFSETS" WHERE "PIPELINE" = ?""";

    /**
     * pipeline, commit id, epoch, checkpoint id, manifest hash, files, rows, bytes, counts as JSON, watermark, highest LSN, now, duration
     */
    static final String INSERT_COMMIT = """
            INSERT INTO "SPINDRIFT"."COMMITS" ("PIPELINE", "COMMIT_ID", "EPOCH", "CHECKPOINT_ID", "MANIFEST_HASH", "FILES", "ROWS", "BYTES",
              "TABLE_COUNTS", "WATERMARK", "HIGHEST_LSN", "COMMITTED_AT", "DURATION_MS")
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, PARSE_JSON(?), ?::TIMESTAMP_TZ, ?, ?::TIMESTAMP_TZ, ?""";

    /** table → column name, data type, numeric precision, numeric scale, length, fractional digits */
    static final String SELECT_COLUMNS = """
            SELECT "COLUMN_NAME", "DATA_TYPE", "NUMERIC_PRECISION", "NUMERIC_SCALE", "CHARACTER_MAXIMUM_LENGTH", "DATETIME_PRECISION"
            FROM "INFORMATION_SCHEMA"."COLUMNS" WHERE "TABLE_SCHEMA" = ? AND "TABLE_NAME" = ?""";

    private Statements() {}

    static String createTable(String schema, TableName table, List<ColumnDefinition> columns) {
        String definitions = columns.stream()
                .map(column -> "  " + quoted(column.name()) + " " + column.type() + (column.key() ? " NOT NULL" : ""))
                .collect(joining(",\n"));
        String key = columns.stream()
                .filter(ColumnDefinition::key)
                .map(column -> quoted(column.name()))
                .collect(joining(", "));
        String constraint = key.isEmpty() ? "" : ",\n  PRIMARY KEY (" + key + ")";
        return "CREATE TABLE IF NOT EXISTS " + quoted(schema, table) + " (\n" + definitions + constraint + "\n)";
    }

    static String addColumn(String schema, TableName table, ColumnDefinition column) {
        return "ALTER TABLE " + quoted(schema, table) + " ADD COLUMN IF NOT EXISTS " + quoted(column.name()) + " "
                + column.type();
    }

    static String widenColumn(String schema, TableName table, ColumnDefinition column) {
        return "ALTER TABLE " + quoted(schema, table) + " ALTER COLUMN " + quoted(column.name()) + " SET DATA TYPE "
                + column.type();
    }

    /** The file keeps its name; the same file again is the same content. */
    static String put(String localPath, String directory) {
        return "PUT " + literal("file://" + localPath) + " " + literal(STAGE + "/" + directory)
                + " AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = ZSTD OVERWRITE = TRUE";
    }

    /** What every row of one load has in common. */
    record LoadConstants(String commitId, String ingestedAt) {}

    /**
     * Loads exactly the named files of one shape. FORCE, because the ledger alone says what is loaded: Snowflake's own load history forgets
     * after 64 days and may remember loads that were rolled back.
     */
    static String copy(TableShape shape, String directory, List<String> fileNames, LoadConstants constants) {
        List<String> targets = new ArrayList<>();
        List<String> sources = new ArrayList<>();
        for (Column column : shape.columns()) {
            targets.add(quoted(column.name()));
            sources.add(cellExpression(sources.size() + 1, column.type()));
        }
        for (MetaColumn meta : MetaColumn.values()) {
            if (!meta.addedByLoad()) {
                targets.add(quoted(meta.columnName()));
                sources.add(cellExpression(sources.size() + 1, meta.type()));
            }
        }
        targets.add(quoted(MetaColumn.COMMIT_ID.columnName()));
        sources.add(literal(constants.commitId()));
        targets.add(quoted(MetaColumn.INGESTION_TIMESTAMP.columnName()));
        sources.add(literal(constants.ingestedAt()) + "::"
                + MetaColumn.INGESTION_TIMESTAMP.type().sql());
        return """
                COPY INTO %s (%s)
                FROM (SELECT %s FROM %s)
                FILES = (%s)
                FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD FIELD_DELIMITER = ',' RECORD_DELIMITER = '\\n' FIELD_OPTIONALLY_ENCLOSED_BY = '"' \
                EMPTY_FIELD_AS_NULL = TRUE NULL_IF = () ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE TRIM_SPACE = FALSE \
                ERROR_ON_COLUMN_COUNT_MISMATCH = TRUE REPLACE_INVALID_CHARACTERS = FALSE ENCODING = 'UTF8' BINARY_FORMAT = HEX)
                ON_ERROR = ABORT_STATEMENT FORCE = TRUE PURGE = FALSE""".formatted(
                        quoted(RAW, shape.table()),
                        String.join(", ", targets),
                        String.join(", ", sources),
                        literal(STAGE + "/" + directory),
                        fileNames.stream().map(Identifier::literal).collect(joining(", ")));
    }

    private static String cellExpression(int number, ColumnType type) {
        if (type instanceof ColumnType.Variant) {
            return "PARSE_JSON($" + number + ")";
        }
        if (type instanceof ColumnType.Binary) {
            return "TO_BINARY($" + number + ", 'HEX')";
        }
        return "$" + number + "::" + type.sql();
    }

    /** commit id, commit id: the rows just loaded whose topic, partition and offset the log had already. */
    static String deleteAlreadyLogged(TableName table) {
        return """
                DELETE FROM %1$s t USING %1$s o
                WHERE t."_COMMIT_ID" = ? AND o."_COMMIT_ID" <> ?
                  AND o."_KAFKA_TOPIC" = t."_KAFKA_TOPIC" AND o."_KAFKA_PARTITION" = t."_KAFKA_PARTITION" AND o."_KAFKA_OFFSET" = t."_KAFKA_OFFSET\"""".formatted(quoted(RAW, table));
    }

    /**
     * commit id: the commit's changes → the current state. Of one key, the last in the job's order counts; an older position than the
     * mirror's changes nothing. Positions: within one partition by offset; across partitions streamed changes by LSN, a streamed change
     * beats a snapshot read.
     */
    static String merge(TableName table, Collection<TableShape> shapes) {
        Set<String> keys = new LinkedHashSet<>();
        Set<String> columns = new LinkedHashSet<>();
        for (TableShape shape : shapes) {
            shape.columns().forEach(column -> columns.add(quoted(column.name())));
            shape.key().forEach(column -> keys.add(quoted(column.name())));
        }
        Arrays.stream(MetaColumn.values())
                .filter(MetaColumn::inMirror)
                .forEach(meta -> columns.add(quoted(meta.columnName())));
        return """
                MERGE INTO %s t USING (
                  SELECT * FROM %s WHERE "_COMMIT_ID" = ? AND "_CDC_OPERATION" <> 't' AND NOT "_CDC_SUPERSEDED"
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %s ORDER BY "_COMMIT_SEQUENCE" DESC) = 1
                ) s ON %s
                WHEN MATCHED AND s."_CDC_OPERATION" = 'd' AND %s THEN DELETE
                WHEN MATCHED AND s."_CDC_OPERATION" <> 'd' AND %s THEN UPDATE SET %s
                WHEN NOT MATCHED AND s."_CDC_OPERATION" <> 'd' THEN INSERT (%s) VALUES (%s)""".formatted(
                        quoted(MIRROR, table),
                        quoted(RAW, table),
                        String.join(", ", keys),
                        each(keys, "t.%1$s = s.%1$s", " AND "),
                        NEWER,
                        NEWER,
                        each(columns, "t.%1$s = s.%1$s", ", "),
                        String.join(", ", columns),
                        each(columns, "s.%1$s", ", "));
    }

    private static final String NEWER = """
            CASE WHEN t."_KAFKA_TOPIC" = s."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = s."_KAFKA_PARTITION" THEN s."_KAFKA_OFFSET" > t."_KAFKA_OFFSET" \
            WHEN t."_CDC_OPERATION" = 'r' THEN s."_CDC_OPERATION" <> 'r' OR NVL(s."_CDC_LSN", 0) >= NVL(t."_CDC_LSN", 0) \
            ELSE s."_CDC_OPERATION" <> 'r' AND s."_CDC_LSN" > t."_CDC_LSN" END""";

    /** commit id: a truncate in this commit removes every row at an older position. It holds the table's exclusive lock, so LSNs tell. */
    static String deleteTruncated(TableName table) {
        return """
                DELETE FROM %s t USING (
                  SELECT MAX("_CDC_LSN") AS "LSN" FROM %s WHERE "_COMMIT_ID" = ? AND "_CDC_OPERATION" = 't'
                ) x WHERE NVL(t."_CDC_LSN", 0) < x."LSN\"""".formatted(quoted(MIRROR, table), quoted(RAW, table));
    }

    /** For each range pipeline, topic, partition, last offset, commit id. */
    static String mergeOffsets(int ranges) {
        String row =
                "SELECT ? AS \"PIPELINE\", ? AS \"TOPIC\", ? AS \"PARTITION\", ? AS \"APPLIED_OFFSET\", ? AS \"COMMIT_ID\"";
        return """
                MERGE INTO "SPINDRIFT"."OFFSETS" t USING (%s) s
                ON t."PIPELINE" = s."PIPELINE" AND t."TOPIC" = s."TOPIC" AND t."PARTITION" = s."PARTITION"
                WHEN MATCHED AND s."APPLIED_OFFSET" > t."APPLIED_OFFSET" THEN
                  UPDATE SET t."APPLIED_OFFSET" = s."APPLIED_OFFSET", t."COMMIT_ID" = s."COMMIT_ID"
                WHEN NOT MATCHED THEN INSERT ("PIPELINE", "TOPIC", "PARTITION", "APPLIED_OFFSET", "COMMIT_ID")
                  VALUES (s."PIPELINE", s."TOPIC", s."PARTITION", s."APPLIED_OFFSET", s."COMMIT_ID")""".formatted(Stream.generate(() -> row).limit(ranges).collect(joining(" UNION ALL ")));
    }

    private static String each(Collection<String> names, String pattern, String separator) {
        return names.stream().map(pattern::formatted).collect(joining(separator));
    }
}
