package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.local.snowflake.Fault;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget.FailingLetterException;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.Acceptance;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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
import org.junit.jupiter.params.provider.ValueSource;

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

    /** The merge alone finds these changes: the commit is sent again, for each table that has one. */
    @Test
    void aValueThatNobodyHasStopsItsTableWhereTheFileSaysSo() throws Exception {
        commit(change(1, "a", 'c', 0, 10), order(7, "o", 'c', 0), new Change("ITEMS", 1, "i", 'c', 0, 0, 10));
        ledger = warehouse.takeOver(Set.of(DeadLetter.Reason.UNKNOWN_TOAST_VALUE), Set.of());
        epoch = ledger.raiseEpoch();
        commit(change(1, "…", 'u', 1, 11), order(7, "p", 'u', 1));
        assertThat(stops()).isEmpty();
        commit(
                change(2, "…", 'u', 2, 12),
                change(1, "b", 'u', 3, 13),
                order(8, "…", 'u', 2),
                new Change("ITEMS", 1, "j", 'u', 0, 1, 11));
        assertThat(stops())
                .containsExactly(
                        "ORDERS UNKNOWN_TOAST_VALUE shop.public.orders-0@2 1 1",
                        "USERS UNKNOWN_TOAST_VALUE shop.public.users-0@2 1 2");
        assertThat(warehouse.rows("SELECT TOPIC, \"OFFSET\", REASON FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1"))
                .containsExactly("shop.public.orders|2|UNKNOWN_TOAST_VALUE", "shop.public.users|2|UNKNOWN_TOAST_VALUE");
        commit(change(3, "…", 'u', 4, 14), change(1, "c", 'u', 5, 15));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|p");
        assertThat(warehouse.mirror("ITEMS")).containsExactly("1|j");
        assertThat(warehouse.log("USERS")).hasSize(6);
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
    }

    @Test
    void aValueThatNobodyHasEndsTheJobWhereTheFileSaysSo() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        ledger = warehouse.takeOver(Set.of(), Set.of(DeadLetter.Reason.UNKNOWN_TOAST_VALUE));
        epoch = ledger.raiseEpoch();
        commit(change(1, "…", 'u', 1, 11));
        Commit refused = warehouse.stage(change(1, "b", 'u', 2, 12), change(2, "…", 'u', 3, 13));
        assertThatThrownBy(() -> ledger.commit(refused, epoch))
                .isInstanceOf(FailingLetterException.class)
                .hasMessageContainingAll(
                        "pipeline.on-dead-letter.UNKNOWN_TOAST_VALUE",
                        "USERS at shop.public.users-0@3",
                        refused.id().toString());
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(warehouse.log("USERS")).hasSize(2);
        assertThat(warehouse.deadLetters()).isEmpty();
        takeOver(ConsistencyGroups.NONE);
        assertThat(ledger.commit(refused, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
        assertThat(warehouse.deadLetters()).hasSize(1);
    }

    @Test
    void aLetterStopsItsTableAloneAndTheLogGoesOn() throws Exception {
        commit(
                change(9, "stays", 'c', 0, 9),
                change(1, "a", 'c', 10, 10),
                change(2, "x", 'c', 11, 11),
                order(7, "o", 'c', 0));
        commit(letter(14), change(1, "b", 'u', 12, 12), change(2, "", 'd', 13, 13), order(7, "p", 'u', 1));
        commit(change(3, "c", 'c', 15, 14), order(8, "q", 'c', 2));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|x", "9|stays");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|p", "8|q");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|10|c", "0|11|c", "0|12|u", "0|13|d", "0|15|c");
        assertThat(warehouse.deadLetters()).hasSize(1);
        assertThat(stops()).containsExactly("USERS UNDECODABLE shop.public.users-0@14 2 3");
        assertThat(ledger.stoppedTables()).isEqualTo(1);
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "3|c", "9|stays");
        assertThat(stops()).isEmpty();
        assertThat(ahead()).isEmpty();
        commit(change(3, "d", 'u', 16, 15));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "3|d", "9|stays");
        assertThat(ledger.stoppedTables()).isZero();
    }

    /** The fences of all of its groups are passed, and the ledger shows it. */
    @Test
    void aResumptionIsACommitOfItsOwn() throws Exception {
        commit(letter(1), change(1, "a", 'c', 0, 10));
        stopped.resume(USERS);
        commit(change(1, "b", 'u', 2, 11));
        List<String> ids = warehouse.rows("SELECT COMMIT_ID FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT");
        assertThat(
                        warehouse.rows(
                                "SELECT PREVIOUS_COMMIT_ID, EPOCH, FILES, \"ROWS\", TABLE_COUNTS, MANIFEST, WATERMARK IS NOT NULL FROM SPINDRIFT.COMMITS WHERE FILES = 0"))
                .containsExactly(ids.get(0) + "|1|0|0|{}|[]|TRUE");
        assertThat(warehouse.rows("SELECT PREVIOUS_COMMIT_ID FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly("none", ids.get(0), ids.get(1));
        assertThat(warehouse.rows(
                        "SELECT COMMIT_ID, RESUMED_BY, RESUMED_AT >= STOPPED_AT FROM SPINDRIFT.STOPPED_TABLES"))
                .containsExactly(ids.get(0) + "|" + ids.get(1) + "|TRUE");
        assertThatThrownBy(() -> stopped.resume(USERS))
                .hasMessage("USERS is not a stopped table of pipeline shop: --table is its name in the warehouse");
    }

    @Test
    void anotherJobGoesOnWhereTheStoppedTableIs() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        takeOver(ConsistencyGroups.NONE);
        commit(change(1, "…", 'u', 3, 12), change(2, "x", 'c', 4, 13));
        commit(letter(5), change(2, "y", 'u', 6, 14));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(stops())
                .as("the first letter counts")
                .containsExactly("USERS UNDECODABLE shop.public.users-0@2 3 4");
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "2|y");
        assertThat(warehouse.deadLetters()).hasSize(2);
    }

    /** A job that has gone back reads the letter again. */
    @Test
    void aLetterThatTheLedgerHasStopsNothingAgain() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        stopped.resume(USERS);
        commit(letter(2), change(1, "b", 'u', 1, 11), change(1, "c", 'u', 3, 12));
        assertThat(stops()).isEmpty();
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        commit(letter(4), change(1, "d", 'u', 5, 13));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(stops()).hasSize(1);
    }

    @Test
    void lettersOfOtherReasonsOfTablesThatAreLoggedOnlyAndOfUnknownOnesStopNothing() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter("USERS", 1, DeadLetter.Reason.NO_PRIMARY_KEY), change(1, "b", 'u', 2, 11));
        commit(letter("CLICKS", 0, DeadLetter.Reason.UNDECODABLE), change(1, "c", 'u', 3, 12));
        DeadLetter unknown =
                new DeadLetter("all", 0, 0, 0, DeadLetter.Reason.UNDECODABLE, "why", null, new byte[] {8}, List.of());
        commit(unknown, change(1, "d", 'u', 4, 13));
        assertThat(stops()).isEmpty();
        assertThat(warehouse.mirror("USERS")).containsExactly("1|d");
    }

    /** Of the table nothing is there yet: not even an empty mirror. */
    @Test
    void aTableWhoseFirstRecordIsTheLetterStartsWhenItIsResumed() throws Exception {
        commit(letter(0), order(7, "o", 'c', 0));
        assertThat(stops()).containsExactly("USERS UNDECODABLE shop.public.users-0@0 0 0");
        commit(change(1, "a", 'c', 1, 10));
        assertThat(warehouse.mirror("USERS")).isEmpty();
        assertThat(stops()).containsExactly("USERS UNDECODABLE shop.public.users-0@0 1 1");
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        commit(letter("ITEMS", 0, DeadLetter.Reason.UNDECODABLE), change(1, "b", 'u', 2, 11));
        stopped.resume(new TableName("ITEMS"));
        assertThat(stops()).isEmpty();
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
    }

    /** The mirror gets the column at once, and its values with the rest. */
    @Test
    void aColumnThatComesMeanwhileIsNotLost() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "b", 'c', 1, 11));
        commit(letter(2), change(2, "c", 'u', 3, 12));
        ledger.commit(warehouse.stageRaw(change(1, "huge", 'u', 4, 13)), epoch);
        String users = "SELECT ID, NAME, NAME__RAW FROM MIRROR.USERS ORDER BY ID";
        assertThat(warehouse.rows(users)).containsExactly("1|a|null", "2|b|null");
        stopped.resume(USERS);
        assertThat(warehouse.rows(users)).containsExactly("1|null|huge", "2|c|null");
    }

    @Test
    void whatWasLeftOutIsNotGuessedAtWhereItIsGone() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        String copy = ahead().get(0);
        warehouse.execute("DROP TABLE MIRROR_AHEAD.\"" + copy + "\"");
        assertThatThrownBy(() -> stopped.resume(USERS))
                .hasMessage("the table MIRROR_AHEAD.\"" + copy
                        + "\" is gone, which has what was left out of MIRROR.USERS: bring it back with UNDROP TABLE");
        assertThatThrownBy(() -> commit(change(1, "c", 'u', 3, 12))).hasMessageContaining("does not exist");
        takeOver(ConsistencyGroups.NONE);
        assertThatThrownBy(() -> commit(change(1, "c", 'u', 3, 12)))
                .hasMessage("the table MIRROR_AHEAD.\"" + copy
                        + "\" is gone, which has what was left out of MIRROR.USERS: bring it back with UNDROP TABLE");
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
    }

    @Test
    void aNewTopicThatIsAcceptedMeanwhileIsOneForBoth() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "x", 'c', 1, 11));
        commit(letter(3), change(1, "b", 'u', 2, 12));
        try (Acceptance acceptance = new Acceptance(TestWarehouse.PIPELINE, warehouse.options())) {
            acceptance.newTopic("shop.public.users");
        }
        takeOver(ConsistencyGroups.NONE);
        commit(change(1, "c", 'u', 0, 13), change(2, "", 'd', 1, 14), change(3, "z", 'c', 2, 15));
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c", "3|z");
    }

    private static final ConsistencyGroups PEOPLE =
            new ConsistencyGroups(List.of(new ConsistencyGroups.Group("people", Pattern.compile("USERS"))));

    /** The letter itself is in the group of all others. */
    @Test
    void aTableIsStoppedInItsOwnGroup() throws Exception {
        takeOver(PEOPLE);
        commit(change(1, "a", 'c', 0, 10), order(7, "o", 'c', 0));
        Commit both = warehouse.with(warehouse.stage(change(1, "b", 'u', 1, 11), order(7, "p", 'u', 1)), letter(2));
        snowflake
                .faults()
                .add(Fault.before(
                        "INSERT INTO \"SPINDRIFT\".\"STOPPED_TABLES\"", new Fault.Fail("100090", "42P18", "no")));
        assertThatThrownBy(() -> ledger.commit(both, epoch)).hasMessageContaining("100090");
        assertThat(warehouse.mirror("ORDERS")).containsExactly("7|p");
        assertThat(stops()).isEmpty();
        assertThat(ledger.commit(both, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        assertThat(stops()).hasSize(1);
        stopped.resume(USERS);
        commit(change(1, "c", 'u', 3, 12), order(7, "q", 'u', 2));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(
                        warehouse.rows(
                                "SELECT CONSISTENCY_GROUP, COUNT(*) FROM SPINDRIFT.COMMITS WHERE FILES = 0 GROUP BY 1 ORDER BY 1"))
                .containsExactly("default|1", "people|1");
    }

    /** Its group has no part in the commit, and an older view of the ledger. */
    @Test
    void aTableOfAnotherGroupIsStoppedWithTheLetterAlone() throws Exception {
        takeOver(PEOPLE);
        commit(change(1, "a", 'c', 0, 10), order(7, "o", 'c', 0));
        commit(letter(1), order(7, "p", 'u', 1));
        commit(change(1, "b", 'u', 2, 11));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        takeOver(ConsistencyGroups.NONE);
        commit(change(1, "c", 'u', 3, 12));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a");
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
    }

    /** The commit was made to go into the copy, and comes behind the copy's end. */
    @Test
    void aCommitThatHasLookedAtTheLedgerBeforeAResumptionLooksAgain() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        Commit late = warehouse.stage(change(1, "c", 'u', 3, 12));
        snowflake.faults().add(Fault.before("^BEGIN TRANSACTION", new Fault.Delay(3_000)));
        CompletableFuture<Outcome> committing = inBackground(() -> ledger.commit(late, epoch));
        awaitFault();
        stopped.resume(USERS);
        assertThat(committing.isDone()).as("the commit waits").isFalse();
        assertThat(committing.get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.COMMITTED);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(warehouse.log("USERS")).containsExactly("0|0|c", "0|1|u", "0|3|u");
    }

    /** Likewise, the other way round, and each time that a resumption looks: one whose commits follow one another at once. */
    @Test
    void aResumptionTakesItsTurnBehindWhateverHasCommittedSinceItLooked() throws Exception {
        takeOver(PEOPLE);
        commit(change(1, "a", 'c', 0, 10), order(7, "o", 'c', 0));
        commit(letter(2), change(1, "b", 'u', 1, 11), order(7, "p", 'u', 1));
        Commit late = warehouse.stage(change(1, "c", 'u', 3, 12), order(7, "q", 'u', 2));
        snowflake.faults().add(Fault.before(HOLD_EPOCH, new Fault.Delay(3_000)).repeated(99));
        CompletableFuture<Outcome> resuming = resumingInBackground();
        awaitFault();
        assertThat(ledger.commit(late, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(resuming.isDone()).as("the resumption waits").isFalse();
        resuming.get(60, TimeUnit.SECONDS);
        assertThat(snowflake.faults().list().get(0).fired())
                .as("resumptions that were tried")
                .isEqualTo(1);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(
                        warehouse.rows(
                                "SELECT CONSISTENCY_GROUP, COUNT(*), COUNT(DISTINCT PREVIOUS_COMMIT_ID) FROM SPINDRIFT.COMMITS GROUP BY 1 ORDER BY 1"))
                .as("each has its own predecessor")
                .containsExactly("default|4|4", "people|4|4");
        commit(change(1, "d", 'u', 4, 13), order(7, "r", 'u', 3));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|d");
    }

    private static final String HOLD_EPOCH = "^UPDATE \"SPINDRIFT\".\"PIPELINES\" SET \"EPOCH\" = \"EPOCH\" WHERE";

    /** Nothing says that an update which waited for a lock reads the row anew: it may write what was there before. */
    @Test
    void anUpdateThatHasNotSeenTheLastCommitIsNotBuiltUpon() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        String first = warehouse.rows("SELECT COMMIT_ID FROM SPINDRIFT.COMMITS").get(0);
        commit(letter(2), change(1, "b", 'u', 1, 11));
        snowflake
                .faults()
                .add(Fault.before(
                        "^UPDATE \"SPINDRIFT\".\"FENCE",
                        new Fault.Rewrite("SET ", "SET \"LAST_COMMIT_ID\" = '" + first + "', ")));
        stopped.resume(USERS);
        assertThat(snowflake.faults().list().get(0).fired()).isEqualTo(1);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
        assertThat(warehouse.rows("SELECT COUNT(*), COUNT(DISTINCT PREVIOUS_COMMIT_ID) FROM SPINDRIFT.COMMITS"))
                .containsExactly("3|3");
    }

    /** It has no place in the copy any more, and none in the mirror yet. */
    @Test
    void aCommitWaitsWhileTheMirrorTakesOverWhatTheCopyHas() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        Commit late = warehouse.stage(change(1, "c", 'u', 3, 12));
        snowflake.faults().add(Fault.after("^MERGE INTO \"MIRROR\".\"USERS\"", new Fault.Delay(3_000)));
        CompletableFuture<Outcome> resuming = resumingInBackground();
        awaitFault();
        assertThat(ledger.commit(late, epoch)).isEqualTo(Outcome.COMMITTED);
        resuming.get(60, TimeUnit.SECONDS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(warehouse.rows("SELECT FILES FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .as("the resumption comes first")
                .containsExactly("1", "2", "0", "1");
    }

    /** A commit brings a column when the resumption has read which ones there are. */
    @Test
    void aColumnThatComesWhileATableIsResumedIsTakenOver() throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "z", 'c', 1, 11));
        commit(letter(3), change(1, "b", 'u', 2, 12));
        Commit raw = warehouse.stageRaw(change(1, "c", 'u', 4, 13));
        snowflake.faults().add(Fault.before(HOLD_EPOCH, new Fault.Delay(4_000)));
        CompletableFuture<Outcome> resuming = resumingInBackground();
        awaitFault();
        assertThat(ledger.commit(raw, epoch)).isEqualTo(Outcome.COMMITTED);
        assertThat(resuming.isDone()).as("the resumption waits").isFalse();
        resuming.get(60, TimeUnit.SECONDS);
        assertThat(warehouse.rows("SELECT ID, NAME, NAME__RAW FROM MIRROR.USERS ORDER BY ID"))
                .containsExactly("1|null|c", "2|z|null");
    }

    /** Another job takes the pipeline over, with fences that were not there. */
    @Test
    void aResumptionThatAnotherJobHasOvertakenLooksAgain() throws Exception {
        commit(change(1, "a", 'c', 0, 10));
        commit(letter(2), change(1, "b", 'u', 1, 11));
        snowflake.faults().add(Fault.before("^BEGIN TRANSACTION", new Fault.Delay(6_000)));
        CompletableFuture<Outcome> resuming = resumingInBackground();
        awaitFault();
        takeOver(PEOPLE);
        commit(change(1, "c", 'u', 3, 12));
        assertThat(resuming.isDone()).as("the resumption waits").isFalse();
        resuming.get(60, TimeUnit.SECONDS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|c");
        assertThat(warehouse.rows("SELECT CONSISTENCY_GROUP FROM SPINDRIFT.COMMITS WHERE FILES = 0 ORDER BY 1"))
                .as("it has passed the new fence, too")
                .containsExactly("default", "people");
    }

    private CompletableFuture<Outcome> resumingInBackground() {
        return inBackground(() -> {
            stopped.resume(USERS);
            return Outcome.COMMITTED;
        });
    }

    private static CompletableFuture<Outcome> inBackground(Callable<Outcome> work) {
        CompletableFuture<Outcome> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private static void awaitFault() throws Exception {
        Await.until(
                "the statement is there",
                Duration.ofSeconds(30),
                () -> snowflake.faults().list().get(0).fired() > 0);
    }

    private static final List<Fault.Effect> EFFECTS = List.of(
            new Fault.Fail("000603", "XX000", "an incident"),
            new Fault.ExpireSession(),
            new Fault.Fail("000625", "57014", "too many waiters"));

    static Stream<Arguments> faults() {
        List<Arguments> faults = new ArrayList<>();
        for (String step : List.of(
                "SELECT \"AHEAD\"",
                "UPDATE \"SPINDRIFT\".\"FENCE",
                "MERGE INTO \"MIRROR\".\"USERS\"",
                "UPDATE \"SPINDRIFT\".\"STOPPED_TABLES\"",
                "^COMMIT",
                "^DROP TABLE")) {
            for (Fault.Point point : Fault.Point.values()) {
                Fault.Effect effect = EFFECTS.get(faults.size() % EFFECTS.size());
                faults.add(Arguments.of(new Fault(point, step, 1, 1, effect)));
            }
        }
        return faults.stream();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whateverFailsWhereverTheTableIsResumedOnce(Fault fault) throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "x", 'c', 1, 11), change(4, "y", 'c', 2, 11));
        commit(letter(5), change(1, "b", 'u', 3, 12), change(2, "", 'd', 4, 13));
        snowflake.faults().add(fault);
        stopped.resume(USERS);
        assertThat(snowflake.faults().list().get(0).fired())
                .as("the fault happened")
                .isEqualTo(1);
        snowflake.faults().clear();
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "4|y");
        assertThat(stops()).isEmpty();
        assertThat(ahead()).isEmpty();
        assertThat(warehouse.rows("SELECT COUNT(*) FROM SPINDRIFT.COMMITS WHERE FILES = 0"))
                .containsExactly("1");
        commit(change(3, "c", 'c', 6, 14));
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b", "3|c", "4|y");
    }

    static Stream<Arguments> faultsOfAStop() {
        List<Arguments> faults = new ArrayList<>();
        for (String step : List.of(
                "^CREATE TABLE IF NOT EXISTS \"MIRROR_AHEAD\"",
                "INSERT INTO \"SPINDRIFT\".\"STOPPED_TABLES\"",
                "MERGE INTO \"MIRROR_AHEAD\"",
                "^COMMIT")) {
            for (Fault.Point point : Fault.Point.values()) {
                Fault.Effect effect = EFFECTS.get(faults.size() % EFFECTS.size());
                faults.add(Arguments.of(new Fault(point, step, 1, 1, effect)));
            }
        }
        return faults.stream();
    }

    @ParameterizedTest
    @MethodSource("faultsOfAStop")
    void whateverFailsWhereverTheTableIsStoppedOnce(Fault fault) throws Exception {
        commit(change(1, "a", 'c', 0, 10), change(2, "x", 'c', 1, 11));
        takeOver(ConsistencyGroups.NONE);
        snowflake.faults().add(fault);
        Commit stopping =
                warehouse.with(warehouse.stage(change(1, "b", 'u', 2, 12), change(2, "", 'd', 3, 13)), letter(4));
        ledger.commit(stopping, epoch);
        assertThat(snowflake.faults().list().get(0).fired())
                .as("the fault happened")
                .isEqualTo(1);
        snowflake.faults().clear();
        assertThat(warehouse.mirror("USERS")).containsExactly("1|a", "2|x");
        assertThat(stops()).hasSize(1);
        stopped.resume(USERS);
        assertThat(warehouse.mirror("USERS")).containsExactly("1|b");
    }

    /**
     * Two warehouses get the same commits of any kind; in one of them letters stop the table, and somebody resumes it, at any time. At the end
     * both have the same, and in between a mirror that is stopped stays.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void stopsAndResumptionsLeaveNoTrace(long seed, @TempDir Path directory) throws Exception {
        Random random = new Random(seed);
        boolean forgetful = seed % 2 == 0;
        RandomChanges changes = new RandomChanges(random);
        try (TestWarehouse other = new TestWarehouse(snowflake, "UNSTOPPED" + databases++, directory)) {
            SnowflakeLedger there = forgetful ? other.takeOverForgetful() : other.takeOver(ConsistencyGroups.NONE);
            ledger = forgetful ? warehouse.takeOverForgetful() : warehouse.takeOver(ConsistencyGroups.NONE);
            epoch = ledger.raiseEpoch();
            long epochThere = there.raiseEpoch();
            List<String> frozen = List.of();
            int stops = 0;
            for (int i = 0; i < 16; i++) {
                List<Change> some = changes.next();
                boolean dies = random.nextInt(4) == 0;
                List<String> before = i == 0 ? List.of() : warehouse.rows(MIRROR);
                boolean wasStopped = !stops().isEmpty();
                if (dies) {
                    long offset = changes.offset(0);
                    commit(letter(offset), some.toArray(Change[]::new));
                    DeadLetter harmless = new DeadLetter(
                            "shop.public.users",
                            0,
                            offset,
                            0,
                            DeadLetter.Reason.UNDECODABLE,
                            "why",
                            null,
                            new byte[] {8},
                            List.of());
                    there.commit(other.with(other.stage(some), harmless), epochThere);
                } else {
                    commit(some.toArray(Change[]::new));
                    there.commit(other.stage(some), epochThere);
                }
                if (dies && !wasStopped) {
                    stops++;
                    frozen = before;
                }
                if (dies || wasStopped) {
                    assertThat(warehouse.rows(MIRROR)).as("stopped").isEqualTo(frozen);
                    if (random.nextInt(3) == 0) {
                        stopped.resume(USERS);
                    }
                }
                if (stops().isEmpty()) {
                    assertThat(warehouse.rows(MIRROR)).as("commit " + i).isEqualTo(other.rows(MIRROR));
                }
            }
            if (!stops().isEmpty()) {
                stopped.resume(USERS);
            }
            assertThat(stops).isPositive();
            for (String sql : List.of(MIRROR, LOG, LETTERS)) {
                assertThat(warehouse.rows(sql)).as(sql).isEqualTo(other.rows(sql));
            }
        }
    }

    private static final String MIRROR =
            "SELECT ID, NAME, _CDC_OPERATION, _CDC_LSN, _KAFKA_PARTITION, _KAFKA_OFFSET FROM MIRROR.USERS ORDER BY 1";
    private static final String LOG =
            "SELECT _KAFKA_PARTITION, _KAFKA_OFFSET, ID, NAME, _CDC_OPERATION, _CDC_LSN, _CDC_UNCHANGED, _CDC_SUPERSEDED FROM RAW.USERS ORDER BY 1, 2";
    private static final String LETTERS =
            "SELECT \"PARTITION\", \"OFFSET\", REASON, DETAIL FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1, 2";

    /** Few rows, so that much happens to each: values that are left out, keys that change across commits, truncates, and going back. */
    private static final class RandomChanges {
        private final Random random;
        private final long[] offsets = new long[2];
        private final List<List<Change>> told = new ArrayList<>();
        private final List<Change> halves = new ArrayList<>();
        private long lsn = 10;

        RandomChanges(Random random) {
            this.random = random;
        }

        long offset(int partition) {
            return offsets[partition]++;
        }

        List<Change> next() {
            List<Change> changes = new ArrayList<>();
            if (!told.isEmpty() && random.nextInt(5) == 0) {
                changes.addAll(told.get(told.size() - 1));
            }
            halves.forEach(half -> changes.add(at(half.id(), half.name(), half.operation(), half.lsn())));
            halves.clear();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                add(changes);
            }
            told.add(changes);
            return changes;
        }

        private void add(List<Change> changes) {
            int id = random.nextInt(6);
            String name = random.nextInt(3) == 0 ? "…" : "v" + lsn;
            lsn++;
            switch (random.nextInt(12)) {
                case 0 -> changes.add(at(0, "", 't', lsn));
                case 1, 2 -> changes.add(at(id, "", 'd', lsn));
                case 3, 4 -> {
                    Change gone = at(id, random.nextBoolean() ? "…" : "w" + lsn, 'd', lsn);
                    Change here = at(6 + random.nextInt(3), "…", 'c', lsn);
                    boolean deleteFirst = random.nextBoolean();
                    changes.add(deleteFirst ? gone : here);
                    Change second = deleteFirst ? here : gone;
                    if (random.nextBoolean()) {
                        changes.add(second);
                    } else {
                        halves.add(second);
                    }
                }
                case 5 -> changes.add(at(id, "r" + lsn, 'r', lsn));
                case 6, 7 -> changes.add(at(id, "v" + lsn, 'c', lsn));
                default -> changes.add(at(random.nextInt(9), name, 'u', lsn));
            }
        }

        private Change at(int id, String name, char operation, long lsn) {
            int partition = random.nextInt(2);
            return new Change("USERS", id, name, operation, partition, offset(partition), lsn);
        }
    }
}
