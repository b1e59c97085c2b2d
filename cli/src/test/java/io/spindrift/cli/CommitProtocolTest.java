package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget.FencedException;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The commit against the local Snowflake, through the real driver. */
class CommitProtocolTest {

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
        warehouse = new TestWarehouse(snowflake, "DB" + databases++, directory);
        ledger = warehouse.takeOver(ConsistencyGroups.NONE);
        epoch = ledger.raiseEpoch();
    }

    @AfterEach
    void close() throws Exception {
        snowflake.faults().clear();
        warehouse.close();
    }

    private static Change change(int id, String name, char operation, long offset, long lsn) {
        return new Change("USERS", id, name, operation, 0, offset, lsn);
    }

    @Test
    void aCommitBringsEveryTableAndItsProof() throws Exception {
        Commit commit = warehouse.stage(
                change(1, "a", 'c', 0, 10),
                change(1, "b", 'u', 1, 11),
                change(2, "x", 'c', 2, 12),
                change(2, "", 'd', 3, 13),
                new Change("ORDERS", 7, "o", 'r', 1, 5, -1));
        assertThat(ledger.commit(commit, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(ledger.commit(commit, epoch)).isEqualTo(Outcome.ALREADY_COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|o");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u", "0|2|c", "0|3|d");
        assertThat(
                        warehouse.rows(
                                "SELECT PIPELINE, CONSISTENCY_GROUP, PREVIOUS_COMMIT_ID, EPOCH, CHECKPOINT_ID, FILES, \"ROWS\", DUPLICATE_ROWS, TABLE_COUNTS, HIGHEST_LSN FROM SPINDRIFT.COMMITS"))
                .containsExactly(
                        "shop|default|none|1|1|2|5|0|{\"ORDERS\":{\"r\":1,\"c\":0,\"u\":0,\"d\":0,\"t\":0},\"USERS\":{\"r\":0,\"c\":2,\"u\":1,\"d\":1,\"t\":0}}|13");
        assertThat(warehouse.rows(
                        "SELECT TOPIC, \"PARTITION\", APPLIED_OFFSET, READ_OFFSET FROM SPINDRIFT.OFFSETS ORDER BY 1"))
                .containsExactly("shop.public.orders|1|5|5", "shop.public.users|0|3|3");
    }

    @Test
    void theOlderCommitterIsFencedAndToldByWhom() throws Exception {
        SnowflakeLedger newer = warehouse.takeOver(ConsistencyGroups.NONE);
        long higher = newer.raiseEpoch();
        Commit commit = warehouse.stage(change(1, "a", 'c', 0, 10));
        assertThatThrownBy(() -> ledger.commit(commit, epoch))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("epoch 2, held by job 1 since 20");
        assertThat(newer.commit(commit, higher)).isEqualTo(Outcome.COMMITTED);
        Commit later = warehouse.stage(change(1, "b", 'u', 1, 11));
        assertThatThrownBy(() -> ledger.commit(later, epoch)).isInstanceOf(FencedException.class);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
    }

    /** Each statement of the request and of what comes before it, by what its text has. */
    static final List<String> STEPS = List.of(
            "SELECT \"EPOCH\"",
            "SELECT \"MANIFEST_HASH\"",
            "SELECT \"LAST_COMMIT_ID\"",
            "SELECT \"TOPIC\"",
            "BEGIN",
            "UPDATE \"SPINDRIFT\".\"FENCE",
            "another committer holds",
            "COPY INTO \"RAW\".\"USERS\"",
            "the manifest says",
            "was made anew",
            "DELETE FROM \"RAW\".\"USERS\"",
            "MERGE INTO \"MIRROR\".\"ORDERS\"",
            "MERGE INTO \"MIRROR\".\"USERS\"",
            "INSERT INTO \"SPINDRIFT\".\"COMMITS\"",
            "MERGE INTO \"SPINDRIFT\".\"OFFSETS\"",
            "^COMMIT");

    static final List<Fault.Effect> EFFECTS = List.of(
            new Fault.Drop(),
            new Fault.Unavailable(),
            new Fault.ExpireToken(),
            new Fault.ExpireSession(),
            new Fault.Fail("000603", "XX000", "an incident"),
            new Fault.Fail("000625", "57014", "too many waiters"));

    /** Each step, before and after, with one effect; {@code -Dspindrift.faults=all}: with every effect. */
    static Stream<Arguments> faults() {
        boolean all = "all".equals(System.getProperty("spindrift.faults"));
        List<Arguments> faults = new ArrayList<>();
        for (String step : STEPS) {
            for (Fault.Point point : Fault.Point.values()) {
                for (int i = 0; i < (all ? EFFECTS.size() : 1); i++) {
                    Fault.Effect effect =
                            EFFECTS.get((faults.size() / (all ? EFFECTS.size() : 1) + i) % EFFECTS.size());
                    faults.add(Arguments.of(new Fault(point, step, 1, 1, effect)));
                }
            }
        }
        return faults.stream();
    }

    /** The job had gone back, so that every statement is sent: rows 1 to 3 come again, with one new one. */
    @ParameterizedTest
    @MethodSource("faults")
    void whateverFailsWhereverTheCommitIsAppliedOnce(Fault fault) throws Exception {
        Commit first = warehouse.stage(
                change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11), new Change("ORDERS", 7, "o", 'c', 0, 0, 12));
        ledger.commit(first, epoch);
        Commit again = warehouse.stage(
                change(2, "b", 'c', 1, 11),
                change(1, "c", 'u', 2, 13),
                new Change("ORDERS", 7, "o", 'c', 0, 0, 12),
                new Change("ORDERS", 8, "p", 'c', 0, 1, 14));
        SnowflakeLedger restarted = warehouse.takeOver(ConsistencyGroups.NONE);
        long raised = restarted.raiseEpoch();
        snowflake.faults().add(fault);
        restarted.commit(again, raised);
        assertThat(snowflake.faults().list().get(0).fired())
                .as("the fault happened")
                .isEqualTo(1);
        snowflake.faults().clear();
        Commit next = warehouse.stage(change(3, "d", 'c', 3, 15));
        assertThat(restarted.commit(next, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c", "2|b", "3|d");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|o", "8|p");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|c", "0|2|u", "0|3|c");
        assertThat(warehouse.log("ORDERS")).containsExactly("0|0|c", "0|1|c");
        assertThat(warehouse.rows("SELECT \"ROWS\", DUPLICATE_ROWS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly("3|0", "4|2", "1|0");
    }
}
