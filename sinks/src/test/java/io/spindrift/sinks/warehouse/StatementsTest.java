package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.TableDdl;
import io.spindrift.sinks.schema.TableDdl.ColumnDefinition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementsTest {

    private static final TableName TABLE = new TableName("ORDER_ITEMS");

    private static final TableShape SHAPE = new TableShape(
            TABLE,
            List.of(
                    new Column("ORDER_ID", new ColumnType.Number(19, 0), true),
                    new Column("LINE", new ColumnType.Number(5, 0), true),
                    new Column("say \"hi\"", new ColumnType.Text(20), false),
                    new Column("DATA", new ColumnType.Variant(), false),
                    new Column("RAW", new ColumnType.Binary(4), false)));

    @Test
    void theChangeLogHasTheRowsColumnsAndTheirPosition() {
        assertThat(Statements.createTable(Statements.RAW, TABLE, TableDdl.rawColumns(SHAPE)))
                .isEqualTo("""
                        CREATE TABLE IF NOT EXISTS "RAW"."ORDER_ITEMS" (
                          "ORDER_ID" NUMBER(19,0),
                          "LINE" NUMBER(5,0),
                          "say ""hi\""" VARCHAR(20),
                          "DATA" VARIANT,
                          "RAW" BINARY(4),
                          "_CDC_OPERATION" VARCHAR(1),
                          "_CDC_TIMESTAMP" TIMESTAMP_TZ(6),
                          "_CDC_LSN" NUMBER(20,0),
                          "_CDC_TX_ID" NUMBER(19,0),
                          "_KAFKA_TOPIC" VARCHAR(255),
                          "_KAFKA_PARTITION" NUMBER(10,0),
                          "_KAFKA_OFFSET" NUMBER(19,0),
                          "_CDC_SUPERSEDED" BOOLEAN,
                          "_COMMIT_SEQUENCE" NUMBER(19,0),
                          "_CDC_UNCHANGED" VARIANT,
                          "_COMMIT_ID" VARCHAR(36),
                          "_STAGED_FILE" VARCHAR(1000),
                          "_INGESTION_TIMESTAMP" TIMESTAMP_TZ(6)
                        )""");
    }

    @Test
    void theMirrorHasTheSourcesKey() {
        assertThat(Statements.createTable(Statements.MIRROR, TABLE, TableDdl.mirrorColumns(SHAPE)))
                .isEqualTo("""
                        CREATE TABLE IF NOT EXISTS "MIRROR"."ORDER_ITEMS" (
                          "ORDER_ID" NUMBER(19,0) NOT NULL,
                          "LINE" NUMBER(5,0) NOT NULL,
                          "say ""hi\""" VARCHAR(20),
                          "DATA" VARIANT,
                          "RAW" BINARY(4),
                          "_CDC_OPERATION" VARCHAR(1),
                          "_CDC_TIMESTAMP" TIMESTAMP_TZ(6),
                          "_CDC_LSN" NUMBER(20,0),
                          "_CDC_TX_ID" NUMBER(19,0),
                          "_KAFKA_TOPIC" VARCHAR(255),
                          "_KAFKA_PARTITION" NUMBER(10,0),
                          "_KAFKA_OFFSET" NUMBER(19,0),
                          "_COMMIT_ID" VARCHAR(36),
                          PRIMARY KEY ("ORDER_ID", "LINE")
                        )""");
    }

    @Test
    void columnsAreAddedAndWidened() {
        ColumnDefinition column = new ColumnDefinition("say \"hi\"", "VARCHAR(40)", false);
        assertThat(Statements.addColumn("RAW", TABLE, column)).isEqualTo("""
                        ALTER TABLE "RAW"."ORDER_ITEMS" ADD COLUMN IF NOT EXISTS "say ""hi\""" VARCHAR(40)""");
        assertThat(Statements.widenColumn("RAW", TABLE, column)).isEqualTo("""
                        ALTER TABLE "RAW"."ORDER_ITEMS" ALTER COLUMN "say ""hi\""" SET DATA TYPE VARCHAR(40)""");
    }

    @Test
    void aFileGoesIntoTheStageAsItIs() {
        assertThat(Statements.put("/tmp/it's/f.csv.zst", "shop/T/")).isEqualTo("""
                        PUT 'file:///tmp/it''s/f.csv.zst' '@"SPINDRIFT"."STAGE"/shop/T/' AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = ZSTD OVERWRITE = TRUE""");
    }

    @Test
    void aLoadTakesExactlyTheNamedFilesAndCastsEachCell() {
        Statements.LoadConstants constants = new Statements.LoadConstants("id", "2026-11-21 08:00:00.000000 +00:00");
        assertThat(Statements.copy(SHAPE, "shop/ORDER_ITEMS/", List.of("a.csv.zst", "b.csv.zst"), constants))
                .isEqualTo("""
                        COPY INTO "RAW"."ORDER_ITEMS" ("ORDER_ID", "LINE", "say ""hi\""", "DATA", "RAW", \
                        "_CDC_OPERATION", "_CDC_TIMESTAMP", "_CDC_LSN", "_CDC_TX_ID", "_KAFKA_TOPIC", "_KAFKA_PARTITION", "_KAFKA_OFFSET", \
                        "_CDC_SUPERSEDED", "_COMMIT_SEQUENCE", "_CDC_UNCHANGED", "_COMMIT_ID", "_STAGED_FILE", "_INGESTION_TIMESTAMP")
                        FROM (SELECT $1::NUMBER(19,0), $2::NUMBER(5,0), $3::VARCHAR(20), PARSE_JSON($4), TO_BINARY($5, 'HEX'), \
                        $6::VARCHAR(1), $7::TIMESTAMP_TZ(6), $8::NUMBER(20,0), $9::NUMBER(19,0), $10::VARCHAR(255), $11::NUMBER(10,0), $12::NUMBER(19,0), \
                        $13::BOOLEAN, $14::NUMBER(19,0), PARSE_JSON($15), 'id', METADATA$FILENAME, '2026-11-21 08:00:00.000000 +00:00'::TIMESTAMP_TZ(6) \
                        FROM '@"SPINDRIFT"."STAGE"/shop/ORDER_ITEMS/')
                        FILES = ('a.csv.zst', 'b.csv.zst')
                        FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD FIELD_DELIMITER = ',' RECORD_DELIMITER = '\\n' FIELD_OPTIONALLY_ENCLOSED_BY = '"' \
                        EMPTY_FIELD_AS_NULL = TRUE NULL_IF = () ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE TRIM_SPACE = FALSE \
                        ERROR_ON_COLUMN_COUNT_MISMATCH = TRUE REPLACE_INVALID_CHARACTERS = FALSE ENCODING = 'UTF8' BINARY_FORMAT = HEX)
                        ON_ERROR = ABORT_STATEMENT FORCE = TRUE PURGE = FALSE""");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {"T, \"T\"", "a\"b, \"a\"\"b\"", "x\\y; DROP, \"x\\y; DROP\"", "it's, \"it's\""})
    void anIdentifierKeepsEveryCharacter(String name, String quoted) {
        assertThat(Identifier.quoted(name)).isEqualTo(quoted);
        assertThat(Identifier.quoted("a\"b", new TableName(name))).isEqualTo("\"a\"\"b\"." + quoted);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {"T, 'T'", "it's, 'it''s'", "a\\'b, 'a\\\\''b'", "\"q\", '\"q\"'"})
    void aLiteralCannotBeLeft(String text, String literal) {
        assertThat(Identifier.literal(text)).isEqualTo(literal);
    }

    @Test
    void theSetUpIsRunStatementByStatement() {
        List<String> statements = SnowflakeLedger.setUpStatements();
        assertThat(statements.stream()
                        .map(statement -> statement.lines().findFirst().orElseThrow()))
                .containsExactly(
                        "CREATE SCHEMA IF NOT EXISTS \"SPINDRIFT\"",
                        "CREATE SCHEMA IF NOT EXISTS \"RAW\"",
                        "CREATE SCHEMA IF NOT EXISTS \"MIRROR\"",
                        "CREATE SCHEMA IF NOT EXISTS \"MIRROR_AHEAD\"",
                        "CREATE STAGE IF NOT EXISTS \"SPINDRIFT\".\"STAGE\" ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')",
                        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"PIPELINES\" (",
                        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"COMMITS\" (",
                        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"OFFSETS\" (",
                        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"DEAD_LETTERS\" (",
                        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"STOPPED_TABLES\" (");
        assertThat(statements).noneMatch(statement -> statement.contains(";") || statement.contains("--"));
        assertThat(statements.get(7))
                .endsWith("PRIMARY KEY (\"PIPELINE\", \"CONSISTENCY_GROUP\", \"TOPIC\", \"PARTITION\")\n)");
    }

    @Test
    void ghostsAreOlderThanTheSnapshotInTimeAndPlaceAndNotInIt() {
        Sweep.Snapshot snapshot = new Sweep.Snapshot(
                7, List.of(new Sweep.Reads("shop.public.o'rders", 0, Instant.parse("2026-11-21T08:10:00Z"), 2, 3, 9)));
        Sweep.Bounds bounds = new Sweep.Bounds(
                Instant.parse("2026-11-21T08:00:00.123456Z"),
                List.of(new Sweep.Beginning("shop.public.o'rders", 0, 3)));
        assertThat(Statements.deleteGhosts(new TableName("ORDERS"), List.of("ID", "A\"B"), snapshot, bounds))
                .isEqualTo("""
                        DELETE FROM "MIRROR"."ORDERS" t WHERE SPLIT_PART(t."_KAFKA_TOPIC", '@', 1) IN ('shop.public.o''rders') \
                        AND t."_CDC_TIMESTAMP" < '2026-11-21 08:00:00.123456 +00:00'::TIMESTAMP_TZ \
                        AND NOT (t."_KAFKA_TOPIC" = 'shop.public.o''rders' AND t."_KAFKA_PARTITION" = 0 AND t."_KAFKA_OFFSET" >= 3) \
                        AND NOT EXISTS (SELECT 1 FROM "RAW"."ORDERS" r WHERE r."_CDC_OPERATION" = 'r' AND r."_CDC_LSN" = 7 \
                        AND r."ID" = t."ID" AND r."A""B" = t."A""B")""");
    }
}
