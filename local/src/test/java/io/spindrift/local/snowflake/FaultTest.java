package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import net.snowflake.client.api.statement.SnowflakeStatement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every way to misbehave, as the unmodified driver meets it. */
@Timeout(90)
final class FaultTest {
    private static final String INSERT = "INSERT INTO once VALUES (1)";
    private static Warehouse warehouse;
    private static Faults faults;
    private Connection connection;

    @BeforeAll
    static void start(@TempDir Path directory) {
        warehouse = Warehouse.in(directory);
        faults = warehouse.snowflake().faults();
    }

    @AfterAll
    static void stop() {
        warehouse.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = warehouse.connect();
        Warehouse.execute(connection, "CREATE OR REPLACE TABLE once (i INT)");
    }

    @AfterEach
    void disconnect() throws SQLException {
        faults.clear();
        warehouse.snowflake().latency(Latency.OFF);
        connection.close();
    }

    private void assertRows(String expected) throws SQLException {
        try (Connection other = warehouse.connect()) {
            assertThat(Warehouse.rows(other, "SELECT COUNT(*) FROM once")).containsExactly(expected);
        }
    }

    @Test
    void aLostReplyIsRepeatedByTheDriverAndAppliedOnce() throws Exception {
        Faults.Armed lost =
                faults.add(Fault.after("insert into once", new Fault.Drop()).repeated(2));
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
        assertThat(lost.fired()).isEqualTo(2);
        assertRows("1");
    }

    @Test
    void aRequestThatNeverArrivesIsRepeatedByTheDriver() throws Exception {
        Faults.Armed dropped = faults.add(Fault.before("insert", new Fault.Drop()));
        Faults.Armed unavailable = faults.add(Fault.before("insert", new Fault.Unavailable()));
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
        assertThat(dropped.fired() + unavailable.fired()).isEqualTo(2);
        assertRows("1");
    }

    @Test
    void anExpiredTokenIsRenewedByTheDriver() throws Exception {
        Faults.Armed expired = faults.add(Fault.before("insert", new Fault.ExpireToken()));
        connection.setAutoCommit(false);
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
        connection.commit();
        assertThat(expired.fired()).isEqualTo(1);
        assertRows("1");
    }

