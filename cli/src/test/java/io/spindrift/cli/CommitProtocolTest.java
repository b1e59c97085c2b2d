package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget.FencedException;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.commit.CommitTarget.UnsafeSourceException;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.warehouse.Acceptance;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Of one key the last change counts: where the job knew the value between them, it has filled it in. */
    @Test
    void whatAChangeLeavesOutIsTheMirrorsAndTheLogSaysSo() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)), epoch);
        Commit commit = warehouse.stage(
                change(1, "…", 'u', 2, 12),
                change(2, "c", 'u', 3, 13),
                change(1, "…", 'u', 4, 14),
                change(3, "d", 'c', 5, 15));
        assertThat(ledger.commit(commit, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.rows("SELECT ID, NAME, _KAFKA_OFFSET FROM MIRROR.USERS ORDER BY ID"))
                .containsExactly("1|a|4", "2|c|3", "3|d|5");
        assertThat(
                        warehouse.rows(
                                "SELECT ID, NAME, _CDC_UNCHANGED FROM RAW.USERS WHERE _KAFKA_OFFSET > 1 ORDER BY _KAFKA_OFFSET"))
                .containsExactly("1|null|[\"NAME\"]", "2|c|null", "1|null|[\"NAME\"]", "3|d|null");
    }

    @Test
    void whatAChangeLeavesOutOfARowThatTheMirrorLacksIsADeadLetterUntilTheRowComesWhole() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "…", 'u', 1, 11)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u");
        assertThat(warehouse.rows(
                        "SELECT PIPELINE, TOPIC, \"PARTITION\", \"OFFSET\", REASON FROM SPINDRIFT.DEAD_LETTERS"))
                .containsExactly("shop|shop.public.users|0|1|UNKNOWN_TOAST_VALUE");
        ledger.commit(warehouse.stage(change(1, "…", 'u', 2, 12), change(2, "b", 'u', 3, 13)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|b");
        assertThat(warehouse.rows("SELECT COUNT(*) FROM SPINDRIFT.DEAD_LETTERS"))
                .containsExactly("1");
    }

    /** A job that starts from nothing meets what it has applied, and goes on behind it. */
    @Test
    void whatAChangeLeavesOutIsTheMirrorsAfterARewindToo() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11)), epoch);
        Commit again = warehouse.stage(change(1, "…", 'u', 1, 11), change(1, "…", 'u', 2, 12));
        assertThat(ledger.commit(again, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.rows("SELECT ID, NAME, _KAFKA_OFFSET FROM MIRROR.USERS"))
                .containsExactly("1|b|2");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u", "0|2|u");
    }

    private static final String USERS_LOG =
            "SELECT ID, NAME, _CDC_OPERATION, _CDC_UNCHANGED FROM RAW.USERS WHERE _KAFKA_OFFSET > %d ORDER BY _KAFKA_OFFSET";

    /** The delete has what the job knew of the old row; or the mirror, where a job without state knew nothing. */
    @Test
    void aRowThatChangesItsKeyKeepsWhatTheChangeLeftOut() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)), epoch);
        ledger.commit(
                warehouse.stage(
                        change(1, "a", 'd', 2, 12),
                        change(3, "…", 'c', 3, 12),
                        change(2, "…", 'd', 4, 13),
                        change(4, "…", 'c', 5, 13),
                        change(4, "…", 'u', 6, 14)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|a", "4|b");
        assertThat(warehouse.rows(USERS_LOG.formatted(1)))
                .containsExactly("1|a|d|null", "3|a|c|null", "2|b|d|null", "4|b|c|null", "4|b|u|null");
        assertThat(warehouse.deadLetters()).isEmpty();
    }

    @Test
    void aRowThatChangesItsKeyTwiceInACommitKeepsWhatBothLeftOut() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        ledger.commit(
                warehouse.stage(
                        change(1, "…", 'd', 1, 12),
                        change(2, "…", 'c', 2, 12),
                        change(2, "…", 'd', 3, 13),
                        change(3, "…", 'c', 4, 13),
                        change(3, "…", 'u', 5, 14)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|a");
        assertThat(warehouse.rows(USERS_LOG.formatted(0)))
                .containsExactly("1|a|d|null", "2|a|c|null", "2|a|d|null", "3|a|c|null", "3|a|u|null");
    }

    /** The halves come from two partitions, and the delete's was ahead. */
    @Test
    void theDeleteOfTheOldKeyMayStandInAnEarlierCommit() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        ledger.commit(warehouse.stage(change(1, "…", 'd', 1, 12)), epoch);
        ledger.commit(warehouse.stage(change(2, "…", 'c', 2, 12)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("2|a");
    }

    /**
     * Nobody kept the value: the old row was not in the mirror, its delete tells nothing (an older build's, or its header was lost), or comes
     * later. What the mirror had under the new key is another row's, and no value of this one.
     */
    @Test
    void aChangedKeyWhoseValueNobodyKeptIsADeadLetterAndNoOtherRowsValue() throws Exception {
        ledger.commit(warehouse.stage(change(2, "b", 'c', 0, 10), change(4, "d", 'c', 1, 11)), epoch);
        ledger.commit(
                warehouse.stage(
                        change(1, "…", 'd', 2, 12),
                        change(2, "", 'd', 3, 13),
                        change(2, "…", 'c', 4, 14),
                        change(2, "…", 'u', 5, 15),
                        change(3, "", 'd', 6, 16),
                        change(4, "…", 'c', 7, 16)),
                epoch);
        assertThat(warehouse.mirror("USERS")).isEmpty();
        assertThat(warehouse.rows("SELECT \"OFFSET\", REASON FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1"))
                .containsExactly("5|UNKNOWN_TOAST_VALUE", "7|UNKNOWN_TOAST_VALUE");
        ledger.commit(warehouse.stage(change(2, "…", 'u', 8, 17), change(4, "x", 'u', 9, 18)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("4|x");
    }

    /**
     * Likewise, and the other way round: the row is in the log and not in the mirror until the delete brings what it lacks; then its last version
     * is, and its letters are gone.
     */
    @Test
    void theDeleteOfTheOldKeyMayStandInALaterCommit() throws Exception {
        ledger.commit(
                warehouse.stage(
                        change(1, "a", 'c', 0, 10),
                        change(5, "e", 'c', 1, 11),
                        change(7, "g", 'c', 2, 11),
                        change(9, "i", 'c', 3, 11)),
                epoch);
        ledger.commit(
                warehouse.stage(
                        change(2, "…", 'c', 4, 12),
                        change(6, "…", 'c', 5, 13),
                        change(8, "…", 'c', 6, 14),
                        change(10, "…", 'c', 7, 15)),
                epoch);
        ledger.commit(
                warehouse.stage(change(2, "…", 'u', 8, 16), change(6, "", 'd', 9, 17), change(10, "new", 'u', 10, 18)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactlyInAnyOrder("1|a", "10|new", "5|e", "7|g", "9|i");
        assertThat(warehouse.deadLetters()).hasSize(5);
        ledger.commit(
                warehouse.stage(
                        change(1, "a", 'd', 11, 12),
                        change(5, "e", 'd', 12, 13),
                        change(7, "", 'd', 13, 14),
                        change(9, "i", 'd', 14, 15)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactlyInAnyOrder("10|new", "2|a");
        assertThat(warehouse.rows("SELECT ID, _KAFKA_OFFSET FROM MIRROR.USERS ORDER BY ID"))
                .containsExactly("2|8", "10|10");
        assertThat(warehouse.rows("SELECT \"OFFSET\" FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1"))
                .as("of 6, which has gone, and of 8, whose value nobody has")
                .containsExactly("5", "6");
    }

    /** The table was emptied in between. */
    @Test
    void anAwaitedRowThatWasTruncatedDoesNotComeBack() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        ledger.commit(warehouse.stage(change(2, "…", 'c', 1, 12)), epoch);
        ledger.commit(warehouse.stage(change(0, "", 't', 2, 13)), epoch);
        ledger.commit(warehouse.stage(change(1, "a", 'd', 3, 12)), epoch);
        assertThat(warehouse.mirror("USERS")).isEmpty();
    }

    /** The source's log began anew, and has come to the same place in another transaction. */
    @Test
    void aDeleteOfAnotherLogIsNotTheOtherHalf() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'd', 0, 12)), epoch);
        warehouse.second(1);
        ledger.commit(warehouse.stage(change(2, "…", 'c', 1, 12)), epoch);
        assertThat(warehouse.mirror("USERS")).isEmpty();
        assertThat(warehouse.deadLetters()).hasSize(1);
    }

    /** Another row had the old key before, and the mirror has it still. */
    @Test
    void aDeleteTakesNoValueOfTheRowThatHadItsKeyBefore() throws Exception {
        ledger.commit(warehouse.stage(change(2, "b", 'c', 0, 10)), epoch);
        ledger.commit(
                warehouse.stage(
                        change(2, "b", 'd', 1, 11),
                        change(2, "…", 'c', 2, 12),
                        change(2, "…", 'd', 3, 13),
                        change(3, "…", 'c', 4, 13)),
                epoch);
        assertThat(warehouse.mirror("USERS")).isEmpty();
        assertThat(warehouse.rows(USERS_LOG.formatted(0)))
                .containsExactly("2|b|d|null", "2|null|c|[\"NAME\"]", "2|null|d|[\"NAME\"]", "3|null|c|[\"NAME\"]");
    }

    private static Change click(String name, char operation, long offset, long lsn) {
        return new Change("CLICKS", 1, name, operation, 0, offset, lsn);
    }

    /** The last record of the second commit is the connector's second writing of the first: no offset tells, and none is dropped. */
    @Test
    void aTableThatIsLoggedOnlyHasEachRecordOnceAndNoMirror() throws Exception {
        ledger.commit(
                warehouse.stageLogOnly(
                        click("a", 'c', 0, 10), click("a", 'c', 1, 10), click("b", 'c', 2, 10), click("…", 'u', 3, 11)),
                epoch);
        ledger.commit(
                warehouse.stageLogOnly(
                        click("b", 'c', 2, 10),
                        click("…", 'u', 3, 11),
                        click("", 'd', 4, 12),
                        click("", 't', 5, 13),
                        click("b", 'c', 6, 10)),
                epoch);
        assertThat(warehouse.log("CLICKS"))
                .containsExactly("0|0|c", "0|1|c", "0|2|c", "0|3|u", "0|4|d", "0|5|t", "0|6|c");
        assertThat(warehouse.rows("SELECT NAME, _CDC_UNCHANGED FROM RAW.CLICKS WHERE _CDC_OPERATION = 'u'"))
                .containsExactly("null|[\"NAME\"]");
        assertThat(warehouse.rows("SELECT TABLE_SCHEMA FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'CLICKS'"))
                .containsExactly("RAW");
        assertThat(warehouse.deadLetters()).isEmpty();
        assertThat(warehouse.rows(
                        "SELECT \"ROWS\", DUPLICATE_ROWS, TABLE_COUNTS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly(
                        "4|0|{\"CLICKS\":{\"r\":0,\"c\":3,\"u\":1,\"d\":0,\"t\":0}}",
                        "5|2|{\"CLICKS\":{\"r\":0,\"c\":2,\"u\":1,\"d\":1,\"t\":1}}");
        // The query of docs/semantics.md: equal rows of one LSN, from one COPY or from a connector that crashed.
        assertThat(
                        warehouse.rows(
                                "SELECT _CDC_LSN, _CDC_TX_ID, _CDC_OPERATION, ID, NAME, COUNT(*), MIN(_KAFKA_OFFSET), MAX(_KAFKA_OFFSET) FROM RAW.CLICKS GROUP BY 1, 2, 3, 4, 5 HAVING COUNT(*) > 1 ORDER BY NAME"))
                .containsExactly("10|7|c|1|a|2|0|1", "10|7|c|1|b|2|2|6");
    }

    /** Rows with a key may have waited for a commit since before the table was listed. */
    @Test
    void theMirrorOfATableThatIsLoggedOnlyByNowStaysAsItIs() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)), epoch);
        Commit waiting = warehouse.stage(change(1, "c", 'u', 2, 12));
        ledger.commit(
                warehouse.together(
                        waiting, warehouse.stageLogOnly(change(1, "d", 'u', 3, 13), change(1, "", 'd', 4, 14))),
                epoch);
        ledger.commit(warehouse.stageLogOnly(change(0, "", 't', 5, 15), change(3, "…", 'u', 6, 16)), epoch);
        ledger.commit(warehouse.stageLogOnly(change(0, "", 't', 5, 15), change(3, "e", 'c', 7, 17)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|b");
        assertThat(warehouse.log("USERS"))
                .containsExactly("0|0|c", "0|1|c", "0|2|u", "0|3|u", "0|4|d", "0|5|t", "0|6|u", "0|7|c");
        assertThat(warehouse.deadLetters()).isEmpty();
    }

    /** RAW has rows already that its mirror would lack. */
    @Test
    void aTableThatWasLoggedOnlyGetsNoMirrorUnderItsName() throws Exception {
        ledger.commit(warehouse.stageLogOnly(change(1, "a", 'c', 0, 10)), epoch);
        Commit keyed = warehouse.stage(change(1, "b", 'u', 1, 11));
        assertThatThrownBy(() -> ledger.commit(keyed, epoch))
                .hasMessageContaining("table MIRROR.USERS is gone, to which 1 commits have brought rows")
                .hasMessageContaining(
                        "If it was logged only until now (pipeline.log-only-tables), route it to a table");
    }

    /** The second committer has never seen the wider shape: it has to ask the mirror. */
    @Test
    void aRowWithoutARawTextClearsTheOneThatItsLastVersionHad() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)), epoch);
        ledger.commit(warehouse.stageRaw(change(1, "infinity", 'u', 2, 12), change(2, "-infinity", 'u', 3, 13)), epoch);
        String mirror = "SELECT ID, NAME, NAME__RAW FROM MIRROR.USERS ORDER BY ID";
        assertThat(warehouse.rows(mirror)).containsExactly("1|null|infinity", "2|null|-infinity");
        ledger.commit(warehouse.stage(change(1, "c", 'u', 4, 14)), epoch);
        assertThat(warehouse.rows(mirror)).containsExactly("1|c|null", "2|null|-infinity");
        SnowflakeLedger restarted = warehouse.takeOver(ConsistencyGroups.NONE);
        restarted.commit(warehouse.stage(change(2, "d", 'u', 5, 15)), restarted.raiseEpoch());
        assertThat(warehouse.rows(mirror)).containsExactly("1|c|null", "2|d|null");
        assertThat(warehouse.rows("SELECT NAME, NAME__RAW FROM RAW.USERS WHERE ID = 2 ORDER BY _KAFKA_OFFSET"))
                .containsExactly("b|null", "null|-infinity", "d|null");
    }

    /** Ledgers 0 and 1 are attempts of one job, ledger 2 is of another. */
    @Test
    void theOlderCommitterIsFencedAndToldByWhom() throws Exception {
        SnowflakeLedger restarted = warehouse.takeOver(ConsistencyGroups.NONE);
        long higher = restarted.raiseEpoch();
        Commit commit = warehouse.stage(change(1, "a", 'c', 0, 10));
        assertThatThrownBy(() -> ledger.commit(commit, epoch))
                .isInstanceOfSatisfying(
                        FencedException.class, e -> assertThat(e.byOwnJob()).isTrue())
                .hasMessageContaining("epoch 2, held by job 1 since 20")
                .hasMessageContaining("another attempt of this job");
        assertThat(restarted.commit(commit, higher)).isEqualTo(Outcome.COMMITTED);
        warehouse.takeOver(ConsistencyGroups.NONE).raiseEpoch();
        Commit later = warehouse.stage(change(1, "b", 'u', 1, 11));
        assertThatThrownBy(() -> restarted.commit(later, higher))
                .isInstanceOfSatisfying(
                        FencedException.class, e -> assertThat(e.byOwnJob()).isFalse())
                .hasMessageContaining("epoch 3, held by job 2 since 20")
                .hasMessageContaining("Another job runs this pipeline: stop one of the two.");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
    }

    private static DeadLetter letter(long offset, byte @Nullable [] value) {
        return new DeadLetter(
                "shop.public.users",
                0,
                offset,
                1_795_248_000_000L,
                DeadLetter.Reason.UNDECODABLE,
                "it's \"why\"",
                null,
                value,
                List.of(new DeadLetter.Header("h", new byte[] {1})));
    }

    @Test
    void deadLettersAreCommittedWithTheRowsAndHaveNoMirror() throws Exception {
        byte[] every = new byte[256];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) i;
        }
        Commit commit = warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, every), letter(2, null));
        assertThat(ledger.commit(commit, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.deadLetters())
                .containsExactly(
                        "shop.public.users|0|1|UNDECODABLE|it's \"why\"|null|"
                                + HexFormat.of().withUpperCase().formatHex(every)
                                + "|[{\"name\":\"h\",\"value\":\"01\"}]",
                        "shop.public.users|0|2|UNDECODABLE|it's \"why\"|null|null|null");
        assertThat(
                        warehouse.rows(
                                "SELECT PIPELINE, \"TIMESTAMP\", COMMIT_ID, STAGED_FILE LIKE 'shop/1/1/SPINDRIFT=2EDEAD_LETTERS/%.csv.zst', RECORDED_AT > '2026-01-01', REPLAYED_AT FROM SPINDRIFT.DEAD_LETTERS WHERE \"OFFSET\" = 1"))
                .hasSize(1)
                .allMatch(row -> row.startsWith("shop|") && row.contains("|" + commit.id() + "|TRUE|TRUE|null"));
        assertThat(
                        warehouse.rows(
                                "SELECT \"ROWS\", READ_RECORDS, APPLIED, SUPERSEDED, DUPLICATES, DEAD, IGNORED, TABLE_COUNTS FROM SPINDRIFT.COMMITS"))
                .containsExactly(
                        "1|3|1|0|0|2|0|{\"SPINDRIFT.DEAD_LETTERS\":{\"r\":2,\"c\":0,\"u\":0,\"d\":0,\"t\":0},\"USERS\":{\"r\":0,\"c\":1,\"u\":0,\"d\":0,\"t\":0}}");
        assertThat(warehouse.rows("SELECT APPLIED_OFFSET FROM SPINDRIFT.OFFSETS"))
                .containsExactly("2");
        assertThat(warehouse.rows(
                        "SELECT TABLE_SCHEMA FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%DEAD_LETTERS'"))
                .containsExactly("SPINDRIFT");
    }

    /** Another build may know another reason for the same record. */
    @Test
    void goingBackBringsNoDeadLetterTwice() throws Exception {
        ledger.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, new byte[] {7})), epoch);
        DeadLetter again = new DeadLetter(
                "shop.public.users", 0, 1, 0, DeadLetter.Reason.NOT_AN_ENVELOPE, "", null, new byte[] {7}, List.of());
        ledger.commit(
                warehouse.with(
                        warehouse.stage(change(1, "a", 'c', 0, 10)), again, letter(3, null), letter(2, new byte[0])),
                epoch);
        assertThat(warehouse.rows(
                        "SELECT \"OFFSET\", REASON, \"VALUE\" FROM SPINDRIFT.DEAD_LETTERS ORDER BY \"OFFSET\""))
                .containsExactly("1|UNDECODABLE|07", "2|UNDECODABLE|", "3|UNDECODABLE|null");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c");
        assertThat(warehouse.rows("SELECT \"ROWS\", DUPLICATE_ROWS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly("1|0", "1|1");
    }

    @Test
    void aDeadLetterAndAnotherRecordOfItsOffsetAreTwoTopics() throws Exception {
        ledger.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, new byte[] {7})), epoch);
        Commit anew = warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, new byte[] {8}));
        assertThatThrownBy(() -> ledger.commit(anew, epoch))
                .hasMessageContaining("1 records of shop.public.users differ from the dead letters")
                .hasMessageContaining("the topic was made anew");
    }

    /** The same topics, read by another pipeline: its letters are its own. */
    @Test
    void anotherPipelinesLettersAreLeftAlone() throws Exception {
        ledger.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, new byte[] {7})), epoch);
        warehouse.execute("UPDATE SPINDRIFT.DEAD_LETTERS SET PIPELINE = 'other', \"VALUE\" = NULL");
        ledger.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, new byte[] {7})), epoch);
        assertThat(warehouse.rows("SELECT PIPELINE FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1"))
                .containsExactly("other", "shop");
    }

    /** What the first group has, the second need not know; one of them says what became of the records. */
    @Test
    void deadLettersBelongToTheRestWhateverAGroupsPatternTakes() throws Exception {
        SnowflakeLedger divided = warehouse.takeOver(
                new ConsistencyGroups(List.of(new ConsistencyGroups.Group("all", Pattern.compile(".*")))));
        long raised = divided.raiseEpoch();
        divided.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10)), letter(1, null)), raised);
        assertThat(warehouse.rows("SELECT CONSISTENCY_GROUP, \"ROWS\", READ_RECORDS FROM SPINDRIFT.COMMITS ORDER BY 1"))
                .containsExactly("all|1|2", "default|0|null");
        assertThat(warehouse.deadLetters()).hasSize(1);
    }

    /** A ledger that an older build has made. */
    @Test
    void aLedgerWithoutCountsGetsThem() throws Exception {
        warehouse.execute("ALTER TABLE SPINDRIFT.COMMITS DROP COLUMN IGNORED");
        SnowflakeLedger later = warehouse.takeOver(ConsistencyGroups.NONE);
        later.commit(warehouse.with(warehouse.stage(change(1, "a", 'c', 0, 10))), later.raiseEpoch());
        assertThat(warehouse.rows("SELECT READ_RECORDS, IGNORED FROM SPINDRIFT.COMMITS"))
                .containsExactly("1|0");
    }

    private static Commit reading(Commit commit, SourceProgress... reports) {
        return new Commit(
                commit.id(),
                commit.checkpointId(),
                commit.files(),
                List.of(reports),
                commit.watermarkMillis(),
                Commit.Timing.DUE);
    }

    private static SourceProgress users(String topicId, long continuesAfter, long start, long last) {
        return new SourceProgress("shop.public.users", 0, topicId, continuesAfter, start, last);
    }

    /** The job goes on from its state, and the topic has dropped what comes next. */
    @Test
    void whatTheTopicHasDroppedSinceTheStateIsRefusedUntilItIsAccepted() throws Exception {
        ledger.commit(reading(warehouse.stage(change(1, "a", 'c', 3, 10)), users("", -1, 0, 4)), epoch);
        Commit behindAGap = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 4, 12, 12));
        assertThatThrownBy(() -> ledger.commit(behindAGap, epoch))
                .isInstanceOf(UnsafeSourceException.class)
                .hasMessageStartingWith("offsets 5 to 11 of shop.public.users-0 never reached the warehouse")
                .hasMessageEndingWith("--topic shop.public.users --partition 0 --up-to 11");
        try (Acceptance acceptance = new Acceptance(TestWarehouse.PIPELINE, warehouse.options())) {
            acceptance.gap("shop.public.users", 0, 11);
        }
        assertThat(ledger.commit(behindAGap, epoch)).isEqualTo(Outcome.COMMITTED);
        Commit next = reading(warehouse.stage(change(2, "c", 'u', 14, 12)), users("", 12, 12, 14));
        assertThat(ledger.commit(next, epoch)).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void whatWasNeverReadIsRefusedWithTheCommandThatAcceptsIt() throws Exception {
        ledger.commit(reading(warehouse.stage(change(1, "a", 'c', 3, 10)), users("", -1, 0, 4)), epoch);
        Commit behindAGap = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 9, 0, 12));
        assertThatThrownBy(() -> ledger.commit(behindAGap, epoch))
                .isInstanceOf(UnsafeSourceException.class)
                .hasMessageStartingWith("offsets 5 to 9 of shop.public.users-0 never reached the warehouse")
                .hasMessageContaining(
                        "bin/spindrift accept gap --config <pipeline.yaml> --topic shop.public.users --partition 0 --up-to 9");
        SourceProgress other = new SourceProgress("shop.public.users", 1, "", 7, 0, 8);
        Commit behindTwo = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 9, 0, 12), other);
        assertThatThrownBy(() -> ledger.commit(behindTwo, epoch))
                .as("both are named")
                .hasMessageContaining("--partition 0 --up-to 9\n")
                .hasMessageEndingWith("--partition 1 --up-to 7");
        Commit startedLate = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", -1, 7, 12));
        assertThatThrownBy(() -> ledger.commit(startedLate, epoch)).hasMessageContaining("--up-to 6");
        Commit unbroken = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 4, 0, 12));
        assertThat(ledger.commit(unbroken, epoch)).isEqualTo(Outcome.COMMITTED);
        Commit rewound = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", -1, 5, 12));
        assertThat(ledger.commit(rewound, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|b");
    }

    @Test
    void theStateOfAnotherWarehouseIsRefused() throws Exception {
        Commit elsewhere = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 9, 0, 12));
        assertThatThrownBy(() -> ledger.commit(elsewhere, epoch)).hasMessageContaining("--up-to 9");
    }

    @Test
    void aTopicWithAnotherIdIsRefused() throws Exception {
        ledger.commit(reading(warehouse.stage(change(1, "a", 'c', 3, 10)), users("one", -1, 0, 3)), epoch);
        Commit other = reading(warehouse.stage(change(1, "b", 'u', 5, 11)), users("two", 3, 0, 5));
        assertThatThrownBy(() -> ledger.commit(other, epoch))
                .isInstanceOf(UnsafeSourceException.class)
                .hasMessageContaining("its id is two and was one")
                .hasMessageContaining("bin/spindrift accept topic");
    }

    /** Brokers that give no ids: then the changes themselves tell. */
    @Test
    void aTopicWithOtherChangesAtTheSameOffsetsIsRefused() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11)), epoch);
        Commit anew = warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "x", 'u', 1, 12));
        assertThatThrownBy(() -> ledger.commit(anew, epoch))
                .hasMessageContaining("1 changes of shop.public.users differ")
                .hasMessageContaining("the topic was made anew");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
    }

    @Test
    void goingBackBringsNothingBackThatWasDeleted() throws Exception {
        ledger.commit(
                warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "", 'd', 1, 11), change(2, "b", 'c', 2, 12)),
                epoch);
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("2|b");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|d", "0|2|c");
    }

    /** A partition was behind when the state was lost: its changes are new to the log, and older than those of another partition. */
    @Test
    void aChangeThatIsNewToTheLogAndOlderThanTheMirrorChangesNothing() throws Exception {
        Change newer = new Change("USERS", 1, "newer", 'u', 1, 5, 20);
        Change deleted = new Change("USERS", 2, "", 'd', 1, 6, 21);
        ledger.commit(warehouse.stage(change(9, "z", 'c', 0, 1), newer, deleted), epoch);
        ledger.commit(
                warehouse.stage(
                        change(9, "z", 'c', 0, 1), change(1, "older", 'u', 1, 10), change(2, "older", 'u', 2, 11)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|newer", "9|z");
        ledger.commit(warehouse.stage(change(1, "older yet", 'u', 3, 12)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|newer", "9|z");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u", "0|2|u", "0|3|u", "1|5|u", "1|6|d");
    }

    /** After a crash the connector writes changes again at higher offsets. */
    @Test
    void aReplayAtAHigherOffsetIsNotNewer() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11)), epoch);
        ledger.commit(warehouse.stage(change(1, "a", 'c', 2, 10)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
    }

    @Test
    void aTruncateRemovesWhatIsOlderAlsoWhenTheJobGoesBack() throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)), epoch);
        ledger.commit(warehouse.stage(change(0, "", 't', 2, 12), change(3, "c", 'c', 3, 13)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|c");
        Change behind = new Change("USERS", 4, "d", 'c', 1, 0, 9);
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10), behind), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|c");
    }

    /** A log that began anew has lower LSNs: what it says is newer all the same, and what comes late of the old one is not. */
    @Test
    void aChangeOfALaterLogIsNewerWhateverItsLsn() throws Exception {
        SourceEpochs epochs = new SourceEpochs(List.of(Instant.parse("2026-11-21T08:00:30Z")));
        SnowflakeLedger knowing = warehouse.takeOver(epochs);
        long now = knowing.raiseEpoch();
        knowing.commit(warehouse.stage(change(1, "old", 'c', 0, 900), change(2, "old", 'c', 1, 901)), now);
        warehouse.second(30);
        knowing.commit(warehouse.stage(change(1, "new", 'u', 2, 10)), now);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|new", "2|old");
        warehouse.second(0);
        knowing.commit(warehouse.stage(new Change("USERS", 1, "late", 'u', 1, 0, 950)), now);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|new", "2|old");
        warehouse.second(31);
        knowing.commit(warehouse.stage(change(0, "", 't', 3, 11), change(3, "new", 'c', 4, 12)), now);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|new");
    }

    /** The source was restored: its reads set rows anew, and what follows has lower LSNs than the mirror. Also in one commit. */
    @Test
    void aReadSetsItsRowAnewForTheChangesBehindIt() throws Exception {
        ledger.commit(
                warehouse.stage(
                        change(1, "old", 'c', 0, 900), change(2, "old", 'c', 1, 901), change(3, "old", 'c', 2, 902)),
                epoch);
        warehouse.second(30);
        ledger.commit(
                warehouse.stage(
                        change(1, "read", 'r', 3, 10),
                        change(1, "new", 'u', 4, 11),
                        change(2, "read", 'r', 5, 10),
                        change(2, "", 'd', 6, 12),
                        change(3, "new", 'u', 7, 13),
                        change(3, "read", 'r', 8, 14)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|new", "3|read");
    }

    /** A topic that was mirrored, or a batch that was sent again: the job had no state to know it by. */
    @Test
    void anOldReadThatComesAgainDoesNotTakeTheRowBack() throws Exception {
        ledger.commit(warehouse.stage(change(1, "read", 'r', 0, 10), change(1, "new", 'u', 1, 20)), epoch);
        ledger.commit(warehouse.stage(change(1, "read", 'r', 2, 10)), epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|new");
    }

    /** Reads of an incremental snapshot have no LSN. */
    @Test
    void aTruncateRemovesTheReadsBeforeItAndNoneBehind() throws Exception {
        warehouse.second(10);
        ledger.commit(warehouse.stage(change(1, "before", 'r', 0, -1)), epoch);
        Change elsewhere = new Change("USERS", 2, "before", 'r', 1, 0, -1);
        ledger.commit(warehouse.stage(elsewhere), epoch);
        warehouse.second(11);
        ledger.commit(
                warehouse.stage(
                        change(0, "", 't', 1, 0),
                        change(3, "behind", 'r', 2, -1),
                        new Change("USERS", 4, "behind", 'r', 1, 1, -1)),
                epoch);
        assertThat(warehouse.mirror("USERS")).containsExactly("3|behind", "4|behind");
    }

    /** The count of every file is asserted before anything becomes visible. */
    @Test
    void aStagedFileThatWasChangedIsNotCommitted() throws Exception {
        Commit commit = warehouse.stage(change(1, "a", 'c', 0, 10));
        Commit other = warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11));
        warehouse.overwrite(commit.files().get(0), other.files().get(0));
        assertThatThrownBy(() -> ledger.commit(commit, epoch))
                .hasMessageContaining("COPY loaded (r c u d t) 0 2 0 0 0, the manifest says 0 1 0 0 0");
        assertThat(warehouse.log("USERS")).isEmpty();
        assertThat(warehouse.rows("SELECT * FROM SPINDRIFT.COMMITS")).isEmpty();
    }

    @Test
    void groupsCommitSideBySideAndEachHasItsProof() throws Exception {
        ConsistencyGroups groups =
                new ConsistencyGroups(List.of(new ConsistencyGroups.Group("sales", Pattern.compile("ORDERS"))));
        SnowflakeLedger divided = warehouse.takeOver(groups);
        long raised = divided.raiseEpoch();
        Commit both = warehouse.stage(change(1, "a", 'c', 0, 10), new Change("ORDERS", 7, "o", 'c', 0, 0, 11));
        snowflake
                .faults()
                .add(Fault.before("MERGE INTO \"MIRROR\".\"ORDERS\"", new Fault.Fail("100090", "42P18", "no")));
        assertThatThrownBy(() -> divided.commit(both, raised)).hasMessageContaining("100090");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(warehouse.mirror("ORDERS")).isEmpty();
        assertThat(divided.commit(both, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(divided.commit(both, raised)).isEqualTo(Outcome.ALREADY_COMMITTED);
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|o");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c");
        assertThat(warehouse.rows("SELECT CONSISTENCY_GROUP, \"ROWS\" FROM SPINDRIFT.COMMITS ORDER BY 1"))
                .containsExactly("default|1", "sales|1");
    }

    /** What a group has not committed itself, the ledger knows from another one: that is no gap. */
    @Test
    void aGroupThatSatOutACommitGoesOnWhereTheLedgerIs() throws Exception {
        SnowflakeLedger divided = warehouse.takeOver(
                new ConsistencyGroups(List.of(new ConsistencyGroups.Group("sales", Pattern.compile("ORDERS")))));
        long raised = divided.raiseEpoch();
        Change order = new Change("ORDERS", 7, "o", 'c', 0, 0, 11);
        divided.commit(reading(warehouse.stage(change(1, "a", 'c', 0, 10), order), users("", -1, 0, 0)), raised);
        divided.commit(reading(warehouse.stage(change(1, "b", 'u', 5, 12)), users("", 0, 0, 5)), raised);
        Change next = new Change("ORDERS", 8, "p", 'c', 0, 1, 14);
        Commit both = reading(warehouse.stage(change(1, "c", 'u', 9, 13), next), users("", 5, 0, 9));
        assertThat(divided.commit(both, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|o", "8|p");
        Commit behindAGap = reading(warehouse.stage(change(1, "d", 'u', 20, 15)), users("", 15, 0, 20));
        assertThatThrownBy(() -> divided.commit(behindAGap, raised)).isInstanceOf(UnsafeSourceException.class);
    }

    /** Its rows may be in the log under another group's name. */
    @Test
    void aTableThatChangesItsGroupIsStillLoggedOnce() throws Exception {
        Commit commit = warehouse.stage(change(1, "a", 'c', 0, 10), change(1, "b", 'u', 1, 11));
        ledger.commit(commit, epoch);
        SnowflakeLedger divided = warehouse.takeOver(
                new ConsistencyGroups(List.of(new ConsistencyGroups.Group("people", Pattern.compile("USERS")))));
        long raised = divided.raiseEpoch();
        divided.commit(warehouse.stage(change(1, "b", 'u', 1, 11), change(1, "c", 'u', 2, 12)), raised);
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u", "0|2|u");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
    }

    @Test
    void progressWithoutRowsIsKeptByTheLedger() throws Exception {
        Commit rows = reading(warehouse.stage(change(1, "a", 'c', 0, 10)), users("", -1, 0, 2));
        ledger.commit(rows, epoch);
        Commit none = new Commit(UUID.randomUUID(), 9, List.of(), List.of(users("", 2, 0, 7)), 1000, Commit.Timing.DUE);
        assertThat(ledger.commit(none, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(ledger.commit(none, epoch)).isEqualTo(Outcome.ALREADY_COMMITTED);
        assertThat(warehouse.rows("SELECT APPLIED_OFFSET, READ_OFFSET FROM SPINDRIFT.OFFSETS"))
                .containsExactly("0|7");
    }

    @Test
    void anAcceptedGapIsGoneOver() throws Exception {
        ledger.commit(reading(warehouse.stage(change(1, "a", 'c', 3, 10)), users("", -1, 0, 4)), epoch);
        Commit behindAGap = reading(warehouse.stage(change(2, "b", 'c', 12, 11)), users("", 9, 0, 12));
        assertThatThrownBy(() -> ledger.commit(behindAGap, epoch)).isInstanceOf(UnsafeSourceException.class);
        try (Acceptance acceptance = new Acceptance(TestWarehouse.PIPELINE, warehouse.options())) {
            acceptance.gap("shop.public.users", 0, 9);
        }
        assertThat(ledger.commit(behindAGap, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|b");
    }

    /** Made anew, a mirror would lack every row that does not change again. */
    @ParameterizedTest
    @ValueSource(strings = {"RAW", "MIRROR"})
    void aTableThatWasDroppedIsNotMadeAnewWithoutAWord(String schema) throws Exception {
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        warehouse.execute("DROP TABLE " + schema + ".USERS");
        SnowflakeLedger next = warehouse.takeOver(ConsistencyGroups.NONE);
        long raised = next.raiseEpoch();
        Commit commit = warehouse.stage(change(2, "b", 'c', 1, 11));
        assertThatThrownBy(() -> next.commit(commit, raised))
                .hasMessageContaining("table " + schema + ".USERS is gone, to which 1 commits have brought rows")
                .hasMessageContaining("UNDROP TABLE " + schema + ".\"USERS\"");
        warehouse.execute("CREATE TABLE " + schema + ".USERS (\"_COMMIT_ID\" VARCHAR)");
        assertThat(next.commit(commit, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).contains("2|b");
    }

    @Test
    void anAcceptedTopicGoesOnWhereTheOldOneEnded() throws Exception {
        ledger.commit(
                reading(
                        warehouse.stage(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11)),
                        users("one", -1, 0, 1)),
                epoch);
        try (Acceptance acceptance = new Acceptance(TestWarehouse.PIPELINE, warehouse.options())) {
            assertThat(acceptance.newTopic("shop.public.users")).matches("shop\\.public\\.users@.{5}");
        }
        Commit next =
                reading(warehouse.stage(change(1, "c", 'u', 0, 12), change(2, "", 'd', 1, 13)), users("two", -1, 0, 1));
        assertThatThrownBy(() -> ledger.commit(next, epoch)).hasMessageContaining("accept topic");
        SnowflakeLedger restarted = warehouse.takeOver(ConsistencyGroups.NONE);
        assertThat(restarted.commit(next, restarted.raiseEpoch())).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|0|u", "0|1|c", "0|1|d");
    }

    /** Nothing is old by the usual clock; eight days later everything is. */
    @Test
    void stagedFilesGoByTheLedgerAndNotBefore() throws Exception {
        warehouse.stage(change(1, "never", 'c', 0, 10));
        ledger.commit(warehouse.stage(change(1, "a", 'c', 0, 10)), epoch);
        assertThat(warehouse.staged()).containsExactly("shop/1/1", "shop/1/2");
        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(8));
        SnowflakeLedger second = warehouse.takeOver(ConsistencyGroups.NONE, later);
        long raised = second.raiseEpoch();
        Commit restored = warehouse.stage(change(1, "b", 'u', 1, 11));
        second.commit(restored, raised);
        warehouse.epoch(raised);
        Commit waiting = warehouse.stage(change(1, "d", 'u', 3, 13));
        second.commit(warehouse.stage(change(1, "c", 'u', 2, 12)), raised);
        Await.until("old files are gone", Duration.ofSeconds(20), () -> warehouse
                .staged()
                .equals(List.of("shop/2/4")));
        assertThat(second.commit(waiting, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|d");
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
            "COPY INTO \"SPINDRIFT\".\"DEAD_LETTERS\"",
            "differ from the dead letters",
            "DELETE FROM \"SPINDRIFT\".\"DEAD_LETTERS\"",
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
        ledger.commit(warehouse.with(first, letter(4, new byte[] {4})), epoch);
        Commit rows = warehouse.stage(
                change(2, "b", 'c', 1, 11),
                change(1, "c", 'u', 2, 13),
                new Change("ORDERS", 7, "o", 'c', 0, 0, 12),
                new Change("ORDERS", 8, "p", 'c', 0, 1, 14));
        Commit again = warehouse.with(rows, letter(4, new byte[] {4}), letter(5, new byte[] {5}));
        SnowflakeLedger restarted = warehouse.takeOver(ConsistencyGroups.NONE);
        long raised = restarted.raiseEpoch();
        snowflake.faults().add(fault);
        restarted.commit(again, raised);
        assertThat(snowflake.faults().list().get(0).fired())
                .as("the fault happened")
                .isEqualTo(1);
        snowflake.faults().clear();
        Commit next = warehouse.stage(change(3, "d", 'c', 6, 15));
        assertThat(restarted.commit(next, raised)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c", "2|b", "3|d");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|o", "8|p");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|c", "0|2|u", "0|6|c");
        assertThat(warehouse.log("ORDERS")).containsExactly("0|0|c", "0|1|c");
        assertThat(warehouse.rows("SELECT \"OFFSET\" FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1"))
                .containsExactly("4", "5");
        assertThat(warehouse.rows("SELECT \"ROWS\", DUPLICATE_ROWS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly("3|0", "4|2", "1|0");
    }
}
