package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.Acceptance;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that dead letters stop, and their going on, against the local Snowflake. */
class StoppedTablesTest {

    private static final TableName USERS = new TableName("USERS");

    private static LocalSnowflake snowflake;
    private static int databases;

    private TestWarehouse warehouse;
    private SnowflakeLedger ledger;
    private StoppedTables stopped;
    private long epoch;

    @BeforeAll
    static void start(@TempDir Path data) {
        snowflake = LocalSnowflake.start(data, 0);
    }

    @AfterAll
    static void stop() {
        snowflake.close();
    }

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        warehouse = new TestWarehouse(snowflake, "STOPPED" + databases++, directory);
        takeOver(ConsistencyGroups.NONE);
        stopped = new StoppedTables(TestWarehouse.PIPELINE, warehouse.options());
    }

    private void takeOver(ConsistencyGroups groups) throws Exception {
        ledger = warehouse.takeOver(groups);
        epoch = ledger.raiseEpoch();
    }

    @AfterEach
    void close() throws Exception {
        snowflake.faults().clear();
        stopped.close();
        warehouse.close();
    }

    private static Change change(int id, String name, char operation, long offset, long lsn) {
        return new Change("USERS", id, name, operation, 0, offset, lsn);
    }

    private static Change order(int id, String name, char operation, long offset) {
        return new Change("ORDERS", id, name, operation, 0, offset, offset + 10);
    }

    private static DeadLetter letter(long offset) {
        return letter("USERS", offset, DeadLetter.Reason.UNDECODABLE);
    }

    private static DeadLetter letter(String table, long offset, DeadLetter.Reason reason) {
        return new DeadLetter(
                "shop.public." + table.toLowerCase(java.util.Locale.ROOT),
                0,
                offset,
                0,
                reason,
                "why",
                null,
                new byte[] {8},
                List.of(),
                new TableName(table));
    }

    private void commit(Change... changes) throws Exception {
        assertThat(ledger.commit(warehouse.stage(changes), epoch)).isEqualTo(Outcome.COMMITTED);
    }

    private void commit(DeadLetter letter, Change... changes) throws Exception {
        assertThat(ledger.commit(warehouse.with(warehouse.stage(changes), letter), epoch))
                .isEqualTo(Outcome.COMMITTED);
    }

    private List<String> stops() throws Exception {
        return stopped.list().stream()
                .map(stop -> "%s %s %s-%d@%d %d %d"
                        .formatted(
                                stop.table(),
                                stop.reason(),
                                stop.topic(),
                                stop.partition(),
                                stop.offset(),
                                stop.commits(),
                                stop.changes()))
                .toList();
    }

    private List<String> ahead() throws Exception {
        return warehouse.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'MIRROR_AHEAD'");
    }

    @Test
    void aLetterStopsItsTableAloneAndTheLogGoesOn() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "x", 'c', 1, 11), order(7, "o", 'c', 0));
        commit(letter(4), change(1, "b", 'u', 2, 12), change(2, "", 'd', 3, 13), order(7, "p", 'u', 1));
        commit(change(3, "c", 'c', 5, 14), order(8, "q", 'c', 2));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|x");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|p", "8|q");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|c", "0|2|u", "0|3|d", "0|5|c");
        assertThat(warehouse.deadLetters()).hasSize(1);
        assertThat(stops()).containsExactly("USERS UNDECODABLE shop.public.users-0@4 2 3");
        assertThat(ledger.stoppedTables()).isEqualTo(1);
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "3|c");
        assertThat(stops()).isEmpty();
        assertThat(ahead()).isEmpty();
        commit(change(3, "d", 'u', 6, 15));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "3|d");
        assertThat(ledger.stoppedTables()).isZero();
    }
}
