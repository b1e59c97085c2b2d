package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.warehouse.Identifier.literal;
import static io.spindrift.sinks.warehouse.Identifier.quoted;
import static java.util.stream.Collectors.joining;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.schema.MetaColumn;
import io.spindrift.sinks.schema.TableDdl.ColumnDefinition;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every statement that the product sends; those for tables whose rows have no key stand in {@link MultisetStatements}. Identifiers come through {@link Identifier} alone; values are bound.
 */
final class Statements {

    static final String SPINDRIFT = "SPINDRIFT";
    static final String RAW = "RAW";
    static final String MIRROR = "MIRROR";

    /** Of the mirrors of stopped tables, which go on while {@link #MIRROR} has them as they were. */
    static final String MIRROR_AHEAD = "MIRROR_AHEAD";

    /** The stage's name behind an at sign. */
    static final String STAGE = "@\"SPINDRIFT\".\"STAGE\"";

    static final String BEGIN = "BEGIN TRANSACTION";
    static final String COMMIT = "COMMIT";

    /**
     * Every session. A failed statement ends its transaction, so that what stays open is never waited for. A request goes on when its client is
     * gone: a commit that was sent is applied whole or not at all, and leaves no lock behind.
     */
    static final String SESSION = """
            ALTER SESSION SET ERROR_ON_NONDETERMINISTIC_MERGE = TRUE, QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE, LOCK_TIMEOUT = 120, \
            TRANSACTION_ABORT_ON_ERROR = TRUE, ABORT_DETACHED_QUERY = FALSE""";

    /** pipeline */
    static final String INSERT_PIPELINE = """
            MERGE INTO "SPINDRIFT"."PIPELINES" t USING (SELECT ? AS "PIPELINE") s ON t."PIPELINE" = s."PIPELINE"
            WHEN NOT MATCHED THEN INSERT ("PIPELINE", "EPOCH") VALUES (s."PIPELINE", 0)""";

    /** token, job id, owner, pipeline */
    static final String RAISE_EPOCH = """
            UPDATE "SPINDRIFT"."PIPELINES"
            SET "EPOCH" = "EPOCH" + 1, "EPOCH_TOKEN" = ?, "EPOCH_JOB_ID" = ?, "EPOCH_OWNER" = ?, "EPOCH_RAISED_AT" = CURRENT_TIMESTAMP()
            WHERE "PIPELINE" = ?""";

    /** pipeline → epoch, token, owner, raised at, job id */
    static final String SELECT_EPOCH = """
            SELECT "EPOCH", NVL("EPOCH_TOKEN", ''), "EPOCH_OWNER", TO_VARCHAR("EPOCH_RAISED_AT"), NVL("EPOCH_JOB_ID", '') FROM "SPINDRIFT"."PIPELINES" WHERE "PIPELINE" = ?""";

    /** pipeline, consistency group, commit id → manifest hash */
    static final String SELECT_COMMIT = """
            SELECT "MANIFEST_HASH" FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ? AND "CONSISTENCY_GROUP" = ? AND "COMMIT_ID" = ?""";

    /** pipeline → topic, partition, topic id, applied offset, read offset: over all groups, as a table may have changed its group */
    static final String SELECT_OFFSETS = """
            SELECT "TOPIC", "PARTITION", MAX("TOPIC_ID"), MAX("APPLIED_OFFSET"), MAX("READ_OFFSET")
            FROM "SPINDRIFT"."OFFSETS" WHERE "PIPELINE" = ? GROUP BY "TOPIC", "PARTITION\"""";

    /** pipeline → how many of its commits have brought rows of the table */
    static String countCommitsOf(TableName table) {
        return "SELECT COUNT(*) FROM \"SPINDRIFT\".\"COMMITS\" WHERE \"PIPELINE\" = ? AND \"TABLE_COUNTS\":"
                + quoted(table.value()) + " IS NOT NULL";
    }

    /** table → column name, data type, numeric precision, numeric scale, length, fractional digits */
    static final String SELECT_COLUMNS = """
            SELECT "COLUMN_NAME", "DATA_TYPE", "NUMERIC_PRECISION", "NUMERIC_SCALE", "CHARACTER_MAXIMUM_LENGTH", "DATETIME_PRECISION"
            FROM "INFORMATION_SCHEMA"."COLUMNS" WHERE "TABLE_SCHEMA" = ? AND "TABLE_NAME" = ?""";

    /** More than any LSN. */
    private static final String LOG = "18446744073709551616";

    /** The table of the ledger that commits add rows to as they do to RAW. */
    static final String DEAD_LETTERS = "\"SPINDRIFT\".\"DEAD_LETTERS\"";

    private Statements() {}

    /** Where files of the table are loaded. */
    private static String log(TableName table) {
        return DeadLetterTable.is(table) ? DEAD_LETTERS : quoted(RAW, table);
    }

    /** What {@link #log} has of what every staged row says of itself. */
    private static Optional<String> column(TableName table, MetaColumn meta) {
        return (DeadLetterTable.is(table) ? DeadLetterTable.column(meta) : Optional.of(meta.columnName()))
                .map(Identifier::quoted);
    }

    private static String ofCommit(TableName table, UUID commit) {
        return column(table, MetaColumn.COMMIT_ID).orElseThrow() + " = '" + commit + "'";
    }

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

    /** pipeline, epoch, time → paths of files that were committed in the epoch and before that time */
    static final String SELECT_COMMITTED_FILES = """
            SELECT f.VALUE:path::VARCHAR FROM "SPINDRIFT"."COMMITS" c, LATERAL FLATTEN(INPUT => c."MANIFEST") f
            WHERE c."PIPELINE" = ? AND c."EPOCH" = ? AND c."COMMITTED_AT" < ?::TIMESTAMP_TZ""";

    /**
     * pipeline, topic, partition, offset, when: read up to there. The row's group has a name that none can have, so it stays, whatever is read
     * behind the gap.
     */
    static final String ACCEPT_GAP = """
            MERGE INTO "SPINDRIFT"."OFFSETS" t
            USING (SELECT ? AS "PIPELINE", ? AS "TOPIC", ?::NUMBER AS "PARTITION", ?::NUMBER AS "READ_OFFSET", ? AS "ACCEPTED") s
            ON t."PIPELINE" = s."PIPELINE" AND t."TOPIC" = s."TOPIC" AND t."PARTITION" = s."PARTITION" AND t."CONSISTENCY_GROUP" = 'accepted gap'
            WHEN MATCHED THEN UPDATE SET t."READ_OFFSET" = GREATEST(t."READ_OFFSET", s."READ_OFFSET"), t."COMMIT_ID" = s."ACCEPTED"
            WHEN NOT MATCHED THEN
              INSERT ("PIPELINE", "CONSISTENCY_GROUP", "TOPIC", "PARTITION", "APPLIED_OFFSET", "READ_OFFSET", "COMMIT_ID")
              VALUES (s."PIPELINE", 'accepted gap', s."TOPIC", s."PARTITION", -1, s."READ_OFFSET", s."ACCEPTED")""";

    /** pipeline, when: gaps that were accepted then or later */
    static String countGapsSince(Collection<String> topics) {
        return """
                SELECT COUNT(*) FROM "SPINDRIFT"."OFFSETS"
                WHERE "PIPELINE" = ? AND "CONSISTENCY_GROUP" = 'accepted gap' AND "COMMIT_ID" >= ? AND "TOPIC" IN (%s)""".formatted(literals(topics));
    }

    /** pipeline → id of its newest commit */
    static final String SELECT_NEWEST_COMMIT = """
            SELECT "COMMIT_ID" FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ? ORDER BY "COMMITTED_AT" DESC, "COMMIT_ID" LIMIT 1""";

    /** schema → its tables that rows of topics stand in */
    static final String SELECT_LOGGED_TABLES = """
            SELECT "TABLE_NAME" FROM "INFORMATION_SCHEMA"."COLUMNS" WHERE "TABLE_SCHEMA" = ? AND "COLUMN_NAME" = '_KAFKA_TOPIC' ORDER BY 1""";

    static String raiseEpoch(String pipeline, String token, String owner) {
        return """
                UPDATE "SPINDRIFT"."PIPELINES"
                SET "EPOCH" = "EPOCH" + 1, "EPOCH_TOKEN" = %s, "EPOCH_JOB_ID" = NULL, "EPOCH_OWNER" = %s, "EPOCH_RAISED_AT" = CURRENT_TIMESTAMP()
                WHERE "PIPELINE" = %s""".formatted(literal(token), literal(owner), literal(pipeline));
    }

