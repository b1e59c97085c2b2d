package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PUT, LIST, REMOVE and COPY, with the statements of the sink. */
class CopyTest {
    private static final String FORMAT = """
            FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD FIELD_DELIMITER = ',' RECORD_DELIMITER = '\\n'
              FIELD_OPTIONALLY_ENCLOSED_BY = '"' EMPTY_FIELD_AS_NULL = TRUE NULL_IF = () ESCAPE = NONE
              ESCAPE_UNENCLOSED_FIELD = NONE TRIM_SPACE = FALSE ERROR_ON_COLUMN_COUNT_MISMATCH = TRUE ENCODING = 'UTF8'
              BINARY_FORMAT = HEX)""";

    private static final Map<StageTransport, Warehouse> WAREHOUSES = new EnumMap<>(StageTransport.class);

    private Path local;

    StageTransport transport() {
        return StageTransport.LOCAL_FS;
    }

    @BeforeAll
    static void start(@TempDir Path directory) throws SQLException {
        for (StageTransport transport : StageTransport.values()) {
            Warehouse warehouse = Warehouse.in(directory.resolve(transport.name()), transport);
            WAREHOUSES.put(transport, warehouse);
            try (Connection connection = warehouse.connect()) {
                Warehouse.execute(connection, "CREATE SCHEMA RAW");
                Warehouse.execute(
                        connection,
                        "CREATE STAGE IF NOT EXISTS \"SPINDRIFT\".\"RAW\".\"STAGE\" ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')");
            }
        }
    }

    @AfterAll
    static void stop() {
        WAREHOUSES.values().forEach(Warehouse::close);
    }

    @BeforeEach
    void emptyTable(@TempDir Path directory) throws SQLException {
        local = directory;
        try (Connection connection = connect()) {
            Warehouse.execute(
                    connection,
                    "CREATE OR REPLACE TABLE \"RAW\".\"USERS\" (\"ID\" NUMBER(38,0) NOT NULL, \"NAME\" VARCHAR,"
                            + " \"N\" NUMBER(10,2), \"DOC\" VARIANT, \"AT\" TIMESTAMP_TZ(6), \"BIN\" BINARY,"
                            + " \"COMMIT\" VARCHAR(36), \"LINE\" NUMBER(38,0), \"FILE\" VARCHAR)");
            Warehouse.execute(connection, "REMOVE @RAW.STAGE");
        }
    }

    private Connection connect() throws SQLException {
        return Objects.requireNonNull(WAREHOUSES.get(transport())).connect();
    }

    private void put(Connection connection, String name, String csv) throws IOException, SQLException {
        put(connection, name, csv.getBytes(StandardCharsets.UTF_8));
    }

