package io.spindrift.jobs.order;

import static io.spindrift.jobs.order.OrderHarness.change;
import static io.spindrift.jobs.order.OrderHarness.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderChangesTest {

    private static final Column ID = new Column("ID", new ColumnType.Number(10, 0), true);
    private static final Column A = new Column("A", new ColumnType.Text(9000), false);
    private static final Column B = new Column("B", new ColumnType.Text(9000), false);
    private static final TableShape SHAPE = new TableShape(new TableName("T"), List.of(ID, A, B));
    private static final TableShape REORDERED =
            new TableShape(new TableName("T"), List.of(ID, new Column("NEW", new ColumnType.Date(), false), B, A));

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

    @Test
    void anUnchangedValueOfARowThatWasNeverSeenIsADeadLetterAndItsRowGoesOn() throws Exception {
        assertThat(order.send(
                        streamed('u', 1, "1", "…", "b"),
                        streamed('u', 2, "1", "a*", "c"),
                        streamed('u', 3, "1", "…", "d")))
                .containsExactly("u@2 1|a*|c", "u@3 1|a*|d", "UNKNOWN_TOAST_VALUE t-0@1");
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
    void aSupersededChangeIsLoggedOnlyWhole() throws Exception {
        order.send(change(SHAPE, 'u', in(0, 9, 9), row("1", "a*", "b")));
        assertThat(order.send(
                        change(SHAPE, 'u', in(1, 1, 5), row("1", "old*", "c")),
                        change(SHAPE, 'u', in(1, 2, 6), row("1", "…", "d"))))
                .containsExactly("u@1 1|o*|c superseded", "UNKNOWN_TOAST_VALUE t-1@2");
        assertThat(order.send(change(SHAPE, 'u', in(0, 10, 10), row("1", "…", "e"))))
                .containsExactly("u@10 1|a*|e");
    }

    @Test
    void aLogThatWentBackStopsTheJob() throws Exception {
        order.send(streamed('c', 5, "1", "a", "b"));
        Position later = new Position("t", 0, 6, 100, 9, 9000, false);
        assertThatThrownBy(() -> order.send(change(SHAPE, 'u', later, row("1", "a", "b"))))
                .hasMessageContaining("the source's log or the topic went back: T came at")
                .hasMessageContaining("Start a new pipeline name over a fresh snapshot");
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
        assertThat(order.send(truncated(at(5)), truncated(in(0, 8, 5)), truncated(in(0, 9, 4)), truncated(at(10))))
                .containsExactly("t@5", "t@10");
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
}