    static String renameTopic(String schema, TableName table, String topic, String newName) {
        return "UPDATE %s SET \"_KAFKA_TOPIC\" = %s WHERE \"_KAFKA_TOPIC\" = %s"
                .formatted(quoted(schema, table), literal(newName), literal(topic));
    }

    static String renameTopicOfDeadLetters(String pipeline, String topic, String newName) {
        return "UPDATE %s SET \"TOPIC\" = %s WHERE \"PIPELINE\" = %s AND \"TOPIC\" = %s"
                .formatted(DEAD_LETTERS, literal(newName), literal(pipeline), literal(topic));
    }

    static String forgetOffsets(String pipeline, String topic) {
        return "DELETE FROM \"SPINDRIFT\".\"OFFSETS\" WHERE \"PIPELINE\" = %s AND \"TOPIC\" = %s"
                .formatted(literal(pipeline), literal(topic));
    }

    /** schema, table → the columns of its key: in the mirror these alone are NOT NULL */
    static final String SELECT_KEY_COLUMNS = """
            SELECT "COLUMN_NAME" FROM "INFORMATION_SCHEMA"."COLUMNS"
            WHERE "TABLE_SCHEMA" = ? AND "TABLE_NAME" = ? AND "IS_NULLABLE" = 'NO' ORDER BY "ORDINAL_POSITION\"""";

    /** → LSN, topic, partition, time, rows, first and last offset: a line for each partition that reads of the newest initial snapshot stand in */
    static String selectNewestSnapshot(TableName table) {
        return """
                SELECT "_CDC_LSN", "_KAFKA_TOPIC", "_KAFKA_PARTITION", MIN("_CDC_TIMESTAMP"), COUNT(*), MIN("_KAFKA_OFFSET"), MAX("_KAFKA_OFFSET")
                FROM %1$s WHERE "_CDC_OPERATION" = 'r' AND "_CDC_LSN" = (
                  SELECT "_CDC_LSN" FROM %1$s WHERE "_CDC_OPERATION" = 'r' AND "_CDC_LSN" IS NOT NULL ORDER BY "_CDC_TIMESTAMP" DESC LIMIT 1)
                GROUP BY 1, 2, 3 ORDER BY 2, 3""".formatted(quoted(RAW, table));
    }

    /** topic, partition → offsets, the last one first */
    static String selectOffsetsOfSnapshot(TableName table, Sweep.Snapshot snapshot) {
        return """
                SELECT r."_KAFKA_OFFSET" FROM %s r
                WHERE %s AND r."_KAFKA_TOPIC" = ? AND r."_KAFKA_PARTITION" = ? ORDER BY 1 DESC LIMIT 10000""".formatted(quoted(RAW, table), isOf(snapshot));
    }

    private static String isOf(Sweep.Snapshot snapshot) {
        return "r.\"_CDC_OPERATION\" = 'r' AND r.\"_CDC_LSN\" = " + snapshot.lsn();
    }

    /**
     * pipeline, time → letters of records that were not before that time and not sent again. Of unknown TOAST values there is none about a read,
     * which is whole.
     */
    static String countLettersSince(Collection<String> topics) {
        return """
                SELECT COUNT(*) FROM %s WHERE "PIPELINE" = ? AND "REPLAYED_AT" IS NULL AND "REASON" <> 'UNKNOWN_TOAST_VALUE'
                  AND NVL("TIMESTAMP" >= ?::TIMESTAMP_TZ, TRUE) AND "TOPIC" IN (%s)""".formatted(DEAD_LETTERS, literals(topics));
    }

    /** → rows of the mirror that the snapshot has not read: older ones of its topics, newer ones of its topics, others */
    static String countUnread(TableName table, Collection<String> keys, Sweep.Snapshot snapshot, Sweep.Bounds bounds) {
        return """
                SELECT COUNT_IF(%1$s AND %2$s), COUNT_IF(%1$s AND NOT (%2$s)), COUNT(*) - COUNT_IF(%1$s AND %2$s) - COUNT_IF(%1$s AND NOT (%2$s))
                FROM %3$s t WHERE %4$s""".formatted(
                isFromTopicsOf(snapshot), isOlder(bounds), quoted(MIRROR, table), isUnread(table, keys, snapshot));
    }

    static String deleteGhosts(TableName table, Collection<String> keys, Sweep.Snapshot snapshot, Sweep.Bounds bounds) {
        return "DELETE FROM %s t WHERE %s AND %s AND %s"
                .formatted(
                        quoted(MIRROR, table),
                        isFromTopicsOf(snapshot),
                        isOlder(bounds),
                        isUnread(table, keys, snapshot));
    }

    /** Also what stands under the name that an accepted new topic has left to the old one. */
    private static String isFromTopicsOf(Sweep.Snapshot snapshot) {
        return "SPLIT_PART(t.\"_KAFKA_TOPIC\", '@', 1) IN (" + literals(snapshot.topics()) + ")";
    }

    /** By the source's clock, and where the partition itself tells by its order. */
    private static String isOlder(Sweep.Bounds bounds) {
        String older = "t.\"_CDC_TIMESTAMP\" < '" + UtcText.of(bounds.before()) + "'::TIMESTAMP_TZ";
        return older
                + bounds.beginnings().stream()
                        .map(beginning ->
                                " AND NOT (t.\"_KAFKA_TOPIC\" = %s AND t.\"_KAFKA_PARTITION\" = %d AND t.\"_KAFKA_OFFSET\" >= %d)"
                                        .formatted(
                                                literal(beginning.topic()), beginning.partition(), beginning.offset()))
                        .collect(joining());
    }

    /** Superseded reads count: their rows were there. */
    private static String isUnread(TableName table, Collection<String> keys, Sweep.Snapshot snapshot) {
        List<String> columns = keys.stream().map(Identifier::quoted).toList();
        return "NOT EXISTS (SELECT 1 FROM %s r WHERE %s AND %s)"
                .formatted(quoted(RAW, table), isOf(snapshot), each(columns, "r.%1$s = t.%1$s", " AND "));
    }

    private static String literals(Collection<String> texts) {
        return texts.stream().map(Identifier::literal).collect(joining(", "));
    }

    static String list(String pipeline) {
        return "LIST " + literal(STAGE + "/" + pipeline + "/");
    }

    /** @param directory with its slash at the end, which keeps apart 1/ and 12/ */
    static String remove(String directory) {
        return "REMOVE " + literal(STAGE + "/" + directory);
    }

    /** What every row of one load has in common. */
    record LoadConstants(String commitId, String ingestedAt) {}

    /** A row for each consistency group stands in a table of its own: a commit locks a whole table, and only its own may wait for it. */
    static String fenceTable(Fence fence) {
        return quoted(SPINDRIFT, new TableName(Fence.TABLE + fence.name()));
    }

    static String createFence(Fence fence) {
        return "CREATE TABLE IF NOT EXISTS " + fenceTable(fence)
                + " (\"LAST_COMMIT_ID\" VARCHAR(36) NOT NULL, \"EPOCH\" NUMBER(19,0) NOT NULL, \"BEGUN_AT\" TIMESTAMP_TZ(6))";
    }

    /** A MERGE, which waits for another one: two at once still make one row. */
    static String insertFence(Fence fence) {
        return """
                MERGE INTO %s t USING (SELECT '%s' AS "NONE") s ON 1 = 1
                WHEN NOT MATCHED THEN INSERT ("LAST_COMMIT_ID", "EPOCH") VALUES (s."NONE", 0)""".formatted(fenceTable(fence), LedgerView.NO_COMMIT);
    }

    /** → last commit id */
    static String selectFence(Fence fence) {
        return "SELECT \"LAST_COMMIT_ID\" FROM " + fenceTable(fence);
    }

    /** The compare-and-set that each commit begins with: it locks the fence, so what follows is alone. */
    static String compareAndSet(CommitPlan plan) {
        return """
                UPDATE %s SET "LAST_COMMIT_ID" = '%s', "EPOCH" = %d, "BEGUN_AT" = CURRENT_TIMESTAMP()
                WHERE "LAST_COMMIT_ID" = '%s'""".formatted(
                        fenceTable(plan.fence()),
                        plan.commit().id(),
                        plan.epoch().number(),
                        plan.view().lastCommitId());
    }

