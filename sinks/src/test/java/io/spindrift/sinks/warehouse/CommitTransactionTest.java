package io.spindrift.sinks.warehouse;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The whole request, against its literal text. */
class CommitTransactionTest {

    private static final TableShape USERS = new TableShape(
            new TableName("USERS"),
            List.of(
                    new Column("ID", new ColumnType.Number(19, 0), true),
                    new Column("it's \"so\"", new ColumnType.Text(20), false)));
    private static final TableShape ITEMS = new TableShape(
            new TableName("ORDER_ITEMS"),
            List.of(
                    new Column("ORDER_ID", new ColumnType.Number(19, 0), true),
                    new Column("LINE", new ColumnType.Number(5, 0), true)));
    private static final TableShape WIDER_ITEMS = new TableShape(
            new TableName("ORDER_ITEMS"),
            List.of(
                    new Column("ORDER_ID", new ColumnType.Number(19, 0), true),
                    new Column("LINE", new ColumnType.Number(5, 0), true),
                    new Column("NOTE", new ColumnType.Variant(), false)));
    private static final UUID ID = new UUID(0x1111_2222_3333_4444L, 0x5555_6666_7777_8888L);

    private static final Commit COMMIT = new Commit(
            ID,
            12,
            List.of(
                    file(USERS, "shop/7/12/USERS/ab/0.csv.zst", new OperationCounts(0, 3, 2, 1, 0), "users", 10, 40),
                    file(
                            ITEMS,
                            "shop/7/12/ORDER_ITEMS/cd/0.csv.zst",
                            new OperationCounts(5, 0, 0, 0, 1),
                            "items",
                            0,
                            9),
                    file(
                            WIDER_ITEMS,
                            "shop/7/12/ORDER_ITEMS/ef/1.csv.zst",
                            new OperationCounts(0, 1, 0, 0, 0),
                            "items",
                            10,
                            10),
                    file(
                            DeadLetterTable.SHAPE,
                            "shop/7/12/SPINDRIFT=2EDEAD_LETTERS/01/2.csv.zst",
                            new OperationCounts(2, 0, 0, 0, 0),
                            "users",
                            12,
                            41)),
            List.of(
                    new SourceProgress("users", 0, "id of users", -1, 0, 41),
                    new SourceProgress("tombstones", 3, "", 5, 6, 8)),
            1_795_262_400_000L,
            Commit.Timing.DUE);

    private static final Function<TableName, Set<String>> RAW_COLUMNS =
            table -> table.equals(USERS.table()) ? Set.of("it's \"so\"__RAW", "GONE__RAW") : Set.of();

    private static StagedFile file(
            TableShape shape, String path, OperationCounts counts, String topic, long first, long last) {
        return new StagedFile(shape, path, 100, counts, List.of(new OffsetRange(topic, 0, first, last)), 4711);
    }

    private static CommitPlan plan(long appliedUsersOffset) {
        return plan(appliedUsersOffset, SourceEpochs.NONE);
    }

    private static CommitPlan plan(long appliedUsersOffset, SourceEpochs epochs) {
        return plan(appliedUsersOffset, epochs, COMMIT);
    }

    private static CommitPlan plan(long appliedUsersOffset, SourceEpochs epochs, Commit commit) {
        return plan(appliedUsersOffset, epochs, commit, RowMemory.LASTING);
    }

    private static CommitPlan plan(long appliedUsersOffset, SourceEpochs epochs, Commit commit, RowMemory memory) {
        LedgerView view = new LedgerView(
                "before",
                List.of(new Reached("users", 0, "", appliedUsersOffset, appliedUsersOffset)),
                false,
                Map.of());
        return new CommitPlan(
                new Fence("shop", ConsistencyGroups.REST),
                new Epoch(7, "token"),
                view,
                commit,
                epochs,
                memory,
                List.of(),
                Map.of(),
                Instant.parse("2026-11-21T08:00:00Z"));
    }

    @Test
    void aCommitBehindTheLastOneLoadsAndMerges() throws Exception {
        assertEqualsGolden(plan(9), "commit.sql");
    }

    @Test
    void aCommitThatMeetsAppliedOffsetsLeavesOutWhatTheLogHas() throws Exception {
        assertEqualsGolden(plan(10), "commit-after-rewind.sql");
    }

    @Test
    void aCommitOfAJobThatForgetsRowsAsksTheLog() throws Exception {
        assertEqualsGolden(plan(9, SourceEpochs.NONE, COMMIT, RowMemory.EXPIRING), "commit-expiring.sql");
    }

    @Test
    void ofATableWhoseRowsHaveNoKeyTheMirrorIsASum() throws Exception {
        StagedFile file = new StagedFile(
                new TableShape(
                        new TableName("VISITS"),
                        List.of(
                                new Column("URL", new ColumnType.Text(20), false),
                                Multiset.ROW,
                                Multiset.ROW_BEFORE,
                                Multiset.ORDER)),
                "shop/7/12/VISITS/ab/0.csv.zst",
                100,
                new OperationCounts(1, 1, 1, 1, 0),
                List.of(new OffsetRange("visits", 0, 10, 40)),
                4711,
                Set.of());
        assertEqualsGolden(
                plan(9, SourceEpochs.NONE, new Commit(ID, 12, List.of(file), COMMIT.progress(), 0, Commit.Timing.DUE)),
                "commit-multiset.sql");
    }

