package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Login, binds, metadata, repeated requests, restart. */
final class SessionTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static Warehouse warehouse;

    @BeforeAll
    static void start(@TempDir Path directory) {
        warehouse = Warehouse.in(directory);
    }

    @AfterAll
    static void stop() {
        warehouse.close();
    }

    @Test
    void aQueryInAClosedSessionFails() throws Exception {
        Connection connection = warehouse.connect();
        connection.close();
        assertThatThrownBy(() -> Warehouse.rows(connection, "SELECT 1")).isInstanceOf(SQLException.class);
    }

    @Test
    void boundValuesArriveExactly() throws Exception {
        String nasty = "it's \\n \"quoted\"\n'; DROP TABLE x; -- 😀";
        try (Connection connection = warehouse.connect()) {
            Warehouse.execute(
                    connection,
                    "CREATE OR REPLACE TABLE bound (i INT, s VARCHAR, n NUMBER(38,10), d DOUBLE, b BOOLEAN, ts TIMESTAMP_TZ,"
                            + " bin BINARY, v VARIANT)");
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO bound SELECT ?, ?, ?, ?, ?, ?, ?, PARSE_JSON(?)")) {
                insert.setLong(1, Long.MIN_VALUE);
                insert.setString(2, nasty);
                insert.setBigDecimal(3, new BigDecimal("1234567890123456789012345678.0123456789"));
                insert.setDouble(4, 0.1);
                insert.setBoolean(5, true);
                insert.setTimestamp(6, Timestamp.from(Instant.parse("2026-11-21T08:00:00.123456Z")));
                insert.setBytes(7, new byte[] {0, (byte) 0xff});
                insert.setString(8, "{\"a\":\"it's\"}");
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            assertThat(Warehouse.rows(connection, "SELECT * FROM bound WHERE s = ?", nasty))
                    .containsExactly(Long.MIN_VALUE + "|" + nasty + "|1234567890123456789012345678.0123456789|0.1|TRUE"
                            + "|2026-11-21 08:00:00.123456 Z|00FF|{\"a\":\"it's\"}");
        }
    }

    @Test
    void nullsAreBoundByAnyType() throws Exception {
        try (Connection connection = warehouse.connect();
                PreparedStatement query = connection.prepareStatement("SELECT ?, ?::NUMBER, COALESCE(?, 'x')")) {
            query.setNull(1, Types.VARCHAR);
            query.setNull(2, Types.BIGINT);
            query.setNull(3, Types.VARCHAR);
            try (ResultSet result = query.executeQuery()) {
                assertThat(result.next()).isTrue();
                assertThat(result.getString(1)).isNull();
                assertThat(result.getObject(2)).isNull();
                assertThat(result.getString(3)).isEqualTo("x");
            }
        }
    }

    @Test
    void aBatchIsOneInsert() throws Exception {
        try (Connection connection = warehouse.connect()) {
            Warehouse.execute(connection, "CREATE OR REPLACE TABLE batch (i INT, s VARCHAR)");
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO batch (i, s) VALUES (?, ?)")) {
                for (int i = 0; i < 1000; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, i % 10 == 0 ? null : "s" + i);
                    insert.addBatch();
                }
                assertThat(insert.executeBatch()).hasSize(1000).containsOnly(1);
            }
            assertThat(Warehouse.rows(connection, "SELECT COUNT(*), COUNT(s), SUM(i) FROM batch"))
                    .containsExactly("1000|900|499500");
        }
    }

    @Test
    void theDriversMetadataFindsTablesColumnsAndKeys() throws Exception {
        try (Connection connection = warehouse.connect()) {
            Warehouse.execute(
                    connection, "CREATE OR REPLACE TABLE meta (id INT PRIMARY KEY, n NUMBER(12,2), s VARCHAR(7))");
            var metadata = connection.getMetaData();
            assertThat(column(metadata.getTables("SPINDRIFT", "PUBLIC", "META", new String[] {"TABLE"}), "TABLE_NAME"))
                    .containsExactly("META");
            assertThat(column(metadata.getSchemas("SPINDRIFT", "%"), "TABLE_SCHEM"))
                    .contains("PUBLIC");
            assertThat(column(metadata.getColumns("SPINDRIFT", "PUBLIC", "META", "%"), "COLUMN_NAME"))
                    .containsExactly("ID", "N", "S");
            assertThat(column(metadata.getColumns("SPINDRIFT", "PUBLIC", "META", "%"), "COLUMN_SIZE"))
                    .containsExactly("38", "12", "7");
            assertThat(column(metadata.getColumns("SPINDRIFT", "PUBLIC", "META", "%"), "IS_NULLABLE"))
                    .containsExactly("NO", "YES", "YES");
            assertThat(column(metadata.getPrimaryKeys("SPINDRIFT", "PUBLIC", "META"), "COLUMN_NAME"))
                    .containsExactly("ID");
        }
    }

    @Test
    void tokensAreRenewedUntilTheMasterTokenExpires(@TempDir Path directory) throws Exception {
        Instant start = Instant.parse("2026-11-21T08:00:00Z");
        AtomicReference<Instant> now = new AtomicReference<>(start);
        try (Engine engine = Engine.open(directory);
                Sessions sessions = new Sessions(engine, "U", "secret", now::get)) {
            JsonNode login = JSON.readTree("{\"LOGIN_NAME\":\"u\",\"PASSWORD\":\"secret\"}");
            Session session = sessions.login(login, Map.of());
            String first = session.token();
            assertThat(sessions.ofToken(first)).isSameAs(session);
            now.set(start.plus(Duration.ofMinutes(61)));
            assertError("390112", () -> sessions.ofToken(first));
            sessions.renewed(session.masterToken());
            assertThat(sessions.ofToken(session.token())).isSameAs(session);
            assertError("390111", () -> sessions.ofToken(first));
            now.set(start.plus(Duration.ofHours(6)));
            assertError("390114", () -> sessions.renewed(session.masterToken()));
            assertError("390111", () -> sessions.ofToken(session.token()));
        }
    }

    private static void assertError(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(SnowflakeError.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    private static List<String> column(ResultSet result, String name) throws SQLException {
        List<String> values = new ArrayList<>();
        try (result) {
            while (result.next()) {
                values.add(result.getString(name));
            }
        }
        return values;
    }

    @Test
    void aStatementIsDescribedBeforeItRuns() throws Exception {
        try (Connection connection = warehouse.connect();
                PreparedStatement query = connection.prepareStatement("SELECT 1::NUMBER(5,2) AS n, ? AS s")) {
            assertThat(query.getMetaData().getColumnCount()).isEqualTo(2);
            assertThat(query.getMetaData().getColumnName(1)).isEqualTo("N");
            assertThat(query.getMetaData().getScale(1)).isEqualTo(2);
            assertThat(query.getParameterMetaData().getParameterCount()).isEqualTo(1);
        }
    }

    /** The driver repeats a request whose answer was lost, with the same id. */
    @Test
    void aRepeatedRequestIsAppliedOnce() throws Exception {
        String token = login();
        send("/queries/v1/query-request?requestId=a", token, Map.of("sqlText", "CREATE OR REPLACE TABLE once (i INT)"));
        Map<String, String> insert = Map.of("sqlText", "INSERT INTO once VALUES (1)");
        JsonNode first = send("/queries/v1/query-request?requestId=b", token, insert);
        JsonNode second = send("/queries/v1/query-request?requestId=b", token, insert);
        assertThat(second).isEqualTo(first);
        assertThat(first.path("data").path("rowset").path(0).path(0).asText()).isEqualTo("1");
        JsonNode count =
                send("/queries/v1/query-request?requestId=c", token, Map.of("sqlText", "SELECT COUNT(*) FROM once"));
        assertThat(count.path("data").path("rowset").path(0).path(0).asText()).isEqualTo("1");
        assertThat(send("/queries/v1/query-request?requestId=d", "stolen", insert)
                        .path("code")
                        .asText())
                .isEqualTo("390111");
    }

    /** As the driver binds them: nanoseconds, and the offset in minutes plus 1440. */
    @Test
    void aBoundTimestampKeepsItsOffset() throws Exception {
        Map<String, ?> query = Map.of(
                "sqlText",
                "SELECT ?, ?::VARCHAR",
                "bindings",
                Map.of(
                        "1", Map.of("type", "TIMESTAMP_TZ", "value", "-1500000 1770"),
                        "2", Map.of("type", "TIMESTAMP_TZ", "value", "1767225600123456000 1110")));
        JsonNode row = send("/queries/v1/query-request?requestId=tz", login(), query)
                .path("data")
                .path("rowset")
                .path(0);
        assertThat(row.path(0).asText()).isEqualTo("-0.001500000 1770");
        assertThat(row.path(1).asText()).isEqualTo("2025-12-31 18:30:00.123 -0530");
    }

    private static String login() throws Exception {
        JsonNode answer = send(
                "/session/v1/login-request?databaseName=SPINDRIFT&schemaName=PUBLIC&warehouse=LOCAL",
                "",
                Map.of(
                        "data",
                        Map.of(
                                "LOGIN_NAME", warehouse.snowflake().user(),
                                "PASSWORD", warehouse.snowflake().password())));
        return answer.path("data").path("token").asText();
    }

    private static JsonNode send(String path, String token, Map<String, ?> body) throws Exception {
        return send(warehouse.snowflake().port(), path, token, body);
    }

    static JsonNode send(int port, String path, String token, Map<String, ?> body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Snowflake Token=\"" + token + "\"")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body), StandardCharsets.UTF_8))
                .build();
        return JSON.readTree(HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body());
    }

    @Test
    void dataDeclarationsAndStagesSurviveARestart(@TempDir Path directory) throws Exception {
        Path data = directory.resolve("data");
        Path file = Files.writeString(directory.resolve("kept.csv"), "1,a\n");
        String password;
        try (Warehouse before = Warehouse.in(data);
                Connection connection = before.connect()) {
            password = before.snowflake().password();
            Warehouse.execute(connection, "CREATE TABLE kept (id INT NOT NULL, s VARCHAR(9))");
            Warehouse.execute(connection, "CREATE STAGE box");
            Warehouse.execute(connection, "PUT file://" + file + " @box/in/ AUTO_COMPRESS=FALSE");
            Warehouse.execute(connection, "COPY INTO kept FROM @box/in FILES = ('kept.csv')");
            connection.setAutoCommit(false);
            Warehouse.update(connection, "INSERT INTO kept VALUES (2, 'open')");
        }
        try (Warehouse after = Warehouse.in(data);
                Connection connection = after.connect()) {
            assertThat(after.snowflake().password()).isEqualTo(password);
            assertThat(Warehouse.rows(connection, "SELECT * FROM kept")).containsExactly("1|a");
            assertThat(Warehouse.rows(connection, "COPY INTO kept FROM @box/in FILES = ('kept.csv')"))
                    .containsExactly("Copy executed with 0 files processed.");
            assertThatThrownBy(() -> Warehouse.update(connection, "INSERT INTO kept VALUES (3, 'far too long')"))
                    .hasMessageContaining("too long");
        }
    }

    @Test
    void closeLeavesNoThreadsAndFreesThePort(@TempDir Path directory) throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        LocalSnowflake first = LocalSnowflake.start(directory, 0);
        try (Warehouse started = new Warehouse(first.jdbcUrl(), new java.util.Properties(), first);
                Connection connection = started.connect(first.user(), first.password())) {
            Warehouse.rows(connection, "SELECT 1");
        }
        first.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread))
                .filteredOn(thread -> thread.getName().startsWith("local-snowflake")
                        || thread.getName().startsWith("HTTP-Dispatcher"))
                .isEmpty();
        try (LocalSnowflake second = LocalSnowflake.start(directory, first.port())) {
            assertThat(second.port()).isEqualTo(first.port());
        }
    }
}