    /**
     * Fails unless all that was read before the commit still holds. Asks the tables that are only ever added to, besides the row just
     * written: whether an update that waited for its lock looks again before it writes is not documented.
     */
    static String assertPremises(CommitPlan plan) {
        return """
                SELECT TO_NUMBER(CASE
                  WHEN NVL((SELECT MAX("EPOCH_TOKEN") FROM "SPINDRIFT"."PIPELINES" WHERE "PIPELINE" = %1$s AND "EPOCH" = %2$d), '') <> '%3$s'
                    THEN 'another committer holds the pipeline'
                  WHEN (SELECT COUNT(*) FROM %4$s) <> 1
                    OR (SELECT COUNT(*) FROM %4$s WHERE "LAST_COMMIT_ID" = '%5$s' AND "EPOCH" = %2$d) <> 1
                    THEN 'the last commit is another one than %6$s'
                  WHEN (SELECT COUNT(*) FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = %1$s AND "CONSISTENCY_GROUP" = %7$s
                    AND ("COMMIT_ID" = '%5$s' OR "PREVIOUS_COMMIT_ID" = '%6$s')) <> 0
                    THEN 'the ledger holds this commit, or another one after %6$s'
                  ELSE '1' END)""".formatted(
                        literal(plan.fence().pipeline()),
                        plan.epoch().number(),
                        plan.epoch().token(),
                        fenceTable(plan.fence()),
                        plan.commit().id(),
                        plan.view().lastCommitId(),
                        literal(plan.fence().group()));
    }

    /** Fails unless the loaded rows of each file are, operation by operation, what its manifest says, and no other file's are there. */
    static String assertLoaded(Commit commit) {
        return """
                SELECT MIN(TO_NUMBER(CASE WHEN "LOADED" = "STAGED" THEN '1'
                  ELSE "FILE" || ': COPY loaded (r c u d t) ' || "LOADED" || ', the manifest says ' || "STAGED" END))
                FROM (
                %s)""".formatted(commit.filesByTable().entrySet().stream()
                .map(table -> loadedAndStaged(table.getKey(), table.getValue(), commit.id()))
                .collect(joining("\n  UNION ALL\n")));
    }

    private static String loadedAndStaged(TableName table, List<StagedFile> files, UUID commit) {
        return """
                  SELECT NVL(s."FILE", l."FILE") AS "FILE", NVL(s."COUNTS", 'nothing') AS "STAGED", NVL(l."COUNTS", 'nothing') AS "LOADED"
                  FROM (SELECT COLUMN1 AS "FILE", COLUMN2 AS "COUNTS" FROM VALUES %s) s
                  FULL OUTER JOIN (
                    SELECT SPLIT_PART(%s, '/', -1) AS "FILE", %s AS "COUNTS" FROM %s WHERE %s GROUP BY 1
                  ) l ON s."FILE" = l."FILE\"""".formatted(
                        files.stream()
                                .map(file -> "(%s, '%s')".formatted(literal(file.name()), spaced(file.counts())))
                                .collect(joining(", ")),
                        column(table, MetaColumn.STAGED_FILE).orElseThrow(),
                        column(table, MetaColumn.CDC_OPERATION)
                                .map(Statements::countEach)
                                .orElse("COUNT(*) || ' 0 0 0 0'"),
                        log(table),
                        ofCommit(table, commit));
    }

    private static String countEach(String operation) {
        return OPERATIONS.stream()
                .map(code -> "COUNT_IF(%s = '%s')".formatted(operation, code))
                .collect(joining(" || ' ' || "));
    }

    private static final List<String> OPERATIONS = List.of("r", "c", "u", "d", "t");

    private static String spaced(OperationCounts counts) {
        return "%d %d %d %d %d"
                .formatted(counts.reads(), counts.creates(), counts.updates(), counts.deletes(), counts.truncates());
    }

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
        int field = shape.columns().size();
        for (MetaColumn meta : MetaColumn.values()) {
            if (!meta.addedByLoad()) {
                String source = cellExpression(++field, meta.type());
                column(shape.table(), meta).ifPresent(target -> {
                    targets.add(target);
                    sources.add(source);
                });
            }
        }
        for (MetaColumn meta : List.of(MetaColumn.COMMIT_ID, MetaColumn.STAGED_FILE, MetaColumn.INGESTION_TIMESTAMP)) {
            targets.add(column(shape.table(), meta).orElseThrow());
        }
        sources.add(literal(constants.commitId()));
        sources.add("METADATA$FILENAME");
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
                        log(shape.table()),
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

    /** The rows just loaded, and the rows of other commits at the same place in the same topic. */
    private static final String SAME_PLACE = """
            t."_COMMIT_ID" = '%2$s' AND o."_COMMIT_ID" <> '%2$s'
              AND o."_KAFKA_TOPIC" = t."_KAFKA_TOPIC" AND o."_KAFKA_PARTITION" = t."_KAFKA_PARTITION" AND o."_KAFKA_OFFSET" = t."_KAFKA_OFFSET\"""";

    /** Fails when a place in a topic holds another change than it did: the topic was made anew. */
    static String assertSameHistory(TableName table, UUID commit) {
        return ("""
                SELECT TO_NUMBER(CASE WHEN COUNT(*) = 0 THEN '1' ELSE COUNT(*) || ' changes of ' || MIN(t."_KAFKA_TOPIC")
                  || ' differ from those that RAW has from the same offsets: the topic was made anew. See bin/spindrift accept topic' END)
                FROM %1$s t JOIN %1$s o ON\s""" + SAME_PLACE + """

                WHERE t."_CDC_OPERATION" <> o."_CDC_OPERATION" OR NVL(t."_CDC_LSN", -1) <> NVL(o."_CDC_LSN", -1)
                  OR NVL(t."_CDC_TX_ID", -1) <> NVL(o."_CDC_TX_ID", -1) OR t."_CDC_TIMESTAMP" <> o."_CDC_TIMESTAMP\"""").formatted(quoted(RAW, table), commit);
    }

    /** Removes the rows just loaded that the log had already. */
    static String deleteAlreadyLogged(TableName table, UUID commit) {
        return ("DELETE FROM %1$s t USING %1$s o WHERE " + SAME_PLACE).formatted(quoted(RAW, table), commit);
    }

    /** The letters just loaded, and those of other commits of the pipeline about the same record. */
    private static final String SAME_LETTER = """
            t."COMMIT_ID" = '%2$s' AND o."COMMIT_ID" <> '%2$s' AND o."PIPELINE" = t."PIPELINE"
              AND o."TOPIC" = t."TOPIC" AND o."PARTITION" = t."PARTITION" AND o."OFFSET" = t."OFFSET\"""";

    /** Fails when a place in a topic holds another record than it did. Another reason is no other record: builds learn. */
    static String assertSameRecords(UUID commit) {
        return ("""
                SELECT TO_NUMBER(CASE WHEN COUNT(*) = 0 THEN '1' ELSE COUNT(*) || ' records of ' || MIN(t."TOPIC")
                  || ' differ from the dead letters of the same offsets: the topic was made anew. See bin/spindrift accept topic' END)
                FROM %1$s t JOIN %1$s o ON\s""" + SAME_LETTER + """

                WHERE t."KEY" <> o."KEY" OR t."VALUE" <> o."VALUE\"""").formatted(DEAD_LETTERS, commit);
    }

    /** Removes the letters just loaded that the ledger had already. */
    static String deleteAlreadyDead(UUID commit) {
        return ("DELETE FROM %1$s t USING %1$s o WHERE " + SAME_LETTER).formatted(DEAD_LETTERS, commit);
    }

    /**
     * What a merge is about.
     *
     * @param mirror its name in SQL
     * @param leftOut columns that some change leaves as they are. The job fills in what it knows, so where the last change of a key leaves a
     *     column out, so do all of its changes in the commit, and the mirror has the value
     * @param raw columns of the mirror; those of the shapes' own columns are set by every row, to NULL where its shape has none
     */
    record Merged(
            TableName table,
            String mirror,
            Collection<TableShape> shapes,
            Set<String> leftOut,
            Set<String> raw,
            SourceEpochs epochs) {

        private Set<String> keys() {
            Set<String> keys = new LinkedHashSet<>();
            shapes.forEach(shape -> shape.key().forEach(column -> keys.add(quoted(column.name()))));
            return keys;
        }

        /** The rows' own, and raw ones that the mirror has beside them. */
        private Set<String> ownColumns() {
            Set<String> columns = new LinkedHashSet<>();
            shapes.forEach(shape -> shape.columns().forEach(column -> columns.add(column.name())));
            List.copyOf(columns).stream()
                    .map(Column::rawOf)
                    .filter(raw::contains)
                    .forEach(columns::add);
            return columns;
        }

        /** Name of each column in SQL, and how a change sets it. */
        private Map<String, String> assignments() {
            Map<String, String> columns = new LinkedHashMap<>();
            for (TableShape shape : shapes) {
                for (Column column : shape.columns()) {
                    columns.put(quoted(column.name()), assignment(column.name(), column.name()));
                }
            }
            for (TableShape shape : shapes) {
                for (Column column : shape.columns()) {
                    String beside = Column.rawOf(column.name());
                    if (raw.contains(beside)) {
                        columns.put(quoted(beside), assignment(beside, column.name()));
                    }
                }
            }
            for (MetaColumn meta : MetaColumn.values()) {
                if (meta.inMirror()) {
                    columns.put(quoted(meta.columnName()), assignment(meta.columnName(), meta.columnName()));
                }
            }
            return columns;
        }

        /** @param decisive where this column is left out, the other one stays as it is */
        private String assignment(String name, String decisive) {
            String change = leftOut.contains(decisive)
                    ? "IFF(ARRAY_CONTAINS(%2$s::VARIANT, s.\"_CDC_UNCHANGED\"::ARRAY), t.%1$s, s.%1$s)"
                    : "s.%1$s";
            return ("t.%1$s = " + change).formatted(quoted(name), literal(decisive));
        }
    }