    @Test
    void aTableWithoutAKeyIsLoadedAndNotMerged() throws Exception {
        TableShape clicks =
                new TableShape(new TableName("CLICKS"), List.of(new Column("URL", new ColumnType.Text(20), false)));
        StagedFile file = new StagedFile(
                clicks,
                "shop/7/12/CLICKS/ab/0.csv.zst",
                100,
                new OperationCounts(0, 1, 1, 1, 1),
                List.of(new OffsetRange("users", 0, 10, 40)),
                4711,
                Set.of("URL"));
        for (long applied : new long[] {9, 10}) {
            CommitPlan plan = plan(
                    applied,
                    SourceEpochs.NONE,
                    new Commit(ID, 12, List.of(file), COMMIT.progress(), 0, Commit.Timing.DUE));
            List<String> statements = new CommitTransaction(plan, RAW_COLUMNS).statements();
            assertThat(statements).noneMatch(statement -> statement.contains("\"MIRROR\""));
            assertThat(statements).noneMatch(statement -> statement.contains("INTO \"SPINDRIFT\".\"DEAD_LETTERS\""));
            assertThat(statements)
                    .filteredOn(statement -> statement.contains("\"RAW\".\"CLICKS\""))
                    .extracting(statement -> statement.substring(0, 11))
                    .containsExactlyElementsOf(
                            applied == 9
                                    ? List.of("COPY INTO \"", "SELECT MIN(")
                                    : List.of(
                                            "COPY INTO \"",
                                            "SELECT MIN(",
                                            "SELECT TO_N",
                                            "DELETE FROM",
                                            "INSERT INTO"));
        }
    }

    private static final TableStop CAUSE =
            new TableStop(USERS.table(), new OffsetRange("users", 0, 12, 41), DeadLetter.Reason.UNDECODABLE);

    private static List<String> statements(Map<TableName, TableName> stopped, MirrorStop... stops) throws IOException {
        CommitPlan usual = plan(10, SourceEpochs.NONE, COMMIT, RowMemory.EXPIRING);
        LedgerView view =
                new LedgerView(usual.view().lastCommitId(), usual.view().reached(), true, stopped);
        CommitPlan plan = new CommitPlan(
                usual.fence(),
                usual.epoch(),
                view,
                COMMIT,
                SourceEpochs.NONE,
                RowMemory.EXPIRING,
                List.of(stops),
                Map.of(),
                usual.ingestedAt());
        return new CommitTransaction(plan, RAW_COLUMNS).statements();
    }

    /** Every statement of every kind of commit is the same as it would be, but for the name of the mirror. */
    @Test
    void aStoppedTableIsMergedIntoTheMirrorAhead() throws Exception {
        TableName ahead = MirrorStop.ahead(USERS.table(), ID);
        List<String> goingOn = statements(Map.of());
        List<String> isStopped = statements(Map.of(USERS.table(), ahead));
        String name = "\"MIRROR_AHEAD\".\"USERS@" + ID + "\"";
        assertThat(isStopped).noneMatch(statement -> statement.contains("\"MIRROR\".\"USERS\""));
        assertThat(isStopped.stream()
                        .map(statement -> statement.replace(name, "\"MIRROR\".\"USERS\""))
                        .toList())
                .isEqualTo(goingOn);

        List<String> stops = new ArrayList<>(statements(Map.of(), new MirrorStop(CAUSE, ahead, List.of("ID", "X\"Y"))));
        int merges = isStopped.indexOf(isStopped.stream()
                .filter(statement ->
                        statement.contains("DELETE FROM \"RAW\".\"ORDER_ITEMS\" t USING \"RAW\".\"ORDER_ITEMS\" o")
                                && statement.contains("_CDC_LSN"))
                .findFirst()
                .orElseThrow());
        assertThat(stops.remove(merges))
                .isEqualTo("INSERT INTO " + name
                        + " (\"ID\", \"X\"\"Y\") SELECT \"ID\", \"X\"\"Y\" FROM \"MIRROR\".\"USERS\"");
        assertThat(stops.remove(merges)).isEqualTo("""
                        INSERT INTO "SPINDRIFT"."STOPPED_TABLES" ("PIPELINE", "TABLE_NAME", "AHEAD", "TOPIC", "PARTITION", "OFFSET", "REASON", "COMMIT_ID", "STOPPED_AT")
                        SELECT 'shop', 'USERS', 'USERS@%1$s', 'users', 0, 12, 'UNDECODABLE', '%1$s', CURRENT_TIMESTAMP()""".formatted(ID));
        assertThat(stops).isEqualTo(isStopped);
        assertThat(statements(Map.of(), new MirrorStop(CAUSE, ahead, List.of())))
                .as("nothing to copy")
                .hasSize(isStopped.size() + 1);
    }

    private static void assertEqualsGolden(CommitPlan plan, String golden) throws IOException {
        String request = String.join(";\n\n", new CommitTransaction(plan, RAW_COLUMNS).statements()) + ";\n";
        try (InputStream text = CommitTransactionTest.class.getResourceAsStream(golden)) {
            assertThat(text).as(golden).isNotNull();
            assertThat(request).isEqualTo(new String(text.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
