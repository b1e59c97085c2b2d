package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is declared, as JDBC tools ask for it through the driver; and what of it outlives a session and a restart. */
final class MetadataTest {
    @Test
    void toolsFindWhatIsThere(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(
                    connection, "CREATE TABLE parent (id INT PRIMARY KEY, n NUMBER(12,2), s VARCHAR(7) COMMENT 'c')");
            Warehouse.execute(connection, "CREATE TABLE child (id INT, parent INT REFERENCES parent (id))");
            Warehouse.execute(connection, "CREATE VIEW look AS SELECT id FROM parent");
            DatabaseMetaData metadata = connection.getMetaData();
            assertThat(rows(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("SPINDRIFT");
            assertThat(rows(metadata.getSchemas(), "TABLE_CATALOG", "TABLE_SCHEM"))
                    .containsExactly("SPINDRIFT|INFORMATION_SCHEMA", "SPINDRIFT|PUBLIC");
            assertThat(rows(metadata.getTables(null, null, "%", null), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"))
                    .containsExactly("PUBLIC|CHILD|TABLE", "PUBLIC|LOOK|VIEW", "PUBLIC|PARENT|TABLE");
            assertThat(rows(metadata.getTables("SPINDRIFT", "PUBLIC", "%", new String[] {"VIEW"}), "TABLE_NAME"))
                    .containsExactly("LOOK");
            assertThat(rows(
                            metadata.getColumns("SPINDRIFT", "PUBLIC", "PARENT", "%"),
                            "COLUMN_NAME",
                            "TYPE_NAME",
                            "COLUMN_SIZE",
                            "DECIMAL_DIGITS",
                            "IS_NULLABLE",
                            "ORDINAL_POSITION",
                            "REMARKS"))
                    .containsExactly("ID|NUMBER|38|0|NO|1|", "N|NUMBER|12|2|YES|2|", "S|VARCHAR|7|0|YES|3|c");
        }
    }

    @Test
    void toolsFindKeys(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(
                    connection, "CREATE TABLE parent (id INT, part INT, CONSTRAINT pk PRIMARY KEY (part, id))");
            Warehouse.execute(
                    connection,
                    "CREATE TABLE child (id INT, a INT, b INT, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES parent)");
            DatabaseMetaData metadata = connection.getMetaData();
            assertThat(rows(
                            metadata.getPrimaryKeys("SPINDRIFT", "PUBLIC", "PARENT"),
                            "COLUMN_NAME",
                            "KEY_SEQ",
                            "PK_NAME"))
                    .containsExactlyInAnyOrder("PART|1|PK", "ID|2|PK");
            String[] columns = {"PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "FK_NAME"};
            assertThat(rows(metadata.getImportedKeys("SPINDRIFT", "PUBLIC", "CHILD"), columns))
                    .containsExactly("PARENT|PART|CHILD|A|1|FK", "PARENT|ID|CHILD|B|2|FK");
            assertThat(rows(metadata.getExportedKeys("SPINDRIFT", "PUBLIC", "PARENT"), columns))
                    .containsExactly("PARENT|PART|CHILD|A|1|FK", "PARENT|ID|CHILD|B|2|FK");
            assertThat(rows(metadata.getImportedKeys("SPINDRIFT", "PUBLIC", "PARENT"), columns))
                    .isEmpty();
            assertThat(rows(
                            metadata.getCrossReference("SPINDRIFT", "PUBLIC", "PARENT", "SPINDRIFT", "PUBLIC", "CHILD"),
                            columns))
                    .hasSize(2);
        }
    }

    @Test
    void toolsFindNoRoutines(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            DatabaseMetaData metadata = connection.getMetaData();
            assertThat(rows(metadata.getProcedures(null, null, "%"), "PROCEDURE_NAME"))
                    .isEmpty();
            assertThat(rows(metadata.getFunctions(null, null, "%"), "FUNCTION_NAME"))
                    .isEmpty();
        }
    }

    @Test
    void temporaryObjectsEndWithTheirSession(@TempDir Path directory) throws Exception {
        Path crashed = Files.createDirectory(directory.resolve("crashed"));
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection other = warehouse.connect()) {
            try (Connection connection = warehouse.connect()) {
                Warehouse.execute(connection, "CREATE TABLE t (id INT)");
                Warehouse.execute(connection, "CREATE TEMPORARY TABLE t (name VARCHAR)");
                Warehouse.execute(connection, "CREATE TEMPORARY TABLE mine (name VARCHAR)");
                Warehouse.execute(connection, "INSERT INTO t VALUES ('x')");
                assertThat(Warehouse.rows(other, "SELECT COUNT(*) FROM t")).containsExactly("0");
                assertThat(shown(other)).containsExactly("T|TABLE");
                assertThat(shown(connection)).containsExactlyInAnyOrder("MINE|TEMPORARY", "T|TABLE", "T|TEMPORARY");
                Warehouse.execute(other, "CREATE TEMPORARY TABLE mine (id INT)");
                copy(directory, crashed);
            }
            assertThat(shown(other)).containsExactly("MINE|TEMPORARY", "T|TABLE");
        }
        try (Warehouse again = Warehouse.in(crashed);
                Connection connection = again.connect()) {
            assertThat(shown(connection)).containsExactly("T|TABLE");
        }
        try (Connection file = DriverManager.getConnection("jdbc:duckdb:" + crashed.resolve("warehouse.duckdb"))) {
            assertThat(Warehouse.rows(file, "SELECT object_name FROM _LOCAL.objects WHERE session <> 0"))
                    .isEmpty();
            assertThat(Warehouse.rows(
                            file, "SELECT schema_name FROM duckdb_schemas() WHERE schema_name LIKE '_SESSION%'"))
                    .isEmpty();
        }
    }

    @Test
    void whatWasChangedOutlivesACrash(@TempDir Path directory) throws Exception {
        Path crashed = Files.createDirectory(directory.resolve("crashed"));
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE TABLE t (name VARCHAR)");
            Warehouse.execute(connection, "INSERT INTO t (name) VALUES ('a')");
            Warehouse.execute(connection, "ALTER TABLE t ADD COLUMN n INT DEFAULT 7");
            Warehouse.execute(connection, "CREATE TABLE u AS SELECT 1 AS one");
            Warehouse.execute(connection, "CREATE OR REPLACE TABLE u AS SELECT one + 1 AS two FROM u");
            Warehouse.execute(connection, "CREATE OR REPLACE SCHEMA s");
            Warehouse.execute(connection, "CREATE OR REPLACE VIEW v AS SELECT name FROM public.t");
            copy(directory, crashed);
        }
        try (Warehouse again = Warehouse.in(crashed);
                Connection connection = again.connect()) {
            Warehouse.execute(connection, "INSERT INTO t (name) VALUES ('b')");
            assertThat(Warehouse.rows(connection, "SELECT name, n FROM t ORDER BY name"))
                    .containsExactly("a|7", "b|7");
            assertThat(Warehouse.rows(connection, "SELECT two FROM u")).containsExactly("2");
            assertThat(Warehouse.rows(connection, "SELECT COUNT(*) FROM s.v")).containsExactly("2");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (String file : new String[] {"warehouse.duckdb", "warehouse.duckdb.wal"}) {
            Files.copy(from.resolve(file), to.resolve(file));
        }
    }

    /** Of two sessions that create the same at once, the later one finds it there. */
    @Test
    void twoSessionsMayCreateTheSame(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection one = warehouse.connect();
                Connection other = warehouse.connect()) {
            for (int i = 0; i < 20; i++) {
                String sql = "CREATE TABLE IF NOT EXISTS t" + i + " (id INT)";
                CompletableFuture<Void> both = CompletableFuture.runAsync(() -> create(one, sql));
                create(other, sql);
                both.get(30, TimeUnit.SECONDS);
            }
            assertThat(shown(one)).hasSize(20);
        }
    }

