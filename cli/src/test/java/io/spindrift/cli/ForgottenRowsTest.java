package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits of a job that has forgotten the rows that they are about: each change here comes as the job passes on what looks new to it. */
class ForgottenRowsTest {

    private static LocalSnowflake snowflake;
    private static int databases;

    private TestWarehouse warehouse;
    private SnowflakeLedger ledger;
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
        warehouse = new TestWarehouse(snowflake, "FORGOTTEN" + databases++, directory);
        ledger = warehouse.takeOverForgetful();
        epoch = ledger.raiseEpoch();
    }

    @AfterEach
    void close() throws Exception {
        warehouse.close();
    }

    private static Change change(int id, String name, char operation, long offset, long lsn) {
        return in(0, id, name, operation, offset, lsn);
    }

    private static Change in(int partition, int id, String name, char operation, long offset, long lsn) {
        return new Change("USERS", id, name, operation, partition, offset, lsn);
    }

    private void commit(Change... changes) throws Exception {
        ledger.commit(warehouse.stage(changes), epoch);
    }

    /** Partition, offset and operation; a mark behind what was superseded. */
    private List<String> log() throws Exception {
        return warehouse.rows(
                "SELECT _KAFKA_PARTITION || ' ' || _KAFKA_OFFSET || ' ' || _CDC_OPERATION || IFF(_CDC_SUPERSEDED, ' superseded', '') FROM RAW.USERS ORDER BY _KAFKA_PARTITION, _KAFKA_OFFSET");
    }

    private List<String> duplicates() throws Exception {
        return warehouse.rows("SELECT \"ROWS\", DUPLICATE_ROWS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT");
    }

    /** A commit ends in the middle of what the connector writes once more. */
    @Test
    void aDeletedRowStaysDeletedAndTheLogHasEachChangeOnce() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11), change(1, "", 'd', 2, 12));
        commit(change(1, "a", 'c', 3, 10), change(1, "b", 'u', 4, 11), change(2, "x", 'c', 5, 13));
        assertThat(warehouse.mirror("USERS")).containsExactly("2|x");
        commit(change(1, "", 'd', 6, 12));
        assertThat(warehouse.mirror("USERS")).containsExactly("2|x");
        assertThat(log()).containsExactly("0 0 c", "0 1 u", "0 2 d", "0 5 c");
        assertThat(duplicates()).containsExactly("3|0", "3|2", "1|1");
    }

    @Test
    void aLateChangeOfAnotherPartitionIsLoggedAsSupersededAndBringsNothingBack() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(1, "", 'd', 1, 20), change(2, "a", 'c', 2, 21));
        commit(in(1, 1, "late", 'u', 0, 15), in(1, 2, "newer", 'u', 1, 30), in(1, 3, "new", 'c', 2, 31));
        assertThat(warehouse.mirror("USERS")).containsExactly("2|newer", "3|new");
        assertThat(log()).containsExactly("0 0 c", "0 1 d", "0 2 c", "1 0 u superseded", "1 1 u", "1 2 c");
    }

    @Test
    void aChangeBehindADeleteMakesTheRowAnew() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(1, "", 'd', 1, 20));
        commit(change(1, "b", 'c', 2, 30), change(1, "c", 'u', 3, 31));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(log()).containsExactly("0 0 c", "0 1 d", "0 2 c", "0 3 u");
    }

    /** A mirrored topic, a batch that was sent again: at a higher offset, and yet older. */
    @Test
    void aReadThatComesAgainIsNotNewer() throws Exception {
        commit(change(1, "read", 'r', 0, 5), change(2, "read", 'r', 1, 5));
        commit(change(1, "b", 'u', 2, 10), change(2, "", 'd', 3, 11));
        commit(change(1, "read", 'r', 4, 5), change(2, "read", 'r', 5, 5));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
        assertThat(log()).containsExactly("0 0 r", "0 1 r", "0 2 u", "0 3 d");
    }

    /** Another read, older by its LSN and by its time: what was before it in its partition had gone when the pipeline began. */
    @Test
    void anOlderReadDoesNotBringADeletedRowBack() throws Exception {
        commit(change(1, "", 'd', 3, 11), change(2, "", 'd', 4, 12));
        commit(change(1, "read", 'r', 5, 5), in(1, 2, "read", 'r', 0, 5));
        assertThat(warehouse.mirror("USERS")).isEmpty();
        assertThat(log()).containsExactly("0 3 d", "0 4 d", "0 5 r superseded", "1 0 r superseded");
    }

    /** A snapshot that makes a row whole, in whatever partition it comes. */
    @Test
    void aLaterReadBringsARowThatTheMirrorLacks() throws Exception {
        commit(change(1, "", 'd', 3, 11), change(2, "", 'd', 4, 12));
        warehouse.second(30);
        commit(change(1, "read", 'r', 5, -1), in(1, 2, "read", 'r', 0, -1));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|read", "2|read");
    }

    @Test
    void aLogThatWentBackIsNotGuessedAt() throws Exception {
        commit(change(1, "a", 'c', 0, 100), change(2, "a", 'c', 1, 101));
        warehouse.second(30);
        assertThatThrownBy(() -> commit(change(1, "b", 'u', 2, 10)))
                .hasMessageContaining("the log of the source went back, or the topic: 1 changes of USERS");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|a");
        commit(change(1, "read", 'r', 2, 9));
        commit(change(1, "b", 'u', 3, 10));
        commit(change(1, "c", 'u', 4, 11));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c", "2|a");
        assertThat(log()).containsExactly("0 0 c", "0 1 c", "0 2 r", "0 3 u", "0 4 u");
    }

    @Test
    void whatAChangeLeavesOutIsTheMirrors() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11));
        commit(change(1, "…", 'u', 2, 11), change(1, "…", 'u', 3, 12));
        assertThat(warehouse.rows("SELECT ID, NAME, _KAFKA_OFFSET FROM MIRROR.USERS"))
                .containsExactly("1|b|3");
        assertThat(log()).containsExactly("0 0 c", "0 1 u", "0 3 u");
    }

    @Test
    void aJobThatHasGoneBackTooLogsEachChangeOnce() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(1, "", 'd', 1, 11));
        commit(change(1, "a", 'c', 1000, 10), change(2, "b", 'c', 1001, 12));
        commit(change(1, "a", 'c', 1000, 10), change(2, "b", 'c', 1001, 12), change(3, "c", 'c', 1002, 13));
        assertThat(warehouse.mirror("USERS")).containsExactly("2|b", "3|c");
        assertThat(log()).containsExactly("0 0 c", "0 1 d", "0 1001 c", "0 1002 c");
        assertThat(duplicates()).containsExactly("2|0", "2|1", "3|2");
    }

    /** What the guard is for: without it the row is back, and twice in the log. */
    @Test
    void aJobThatForgetsNothingDoesNotAsk() throws Exception {
        SnowflakeLedger lasting = warehouse.takeOver(ConsistencyGroups.NONE);
        long raised = lasting.raiseEpoch();
        lasting.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "", 'd', 1, 11)), raised);
        lasting.commit(warehouse.stage(change(1, "a", 'c', 2, 10)), raised);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(log()).containsExactly("0 0 c", "0 1 d", "0 2 c");
    }
}