    /**
     * The commit's changes → the current state. Of one key, the last in the job's order counts; an older position than the mirror's changes
     * nothing.
     */
    static String merge(Merged merged, UUID commit) {
        return merge(merged, "SELECT * FROM %s s WHERE %s".formatted(quoted(RAW, merged.table()), loaded(commit)));
    }

    /**
     * Likewise the commit's snapshot reads alone, ahead of all of its changes: where a read sets its row anew, after the source was restored, the next change may
     * have a lower LSN than the mirror, and be newer than the read.
     */
    static String mergeReads(Merged merged, UUID commit) {
        return merge(
                merged,
                "SELECT * FROM %s s WHERE %s AND s.\"_CDC_OPERATION\" = 'r'"
                        .formatted(quoted(RAW, merged.table()), loaded(commit)));
    }

    /**
     * Likewise, where the job has gone back: a change that is new to the log may yet be older than one that is not, and that one may have
     * deleted the row, so that the mirror itself cannot tell.
     */
    static String mergeAfterRewind(Merged merged, UUID commit) {
        return merge(merged, """
                SELECT s.* FROM %1$s s LEFT JOIN %1$s t ON %2$s AND t."_COMMIT_ID" <> '%3$s' AND t."_CDC_OPERATION" <> 't'
                    AND NOT t."_CDC_SUPERSEDED" AND NOT %4$s
                  WHERE %5$s AND t."_COMMIT_ID" IS NULL""".formatted(
                        quoted(RAW, merged.table()),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "),
                        commit,
                        newer(merged.epochs()),
                        loaded(commit)));
    }

    private static String loaded(UUID commit) {
        return "s.\"_COMMIT_ID\" = '" + commit + "' AND s.\"_CDC_OPERATION\" <> 't' AND NOT s.\"_CDC_SUPERSEDED\"";
    }

    /** A delete whose row goes on under another key takes along what the job does not know of it. A row that this commit brings is not the mirror's yet. */
    static String fillDeleteFromMirror(Merged merged, UUID commit) {
        return fill(merged, commit, "t", "TRUE", """
                JOIN %1$s t ON %2$s LEFT JOIN %3$s v ON %4$s AND %5$s
                  WHERE %6$s AND s."_CDC_OPERATION" = 'd' AND s."_CDC_UNCHANGED" IS NOT NULL AND %7$s AND v."_COMMIT_ID" IS NULL""".formatted(
                        merged.mirror(),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "),
                        quoted(RAW, merged.table()),
                        each(merged.keys(), "v.%1$s = s.%1$s", " AND "),
                        createdBefore(commit),
                        loaded(commit),
                        newer(merged.epochs())));
    }

    /** The insert half of a changed key takes what it left out from the delete half, which may stand in an earlier commit. */
    static String fillInsertFromDelete(Merged merged, UUID commit) {
        return fill(merged, commit, "v", "TRUE", """
                JOIN %1$s v ON v."_CDC_OPERATION" = 'd' AND %4$s
                  WHERE %2$s AND s."_CDC_OPERATION" = 'c' AND s."_CDC_UNCHANGED" IS NOT NULL
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %3$s ORDER BY IFF(v."_CDC_UNCHANGED" IS NULL, 0, 1), v."_KAFKA_OFFSET") = 1""".formatted(
                        quoted(RAW, merged.table()), loaded(commit), PLACE, ofOneRecord("v", "s")));
    }

    /** What follows such an insert in its commit, and leaves out the same. */
    static String fillFromInsert(Merged merged, UUID commit) {
        return fill(merged, commit, "v", "v.\"_CDC_UNCHANGED\" IS NULL", """
                JOIN %1$s v ON %2$s AND %3$s
                  WHERE %4$s AND s."_CDC_OPERATION" <> 'c' AND s."_CDC_UNCHANGED" IS NOT NULL
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %5$s ORDER BY v."_COMMIT_SEQUENCE" DESC) = 1""".formatted(
                        quoted(RAW, merged.table()),
                        each(merged.keys(), "v.%1$s = s.%1$s", " AND "),
                        createdBefore(commit),
                        loaded(commit),
                        PLACE));
    }

    private static String createdBefore(UUID commit) {
        return "v.\"_COMMIT_ID\" = '" + commit
                + "' AND v.\"_CDC_OPERATION\" = 'c' AND NOT v.\"_CDC_SUPERSEDED\" AND v.\"_COMMIT_SEQUENCE\" < s.\"_COMMIT_SEQUENCE\"";
    }

    private static final String PLACE = "s.\"_KAFKA_TOPIC\", s.\"_KAFKA_PARTITION\", s.\"_KAFKA_OFFSET\"";

    /**
     * Rows of this commit ← the values that they left out. All of a row or nothing; a value that was left out of an insert or an update is never
     * NULL, and a NULL says that nobody kept it. (No column's name has small letters, so {@code known} is no other one's.)
     *
     * @param from the row that has the values
     * @param whole that row lacks none itself
     * @param rows the rows that the RAW row s is joined with, and which are meant
     */
    private static String fill(Merged merged, UUID commit, String from, String whole, String rows) {
        String isLeftOut = "ARRAY_CONTAINS(%s::VARIANT, %s.\"_CDC_UNCHANGED\"::ARRAY)";
        List<String> known = new ArrayList<>();
        List<String> values = new ArrayList<>();
        List<String> sets = new ArrayList<>();
        for (String name : merged.leftOut()) {
            String column = quoted(name);
            known.add("(NOT %s OR %s.%s IS NOT NULL)".formatted(isLeftOut.formatted(literal(name), "s"), from, column));
            values.add(from + "." + column);
            sets.add("t.%1$s = IFF(%2$s, v.%1$s, t.%1$s)".formatted(column, isLeftOut.formatted(literal(name), "t")));
        }
        return """
                MERGE INTO %1$s t USING (
                  SELECT %2$s, %3$s AND (s."_CDC_OPERATION" = 'd' OR %4$s) AS "known", %5$s
                  FROM %1$s s %6$s
                ) v ON t."_COMMIT_ID" = '%7$s' AND t."_KAFKA_TOPIC" = v."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = v."_KAFKA_PARTITION"
                  AND t."_KAFKA_OFFSET" = v."_KAFKA_OFFSET"
                WHEN MATCHED AND v."known" THEN UPDATE SET %8$s, t."_CDC_UNCHANGED" = NULL""".formatted(
                        quoted(RAW, merged.table()),
                        PLACE,
                        whole,
                        String.join(" AND ", known),
                        String.join(", ", values),
                        rows,
                        commit,
                        String.join(", ", sets));
    }

    /**
     * The delete of the old key comes behind the commit that has the insert under the new one: the row stands nowhere but in the log, as far as it
     * is known. Its last version there → the mirror, with what the delete has.
     */
    static String insertAwaited(Merged merged, UUID commit) {
        Map<String, String> columns = merged.assignments();
        Set<String> own = merged.ownColumns();
        String isLeftOut = "ARRAY_CONTAINS(%s::VARIANT, s.\"_CDC_UNCHANGED\"::ARRAY)";
        List<String> values = new ArrayList<>();
        List<String> known = new ArrayList<>();
        for (String name : own) {
            String leftOut = isLeftOut.formatted(literal(name));
            values.add("IFF(%1$s, d.%2$s, s.%2$s) AS %2$s".formatted(leftOut, quoted(name)));
            known.add("NVL(NOT %s OR d.%s IS NOT NULL, FALSE)".formatted(leftOut, quoted(name)));
        }
        for (MetaColumn meta : MetaColumn.values()) {
            if (meta.inMirror()) {
                values.add(
                        meta == MetaColumn.COMMIT_ID
                                ? literal(commit.toString()) + " AS \"_COMMIT_ID\""
                                : "s." + quoted(meta.columnName()));
            }
        }
        return """
                MERGE INTO %1$s t USING (
                  SELECT %2$s, %3$s AS "known"
                  FROM %4$s JOIN %5$s s ON %6$s AND s."_CDC_OPERATION" <> 't' AND NOT s."_CDC_SUPERSEDED"
                  WHERE %7$s
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %8$s ORDER BY %9$s DESC, s."_KAFKA_OFFSET" DESC) = 1
                ) s ON %10$s
                WHEN NOT MATCHED AND s."known" AND s."_CDC_OPERATION" <> 'd' THEN INSERT (%11$s) VALUES (%12$s)""".formatted(
                        merged.mirror(),
                        String.join(", ", values),
                        String.join(" AND ", known),
                        halves(merged),
                        quoted(RAW, merged.table()),
                        each(merged.keys(), "s.%1$s = c.%1$s", " AND "),
                        isAwaited(commit),
                        each(merged.keys(), "s.%1$s", ", "),
                        inLogs("s", "NVL(s.\"_CDC_LSN\", 0)", merged.epochs()),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "),
                        String.join(", ", columns.keySet()),
                        each(columns.keySet(), "s.%1$s", ", "));
    }