    private static void create(Connection connection, String sql) {
        try {
            Warehouse.execute(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatIsDeclaredOutlivesARestart(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE TABLE t (id INT PRIMARY KEY, n NUMBER(5,1) DEFAULT 2 COMMENT 'c')");
            Warehouse.execute(connection, "CREATE USER u PASSWORD = 'secret' RSA_PUBLIC_KEY = 'key'");
        }
        try (Warehouse again = Warehouse.in(directory);
                Connection connection = again.connect()) {
            Warehouse.execute(connection, "INSERT INTO t (id) VALUES (1)");
            assertThat(Warehouse.rows(connection, "SELECT * FROM t")).containsExactly("1|2.0");
            assertThat(Warehouse.rows(connection, "DESCRIBE TABLE t"))
                    .containsExactly(
                            "ID|NUMBER(38,0)|COLUMN|N|NULL|Y|N|NULL|NULL|NULL|NULL",
                            "N|NUMBER(5,1)|COLUMN|Y|2|N|N|NULL|NULL|c|NULL");
            assertThat(Warehouse.rows(connection, "DESCRIBE USER u"))
                    .containsExactly("NAME|U|NULL|NULL", "PASSWORD|********|NULL|NULL", "RSA_PUBLIC_KEY|key|NULL|NULL");
        }
    }

    @Test
    void theDataOfAnotherVersionIsRefusedAndStaysAsItIs(@TempDir Path directory) throws Exception {
        Path crashed = Files.createDirectory(directory.resolve("crashed"));
        try (Connection old = DriverManager.getConnection("jdbc:duckdb:" + directory.resolve("warehouse.duckdb"))) {
            Warehouse.execute(old, "CREATE SCHEMA _LOCAL");
            Warehouse.execute(old, "CREATE TABLE _LOCAL.layout (version VARCHAR)");
            Warehouse.execute(old, "INSERT INTO _LOCAL.layout VALUES ('2')");
            copy(directory, crashed);
        }
        byte[] log = Files.readAllBytes(crashed.resolve("warehouse.duckdb.wal"));
        assertThatThrownBy(() -> LocalSnowflake.start(crashed, 0))
                .rootCause()
                .hasMessageContaining("written by another version of the local Snowflake, with layout 2 instead of 3");
        assertThat(crashed.toFile().list()).containsExactlyInAnyOrder("warehouse.duckdb", "warehouse.duckdb.wal");
        assertThat(crashed.resolve("warehouse.duckdb.wal")).hasBinaryContent(log);
    }

    @Test
    void aDatabaseOfSomethingElseIsRefused(@TempDir Path directory) throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:duckdb:" + directory.resolve("warehouse.duckdb"))) {
            Warehouse.execute(other, "CREATE TABLE mine (id INT)");
        }
        assertThatThrownBy(() -> LocalSnowflake.start(directory, 0)).rootCause().hasMessageContaining("layout unknown");
        assertThat(directory.toFile().list()).containsExactly("warehouse.duckdb");
    }

