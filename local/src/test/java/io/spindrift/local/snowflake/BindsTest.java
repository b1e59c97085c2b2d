package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bound values, one by one, as arrays and as files of the driver's bind stage. */
final class BindsTest {
    private static final int COLUMNS = 9;
    private static final String INSERT = "INSERT INTO T (ID, N, R, S, D, AT, O, B, V, Z)"
            + " VALUES (?, ?::NUMBER(12,3), ?, ?, ?, ?, ?, ?, 'const', ?)";

    private Path directory;

    @BeforeEach
    void in(@TempDir Path temporary) {
        directory = temporary;
    }

    private static void row(PreparedStatement statement, int id) throws SQLException {
        statement.setInt(1, id);
        statement.setBigDecimal(2, id % 2 == 0 ? new BigDecimal("1.005") : BigDecimal.valueOf(-7));
        statement.setDouble(3, id / 4.0);
        statement.setString(4, id % 3 == 0 ? null : id % 3 == 1 ? "" : "a\"b',\\ \n é" + id);
        statement.setDate(5, Date.valueOf("2026-11-21"));
        statement.setTimestamp(6, Timestamp.valueOf("1969-12-31 23:59:59.999999"));
        statement.setBoolean(7, id % 2 == 0);
        statement.setBytes(8, new byte[] {(byte) 0xca, (byte) 0xfe});
        if (id % 2 == 0) {
            statement.setNull(COLUMNS, Types.TIME);
        } else {
            statement.setTime(COLUMNS, Time.valueOf("10:11:12"));
        }
    }

    @Test
    void everyWayStoresTheSame() throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            Warehouse.execute(
                    connection,
                    "CREATE TABLE T (ID NUMBER(38,0), N NUMBER(12,3), R FLOAT, S VARCHAR(20), D DATE, AT TIMESTAMP_NTZ,"
                            + " O BOOLEAN, B BINARY, V VARCHAR, Z TIME)");
            String check = "SELECT * FROM T WHERE ID < 6 ORDER BY ID";
            try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
                for (int i = 0; i < 6; i++) {
                    row(statement, i);
                    assertThat(statement.executeUpdate()).isEqualTo(1);
                }
            }
            List<String> one = Warehouse.rows(connection, check);
            assertThat(one).hasSize(6);
            assertThat(one.get(5))
                    .startsWith(
                            "5|-7.000|1.25|a\"b',\\ \n é5|2026-11-21|1969-12-31 23:59:59.999999|FALSE|CAFE|const|10:11:12");
            assertThat(one.get(1)).contains("|0.25||2026");
            assertThat(one.get(0)).contains("1.005|0.0|NULL|2026").endsWith("|NULL");
            for (int rows : new int[] {6, 10_000}) {
                Warehouse.execute(connection, "TRUNCATE TABLE T");
                connection.setAutoCommit(false);
                Warehouse.update(connection, "INSERT INTO T (ID) VALUES (-1)");
                assertThat(insert(connection, rows)).isEqualTo(rows);
                connection.rollback();
                assertThat(Warehouse.rows(connection, check)).isEmpty();
                insert(connection, rows);
                connection.commit();
                assertThat(Warehouse.rows(connection, check)).isEqualTo(one);
                connection.setAutoCommit(true);
            }
            assertThat(directory.resolve("data/stages/SYSTEM$BIND")).isEmptyDirectory();
        }
    }

    private static int insert(Connection connection, int rows) throws SQLException {
        int count = 0;
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            for (int i = 0; i < rows; i++) {
                row(statement, i);
                statement.addBatch();
            }
            for (int each : statement.executeBatch()) {
                count += each;
            }
        }
        return count;
    }

    @Test
    void aTimestampWithItsZoneKeepsItsInstant() throws Exception {
        try (Warehouse warehouse = Warehouse.in(directory.resolve("data"));
                Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE TABLE T (A TIMESTAMP_TZ, J VARIANT)");
            Timestamp at = Timestamp.valueOf("2026-11-21 10:00:00.123456");
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO T SELECT ?, PARSE_JSON(?)")) {
                statement.setObject(1, at, net.snowflake.client.api.resultset.SnowflakeType.EXTRA_TYPES_TIMESTAMP_LTZ);
                statement.setString(2, "{\"a\": 1.5}");
                statement.executeUpdate();
            }
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO T VALUES (?, PARSE_JSON(?))")) {
                for (int i = 0; i < 2; i++) {
                    statement.setObject(
                            1, at, net.snowflake.client.api.resultset.SnowflakeType.EXTRA_TYPES_TIMESTAMP_LTZ);
                    statement.setString(2, "{\"a\": 1.5}");
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            assertThat(Warehouse.rows(connection, "SELECT COUNT(*), COUNT(DISTINCT A), MAX(J:a::VARCHAR) FROM T"))
                    .containsExactly("3|1|1.5");
        }
    }
}