    /** The letters about such a row, once the mirror has it. */
    static String deleteAnswered(Merged merged, CommitPlan plan) {
        return """
                DELETE FROM %1$s t USING (
                  SELECT DISTINCT s."_KAFKA_TOPIC", s."_KAFKA_PARTITION", s."_KAFKA_OFFSET"
                  FROM %2$s JOIN %3$s s ON %4$s JOIN %5$s m ON %6$s WHERE %7$s
                ) s WHERE t."PIPELINE" = %8$s AND %9$s
                  AND t."TOPIC" = s."_KAFKA_TOPIC" AND t."PARTITION" = s."_KAFKA_PARTITION" AND t."OFFSET" = s."_KAFKA_OFFSET\"""".formatted(
                        DEAD_LETTERS,
                        halves(merged),
                        quoted(RAW, merged.table()),
                        each(merged.keys(), "s.%1$s = c.%1$s", " AND "),
                        merged.mirror(),
                        each(merged.keys(), "m.%1$s = c.%1$s", " AND "),
                        isAwaited(plan.commit().id()),
                        literal(plan.fence().pipeline()),
                        AWAITING);
    }

    /** Letters that a merge has written: whole records have headers, if none. */
    private static final String AWAITING =
            "\"REASON\" = 'UNKNOWN_TOAST_VALUE' AND \"VALUE\" IS NULL AND \"HEADERS\" IS NULL";

    /** pipeline → how many changes stand in the log that the mirror could not take */
    static final String COUNT_AWAITING =
            "SELECT COUNT(*) FROM " + DEAD_LETTERS + " WHERE \"PIPELINE\" = ? AND " + AWAITING;

    private static String halves(Merged merged) {
        return """
                %1$s d JOIN %1$s c ON %2$s AND c."_CDC_OPERATION" = 'c' AND c."_CDC_UNCHANGED" IS NOT NULL AND NOT c."_CDC_SUPERSEDED\"""".formatted(quoted(RAW, merged.table()), ofOneRecord("c", "d"));
    }

    private static String isAwaited(UUID commit) {
        return "d.\"_COMMIT_ID\" = '%1$s' AND d.\"_CDC_OPERATION\" = 'd' AND c.\"_COMMIT_ID\" <> '%1$s'"
                .formatted(commit);
    }

    /** One record of the source's log tells both halves of a changed key, and no other row. */
    private static String ofOneRecord(String one, String other) {
        return "%1$s.\"_CDC_LSN\" = %2$s.\"_CDC_LSN\" AND %1$s.\"_CDC_TX_ID\" = %2$s.\"_CDC_TX_ID\" AND %1$s.\"_CDC_TIMESTAMP\" = %2$s.\"_CDC_TIMESTAMP\""
                .formatted(one, other);
    }

    /**
     * A row that came under a key without all of its values is in no mirror. What the mirror has under the key is another row, which went before
     * this one came.
     */
    static String deleteReplaced(Merged merged, UUID commit) {
        return "DELETE FROM %s t USING %s s WHERE %s AND s.\"_CDC_OPERATION\" = 'c' AND s.\"_CDC_UNCHANGED\" IS NOT NULL AND %s AND %s"
                .formatted(
                        merged.mirror(),
                        quoted(RAW, merged.table()),
                        loaded(commit),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "),
                        newer(merged.epochs()));
    }

    /** The rows just loaded, and changes of the same rows that other commits have brought. */
    private static String sameRow(Merged merged, UUID commit) {
        return "t.\"_COMMIT_ID\" = '%2$s' AND o.\"_COMMIT_ID\" <> '%2$s' AND %1$s"
                .formatted(each(merged.keys(), "o.%1$s = t.%1$s", " AND "), commit);
    }

    /**
     * Removes the changes just loaded that the log has from another place: the job had forgotten their rows. A row has one change at an LSN; where
     * the source tells none, nothing is taken for the same.
     */
    static String deleteRepeated(Merged merged, UUID commit) {
        return """
                DELETE FROM %1$s t USING %1$s o WHERE %2$s
                  AND o."_CDC_OPERATION" = t."_CDC_OPERATION" AND o."_CDC_LSN" = t."_CDC_LSN" AND NVL(o."_CDC_TX_ID", -1) = NVL(t."_CDC_TX_ID", -1)
                  AND o."_CDC_TIMESTAMP" = t."_CDC_TIMESTAMP\"""".formatted(quoted(RAW, merged.table()), sameRow(merged, commit));
    }

    /** Fails where the source's log went back, unless a read of the row in the change's partition stands in between: the job's own rule. */
    static String assertLogWentOn(Merged merged, UUID commit) {
        return """
                SELECT TO_NUMBER(CASE WHEN COUNT(*) = 0 THEN '1' ELSE 'the log of the source went back, or the topic: ' || COUNT(*) || ' changes of ' || %3$s
                  || ' have no higher LSN than earlier ones of their rows. If the source was restored or failed over, set source.epochs. See docs/semantics.md' END)
                FROM %1$s t JOIN %1$s o ON %2$s AND NOT t."_CDC_SUPERSEDED" AND NOT o."_CDC_SUPERSEDED"
                  AND t."_CDC_OPERATION" <> 'r' AND o."_CDC_OPERATION" <> 'r' AND %4$s <= %5$s AND t."_CDC_TIMESTAMP" > o."_CDC_TIMESTAMP"
                LEFT JOIN %1$s r ON %6$s AND r."_CDC_OPERATION" = 'r' AND r."_KAFKA_TOPIC" = t."_KAFKA_TOPIC"
                  AND r."_KAFKA_PARTITION" = t."_KAFKA_PARTITION" AND r."_KAFKA_OFFSET" < t."_KAFKA_OFFSET"
                  AND (r."_KAFKA_TOPIC" <> o."_KAFKA_TOPIC" OR r."_KAFKA_PARTITION" <> o."_KAFKA_PARTITION" OR r."_KAFKA_OFFSET" > o."_KAFKA_OFFSET")
                WHERE r."_COMMIT_ID" IS NULL""".formatted(
                        quoted(RAW, merged.table()),
                        sameRow(merged, commit),
                        literal(merged.table().value()),
                        inLogs("t", "t.\"_CDC_LSN\"", merged.epochs()),
                        inLogs("o", "o.\"_CDC_LSN\"", merged.epochs()),
                        each(merged.keys(), "r.%1$s = t.%1$s", " AND "));
    }

    /**
     * Marks the changes just loaded that are older than streamed ones in the log, as the job does for rows that it knows: not even the mirror tells
     * where the newer one is a delete. A read goes by its time, in another partition by that alone.
     */
    static String supersedeOlder(Merged merged, UUID commit) {
        return """
                UPDATE %1$s t SET "_CDC_SUPERSEDED" = TRUE FROM %1$s o WHERE %2$s AND NOT t."_CDC_SUPERSEDED" AND NOT o."_CDC_SUPERSEDED" AND o."_CDC_OPERATION" <> 'r'
                  AND CASE WHEN t."_CDC_OPERATION" <> 'r' THEN %3$s < %4$s AND t."_CDC_TIMESTAMP" <= o."_CDC_TIMESTAMP" \
                WHEN t."_KAFKA_TOPIC" = o."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = o."_KAFKA_PARTITION" THEN %3$s < %4$s AND t."_CDC_TIMESTAMP" < o."_CDC_TIMESTAMP" \
                ELSE t."_CDC_TIMESTAMP" <= o."_CDC_TIMESTAMP" END""".formatted(
                        quoted(RAW, merged.table()),
                        sameRow(merged, commit),
                        inLogs("t", "t.\"_CDC_LSN\"", merged.epochs()),
                        inLogs("o", "o.\"_CDC_LSN\"", merged.epochs()));
    }