    @Test
    void aPasswordIsNeverSaid(@TempDir Path directory) throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory);
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE USER u PASSWORD = 'secret'");
            for (String sql : new String[] {
                "CREATE USER u PASSWORD = 'secret'",
                "CREATE USER v PASSWORD 'secret'",
                "CREATE OR REPLACE USER v PASSWRD = 'secret'",
                "CREATE OR ALTER USER v PASSWORD = 'secret'",
                "ALTER USER u PASSWORD = 'secret'",
                "ALTER USER u SET PASSWORD = = 'secret'",
                "ALTER USER u SET RSA_PUBLIC_KEY = 'secret"
            }) {
                assertThatThrownBy(() -> Warehouse.execute(connection, sql))
                        .isInstanceOf(SQLException.class)
                        .message()
                        .doesNotContain("secret");
            }
            assertThat(Warehouse.rows(connection, "DESCRIBE USER u")).noneMatch(row -> row.contains("secret"));
        }
        QualifiedName name = QualifiedName.ofAccount("U");
        Entry user = Entry.of(ObjectKind.USER, name, Instant.EPOCH, Map.of("PASSWORD", "secret"));
        assertThat(user.toString()).contains("PASSWORD").doesNotContain("secret");
    }

    @Test
    void filesGoWithTheirStage(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("a.csv"), "1\n");
        Path stages = directory.resolve("data/stages");
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            String put = "PUT file://" + file + " @%s AUTO_COMPRESS = FALSE";
            Files.createFile(Files.createDirectories(stages.resolve("SPINDRIFT/PUBLIC/S"))
                    .resolve("left"));
            Warehouse.execute(connection, "CREATE STAGE s");
            assertThat(Warehouse.rows(connection, "LIST @s")).isEmpty();
            Warehouse.execute(connection, put.formatted("s"));
            Warehouse.execute(connection, "CREATE STAGE IF NOT EXISTS s");
            try (Connection other = warehouse.connect()) {
                Warehouse.execute(other, "CREATE TEMPORARY STAGE s");
                assertThat(Warehouse.rows(other, "LIST @s")).isEmpty();
                Warehouse.execute(other, put.formatted("s/own"));
                assertThat(Warehouse.rows(other, "LIST @s")).hasSize(1).allMatch(row -> row.startsWith("s/own/a.csv"));
                assertThat(Warehouse.rows(connection, "LIST @s")).allMatch(row -> row.startsWith("s/a.csv"));
            }
            assertThat(stages.toFile().list()).containsExactly("SPINDRIFT");
            Warehouse.execute(connection, "CREATE OR REPLACE STAGE s");
            assertThat(Warehouse.rows(connection, "LIST @s")).isEmpty();
            Warehouse.execute(connection, put.formatted("s"));
            Warehouse.execute(connection, "CREATE OR REPLACE SCHEMA PUBLIC");
            assertThat(stages.resolve("SPINDRIFT/PUBLIC")).doesNotExist();
            Warehouse.execute(connection, "CREATE STAGE s");
            Warehouse.execute(connection, put.formatted("s"));
            Warehouse.execute(connection, "DROP DATABASE SPINDRIFT");
            assertThat(stages).isEmptyDirectory();
        }
    }

    /** Names that would lead out of the directory of stages. */
    @Test
    void namesLeadNowhereElse(@TempDir Path directory) throws Exception {
        Path kept = Files.writeString(directory.resolve("kept"), "x");
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            for (String name : new String[] {directory.toString(), "~", "_USERS"}) {
                if (!name.contains(".")) {
                    Warehouse.execute(connection, "CREATE DATABASE \"" + name + "\"");
                    Warehouse.execute(connection, "DROP DATABASE \"" + name + "\"");
                }
            }
            for (String name : new String[] {"..", ".", "../../..", directory.toString()}) {
                Warehouse.execute(connection, "CREATE OR REPLACE STAGE SPINDRIFT.PUBLIC.\"" + name + "\"");
                Warehouse.execute(connection, "DROP STAGE SPINDRIFT.PUBLIC.\"" + name + "\"");
            }
            for (String kind : new String[] {"DATABASE", "SCHEMA", "STAGE"}) {
                String sql = "CREATE " + kind + (kind.equals("STAGE") ? " SPINDRIFT.PUBLIC." : " ") + "\"\"";
                assertThatThrownBy(() -> Warehouse.execute(connection, sql)).isInstanceOf(SQLException.class);
            }
            assertThat(kept).exists();
            assertThat(directory.resolve("data/stages")).exists();
        }
    }

    private static List<String> shown(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            return rows(statement.executeQuery("SHOW TABLES IN SCHEMA PUBLIC"), "name", "kind");
        }
    }

    private static List<String> rows(ResultSet result, String... columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (result) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (String column : columns) {
                    row.add(String.valueOf(result.getString(column)));
                }
                rows.add(String.join("|", row));
            }
        }
        return rows;
    }
}
