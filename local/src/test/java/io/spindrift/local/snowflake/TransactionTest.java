package io.spindrift.local.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class TransactionTest {
    private static Warehouse warehouse;
    private static ExecutorService threads;

    private Connection one;
    private Connection two;

    @BeforeAll
    static void start(@TempDir Path directory) {
        warehouse = Warehouse.in(directory);
        threads = Executors.newCachedThreadPool();
    }

    @AfterAll
    static void stop() {
        threads.shutdownNow();
        warehouse.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        one = warehouse.connect();
        two = warehouse.connect();
        Warehouse.execute(one, "CREATE OR REPLACE TABLE fence (pipeline VARCHAR, epoch INT)");
        Warehouse.execute(one, "CREATE OR REPLACE TABLE other (id INT)");
        Warehouse.update(one, "INSERT INTO fence VALUES ('p', 1)");
    }

    @AfterEach
    void disconnect() throws SQLException {
        one.close();
        two.close();
    }

    private static final String COMPARE_AND_SET = "UPDATE fence SET epoch = epoch + 1 WHERE pipeline = ? AND epoch = ?";

    @Test
    void ofTwoCompareAndSetsExactlyOneWins() throws Exception {
        for (int epoch = 1; epoch <= 20; epoch++) {
            int expected = epoch;
            CountDownLatch both = new CountDownLatch(2);
            List<Future<Long>> updates = List.of(
                    threads.submit(() -> compareAndSet(one, expected, both)),
                    threads.submit(() -> compareAndSet(two, expected, both)));
            assertThat(updates.get(0).get() + updates.get(1).get()).isEqualTo(1);
        }
        assertThat(Warehouse.rows(one, "SELECT epoch FROM fence")).containsExactly("21");
    }

    private static long compareAndSet(Connection connection, int epoch, CountDownLatch both) throws Exception {
        connection.setAutoCommit(false);
        both.countDown();
        both.await();
        long count = Warehouse.update(connection, COMPARE_AND_SET, "p", epoch);
        Warehouse.update(connection, "INSERT INTO other VALUES (?)", epoch);
        connection.commit();
        return count;
    }

    @Test
    void anUpdateWaitsForTheLockAndThenSeesTheCommit() throws Exception {
        one.setAutoCommit(false);
        assertThat(Warehouse.update(one, COMPARE_AND_SET, "p", 1)).isEqualTo(1);
        Future<Long> waiting = threads.submit(() -> Warehouse.update(two, COMPARE_AND_SET, "p", 1));
        assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        one.commit();
        assertThat(waiting.get()).isEqualTo(0);
    }

    @Test
    void aWaitForALockEndsWithLockTimeout() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, COMPARE_AND_SET, "p", 1);
        Warehouse.execute(two, "ALTER SESSION SET LOCK_TIMEOUT = 1");
        assertThatThrownBy(() -> Warehouse.update(two, "DELETE FROM fence"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(625));
        one.rollback();
        assertThat(Warehouse.update(two, "DELETE FROM fence")).isEqualTo(1);
    }

    @Test
    void aCircleOfWaitsFailsAtOnce() throws Exception {
        one.setAutoCommit(false);
        two.setAutoCommit(false);
        Warehouse.update(one, "DELETE FROM fence");
        Warehouse.update(two, "DELETE FROM other");
        Future<Long> waiting = threads.submit(() -> Warehouse.update(one, "DELETE FROM other"));
        assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThatThrownBy(() -> Warehouse.update(two, "DELETE FROM fence")).hasMessageContaining("deadlock");
        two.rollback();
        assertThat(waiting.get()).isEqualTo(0);
        one.rollback();
    }

    @Test
    void everyStatementReadsWhatIsCommitted() throws Exception {
        one.setAutoCommit(false);
        assertThat(Warehouse.rows(one, "SELECT epoch FROM fence")).containsExactly("1");
        Warehouse.update(two, "UPDATE fence SET epoch = 7");
        assertThat(Warehouse.rows(one, "SELECT epoch FROM fence")).containsExactly("7");
        one.rollback();
    }

    @Test
    void aRollbackUndoesEverythingAndACommitShowsItAtOnce() throws Exception {
        Warehouse.execute(one, "BEGIN TRANSACTION NAME spindrift_1");
        Warehouse.update(one, "UPDATE fence SET epoch = 2");
        Warehouse.update(one, "INSERT INTO other VALUES (1), (2)");
        Warehouse.execute(one, "TRUNCATE TABLE other");
        Warehouse.update(one, "INSERT INTO other VALUES (3)");
        assertThat(Warehouse.rows(two, "SELECT epoch FROM fence")).containsExactly("1");
        Warehouse.execute(one, "ROLLBACK");
        assertThat(Warehouse.rows(one, "SELECT epoch, (SELECT COUNT(*) FROM other) FROM fence"))
                .containsExactly("1|0");
        Warehouse.execute(one, "BEGIN");
        Warehouse.update(one, "UPDATE fence SET epoch = 2");
        Warehouse.execute(one, "COMMIT");
        assertThat(Warehouse.rows(two, "SELECT epoch FROM fence")).containsExactly("2");
    }

    @Test
    void ddlCommitsTheOpenTransaction() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, "UPDATE fence SET epoch = 5");
        Warehouse.execute(one, "CREATE TABLE IF NOT EXISTS made_meanwhile (id INT)");
        Warehouse.update(one, "UPDATE fence SET epoch = 6");
        one.rollback();
        assertThat(Warehouse.rows(two, "SELECT epoch FROM fence")).containsExactly("5");
    }

    @Test
    void aFailedStatementLeavesTheTransactionOpenAndWhole() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, "UPDATE fence SET epoch = 5");
        Warehouse.update(one, "INSERT INTO other VALUES (1), (2)");
        for (String failing : List.of(
                "SELECT * FROM nowhere",
                "SELECT nothing FROM fence",
                "SELECT pipeline::INT FROM fence",
                "INSERT INTO other SELECT pipeline::INT FROM fence")) {
            assertThatThrownBy(() -> Warehouse.execute(one, failing)).isInstanceOf(SQLException.class);
        }
        Warehouse.update(one, "DELETE FROM other WHERE id = 1");
        one.commit();
        assertThat(Warehouse.rows(two, "SELECT epoch, (SELECT SUM(id) FROM other) FROM fence"))
                .containsExactly("5|2");
    }

    @Test
    void underTransactionAbortOnErrorAFailureLeavesOnlyRollback() throws Exception {
        Warehouse.execute(one, "ALTER SESSION SET TRANSACTION_ABORT_ON_ERROR = TRUE");
        one.setAutoCommit(false);
        Warehouse.update(one, "UPDATE fence SET epoch = 5");
        assertThatThrownBy(() -> Warehouse.rows(one, "SELECT pipeline::INT FROM fence"))
                .hasMessageContaining("'p'");
        assertThatThrownBy(() -> one.commit())
                .hasMessageContaining("ROLLBACK")
                .hasMessageContaining("Numeric value 'p'");
        assertThat(Warehouse.update(two, COMPARE_AND_SET, "p", 1)).isEqualTo(1);
        one.rollback();
        assertThat(Warehouse.rows(one, "SELECT epoch FROM fence")).containsExactly("2");
    }

    @Test
    void aTransactionThatHasWrittenStillReadsWhatOthersCommit() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, "INSERT INTO other VALUES (1)");
        Warehouse.update(two, "INSERT INTO other VALUES (2)");
        Warehouse.update(two, "UPDATE fence SET epoch = 7");
        assertThat(Warehouse.rows(one, "SELECT id, epoch FROM other, fence ORDER BY id"))
                .containsExactly("1|7", "2|7");
        assertThat(Warehouse.update(one, "UPDATE fence SET epoch = epoch + 1")).isEqualTo(1);
        assertThat(Warehouse.rows(two, "SELECT id FROM other")).containsExactly("2");
        one.commit();
        assertThat(Warehouse.rows(two, "SELECT id, epoch FROM other, fence ORDER BY id"))
                .containsExactly("1|8", "2|8");
    }

    /** Also one that has left out rows: its errors are the same ones again. */
    @Test
    void aCopyIsRepeatedWhenOthersHaveCommitted(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("a.csv"), "1\nx\n3\n");
        Warehouse.execute(one, "CREATE OR REPLACE STAGE box");
        Warehouse.execute(one, "PUT file://" + file + " @box");
        one.setAutoCommit(false);
        assertThat(Warehouse.update(one, "COPY INTO other FROM @box ON_ERROR = CONTINUE"))
                .isEqualTo(2);
        Warehouse.update(two, "INSERT INTO other VALUES (2)");
        assertThat(Warehouse.rows(one, "SELECT id FROM other ORDER BY id")).containsExactly("1", "2", "3");
        one.commit();
        assertThat(Warehouse.rows(two, "SELECT COUNT(*) FROM other")).containsExactly("3");
    }

    @Test
    void workThatCannotBeRepeatedAlikeFailsTheTransaction() throws Exception {
        one.setAutoCommit(false);
        assertThat(Warehouse.update(one, "INSERT INTO other SELECT epoch FROM fence"))
                .isEqualTo(1);
        Warehouse.update(two, "INSERT INTO fence VALUES ('q', 1)");
        assertThatThrownBy(() -> Warehouse.rows(one, "SELECT * FROM other")).hasMessageContaining("another result");
        assertThatThrownBy(() -> one.commit()).hasMessageContaining("another result");
        assertThat(Warehouse.rows(two, "SELECT COUNT(*) FROM other")).containsExactly("0");
    }

    @Test
    void aClosedSessionRollsBackAndFreesItsLocks() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, "UPDATE fence SET epoch = 5");
        one.close();
        assertThat(Warehouse.update(two, COMPARE_AND_SET, "p", 1)).isEqualTo(1);
    }

    @Test
    void aWaitingStatementCanBeCanceled() throws Exception {
        one.setAutoCommit(false);
        Warehouse.update(one, "UPDATE fence SET epoch = 5");
        try (Statement statement = two.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM fence"))
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getErrorCode())
                            .isEqualTo(604));
        }
        one.rollback();
    }

    @Test
    void severalStatementsInOneRequestAnswerEach() throws Exception {
        try (Statement statement = one.createStatement()) {
            statement
                    .unwrap(net.snowflake.client.api.statement.SnowflakeStatement.class)
                    .setParameter("MULTI_STATEMENT_COUNT", 4);
            statement.execute("BEGIN; UPDATE fence SET epoch = 9; SELECT epoch FROM fence; COMMIT");
            assertThat(statement.getMoreResults()).isTrue();
            assertThat(statement.getMoreResults()).isTrue();
            assertThat(statement.getResultSet().next()).isTrue();
            assertThat(statement.getResultSet().getInt(1)).isEqualTo(9);
        }
        assertThat(Warehouse.rows(two, "SELECT epoch FROM fence")).containsExactly("9");
    }

    @Test
    void aTransactionWhoseClientFellSilentWhileItBlockedOthersIsAbortedAndSaysSo() throws Exception {
        Warehouse.execute(two, "ALTER SESSION SET LOCK_TIMEOUT = 15");
        Warehouse.execute(one, "BEGIN");
        Warehouse.update(one, "UPDATE fence SET epoch = 100");
        assertThat(Warehouse.update(two, "UPDATE fence SET epoch = epoch + 1")).isEqualTo(1);
        assertThat(Warehouse.rows(two, "SELECT epoch FROM fence")).containsExactly("2");
        assertThatThrownBy(() -> Warehouse.execute(one, "COMMIT")).hasMessageContaining("silent");
    }
}