    private void put(Connection connection, String name, byte[] csv) throws IOException, SQLException {
        Path file = local.resolve(name);
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(file))) {
            out.write(csv);
        }
        Warehouse.execute(
                connection,
                "PUT 'file://" + file + "' '@\"SPINDRIFT\".\"RAW\".\"STAGE\"/shop/USERS/' AUTO_COMPRESS = FALSE"
                        + " SOURCE_COMPRESSION = ZSTD OVERWRITE = TRUE PARALLEL = 4");
    }

    private static String copy(String files, String options) {
        return """
                COPY INTO "RAW"."USERS" ("ID", "NAME", "N", "DOC", "AT", "BIN", "COMMIT", "LINE", "FILE")
                FROM (SELECT $1, $2, $3::NUMBER(10,2), PARSE_JSON($4), $5::TIMESTAMP_TZ(6), $6::BINARY,
                    '1b4e28ba-2fa1-11d2-883f-0016d3cca427', METADATA$FILE_ROW_NUMBER, METADATA$FILENAME
                  FROM '@"SPINDRIFT"."RAW"."STAGE"/shop/USERS/')
                FILES = (%s) %s ON_ERROR = ABORT_STATEMENT %s PURGE = FALSE""".formatted(files, FORMAT, options);
    }

    private static final String FORCE = "FORCE = TRUE";

    @Test
    void everyEdgeValueArrivesUnchanged() throws Exception {
        String csv = """
                99999999999999999999999999999999999999,"a,""b""
                c\r
                d",1.005,"{""n"": 123456789012345678901234567890.10}","9999-12-31 23:59:59.999999 +00:00",CAFE
                -1,"",,,,
                2,,-0.01,"null","0001-01-01 00:00:00.000001 +00:00",""
                3,"😀 \\N \\ 'é' \u0001\t ",,"[]","1969-12-31 23:59:59.999999 +00:00",
                """;
        try (Connection connection = connect()) {
            put(connection, "edge.csv.zst", csv);
            assertThat(Warehouse.rows(connection, copy("'edge.csv.zst'", FORCE)))
                    .containsExactly("shop/USERS/edge.csv.zst|LOADED|4|4|1|0|NULL|NULL|NULL|NULL");
            assertThat(Warehouse.rows(connection, "SELECT * FROM RAW.USERS ORDER BY line"))
                    .containsExactly(
                            "99999999999999999999999999999999999999|a,\"b\"\nc\r\nd|1.01|{\"n\": 123456789012345678901234567890.10}"
                                    + "|9999-12-31 23:59:59.999999 Z|CAFE|1b4e28ba-2fa1-11d2-883f-0016d3cca427|1|shop/USERS/edge.csv.zst",
                            "-1||NULL|NULL|NULL|NULL|1b4e28ba-2fa1-11d2-883f-0016d3cca427|2|shop/USERS/edge.csv.zst",
                            "2|NULL|-0.01|null|0001-01-01 00:00:00.000001 Z||1b4e28ba-2fa1-11d2-883f-0016d3cca427|3|shop/USERS/edge.csv.zst",
                            "3|😀 \\N \\ 'é' \u0001\t |NULL|[]|1969-12-31 23:59:59.999999 Z|NULL"
                                    + "|1b4e28ba-2fa1-11d2-883f-0016d3cca427|4|shop/USERS/edge.csv.zst");
        }
    }

    @Test
    void aTextOfFiveMegabytesArrivesWhole() throws Exception {
        String text = "x\"\n,é".repeat(1_000_000);
        try (Connection connection = connect()) {
            put(connection, "big.csv.zst", "1,\"" + text.replace("\"", "\"\"") + "\",,,,\n2,\"s\",,,,\n");
            Warehouse.execute(connection, copy("'big.csv.zst'", FORCE));
            try (PreparedStatement query = connection.prepareStatement("SELECT name FROM RAW.USERS ORDER BY id");
                    ResultSet rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1).equals(text)).isTrue();
                assertThat(rows.next()).isTrue();
            }
        }
    }

    @Test
    void theUpdateCountIsTheRowsOfAllFiles() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,a,,,,\n2,b,,,,\n");
            put(connection, "b.csv.zst", "3,c,,,,\n");
            assertThat(Warehouse.update(connection, copy("'a.csv.zst','b.csv.zst'", FORCE)))
                    .isEqualTo(3);
            assertThat(Warehouse.rows(connection, "LIST @RAW.STAGE/shop/USERS/a")
                            .size())
                    .isEqualTo(1);
            assertThat(Warehouse.rows(connection, "REMOVE @RAW.STAGE/shop/")).hasSize(2);
            assertThat(Warehouse.rows(connection, "LIST @RAW.STAGE")).isEmpty();
        }
    }

    @Test
    void filesLoadedTogetherKeepTheirCountsAndTheirErrors() throws Exception {
        String copy =
                "COPY INTO RAW.USERS (ID, NAME, COMMIT) FROM (SELECT $1::NUMBER(38,0), $2::VARCHAR, $2::VARCHAR(40)"
                        + " FROM @RAW.STAGE/shop/USERS/) FILES = ('a.csv.zst', 'b.csv.zst') " + FORMAT + " " + FORCE;
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,\"a\na\"\n2,b\n");
            put(connection, "b.csv.zst", "3,c");
            assertThat(Warehouse.rows(connection, copy))
                    .containsExactly(
                            "shop/USERS/a.csv.zst|LOADED|2|2|1|0|NULL|NULL|NULL|NULL",
                            "shop/USERS/b.csv.zst|LOADED|1|1|1|0|NULL|NULL|NULL|NULL");
            Warehouse.update(connection, "DELETE FROM RAW.USERS");
            put(connection, "b.csv.zst", "3,c\n4," + "x".repeat(37) + "\n");
            assertFails(connection, copy, "too long", "b.csv.zst", "Row 2", "\"COMMIT\":3");
            put(connection, "b.csv.zst", "3,c\nx,d\n");
            assertFails(connection, copy, "b.csv.zst", "Row 2", "\"ID\":1", "'x'");
        }
    }

    /** The alias has the name of a column, and not its type. */
    @Test
    void aComputedValueIsCheckedWhateverItsName() throws Exception {
        try (Connection connection = connect()) {
            Warehouse.execute(connection, "CREATE OR REPLACE TABLE RAW.WIDE (ID NUMBER(38,0), COMMIT VARCHAR)");
            Warehouse.update(connection, "INSERT INTO RAW.WIDE SELECT 1, REPEAT('x', 37)");
            for (String source : List.of(
                    "(SELECT * FROM RAW.WIDE) s",
                    "(SELECT ID, COMMIT FROM RAW.WIDE) s",
                    "(SELECT * FROM RAW.WIDE UNION ALL SELECT * FROM RAW.WIDE WHERE ID > 1) AS s",
                    "(SELECT 1 AS ID, REPEAT('x', 37) AS COMMIT) s")) {
                String merge = "MERGE INTO RAW.USERS t USING " + source + " ON t.ID = s.ID"
                        + " WHEN NOT MATCHED THEN INSERT (ID, COMMIT) VALUES (s.ID, s.COMMIT)";
                assertFails(connection, merge, "too long");
            }
        }
    }

    @Test
    void aListedFileThatIsMissingFailsTheStatement() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,a,,,,\n");
            assertFails(connection, copy("'a.csv.zst','gone.csv.zst'", FORCE), "shop/USERS/gone.csv.zst");
        }
    }

    @Test
    void aFailingCastNamesFileRowColumnAndValue() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "bad.csv.zst", "1,a,1.5,,,\n2,\"b\nb\",oops,,,\n3,c,2,,,\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "shop/USERS/bad.csv.zst", "Row 2", "\"N\":3", "oops");
            put(connection, "bad.csv.zst", "1,a,1.5,{bad,,\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "Error parsing JSON", "Row 1", "\"DOC\":4", "{bad");
            put(connection, "bad.csv.zst", ",a,1.5,,,\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "NULL", "Row 1", "\"ID\":1");
            put(connection, "bad.csv.zst", "1,a,1.5,,,XY\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "hex", "\"BIN\":6");
            put(connection, "bad.csv.zst", "1,a,123456789.5,,,\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "\"N\":3", "123456789.5");
            put(connection, "bad.csv.zst", "1,\"a\n\na\",1,,,\n2,b,oops,,,\n");
            assertFails(connection, copy("'bad.csv.zst'", FORCE), "line 4", "Row 2");
        }
    }

    /** DuckDB alone would drop the last row in silence. */
    @Test
    void aFileCutInsideAQuotedFieldFails() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "cut.csv.zst", "1,a,,,,\n2,\"b");
            assertFails(connection, copy("'cut.csv.zst'", FORCE), "end of file inside a quoted field", "cut.csv.zst");
        }
    }

    @Test
    void bytesThatAreNoUtf8Fail() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "latin.csv.zst", "1,a,,,,\n2,é,,,,\n".getBytes(StandardCharsets.ISO_8859_1));
            assertFails(connection, copy("'latin.csv.zst'", FORCE), "Invalid UTF8", "latin.csv.zst", "line 2");
        }
    }

    @Test
    void aCompressedFileThatIsCutFails() throws Exception {
        Path cut = local.resolve("cut.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(cut))) {
            out.write("1,a\n".getBytes(StandardCharsets.UTF_8));
        }
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), (int) Files.size(cut) - 9));
        try (Connection connection = connect()) {
            Warehouse.execute(connection, "PUT 'file://" + cut + "' @RAW.STAGE SOURCE_COMPRESSION = GZIP");
            for (String onError : List.of("ABORT_STATEMENT", "CONTINUE")) {
                String sql = "COPY INTO RAW.USERS (ID, NAME) FROM @RAW.STAGE ON_ERROR = " + onError;
                assertFails(connection, sql, "a file cannot be read");
            }
        }
    }

    @Test
    void aFailedFileUndoesTheOthersOfItsStatement() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,a,,,,\n");
            put(connection, "b.csv.zst", "x,a,,,,\n");
            assertFails(connection, copy("'a.csv.zst','b.csv.zst'", FORCE), "b.csv.zst");
        }
    }

    @Test
    void withoutForceALoadedFileIsSkippedUntilItsContentChanges() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,a,,,,\n");
            assertThat(Warehouse.update(connection, copy("'a.csv.zst'", ""))).isEqualTo(1);
            assertThat(Warehouse.rows(connection, copy("'a.csv.zst'", "")))
                    .containsExactly("Copy executed with 0 files processed.");
            assertThat(Warehouse.update(connection, copy("'a.csv.zst'", FORCE))).isEqualTo(1);
            put(connection, "a.csv.zst", "2,b,,,,\n");
            assertThat(Warehouse.update(connection, copy("'a.csv.zst'", ""))).isEqualTo(1);
        }
    }

    @Test
    void aRolledBackCopyLeavesNeitherRowsNorHistory() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            put(connection, "a.csv.zst", "1,a,,,,\n");
            assertThat(Warehouse.update(connection, copy("'a.csv.zst'", ""))).isEqualTo(1);
            connection.rollback();
            assertThat(Warehouse.rows(connection, "SELECT * FROM RAW.USERS")).isEmpty();
            assertThat(Warehouse.update(connection, copy("'a.csv.zst'", ""))).isEqualTo(1);
            connection.commit();
        }
    }

    @Test
    void aPlainColumnListLoadsByPosition() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,\"a\"\n2,\n");
            String sql = "COPY INTO RAW.USERS (ID, NAME) FROM @RAW.STAGE/shop/USERS/ FILES = ('a.csv.zst') " + FORMAT;
            assertThat(Warehouse.update(connection, sql)).isEqualTo(2);
            assertThat(Warehouse.rows(connection, "SELECT id, name FROM RAW.USERS ORDER BY id"))
                    .containsExactly("1|a", "2|NULL");
        }
    }

    @Test
    void aFormatThatIsNotUnderstoodIsRefused() throws Exception {
        try (Connection connection = connect()) {
            put(connection, "a.csv.zst", "1,a,,,,\n");
            for (String option :
                    new String[] {"TYPE = PARQUET", "TYPE = CSV MULTI_LINE = FALSE", "TYPE = CSV NEW_ONE = 1"}) {
                String sql = "COPY INTO RAW.USERS FROM @RAW.STAGE FILE_FORMAT = (" + option + ")";
                String key = option.replace("TYPE = CSV ", "").split(" ")[0];
                assertFails(connection, sql, "not supported by the local Snowflake", key);
            }
        }
    }

    private static void assertFails(Connection connection, String sql, String... parts) throws SQLException {
        assertThatThrownBy(() -> Warehouse.execute(connection, sql))
                .isInstanceOf(SQLException.class)
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()).toUpperCase(Locale.ROOT))
                        .contains(Arrays.stream(parts)
                                .map(part -> part.toUpperCase(Locale.ROOT))
                                .toList()));
        assertThat(Warehouse.rows(connection, "SELECT * FROM RAW.USERS")).isEmpty();
    }
}
