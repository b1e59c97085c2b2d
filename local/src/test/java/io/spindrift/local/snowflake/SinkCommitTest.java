package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole commit of the sink in its own statements: fence, COPY, MERGE, ledger, COMMIT. */
final class SinkCommitTest {
    private static final String[] TABLES = {
        "CREATE SCHEMA IF NOT EXISTS \"SPINDRIFT\"",
        "CREATE SCHEMA IF NOT EXISTS \"RAW\"",
        "CREATE SCHEMA IF NOT EXISTS \"MIRROR\"",
        "CREATE STAGE IF NOT EXISTS \"SPINDRIFT\".\"STAGE\" ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')",
        "CREATE TABLE IF NOT EXISTS \"SPINDRIFT\".\"PIPELINES\" (\"PIPELINE\" VARCHAR, \"EPOCH\" NUMBER(38,0))",
        """
        CREATE TABLE IF NOT EXISTS "RAW"."USERS" ("ID" NUMBER(38,0), "EMAIL" VARCHAR(255), "BALANCE" NUMBER(10,2),
          "_CDC_OPERATION" VARCHAR(1), "_COMMIT_SEQUENCE" NUMBER(38,0), "_COMMIT_ID" VARCHAR(36),
          "_INGESTION_TIMESTAMP" TIMESTAMP_TZ(6), "_SUPERSEDED" BOOLEAN)""",
        """
        CREATE TABLE IF NOT EXISTS "MIRROR"."USERS" ("ID" NUMBER(38,0) NOT NULL, "EMAIL" VARCHAR(255),
          "BALANCE" NUMBER(10,2), "_CDC_SEQUENCE" NUMBER(38,0), PRIMARY KEY ("ID"))"""
    };
    private static final String COPY = """
            COPY INTO "RAW"."USERS" ("ID", "EMAIL", "BALANCE", "_CDC_OPERATION", "_COMMIT_SEQUENCE", "_COMMIT_ID",
                "_INGESTION_TIMESTAMP", "_SUPERSEDED")
            FROM (SELECT $1, $2, $3::NUMBER(10,2), $4, METADATA$FILE_ROW_NUMBER, '%s',
                '2026-11-21 08:00:00.123456 +00:00'::TIMESTAMP_TZ(6), FALSE
              FROM '@"SPINDRIFT"."STAGE"/shop/USERS/')
            FILES = ('%s.csv.zst') FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD FIELD_DELIMITER = ',' RECORD_DELIMITER = '\\n'
              FIELD_OPTIONALLY_ENCLOSED_BY = '"' EMPTY_FIELD_AS_NULL = TRUE NULL_IF = ())
            ON_ERROR = ABORT_STATEMENT FORCE = TRUE PURGE = FALSE""";
    private static final String MERGE = """
            MERGE INTO "MIRROR"."USERS" t USING (
              SELECT * FROM "RAW"."USERS" WHERE "_COMMIT_ID" = ? AND NOT "_SUPERSEDED"
              QUALIFY ROW_NUMBER() OVER (PARTITION BY "ID" ORDER BY "_COMMIT_SEQUENCE" DESC) = 1) s
            ON t."ID" = s."ID"
            WHEN MATCHED AND (s."_COMMIT_SEQUENCE" > t."_CDC_SEQUENCE" OR t."_CDC_SEQUENCE" IS NULL)
              AND s."_CDC_OPERATION" = 'd' THEN DELETE
            WHEN MATCHED AND (s."_COMMIT_SEQUENCE" > t."_CDC_SEQUENCE" OR t."_CDC_SEQUENCE" IS NULL)
              THEN UPDATE SET t."EMAIL" = s."EMAIL", t."BALANCE" = s."BALANCE", t."_CDC_SEQUENCE" = s."_COMMIT_SEQUENCE"
            WHEN NOT MATCHED AND s."_CDC_OPERATION" <> 'd'
              THEN INSERT ("ID", "EMAIL", "BALANCE", "_CDC_SEQUENCE")
              VALUES (s."ID", s."EMAIL", s."BALANCE", s."_COMMIT_SEQUENCE")""";

    @Test
    void twoCommitsMakeTheMirrorEqualToTheirLastChanges(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            for (String ddl : TABLES) {
                Warehouse.execute(connection, ddl);
            }
            Warehouse.update(connection, "INSERT INTO \"SPINDRIFT\".\"PIPELINES\" VALUES ('shop', 1)");
            connection.setAutoCommit(false);
            put(
                    connection,
                    directory.resolve("one.csv.zst"),
                    "1,\"a@x\",1.5,c\n2,\"b@x\",,c\n2,\"b2@x\",2,u\n3,\"c@x\",3,c\n");
            assertThat(commit(connection, "one")).isEqualTo(3);
            put(
                    connection,
                    directory.resolve("two.csv.zst"),
                    "9,,,d\n9,,,d\n9,,,d\n1,,,d\n2,\"\",-1,u\n4,\"d@x\",4,c\n");
            assertThat(commit(connection, "two")).isEqualTo(3);
            assertThat(Warehouse.rows(connection, "SELECT * FROM \"MIRROR\".\"USERS\" ORDER BY \"ID\""))
                    .containsExactly("2||-1.00|5", "3|c@x|3.00|4", "4|d@x|4.00|6");
            assertThat(Warehouse.rows(connection, "SELECT COUNT(*) FROM \"RAW\".\"USERS\""))
                    .containsExactly("10");
            connection.rollback();
        }
    }

    private static long commit(Connection connection, String id) throws SQLException {
        String fence =
                "UPDATE \"SPINDRIFT\".\"PIPELINES\" SET \"EPOCH\" = \"EPOCH\" WHERE \"PIPELINE\" = ? AND \"EPOCH\" = ?";
        assertThat(Warehouse.update(connection, fence, "shop", 1)).isEqualTo(1);
        Warehouse.execute(connection, COPY.formatted(id, id));
        long merged;
        try (PreparedStatement merge = connection.prepareStatement(MERGE)) {
            merge.setString(1, id);
            merged = merge.executeUpdate();
        }
        connection.commit();
        return merged;
    }

    private static void put(Connection connection, Path file, String csv) throws Exception {
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(file))) {
            out.write(csv.getBytes(StandardCharsets.UTF_8));
        }
        Warehouse.execute(
                connection,
                "PUT 'file://" + file + "' '@\"SPINDRIFT\".\"STAGE\"/shop/USERS/' AUTO_COMPRESS = FALSE"
                        + " SOURCE_COMPRESSION = ZSTD OVERWRITE = TRUE PARALLEL = 4");
    }
}
