package io.spindrift.jobs.order;

import static io.spindrift.jobs.order.OrderHarness.change;
import static io.spindrift.jobs.order.OrderHarness.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderChangesTest {

    private static final Column ID = new Column("ID", new ColumnType.Number(10, 0), true);
    private static final Column A = new Column("A", new ColumnType.Text(9000), false);
    private static final Column B = new Column("B", new ColumnType.Text(9000), false);
    private static final TableShape SHAPE = new TableShape(new TableName("T"), List.of(ID, A, B));
    private static final TableShape REORDERED =
            new TableShape(new TableName("T"), List.of(ID, new Column("NEW", new ColumnType.Date(), false), B, A));

    private static final TableShape DOUBTFUL =
            new TableShape(new TableName("T"), List.of(ID, new Column("D", new ColumnType.Variant(), false), B));

    private OrderHarness order;

    @BeforeEach
    void start() throws Exception {
        order = OrderHarness.start();
    }

    @AfterEach
    void stop() throws Exception {
        order.close();
    }

    /** The n-th record of partition 0, streamed. */
    private static Position at(long n) {
        return in(0, n, n);
    }

    private static Position in(int partition, long offset, long n) {
        return new Position("t", partition, offset, 100 * n, n, 1000 * n, false);
    }

    private static RowChange streamed(char operation, long n, @Nullable String... texts) {
        return change(SHAPE, operation, at(n), row(texts));
    }

    private static TableTruncated truncated(Position position) {
        return new TableTruncated(SHAPE.table(), position);
    }

    @Test
    void anUnchangedValueIsTheRowsLastOne() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "a*", "b"),
                        streamed('c', 2, "2", "x*", "y"),
                        streamed('u', 3, "1", "…", "c"),
                        streamed('u', 4, "1", "…", null),
                        streamed('u', 5, "1", "d*", "e"),
                        streamed('u', 6, "1", "…", "f")))
                .containsExactly("c@1 1|a*|b", "c@2 2|x*|y", "u@3 1|a*|c", "u@4 1|a*|NULL", "u@5 1|d*|e", "u@6 1|d*|f");
    }

    @Test
    void anUnchangedValueIsFoundByItsColumnsNameInAnotherShape() throws Exception {
        assertThat(order.send(
                        new ShapeAnnounced(SHAPE),
                        streamed('c', 1, "1", "a*", "b*"),
                        new ShapeAnnounced(REORDERED),
                        change(REORDERED, 'u', at(2), row("1", null, "…", "…"))))
                .containsExactly("shape 3", "c@1 1|a*|b*", "shape 4", "u@2 1|NULL|b*|a*");
    }

    /** What is broadcast may come behind a row that needs it. */
    @Test
    void aShapeThatComesWithItsRowIsKnownBeforeItsBroadcast() throws Exception {
        RowChange update = change(REORDERED, 'u', at(2), row("1", null, "…", "…"));
        assertThat(order.send(
                        new ShapeAnnounced(SHAPE),
                        streamed('c', 1, "1", "a*", "b*"),
                        new ShapeAnnounced(REORDERED, update.key()),
                        update))
                .containsExactly("shape 3", "c@1 1|a*|b*", "u@2 1|NULL|b*|a*");
    }

    private static final TableShape JSON = new TableShape(
            new TableName("J"),
            List.of(
                    new Column("ID", new ColumnType.Number(10, 0), true),
                    new Column("J", new ColumnType.Variant(), false),
                    new Column("X", new ColumnType.Text(50), false)));
    private static final TableShape JSON_AND_RAW = new TableShape(
            JSON.table(),
            List.of(
                    JSON.columns().get(0),
                    JSON.columns().get(1),
                    new Column("J__RAW", Column.RAW_TYPE, false),
                    JSON.columns().get(2)));

    /** A decoder that has started again does not know that the table has a raw column. */
    @Test
    void anUnchangedValueInARawColumnGoesOnStandingThere() throws Exception {
        assertThat(order.send(
                        new ShapeAnnounced(JSON_AND_RAW),
                        new ShapeAnnounced(JSON),
                        change(JSON_AND_RAW, 'c', at(1), row("1", null, "r*", "a")),
                        change(JSON, 'u', at(2), row("1", "…", "b")),
                        change(JSON, 'u', at(3), row("1", "…", "c")),
                        change(JSON, 'u', at(4), row("1", "j*", "d"))))
                .endsWith("c@1 1|NULL|r*|a", "u@2 1|NULL|r*|b", "u@3 1|NULL|r*|c", "u@4 1|j*|d");
        assertThat(order.pass(change(JSON_AND_RAW, 'u', at(5), row("1", "…", "…", "e"))))
                .singleElement()
                .isInstanceOfSatisfying(RowChange.class, row -> {
                    assertThat(row.shape()).isEqualTo(JSON_AND_RAW.fingerprint());
                    assertThat(OrderHarness.cells(row.cells())).isEqualTo("1|j*|NULL|e");
                });
        assertThat(order.pass(change(JSON, 'u', at(6), row("1", "…", "f"))))
                .singleElement()
                .isInstanceOfSatisfying(
                        RowChange.class, row -> assertThat(row.shape()).isEqualTo(JSON_AND_RAW.fingerprint()));
    }

    /** Two columns have met such values, each in another decoder: the row would get a NULL for the text that stands in J's. */
    @Test
    void anUnchangedValueInARawColumnThatTheRowLosesIsADeadLetter() throws Exception {
        TableShape other = new TableShape(
                JSON.table(),
                List.of(
                        JSON.columns().get(0),
                        JSON.columns().get(1),
                        JSON.columns().get(2),
                        new Column("X__RAW", Column.RAW_TYPE, false)));
        assertThat(order.send(
                        new ShapeAnnounced(JSON_AND_RAW),
                        new ShapeAnnounced(other),
                        change(JSON_AND_RAW, 'c', at(1), row("1", null, "r*", "a")),
                        change(JSON_AND_RAW, 'c', at(2), row("2", "j*", null, "a")),
                        change(other, 'u', at(3), row("1", "…", null, "x")),
                        change(other, 'u', at(4), row("2", "…", null, "x"))))
                .endsWith("u@4 2|j*|NULL|x", "UNKNOWN_TOAST_VALUE t-0@3");
    }

    @Test
    void anUnchangedValueOfAColumnThatTheLastShapeLackedIsADeadLetter() throws Exception {
        assertThat(order.send(
                        new ShapeAnnounced(SHAPE),
                        new ShapeAnnounced(REORDERED),
                        streamed('c', 1, "1", "a*", "b*"),
                        change(REORDERED, 'u', at(2), row("1", "…", "b", "c"))))
                .endsWith("UNKNOWN_TOAST_VALUE t-0@2");
    }

    @Test
    void anUnchangedValueBetweenShapesThatAreNotKnownIsADeadLetter() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "a*", "b*"), change(REORDERED, 'u', at(2), row("1", null, "…", "c"))))
                .endsWith("UNKNOWN_TOAST_VALUE t-0@2");
    }

    /** The mirror has it. What other columns have is not forgotten meanwhile, however small. */
    @Test
    void anUnchangedValueOfARowThatWasNeverSeenIsLeftToTheMirrorUntilAChangeTellsIt() throws Exception {
        assertThat(order.send(
                        streamed('u', 1, "1", "…", "b"),
                        streamed('u', 2, "1", "…", "…"),
                        streamed('u', 3, "1", "a*", "…"),
                        streamed('u', 4, "1", "…", "d")))
                .containsExactly("u@1 1|…|b", "u@2 1|…|b", "u@3 1|a*|b", "u@4 1|a*|d");
    }

    @Test
    void whatTheMirrorMustAddIsNamed() throws Exception {
        RowChange passed =
                (RowChange) order.pass(streamed('u', 1, "1", "…", "…")).get(0);
        assertThat(passed.leftOut()).extracting(RowChange.LeftOut::column).containsExactly("A", "B");
        RowChange filled =
                (RowChange) order.pass(streamed('u', 2, "1", "a*", "…")).get(0);
        assertThat(filled.leftOut()).extracting(RowChange.LeftOut::column).containsExactly("B");
        assertThat(order.send(streamed('u', 3, "1", "…", "b"))).containsExactly("u@3 1|a*|b");
    }

    /** The delete takes along what is known; of a small row that is nothing, as its successor brings it all. */
    @Test
    void aRowThatGoesOnUnderAnotherKeyLeavesItsValuesInItsDelete() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "a*", null),
                        streamed('d', 2, "1", "…", "…"),
                        streamed('c', 3, "2", "a", "b"),
                        streamed('d', 4, "2", "…", "…"),
                        streamed('d', 5, "3", "…", "…"),
                        streamed('u', 6, "4", "…", "b"),
                        streamed('d', 7, "4", "…", "…")))
                .containsExactly(
                        "c@1 1|a*|NULL",
                        "d@2 1|a*|NULL",
                        "c@3 2|a|b",
                        "d@4 2|NULL|NULL",
                        "d@5 3|…|…",
                        "u@6 4|…|b",
                        "d@7 4|…|b");
        RowChange unknown =
                (RowChange) order.pass(streamed('d', 8, "5", "…", "…")).get(0);
        assertThat(unknown.leftOut()).extracting(RowChange.LeftOut::column).containsExactly("A", "B");
        assertThat(order.send(streamed('u', 9, "1", "…", "c")))
                .as("the row is gone all the same")
                .containsExactly("UNKNOWN_TOAST_VALUE t-0@9");
    }

    /** It is the row as it was, in the shape that it had; whether that was announced here by now does not matter. */
    @Test
    void aRowThatGoesOnUnderAnotherKeyAndAnotherShapeIsDeletedInItsOwn() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "a*", "b*"), change(REORDERED, 'd', at(2), row("1", "…", "…", "…"))))
                .containsExactly("c@1 1|a*|b*", "d@2 1|a*|b*");
    }

    /** The mirror may have an older version of a row that the state knows: what is lost between two shapes is not taken from there. */
    @Test
    void aRowThatIsKnownInPartAndChangesItsShapeWithItsKeyIsDeletedWithoutItsValues() throws Exception {
        assertThat(order.send(streamed('u', 1, "1", "…", "b*"), change(REORDERED, 'd', at(2), row("1", "…", "…", "…"))))
                .containsExactly("u@1 1|…|b*", "d@2 1|NULL|NULL|NULL");
    }

    /** The key was changed: the values stand under the old one, and are filled in by the commit. What this key had is another row's. */
    @Test
    void anUnchangedValueOfANewRowIsLeftToTheCommit() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "…", "b"),
                        streamed('u', 2, "1", "…", "c"),
                        streamed('c', 3, "2", "a*", "b"),
                        streamed('c', 4, "2", "…", "b"),
                        streamed('c', 5, "3", "a*", "b"),
                        streamed('d', 6, "3", null, null),
                        streamed('c', 7, "3", "…", "b")))
                .containsExactly(
                        "c@1 1|…|b",
                        "u@2 1|…|c",
                        "c@3 2|a*|b",
                        "c@4 2|…|b",
                        "c@5 3|a*|b",
                        "d@6 3|NULL|NULL",
                        "c@7 3|…|b");
    }

    /** Small as the row that had the key before was, it was another one. */
    @Test
    void aNullOfANewRowThatMayBeAnUnchangedValueIsADeadLetter() throws Exception {
        assertThat(order.send(doubtful('c', 1, "1", "…", "b"))).containsExactly("UNKNOWN_TOAST_VALUE t-0@1");
        assertThat(order.send(doubtful('c', 2, "2", "d", "b"), doubtful('c', 3, "2", "…", "b")))
                .containsExactly("c@2 2|d|b", "UNKNOWN_TOAST_VALUE t-0@3");
    }

    /** Of a row so small nothing can have been left out: a change of it is missing, and the mirror's value is older than that. */
    @Test
    void anUnchangedValueOfARowThatWasSmallIsADeadLetter() throws Exception {
        assertThat(order.send(streamed('c', 1, "1", "a", "b"), streamed('u', 2, "1", "…", "c")))
                .containsExactly("c@1 1|a|b", "UNKNOWN_TOAST_VALUE t-0@2");
    }

    private static RowChange doubtful(char operation, long n, @Nullable String... texts) {
        return change(DOUBTFUL, operation, at(n), row(texts));
    }

    /** Debezium has no placeholder for D's type: NULL may be a value that was left out. */
    @Test
    void aNullThatMayBeAnUnchangedValueCountsWhereNothingCanHaveBeenLeftOut() throws Exception {
        assertThat(order.send(
                        doubtful('c', 1, "1", null, "b*"),
                        doubtful('u', 2, "1", "…", "c*"),
                        doubtful('u', 3, "1", "d", "c*"),
                        doubtful('u', 4, "1", "…", "c*"),
                        doubtful('c', 5, "2", "d", "small"),
                        doubtful('u', 6, "2", "…", "small")))
                .containsExactly(
                        "c@1 1|NULL|b*",
                        "u@2 1|NULL|c*",
                        "u@3 1|d|c*",
                        "u@4 1|NULL|c*",
                        "c@5 2|d|small",
                        "u@6 2|NULL|small");
    }

    @Test
    void aNullThatMayBeAnUnchangedValueIsADeadLetterWhereNobodyCanTell() throws Exception {
        assertThat(order.send(
                        doubtful('u', 1, "1", "…", "b*"),
                        doubtful('u', 2, "1", "d*", "b*"),
                        doubtful('u', 3, "1", "…", "c*"),
                        doubtful('u', 4, "1", "e*", "c*")))
                .containsExactly(
                        "u@2 1|d*|b*", "u@4 1|e*|c*", "UNKNOWN_TOAST_VALUE t-0@1", "UNKNOWN_TOAST_VALUE t-0@3");
        DeadLetter letter =
                (DeadLetter) order.pass(doubtful('u', 5, "1", "…", "c*")).get(0);
        assertThat(letter.detail())
                .startsWith(
                        "a change of T brings NULL in D: Debezium sends it for a value that PostgreSQL had not changed");
    }

    private static RowChange inTransaction(char operation, long n, long transaction, @Nullable String... texts) {
        return change(SHAPE, operation, new Position("t", 0, n, 100 * n, transaction, 1000, false), row(texts));
    }

    /** {@code UPDATE t SET id = 3 - id} under a deferrable key: d(1) c(2) d(2) c(1), and the second delete is of the row that was 2 before. */
    @Test
    void twoRowsThatSwapTheirKeysBothLive() throws Exception {
        assertThat(order.send(
                        inTransaction('c', 1, 7, "1", "a", "x"),
                        inTransaction('c', 2, 7, "2", "b", "y"),
                        inTransaction('d', 3, 8, "1", "…", "…"),
                        inTransaction('c', 4, 8, "2", "a", "x"),
                        inTransaction('d', 5, 8, "2", "…", "…"),
                        inTransaction('c', 6, 8, "1", "b", "y"),
                        inTransaction('d', 5, 8, "2", "…", "…"),
                        inTransaction('d', 9, 9, "2", null, null)))
                .containsExactly(
                        "c@1 1|a|x",
                        "c@2 2|b|y",
                        "d@3 1|NULL|NULL",
                        "c@4 2|a|x",
                        "d@5 2|NULL|NULL superseded",
                        "c@6 1|b|y",
                        "d@9 2|NULL|NULL");
    }

    /** One row that moves on: its second delete is its own. */
    @Test
    void aRowThatTakesAFreeKeyAndLeavesItIsGone() throws Exception {
        assertThat(order.send(
                        inTransaction('c', 1, 7, "1", "a", "x"),
                        inTransaction('d', 2, 8, "1", null, null),
                        inTransaction('c', 3, 8, "2", "a", "x"),
                        inTransaction('d', 4, 8, "2", null, null),
                        inTransaction('c', 5, 8, "3", "a", "x")))
                .containsExactly("c@1 1|a|x", "d@2 1|NULL|NULL", "c@3 2|a|x", "d@4 2|NULL|NULL", "c@5 3|a|x");
    }

    /** The other row goes first: then nothing is replaced. */
    @Test
    void aKeyThatWasFreedBeforeItIsTakenIsNotReplaced() throws Exception {
        assertThat(order.send(
                        inTransaction('c', 1, 7, "2", "b", "y"),
                        inTransaction('d', 2, 8, "2", null, null),
                        inTransaction('c', 3, 8, "2", "a", "x"),
                        inTransaction('d', 4, 8, "2", null, null)))
                .endsWith("d@4 2|NULL|NULL");
    }

    @Test
    void aDeletedRowsValuesAreNotItsSuccessors() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "k*", "a*", "b"),
                        streamed('d', 2, "k*", null, null),
                        streamed('u', 3, "k*", "…", "c")))
                .containsExactly("c@1 k*|a*|b", "d@2 k*|NULL|NULL", "UNKNOWN_TOAST_VALUE t-0@3");
    }

    /** Its values of that time are gone from the state: filling it from the newer row would log what never was. */
    @Test
    void aSupersededChangeIsLoggedAsItCame() throws Exception {
        order.send(change(SHAPE, 'u', in(0, 9, 9), row("1", "a*", "b")));
        assertThat(order.send(
                        change(SHAPE, 'u', in(1, 1, 5), row("1", "old*", "c")),
                        change(SHAPE, 'u', in(1, 2, 6), row("1", "…", "d"))))
                .containsExactly("u@1 1|o*|c superseded", "u@2 1|…|d superseded");
        assertThat(order.send(change(SHAPE, 'u', in(0, 10, 10), row("1", "…", "e"))))
                .containsExactly("u@10 1|a*|e");
    }

    @Test
    void aLogThatWentBackStopsTheJob() throws Exception {
        order.send(streamed('c', 5, "1", "a", "b"));
        Position later = new Position("t", 0, 6, 100, 9, 9000, false);
        assertThatThrownBy(() -> order.send(change(SHAPE, 'u', later, row("1", "a", "b"))))
                .isInstanceOf(SuppressRestartsException.class)
                .rootCause()
                .hasMessageContaining("the source's log or the topic went back: T came at")
                .hasMessageContaining("add to source.epochs an instant")
                .hasMessageContaining("start a new pipeline name over a fresh snapshot");
    }

    @Test
    void aLogThatBeganAnewWhereTheOperatorSaysGoesOn() throws Exception {
        try (OrderHarness knowing = OrderHarness.start(new SourceEpochs(List.of(Instant.ofEpochSecond(1))))) {
            knowing.send(
                    change(SHAPE, 'c', in(0, 1, 900), row("1", "a", "b")),
                    change(SHAPE, 'c', in(0, 2, 901), row("2", "a", "b")),
                    new TableTruncated(SHAPE.table(), in(0, 3, 902)));
            Position fresh = new Position("t", 0, 4, 100, 9, 2_000_000, false);
            assertThat(knowing.send(change(SHAPE, 'u', fresh, row("1", "c", "b"))))
                    .containsExactly("u@4 1|c|b");
            Position truncated = new Position("t", 0, 5, 101, 9, 2_000_001, false);
            assertThat(knowing.send(
                            new TableTruncated(SHAPE.table(), truncated),
                            change(SHAPE, 'c', in(1, 1, 950), row("3", "late", "b"))))
                    .containsExactly("t@5", "c@1 3|late|b superseded");
        }
    }

    /** Of a row that nobody knew: the connector writes it again behind the truncate, in any partition. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aRowFromBeforeATruncateIsLoggedOnceHoweverOftenItComes(int partition) throws Exception {
        order.send(new TableTruncated(SHAPE.table(), in(0, 9, 50)));
        assertThat(order.send(change(SHAPE, 'c', in(partition, 3, 40), row("1", "a", "b"))))
                .containsExactly("c@3 1|a|b superseded");
        assertThat(order.send(change(SHAPE, 'c', in(partition, 12, 40), row("1", "a", "b"))))
                .isEmpty();
        assertThat(order.send(change(SHAPE, 'c', in(partition, 13, 60), row("1", "c", "b"))))
                .containsExactly("c@13 1|c|b");
    }

    /** The row that a truncate removed is not the one that a create of the same transaction replaces. */
    @Test
    void aRowThatCameAndWentBehindATruncateIsGone() throws Exception {
        order.send(
                change(SHAPE, 'c', in(0, 1, 10), row("1", "a", "b")),
                new TableTruncated(SHAPE.table(), transaction(7, 2, 20)),
                change(SHAPE, 'c', transaction(7, 3, 21), row("1", "a", "b")));
        assertThat(order.send(change(SHAPE, 'd', transaction(7, 4, 22), row("1", null, null))))
                .containsExactly("d@4 1|NULL|NULL");
    }

    private static Position transaction(long id, long offset, long lsn) {
        return new Position("t", 0, offset, 100 * lsn, id, 20_000, false);
    }

    @Test
    void aRowFromBeforeATruncateIsSupersededAndOneFromBehindItApplies() throws Exception {
        assertThat(order.send(
                        streamed('c', 1, "1", "a", "b"),
                        truncated(at(5)),
                        streamed('u', 3, "1", "c", "d"),
                        change(SHAPE, 'c', in(1, 77, 4), row("2", "e", "f")),
                        streamed('c', 6, "1", "g", "h"),
                        change(SHAPE, 'c', in(1, 78, 7), row("2", "i", "j"))))
                .containsExactly(
                        "c@1 1|a|b", "t@5", "u@3 1|c|d superseded", "c@77 2|e|f superseded", "c@6 1|g|h", "c@78 2|i|j");
    }

    @Test
    void aTruncateConcernsItsTableAlone() throws Exception {
        TableShape other = new TableShape(new TableName("OTHER"), SHAPE.columns());
        assertThat(order.send(truncated(at(5)), change(other, 'c', at(3), row("1", "a", "b"))))
                .containsExactly("t@5", "c@3 1|a|b");
    }

    @Test
    void aReplayedTruncateIsDropped() throws Exception {
        assertThat(order.send(truncated(at(5)), truncated(in(0, 8, 5)), truncated(in(1, 9, 5)), truncated(at(10))))
                .containsExactly("t@5", "t@10");
    }

    /** It is logged, once; what counts for rows is the newest. */
    @Test
    void aTruncateThatComesBehindALaterOneOfAnotherPartitionIsNoReplay() throws Exception {
        assertThat(order.send(truncated(at(3)), truncated(at(9)), truncated(in(1, 4, 5)), truncated(in(1, 5, 5))))
                .containsExactly("t@3", "t@9", "t@4");
        assertThat(order.send(truncated(in(2, 1, 9)), truncated(in(2, 2, 3)))).isEmpty();
        try (OrderHarness restored = OrderHarness.restore(order.snapshot())) {
            assertThat(restored.send(
                            truncated(in(2, 6, 5)), streamed('c', 7, "1", "a", "b"), streamed('c', 10, "2", "a", "b")))
                    .containsExactly("c@7 1|a|b superseded", "c@10 2|a|b");
        }
    }

    @Test
    void aTruncateIsPassedOnByOneSubtaskAndAShapeByAll() throws Exception {
        List<String> sent = new ArrayList<>();
        for (int subtask = 0; subtask < 3; subtask++) {
            try (OrderHarness one = OrderHarness.start(3, subtask)) {
                sent.addAll(one.send(new ShapeAnnounced(SHAPE), truncated(at(5))));
            }
        }
        assertThat(sent).containsExactlyInAnyOrder("shape 3", "shape 3", "shape 3", "t@5");
    }

    /** Writers know shapes by announcement alone, and a restored source need not announce what it announced before. */
    @Test
    void aRestoredJobAnnouncesItsShapesAheadOfEverythingAndKnowsRowsAndTruncates() throws Exception {
        order.send(new ShapeAnnounced(SHAPE), truncated(at(2)), streamed('c', 3, "1", "a*", "b"));
        OperatorSubtaskState state = order.snapshot();
        try (OrderHarness restored = OrderHarness.restore(state)) {
            assertThat(restored.send(
                            streamed('c', 3, "1", "a*", "b"),
                            streamed('u', 4, "1", "…", "c"),
                            streamed('c', 1, "2", "d", "e"),
                            truncated(at(2))))
                    .containsExactly("shape 3", "u@4 1|a*|c", "c@1 2|d|e superseded");
        }
        try (OrderHarness restored = OrderHarness.restore(state)) {
            assertThat(restored.send(truncated(at(9)), truncated(at(10)))).containsExactly("shape 3", "t@9", "t@10");
        }
    }

    @Test
    void aStateWithoutShapesAnnouncesNothing() throws Exception {
        OperatorSubtaskState state = order.snapshot();
        try (OrderHarness restored = OrderHarness.restore(state)) {
            assertThat(restored.send(streamed('c', 1, "1", "a", "b"))).containsExactly("c@1 1|a|b");
        }
    }

    private static final TableShape LOGGED = new TableShape(
            new TableName("L"),
            List.of(
                    new Column("A", new ColumnType.Text(9000), false),
                    new Column("B", new ColumnType.Text(9000), false)));

    private static RowChange logged(char operation, Position position, @Nullable String... texts) {
        RowChange keyed = change(LOGGED, operation, position, row(texts));
        return new RowChange(
                RowKey.ofRecord(LOGGED.table(), position, new CellBuffer()),
                keyed.shape(),
                keyed.operation(),
                position,
                keyed.cells(),
                false,
                keyed.leftOut());
    }

    /** Equal rows of one COPY, one that its connector writes again, one from before a truncate, one of a log that went back. */
    @Test
    void changesOfRowsWithoutAKeyPassAsTheyCameAndLeaveNothingBehind() throws Exception {
        List<ChangeEvent> out = order.pass(
                logged('c', in(0, 1, 10), "a", "b"),
                logged('c', in(0, 2, 10), "a", "b"),
                logged('c', in(0, 3, 10), "a", "b"),
                new TableTruncated(LOGGED.table(), in(0, 4, 12)),
                logged('u', in(1, 1, 11), "…", "c"),
                logged('c', in(1, 2, 13), "…", "d"),
                logged('c', new Position("t", 0, 5, 100, 14, 99_000, false), "e", "f"));
        assertThat(out).hasSize(7).noneMatch(event -> event instanceof RowChange row && row.superseded());
        assertThat(out)
                .filteredOn(RowChange.class::isInstance)
                .extracting(event -> ((RowChange) event).leftOut().size())
                .containsExactly(0, 0, 0, 1, 1, 0);
        assertThat(order.passedOn()).isEmpty();
        assertThat(order.rowsKnown()).isZero();
        order.send(streamed('c', 1, "1", "a", "b"));
        assertThat(order.rowsKnown()).isOne();
    }

    /** What its rows have become meanwhile stands in no state, and in no mirror. */
    @Test
    void aTableThatWasLoggedOnlyIsNotMirroredUnderItsName() throws Exception {
        TableShape keyed = new TableShape(LOGGED.table(), SHAPE.columns());
        order.send(new ShapeAnnounced(keyed), new ShapeAnnounced(LOGGED), new ShapeAnnounced(LOGGED));
        OperatorSubtaskState state = order.snapshot();
        try (OrderHarness restored = OrderHarness.restore(state)) {
            assertThat(restored.send(new ShapeAnnounced(SHAPE), new ShapeAnnounced(LOGGED)))
                    .hasSize(4);
            assertThatThrownBy(() -> restored.send(new ShapeAnnounced(keyed)))
                    .isInstanceOf(SuppressRestartsException.class)
                    .hasRootCauseMessage("table L was logged only until now, so MIRROR.L lacks its changes: list it in"
                            + " pipeline.log-only-tables again, or route it to a table of another name and take a"
                            + " snapshot of it");
        }
    }

    @Test
    void rowsByKeyAndByValueDoNotMix() throws Exception {
        TableShape keyed = new TableShape(LOGGED.table(), SHAPE.columns());
        List<Column> columns = new ArrayList<>(LOGGED.columns());
        columns.addAll(Multiset.COLUMNS);
        TableShape byValues = new TableShape(LOGGED.table(), columns);
        List<TableShape> kinds = List.of(keyed, byValues);
        for (TableShape before : kinds) {
            for (TableShape behind : List.of(keyed, byValues, LOGGED)) {
                try (OrderHarness other = OrderHarness.restore(order.snapshot())) {
                    assertThat(other.send(new ShapeAnnounced(before), new ShapeAnnounced(before)))
                            .hasSizeGreaterThan(1);
                    if (before.isMultiset() == behind.isMultiset()) {
                        other.send(new ShapeAnnounced(behind));
                    } else {
                        assertThatThrownBy(() -> other.send(new ShapeAnnounced(behind)))
                                .isInstanceOf(SuppressRestartsException.class)
                                .rootCause()
                                .hasMessageContaining("table L was" + (before.isMultiset() ? "" : " not")
                                        + " mirrored by its rows' values (pipeline.multiset-tables) until now");
                    }
                }
            }
        }
    }

    private static Position replayed(Position dead, long offset) {
        return new Position(
                dead.topic(),
                dead.partition(),
                offset,
                dead.lsn(),
                dead.txId(),
                dead.committedAtMicros(),
                dead.snapshot(),
                true);
    }

    @Test
    void aDeadLetterThatIsSentAgainDoesNotOverwriteWhatIsNewer() throws Exception {
        order.send(
                change(SHAPE, 'c', in(0, 1, 10), row("1", "a", "b")),
                change(SHAPE, 'u', in(0, 3, 12), row("1", "new", "b")));
        Position dead = in(0, 2, 11);
        assertThat(order.send(change(SHAPE, 'u', replayed(dead, 4), row("1", "old", "b"))))
                .containsExactly("u@4 1|old|b superseded");
        assertThat(order.send(change(SHAPE, 'u', in(0, 5, 13), row("1", "newest", "b"))))
                .containsExactly("u@5 1|newest|b");
    }

    /** Its offset is behind that of the truncate. */
    @Test
    void aDeadLetterOfBeforeATruncateDoesNotBringTheRowBack() throws Exception {
        order.send(new TableTruncated(SHAPE.table(), in(0, 3, 12)));
        assertThat(order.send(change(SHAPE, 'c', replayed(in(0, 2, 11), 4), row("1", "a", "b"))))
                .containsExactly("c@4 1|a|b superseded");
        assertThat(order.send(change(SHAPE, 'c', replayed(in(0, 4, 13), 5), row("2", "a", "b"))))
                .containsExactly("c@5 2|a|b");
    }

    @Test
    void whatBecomesNoChangeIsPassedOnToBeCounted() throws Exception {
        order.send(
                change(SHAPE, 'c', in(0, 1, 10), row("1", "a", "b")),
                change(SHAPE, 'c', in(0, 2, 10), row("1", "a", "b")));
        assertThat(order.passedOn()).containsExactly("duplicate@2");
        order.send(
                new TableTruncated(SHAPE.table(), in(0, 3, 12)),
                new TableTruncated(SHAPE.table(), in(0, 4, 12)),
                new RecordsRead(7, 0));
        assertThat(order.passedOn()).containsExactly("duplicate@4");
        DeadLetter letter = new DeadLetter("t", 0, 9, 0, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of());
        order.send(
                change(SHAPE, 'c', in(0, 5, 13), row("9", "a", "b")),
                change(SHAPE, 'u', in(0, 6, 14), row("9", "…", "b")));
        assertThat(order.passedOn()).containsExactly("UNKNOWN_TOAST_VALUE t-0@6");
        assertThat(order.lettersTables()).containsExactly(SHAPE.table());
        assertThat(order.pass(letter)).isEmpty();
        assertThat(order.passedOn()).containsExactly("UNDECODABLE t-0@9");
    }

    /** What is broadcast comes to every subtask, and is one record. */
    @Test
    void whatComesToEverySubtaskIsPassedOnByOne() throws Exception {
        int truncates = 0;
        int duplicates = 0;
        int counts = 0;
        for (int subtask = 0; subtask < 3; subtask++) {
            try (OrderHarness one = OrderHarness.start(3, subtask)) {
                List<String> out = one.send(
                        new TableTruncated(SHAPE.table(), in(0, 3, 12)),
                        new TableTruncated(SHAPE.table(), in(0, 4, 12)),
                        new RecordsRead(7, 0));
                truncates += Collections.frequency(out, "t@3");
                counts += Collections.frequency(out, "read 7");
                duplicates += one.passedOn().size();
            }
        }
        assertThat(List.of(truncates, duplicates, counts)).containsExactly(1, 1, 1);
    }
}