    /** Changes that leave out a value, and the mirror has no such row to keep it from: they are logged, and cannot be merged. */
    static String insertUnknownToast(Merged merged, CommitPlan plan) {
        return """
                INSERT INTO "SPINDRIFT"."DEAD_LETTERS" ("PIPELINE", "TOPIC", "PARTITION", "OFFSET", "TIMESTAMP", "REASON", "DETAIL", "COMMIT_ID", "STAGED_FILE", "RECORDED_AT")
                SELECT %1$s, s."_KAFKA_TOPIC", s."_KAFKA_PARTITION", s."_KAFKA_OFFSET", s."_CDC_TIMESTAMP"::TIMESTAMP_TZ(3), 'UNKNOWN_TOAST_VALUE', %2$s, '%3$s', s."_STAGED_FILE", s."_INGESTION_TIMESTAMP"
                %4$s""".formatted(
                        literal(plan.fence().pipeline()),
                        literal(
                                "a change of %s left out values that PostgreSQL had not changed (TOAST), and MIRROR does not have its row. It stands in RAW. Take a snapshot of the table."
                                        .formatted(merged.table())),
                        plan.commit().id(),
                        unknownToast(merged, plan));
    }

    static String assertNoUnknownToast(Merged merged, CommitPlan plan) {
        return assertNoLetter(DeadLetter.Reason.UNKNOWN_TOAST_VALUE, merged.table(), unknownToast(merged, plan));
    }

    /** Only the merge finds them. */
    static final List<DeadLetter.Reason> WRITTEN_BY_COMMITS =
            List.of(DeadLetter.Reason.UNKNOWN_TOAST_VALUE, DeadLetter.Reason.REPEATED_SNAPSHOT);

    private static final String NO_LETTER = ": its policy forbids this letter";

    private static final Pattern REFUSED_LETTER = Pattern.compile(
            "(%s) at (\\S+)-(\\d+)@(\\d+) of (.+)%s"
                    .formatted(
                            WRITTEN_BY_COMMITS.stream()
                                    .map(DeadLetter.Reason::name)
                                    .collect(joining("|")),
                            NO_LETTER),
            Pattern.DOTALL);

    /**
     * Fails where there are such rows, with the text that {@link #refusedLetter} reads.
     *
     * @param rows FROM and WHERE, of rows s of RAW
     */
    static String assertNoLetter(DeadLetter.Reason reason, TableName table, String rows) {
        return """
                SELECT TO_NUMBER(MIN('%s at ' || s."_KAFKA_TOPIC" || '-' || s."_KAFKA_PARTITION" || '@' || s."_KAFKA_OFFSET" || %s))
                %s""".formatted(reason, literal(" of " + table + NO_LETTER), rows);
    }

    /** One of the letters for which a commit was refused, out of the error. */
    static Optional<TableStop> refusedLetter(String error) {
        Matcher letter = REFUSED_LETTER.matcher(error);
        if (!letter.find()) {
            return Optional.empty();
        }
        long offset = Long.parseLong(letter.group(4));
        return Optional.of(new TableStop(
                new TableName(letter.group(5)),
                new OffsetRange(letter.group(2), Integer.parseInt(letter.group(3)), offset, offset),
                DeadLetter.Reason.valueOf(letter.group(1))));
    }