    @Test
    void anExpiredSessionLosesItsTransaction() throws Exception {
        faults.add(Fault.before("^commit", new Fault.ExpireSession()));
        connection.setAutoCommit(false);
        Warehouse.update(connection, INSERT);
        assertThatThrownBy(() -> connection.commit())
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(390111));
        assertRows("0");
    }

    @Test
    void theNthMatchingStatementFailsWithThatCode() throws Exception {
        faults.add(Fault.before("insert", new Fault.Fail("000625", "57014", "too many waiters"))
                .onTheNth(2));
        connection.setAutoCommit(false);
        Warehouse.update(connection, INSERT);
        assertThatThrownBy(() -> Warehouse.update(connection, INSERT)).isInstanceOfSatisfying(SQLException.class, e -> {
            assertThat(e.getErrorCode()).isEqualTo(625);
            assertThat(e.getSQLState()).isEqualTo("57014");
            assertThat(e.getMessage()).contains("too many waiters");
        });
        Warehouse.update(connection, INSERT);
        connection.commit();
        assertRows("2");
    }

    /** The client cannot tell from the error what became of the transaction: the ledger can. */
    @Test
    void aCommitCanFailAfterItWasDone() throws Exception {
        faults.add(Fault.after("^commit", new Fault.Fail("000603", "XX000", "internal error")));
        connection.setAutoCommit(false);
        Warehouse.update(connection, INSERT);
        assertThatThrownBy(() -> connection.commit()).hasMessageContaining("internal error");
        assertRows("1");
    }

    @Test
    void aStatementAmongSeveralOfOneRequestFailsAndTheTransactionStaysOpen() throws Exception {
        faults.add(Fault.before("INTO once VALUES \\(3\\)", new Fault.Fail("000603", "XX000", "in the middle")));
        assertThatThrownBy(
                        () -> executeAll(
                                "BEGIN; INSERT INTO once VALUES (1); INSERT INTO once VALUES (2); INSERT INTO once VALUES (3); COMMIT"))
                .hasMessageContaining("in the middle");
        assertRows("0");
        Warehouse.execute(connection, "COMMIT");
        assertRows("2");
    }

    /** The server goes on without its client, as Snowflake does. */
    @Test
    void severalStatementsOfOneRequestAreExecutedWholeWhenTheReplyIsLost() throws Exception {
        faults.add(Fault.after("INTO once VALUES \\(1\\)", new Fault.Drop()));
        executeAll("BEGIN; INSERT INTO once VALUES (1); COMMIT");
        assertRows("1");
    }

    private void executeAll(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.unwrap(SnowflakeStatement.class).setParameter("MULTI_STATEMENT_COUNT", 0);
            statement.execute(sql);
        }
    }

    @Test
    void aDelayedStatementEndsAtTheDriversTimeoutAndAtTheSessions() throws Exception {
        faults.add(Fault.before("insert", new Fault.Delay(60_000)).repeated(2));
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertError(604, () -> statement.executeUpdate(INSERT));
        }
        Warehouse.execute(connection, "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1");
        assertError(630, () -> Warehouse.update(connection, INSERT));
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
        assertRows("1");
    }

    @Test
    void aRunningQueryStopsAtItsTimeout() throws Exception {
        Warehouse.execute(connection, "INSERT INTO once SELECT a.x FROM (VALUES (1), (2), (3), (4)) a(x)");
        for (int i = 0; i < 4; i++) {
            Warehouse.execute(connection, "INSERT INTO once SELECT i + 1 FROM once");
            Warehouse.execute(connection, "INSERT INTO once SELECT i + 2 FROM once");
        }
        Warehouse.execute(connection, "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1");
        String endless = "SELECT COUNT(*) FROM once a JOIN once b ON a.i <> b.i + 900 JOIN once c ON b.i <> c.i + 900"
                + " JOIN once d ON c.i <> d.i + 900 JOIN once e ON d.i <> e.i + 900";
        assertError(630, () -> Warehouse.rows(connection, endless));
    }

    @Test
    void aLockHeldByAnotherIsWaitedForToTheLockTimeout() throws Exception {
        faults.add(Fault.before("delete", new Fault.HoldLock("SPINDRIFT.PUBLIC.ONCE", 1500)));
        Warehouse.execute(connection, "ALTER SESSION SET LOCK_TIMEOUT = 1");
        assertError(625, () -> Warehouse.update(connection, "DELETE FROM once"));
        Warehouse.execute(connection, "ALTER SESSION SET LOCK_TIMEOUT = 60");
        assertThat(Warehouse.update(connection, "DELETE FROM once")).isEqualTo(0);
    }

    private interface Call {
        void run() throws SQLException;
    }

    private static void assertError(int code, Call call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getErrorCode())
                .isEqualTo(code));
    }

    @Test
    void latencyMakesStatementsSlow() throws Exception {
        warehouse.snowflake().latency(new Latency(100, 200, 0, 0));
        long began = System.nanoTime();
        Warehouse.update(connection, INSERT);
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(300_000_000L);
    }

    @Test
    void aSuspendedWarehouseIsResumedByTheFirstStatementThatNeedsIt() throws Exception {
        warehouse.snowflake().latency(new Latency(0, 0, 0, 60_000));
        Warehouse.execute(connection, "ALTER WAREHOUSE local SUSPEND");
        assertThat(Warehouse.rows(connection, "SELECT CURRENT_WAREHOUSE()")).containsExactly("LOCAL");
        Warehouse.execute(connection, "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1");
        assertError(630, () -> Warehouse.update(connection, "UPDATE once SET i = (SELECT 1)"));
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
    }

    @Test
    void aRewrittenStatementIsExecutedInPlaceOfTheOneThatWasSent() throws Exception {
        Faults.Armed rewrite =
                faults.add(Fault.before("^insert", new Fault.Rewrite("values \\((\\?)\\)", "VALUES ($1 + 40)"))
                        .repeated(2));
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO once VALUES (?)")) {
            insert.setInt(1, 2);
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
        Warehouse.update(connection, "INSERT INTO once SELECT 7");
        assertThat(Warehouse.rows(connection, "SELECT i FROM once ORDER BY i")).containsExactly("7", "42");
        assertThat(rewrite.fired()).isEqualTo(2);
        assertThatThrownBy(() -> faults.add(Fault.after("x", new Fault.Rewrite("x", "y"))))
                .hasMessageContaining("before it is executed");
    }

    @Test
    void onlyAServerInAProcessOfItsOwnCanBeKilled() {
        assertThatThrownBy(() -> faults.add(Fault.before("x", new Fault.Kill())))
                .hasMessageContaining("shares its process");
    }

    @Test
    void theAdminEndpointTakesFaultsAndLatencyUnderThePassword() throws Exception {
        assertThat(admin("wrong", "GET", "/admin/faults", "").statusCode()).isEqualTo(401);
        String password = warehouse.snowflake().password();
        String drop = "{\"point\":\"after\",\"statement\":\"insert\",\"effect\":{\"kind\":\"drop\"}}";
        assertThat(admin(password, "POST", "/admin/faults", drop).statusCode()).isEqualTo(200);
        assertThat(Warehouse.update(connection, INSERT)).isEqualTo(1);
        assertThat(admin(password, "GET", "/admin/faults", "").body()).contains("\"fired\" : 1", "\"kind\" : \"drop\"");
        for (String wrong : new String[] {
            "{", "{\"point\":\"after\"}", drop.replace("drop", "explode"), drop.replace("statement", "statment")
        }) {
            assertThat(admin(password, "POST", "/admin/faults", wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(faults.add(Fault.before("second", new Fault.Drop())).id()).isGreaterThan(1);
        int first = faults.list().get(0).id();
        assertThat(admin(password, "DELETE", "/admin/faults/" + first, "").body())
                .contains("second")
                .doesNotContain("insert");
        assertThat(admin(password, "DELETE", "/admin/faults", "").body()).isEqualTo("[ ]");
        String latency = "{\"requestMillis\":1,\"statementMillis\":2,\"megabyteMillis\":3,\"resumeMillis\":4}";
        assertThat(admin(password, "PUT", "/admin/latency", latency).body()).contains("\"megabyteMillis\" : 3");
        assertThat(admin(password, "GET", "/admin/sleep", "").statusCode()).isEqualTo(400);
    }

    private static HttpResponse<String> admin(String password, String method, String path, String body)
            throws Exception {
        String login = Base64.getEncoder().encodeToString(("SPINDRIFT:" + password).getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + warehouse.snowflake().port() + path))
                .header("Authorization", "Basic " + login)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Killed in the middle of a transaction, killed again after its COMMIT and before the reply. */
    @Test
    void whatWasCommittedSurvivesAKillAndNothingElseDoes(@TempDir Path directory) throws Exception {
        try (LocalSnowflakeProcess process = LocalSnowflakeProcess.start(directory)) {
            Connection first = connect(process);
            Warehouse.execute(first, "CREATE TABLE once (i INT, s VARCHAR(3))");
            Warehouse.update(first, "INSERT INTO once VALUES (1, 'one')");
            first.setAutoCommit(false);
            Warehouse.update(first, "INSERT INTO once VALUES (2, 'two')");
            int delay = process.arm(Fault.before("^select 1", new Fault.Delay(1)));
            Warehouse.rows(first, "SELECT 1");
            assertThat(process.fired(delay)).isEqualTo(1);
            process.disarm(delay);
            assertThat(process.fired(delay)).isZero();
            process.arm(Fault.before("VALUES \\(3", new Fault.Kill()));
            assertDies(process, () -> Warehouse.update(first, "INSERT INTO once VALUES (3, 'x')"));
            assertError(390111, () -> Warehouse.rows(first, "SELECT 1"));
            Connection second = connect(process);
            assertThat(Warehouse.rows(second, "SELECT * FROM once")).containsExactly("1|one");
            assertThatThrownBy(() -> Warehouse.update(second, "INSERT INTO once VALUES (2, 'long')"))
                    .hasMessageContaining("too long");
            second.setAutoCommit(false);
            Warehouse.update(second, "INSERT INTO once VALUES (4, 'in')");
            process.arm(Fault.after("^commit", new Fault.Kill()));
            assertDies(process, second::commit);
            try (Connection after = connect(process)) {
                assertThat(Warehouse.rows(after, "SELECT i FROM once ORDER BY i"))
                        .containsExactly("1", "4");
            }
            first.close();
            second.close();
        }
    }

    /** Then it is started again: the driver repeats the close of a session to a dead server for minutes. */
    private static void assertDies(LocalSnowflakeProcess process, Call call) {
        assertThatThrownBy(call::run).isInstanceOf(SQLException.class);
        process.awaitEnd();
        process.restart();
    }

    private static Connection connect(LocalSnowflakeProcess process) throws Exception {
        return DriverManager.getConnection(process.jdbcUrl() + "&maxHttpRetries=2", process.user(), process.password());
    }
}