    private static String unknownToast(Merged merged, CommitPlan plan) {
        return """
                FROM (
                  SELECT * FROM %1$s s WHERE %2$s
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %3$s ORDER BY s."_COMMIT_SEQUENCE" DESC) = 1
                ) s LEFT JOIN %4$s t ON %5$s
                WHERE s."_CDC_UNCHANGED" IS NOT NULL AND s."_CDC_OPERATION" <> 'd' AND t."_COMMIT_ID" IS NULL""".formatted(
                        quoted(RAW, merged.table()),
                        loaded(plan.commit().id()),
                        each(merged.keys(), "s.%1$s", ", "),
                        merged.mirror(),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "));
    }

    private static String merge(Merged merged, String changes) {
        Map<String, String> columns = merged.assignments();
        return """
                MERGE INTO %s t USING (
                  %s
                  QUALIFY ROW_NUMBER() OVER (PARTITION BY %s ORDER BY s."_COMMIT_SEQUENCE" DESC) = 1
                ) s ON %s
                WHEN MATCHED AND s."_CDC_OPERATION" = 'd' AND %s THEN DELETE
                WHEN MATCHED AND s."_CDC_OPERATION" <> 'd' AND %s THEN UPDATE SET %s
                WHEN NOT MATCHED AND s."_CDC_OPERATION" <> 'd'%s THEN INSERT (%s) VALUES (%s)""".formatted(
                        merged.mirror(),
                        changes,
                        each(merged.keys(), "s.%1$s", ", "),
                        each(merged.keys(), "t.%1$s = s.%1$s", " AND "),
                        newer(merged.epochs()),
                        newer(merged.epochs()),
                        String.join(", ", columns.values()),
                        merged.leftOut().isEmpty() ? "" : " AND s.\"_CDC_UNCHANGED\" IS NULL",
                        String.join(", ", columns.keySet()),
                        each(columns.keySet(), "s.%1$s", ", "));
    }

    /**
     * The position guard: is the change s newer than the state t? Within one partition the offset decides, and of two streamed changes also the LSN:
     * a connector writes changes again at higher offsets after a crash; likewise an old read that comes again tells itself by LSN and time. Across
     * partitions streamed changes go by LSN, and a streamed change beats a snapshot read. The same rule orders changes in the job.
     */
    private static String newer(SourceEpochs epochs) {
        return """
                CASE WHEN t."_KAFKA_TOPIC" = s."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = s."_KAFKA_PARTITION" AND s."_KAFKA_OFFSET" <= t."_KAFKA_OFFSET" THEN FALSE \
                WHEN s."_CDC_OPERATION" = 'r' THEN CASE WHEN t."_KAFKA_TOPIC" = s."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = s."_KAFKA_PARTITION" \
                THEN t."_CDC_OPERATION" = 'r' OR s."_CDC_LSN" IS NULL OR %1$s >= %2$s OR s."_CDC_TIMESTAMP" >= t."_CDC_TIMESTAMP" \
                ELSE t."_CDC_OPERATION" = 'r' AND %3$s >= %4$s END \
                WHEN t."_CDC_OPERATION" = 'r' THEN TRUE \
                ELSE %1$s > %2$s END""".formatted(
                        inLogs("s", "s.\"_CDC_LSN\"", epochs),
                        inLogs("t", "t.\"_CDC_LSN\"", epochs),
                        inLogs("s", "NVL(s.\"_CDC_LSN\", 0)", epochs),
                        inLogs("t", "NVL(t.\"_CDC_LSN\", 0)", epochs));
    }

    /** The LSN, and ahead of its 64 bits the number of the source's log. */
    static String inLogs(String row, String lsn, SourceEpochs epochs) {
        if (epochs.beginnings().isEmpty()) {
            return lsn;
        }
        return epochs.beginnings().stream()
                .map(instant -> "IFF(%s.\"_CDC_TIMESTAMP\" >= '%s'::TIMESTAMP_TZ, %s, 0)"
                        .formatted(row, UtcText.of(instant), LOG))
                .collect(joining(" + ", "(" + lsn + " + ", ")"));
    }

    /**
     * A truncate in this commit removes every row at an older position. It holds the table's exclusive lock, so LSNs tell; of reads that have none, offsets
     * in the truncate's partition, and time in another one.
     */
    static String deleteTruncated(Merged merged, UUID commit) {
        return deleteTruncated(merged, "r.\"_COMMIT_ID\" = '" + commit + "' AND ", "");
    }

    /** Where the job has gone back, a truncate that the log had before counts against this commit's rows. */
    static String deleteTruncatedBefore(Merged merged, UUID commit) {
        return deleteTruncated(merged, "", " AND t.\"_COMMIT_ID\" = '" + commit + "'");
    }

    private static String deleteTruncated(Merged merged, String truncates, String rows) {
        return """
                DELETE FROM %1$s t USING (
                  SELECT r."_KAFKA_TOPIC", r."_KAFKA_PARTITION", r."_KAFKA_OFFSET", r."_CDC_TIMESTAMP", %2$s AS "LSN"
                  FROM %3$s r WHERE %4$sr."_CDC_OPERATION" = 't'
                  QUALIFY ROW_NUMBER() OVER (ORDER BY %2$s DESC, r."_KAFKA_OFFSET") = 1
                ) x WHERE CASE WHEN t."_CDC_LSN" IS NOT NULL THEN %5$s < x."LSN"
                  WHEN t."_KAFKA_TOPIC" = x."_KAFKA_TOPIC" AND t."_KAFKA_PARTITION" = x."_KAFKA_PARTITION" THEN t."_KAFKA_OFFSET" < x."_KAFKA_OFFSET"
                  ELSE t."_CDC_TIMESTAMP" < x."_CDC_TIMESTAMP" END%6$s""".formatted(
                        merged.mirror(),
                        inLogs("r", "r.\"_CDC_LSN\"", merged.epochs()),
                        quoted(RAW, merged.table()),
                        truncates,
                        inLogs("t", "t.\"_CDC_LSN\"", merged.epochs()),
                        rows);
    }

    /** pipeline → table that is stopped, name of its mirror ahead */
    static final String SELECT_STOPPED = """
            SELECT "TABLE_NAME", "AHEAD" FROM "SPINDRIFT"."STOPPED_TABLES" WHERE "PIPELINE" = ? AND "RESUMED_AT" IS NULL""";

    /** pipeline, topic, partition, offset, commit → how many letters another commit has brought from there */
    static final String COUNT_LETTERS_AT = """
            SELECT COUNT(*) FROM "SPINDRIFT"."DEAD_LETTERS" WHERE "PIPELINE" = ? AND "TOPIC" = ? AND "PARTITION" = ? AND "OFFSET" = ? AND "COMMIT_ID" <> ?""";

    static String createAhead(TableName table, TableName ahead) {
        return "CREATE TABLE IF NOT EXISTS " + quoted(MIRROR_AHEAD, ahead) + " LIKE " + quoted(MIRROR, table);
    }

    static String dropAhead(TableName ahead) {
        return "DROP TABLE IF EXISTS " + quoted(MIRROR_AHEAD, ahead);
    }

    static String copyMirror(MirrorStop stop) {
        String columns = stop.columns().stream().map(Identifier::quoted).collect(joining(", "));
        return "INSERT INTO %1$s (%2$s) SELECT %2$s FROM %3$s"
                .formatted(quoted(MIRROR_AHEAD, stop.ahead()), columns, quoted(MIRROR, stop.table()));
    }

    static String insertStopped(CommitPlan plan, MirrorStop stop) {
        OffsetRange letters = stop.cause().letters();
        return """
                INSERT INTO "SPINDRIFT"."STOPPED_TABLES" ("PIPELINE", "TABLE_NAME", "AHEAD", "TOPIC", "PARTITION", "OFFSET", "REASON", "COMMIT_ID", "STOPPED_AT")
                SELECT %s, %s, %s, %s, %d, %d, '%s', '%s', CURRENT_TIMESTAMP()""".formatted(
                        literal(plan.fence().pipeline()),
                        literal(stop.table().value()),
                        literal(stop.ahead().value()),
                        literal(letters.topic()),
                        letters.partition(),
                        letters.first(),
                        stop.cause().reason(),
                        plan.commit().id());
    }

    /** → 1: ledgers of older builds have no such table, and no table of theirs is stopped */
    static final String COUNT_TABLES_OF_STOPS = """
            SELECT COUNT(*) FROM "INFORMATION_SCHEMA"."TABLES" WHERE "TABLE_SCHEMA" = 'SPINDRIFT' AND "TABLE_NAME" = 'STOPPED_TABLES'""";

    /** pipeline → table, name of its mirror ahead, topic, partition, offset, reason, commit, since when */
    static final String SELECT_STOPS = """
            SELECT "TABLE_NAME", "AHEAD", "TOPIC", "PARTITION", "OFFSET", "REASON", "COMMIT_ID", "STOPPED_AT"
            FROM "SPINDRIFT"."STOPPED_TABLES" WHERE "PIPELINE" = ? AND "RESUMED_AT" IS NULL ORDER BY 1""";

    /** pipeline, table, a resumption → name of its mirror ahead, whether it was resumed by that one */
    static final String SELECT_STOP = """
            SELECT "AHEAD", "RESUMED_AT" IS NOT NULL FROM "SPINDRIFT"."STOPPED_TABLES"
            WHERE "PIPELINE" = ? AND "TABLE_NAME" = ? AND ("RESUMED_AT" IS NULL OR "RESUMED_BY" = ?)""";

    /** pipeline, pipeline, commit → commits that have brought changes of the table from that one on, and how many */
    static String countChangesSince(TableName table) {
        String counts = "\"TABLE_COUNTS\":" + quoted(table.value());
        return """
                SELECT COUNT(*), NVL(SUM(%2$s), 0) FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ? AND %1$s IS NOT NULL AND "COMMITTED_AT" >=
                  (SELECT MIN("COMMITTED_AT") FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ? AND "COMMIT_ID" = ?)""".formatted(
                        counts,
                        OPERATIONS.stream()
                                .map(code -> counts + ".\"" + code + "\"::NUMBER(19,0)")
                                .collect(joining(" + ")));
    }

    /** → names of the tables that have fences in the ledger, of every pipeline */
    static final String SELECT_LEDGER_TABLES = """
            SELECT "TABLE_NAME" FROM "INFORMATION_SCHEMA"."TABLES" WHERE "TABLE_SCHEMA" = 'SPINDRIFT' ORDER BY 1""";

    /** Nobody takes the pipeline over while its lock is held: whoever does it then reads what has become of it. */
    static String holdEpoch(String pipeline, long epoch) {
        return "UPDATE \"SPINDRIFT\".\"PIPELINES\" SET \"EPOCH\" = \"EPOCH\" WHERE \"PIPELINE\" = %s AND \"EPOCH\" = %d"
                .formatted(literal(pipeline), epoch);
    }

    /** Commits of the group wait from here on, whichever is its last one by now. */
    static String holdFence(Fence fence) {
        return "UPDATE %s SET \"BEGUN_AT\" = CURRENT_TIMESTAMP()".formatted(fenceTable(fence));
    }

    /** As a commit does; its successor's view of the ledger is an old one then. */
    static String passFence(Fence fence, UUID resumption) {
        return "UPDATE %s SET \"LAST_COMMIT_ID\" = '%s'".formatted(fenceTable(fence), resumption);
    }

    /** In the error of a resumption that another one, on what the ledger then says, may be spared. */
    static final String LOOK_AGAIN = "read too early: ";

    /**
     * Fails unless the epoch, the stop and the columns are those that were read, and each fence shows the group's last commit: what an update that
     * waited for its lock wrote may be older than what it waited for (see {@link #assertPremises(CommitPlan)}). No commit fills a column that is
     * made from here on.
     */
    static String assertPremises(StoppedTables.Premises premises) {
        String moved = premises.fences().stream()
                .map(fence -> """
                        WHEN (SELECT COUNT(*) FROM %1$s) <> 1
                            THEN %4$s
                          WHEN (SELECT COUNT(*) FROM "SPINDRIFT"."COMMITS" c JOIN %1$s f ON c."PREVIOUS_COMMIT_ID" = f."LAST_COMMIT_ID"
                            WHERE c."PIPELINE" = %2$s AND c."CONSISTENCY_GROUP" = %3$s) <> 0
                            THEN %5$s""".formatted(
                                fenceTable(fence),
                                literal(fence.pipeline()),
                                literal(fence.group()),
                                literal(LOOK_AGAIN + "the fence of " + fence.name() + " has not one row"),
                                literal(LOOK_AGAIN + "the fence of " + fence.name() + " is behind COMMITS")))
                .collect(joining("\n  "));
        return """
                SELECT TO_NUMBER(CASE
                  WHEN (SELECT COUNT(*) FROM "SPINDRIFT"."PIPELINES" WHERE "PIPELINE" = %1$s AND "EPOCH" = %2$d) <> 1
                    THEN '%6$sanother committer has taken the pipeline over'
                  WHEN (SELECT COUNT(*) FROM "SPINDRIFT"."STOPPED_TABLES" WHERE "PIPELINE" = %1$s AND "TABLE_NAME" = %3$s
                    AND "AHEAD" = %4$s AND "RESUMED_AT" IS NULL) <> 1
                    THEN '%6$sthe table is not stopped any more'
                  WHEN (SELECT COUNT(*) FROM "INFORMATION_SCHEMA"."COLUMNS" WHERE "TABLE_SCHEMA" = '%7$s' AND "TABLE_NAME" = %4$s) <> %8$d
                    THEN '%6$sMIRROR_AHEAD has other columns by now'
                  %5$s
                  ELSE '1' END)""".formatted(
                        literal(premises.pipeline()),
                        premises.epoch(),
                        literal(premises.table().value()),
                        literal(premises.ahead().value()),
                        moved,
                        LOOK_AGAIN,
                        MIRROR_AHEAD,
                        premises.columns().map(some -> some.all().size()).orElse(0));
    }

    /** Rows that are gone in the mirror ahead. */
    static String deleteGone(StoppedTables.Premises premises, StoppedTables.Columns columns) {
        return "DELETE FROM %s t WHERE NOT EXISTS (SELECT 1 FROM %s s WHERE %s)"
                .formatted(
                        quoted(MIRROR, premises.table()),
                        quoted(MIRROR_AHEAD, premises.ahead()),
                        each(columns.keys(), "s.%1$s = t.%1$s", " AND "));
    }

    /** Rows that a commit has changed since the stop: each has its id. */
    static String mergeAhead(StoppedTables.Premises premises, StoppedTables.Columns columns) {
        return """
                MERGE INTO %s t USING %s s ON %s
                WHEN MATCHED AND NVL(t."_COMMIT_ID", '') <> NVL(s."_COMMIT_ID", '') THEN UPDATE SET %s
                WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)""".formatted(
                        quoted(MIRROR, premises.table()),
                        quoted(MIRROR_AHEAD, premises.ahead()),
                        each(columns.keys(), "t.%1$s = s.%1$s", " AND "),
                        each(columns.all(), "t.%1$s = s.%1$s", ", "),
                        String.join(", ", columns.all()),
                        each(columns.all(), "s.%1$s", ", "));
    }

    /** A commit without files, under which the group's next commit stands. */
    static String insertResumption(Fence fence, UUID resumption) {
        return """
                INSERT INTO "SPINDRIFT"."COMMITS" ("PIPELINE", "CONSISTENCY_GROUP", "COMMIT_ID", "PREVIOUS_COMMIT_ID", "EPOCH", "CHECKPOINT_ID",
                  "MANIFEST_HASH", "FILES", "ROWS", "DUPLICATE_ROWS", "BYTES", "TABLE_COUNTS", "MANIFEST", "WATERMARK", "HIGHEST_LSN", "COMMITTED_AT", "DURATION_MS")
                SELECT %1$s, %2$s, '%3$s', f."LAST_COMMIT_ID", f."EPOCH", NVL(c."CHECKPOINT_ID", 0), 'none', 0, 0, 0, 0, PARSE_JSON('{}'), PARSE_JSON('[]'),
                  c."WATERMARK", c."HIGHEST_LSN", CURRENT_TIMESTAMP(), DATEDIFF(MILLISECOND, f."BEGUN_AT", CURRENT_TIMESTAMP())
                FROM %4$s f LEFT JOIN "SPINDRIFT"."COMMITS" c ON c."PIPELINE" = %1$s AND c."CONSISTENCY_GROUP" = %2$s AND c."COMMIT_ID" = f."LAST_COMMIT_ID\"""".formatted(literal(fence.pipeline()), literal(fence.group()), resumption, fenceTable(fence));
    }

    static String endStop(StoppedTables.Premises premises, UUID resumption) {
        return """
                UPDATE "SPINDRIFT"."STOPPED_TABLES" SET "RESUMED_AT" = CURRENT_TIMESTAMP(), "RESUMED_BY" = '%s'
                WHERE "PIPELINE" = %s AND "TABLE_NAME" = %s AND "AHEAD" = %s""".formatted(
                        resumption,
                        literal(premises.pipeline()),
                        literal(premises.table().value()),
                        literal(premises.ahead().value()));
    }

    /** The proof of the commit, by the server's clock. */
    static String insertCommit(CommitPlan plan, String manifestHash, String duplicateRows) {
        Commit commit = plan.commit();
        return """
                INSERT INTO "SPINDRIFT"."COMMITS" ("PIPELINE", "CONSISTENCY_GROUP", "COMMIT_ID", "PREVIOUS_COMMIT_ID", "EPOCH", "CHECKPOINT_ID",
                  "MANIFEST_HASH", "FILES", "ROWS", "DUPLICATE_ROWS", "BYTES", "TABLE_COUNTS", "MANIFEST", "WATERMARK", "HIGHEST_LSN",
                  "READ_RECORDS", "APPLIED", "SUPERSEDED", "DUPLICATES", "DEAD", "IGNORED", "COMMITTED_AT", "DURATION_MS")
                SELECT %s, %s, '%s', '%s', %d, %d, '%s', %d, %d, %s, %d, PARSE_JSON(%s), PARSE_JSON(%s), %s::TIMESTAMP_TZ, %s,
                  %s, CURRENT_TIMESTAMP(), DATEDIFF(MILLISECOND, "BEGUN_AT", CURRENT_TIMESTAMP()) FROM %s""".formatted(
                        literal(plan.fence().pipeline()),
                        literal(plan.fence().group()),
                        commit.id(),
                        plan.view().lastCommitId(),
                        plan.epoch().number(),
                        commit.checkpointId(),
                        manifestHash,
                        commit.files().size(),
                        commit.rows(),
                        duplicateRows,
                        commit.bytes(),
                        literal(Manifest.tableCounts(commit)),
                        literal(Manifest.files(commit)),
                        literalOrNull(UtcText.ofWatermark(commit.watermarkMillis())),
                        commit.highestLsn() == Position.NONE ? "NULL" : Long.toString(commit.highestLsn()),
                        counts(commit.balance()),
                        fenceTable(plan.fence()));
    }

    /** Columns that COMMITS has got since it was first made. */
    static final List<ColumnDefinition> ADDED_TO_COMMITS = Stream.of(
                    "READ_RECORDS", "APPLIED", "SUPERSEDED", "DUPLICATES", "DEAD", "IGNORED")
            .map(name -> new ColumnDefinition(name, "NUMBER(19,0)", false))
            .toList();

    private static String counts(@Nullable RecordBalance balance) {
        return balance == null
                ? "NULL, NULL, NULL, NULL, NULL, NULL"
                : "%d, %d, %d, %d, %d, %d"
                        .formatted(
                                balance.read(),
                                balance.applied(),
                                balance.superseded(),
                                balance.duplicates(),
                                balance.dead(),
                                balance.ignored());
    }

    private static String literalOrNull(@Nullable String text) {
        return text == null ? "NULL" : literal(text);
    }

    /** What of the commit's rows is not in the log, because the log had it before. */
    static String duplicateRows(Commit commit) {
        return commit.rows()
                + commit.filesByTable().keySet().stream()
                        .filter(table -> !DeadLetterTable.is(table))
                        .map(table -> " - (SELECT COUNT(*) FROM %s WHERE %s)"
                                .formatted(log(table), ofCommit(table, commit.id())))
                        .collect(joining());
    }

    static String mergeOffsets(CommitPlan plan) {
        String rows = plan.reached().stream()
                .map(reached ->
                        "SELECT %s AS \"TOPIC\", %d AS \"PARTITION\", %s AS \"TOPIC_ID\", %d AS \"APPLIED_OFFSET\", %d AS \"READ_OFFSET\""
                                .formatted(
                                        literal(reached.topic()),
                                        reached.partition(),
                                        reached.topicId().isEmpty() ? "NULL" : literal(reached.topicId()),
                                        reached.appliedOffset(),
                                        reached.readOffset()))
                .collect(joining("\n  UNION ALL "));
        return """
                MERGE INTO "SPINDRIFT"."OFFSETS" t USING (
                  %s) s
                ON t."PIPELINE" = %s AND t."CONSISTENCY_GROUP" = %s AND t."TOPIC" = s."TOPIC" AND t."PARTITION" = s."PARTITION"
                WHEN MATCHED THEN UPDATE SET t."TOPIC_ID" = NVL(s."TOPIC_ID", t."TOPIC_ID"), t."COMMIT_ID" = '%s',
                  t."APPLIED_OFFSET" = GREATEST(s."APPLIED_OFFSET", t."APPLIED_OFFSET"), t."READ_OFFSET" = GREATEST(s."READ_OFFSET", t."READ_OFFSET")
                WHEN NOT MATCHED THEN
                  INSERT ("PIPELINE", "CONSISTENCY_GROUP", "TOPIC", "PARTITION", "TOPIC_ID", "APPLIED_OFFSET", "READ_OFFSET", "COMMIT_ID")
                  VALUES (%s, %s, s."TOPIC", s."PARTITION", s."TOPIC_ID", s."APPLIED_OFFSET", s."READ_OFFSET", '%s')""".formatted(
                        rows,
                        literal(plan.fence().pipeline()),
                        literal(plan.fence().group()),
                        plan.commit().id(),
                        literal(plan.fence().pipeline()),
                        literal(plan.fence().group()),
                        plan.commit().id());
    }

    private static String each(Collection<String> names, String pattern, String separator) {
        return names.stream().map(pattern::formatted).collect(joining(separator));
    }
}
