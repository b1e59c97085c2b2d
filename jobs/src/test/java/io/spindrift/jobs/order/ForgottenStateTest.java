package io.spindrift.jobs.order;

import static io.spindrift.jobs.order.OrderHarness.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.spindrift.jobs.config.PipelineConfig.Ordering;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the job makes of changes whose rows it has forgotten; what the commit makes of that is tested with the commit. */
class ForgottenStateTest {

    private static final Ordering FORGETFUL = new Ordering(Optional.of(Duration.ofHours(72)), Optional.empty());
    private static final TableShape SHAPE = new TableShape(
            new TableName("T"),
            List.of(
                    new Column("ID", new ColumnType.Number(10, 0), true),
                    new Column("A", new ColumnType.Text(9000), false),
                    new Column("D", new ColumnType.Variant(), false)));

    private OrderHarness order;

    String backend() {
        return "hashmap";
    }

    @BeforeEach
    void start() throws Exception {
        order = OrderHarness.start(FORGETFUL, backend());
        order.now(Duration.ZERO);
    }

    @AfterEach
    void stop() throws Exception {
        order.close();
    }

    private static Position at(long offset, long n) {
        return new Position("t", 0, offset, 100 * n, n, 1000 * n, false);
    }

    private static RowChange change(char operation, long n, @Nullable String... texts) {
        return OrderHarness.change(SHAPE, operation, at(n, n), row(texts));
    }

    @Test
    void aRowIsKnownForTheGivenTimeAfterItsLastChange() throws Exception {
        order.send(change('c', 1, "1", "a*", "b"));
        order.now(Duration.ofHours(71));
        assertThat(order.send(change('u', 2, "1", "…", "c"))).containsExactly("u@2 1|a*|c");
        order.now(Duration.ofHours(142));
        assertThat(order.send(change('u', 3, "1", "…", "d"))).containsExactly("u@3 1|a*|d");
        order.now(Duration.ofHours(215));
        assertThat(order.send(change('u', 4, "1", "…", "e"))).containsExactly("u@4 1|…|e");
        assertThat(order.send(change('u', 5, "1", "…", "f"))).containsExactly("u@5 1|…|f");
    }

    /** Changes of other rows come by. RocksDB drops it when it compacts its files. */
    @Test
    void whatIsForgottenTakesNoRoom() throws Exception {
        assumeTrue(backend().equals("hashmap"));
        for (int i = 0; i < 100; i++) {
            order.send(change('c', i, "k" + i, "a*", "b"));
        }
        assertThat(order.rowsKnown()).isEqualTo(100);
        order.now(Duration.ofHours(73));
        for (int i = 100; i < 150; i++) {
            order.send(change('c', i, "k" + i, "a*", "b"));
        }
        assertThat(order.rowsKnown()).isEqualTo(50);
    }

    /** Nothing is lost by it: the commit finds out. A duplicate does not prolong a row's time. */
    @Test
    void aChangeThatComesAgainLooksNewOnceItsRowIsForgotten() throws Exception {
        RowChange create = change('c', 1, "1", "a", "b");
        order.send(create, change('d', 2, "1", null, null));
        order.now(Duration.ofHours(71));
        assertThat(order.send(OrderHarness.change(SHAPE, 'c', at(3, 1), create.cells())))
                .isEmpty();
        assertThat(order.passedOn()).containsExactly("duplicate@3");
        order.now(Duration.ofHours(73));
        assertThat(order.send(OrderHarness.change(SHAPE, 'c', at(4, 1), create.cells())))
                .containsExactly("c@4 1|a|b");
    }

    @Test
    void aNullThatMayBeAnUnchangedValueIsADeadLetterOnceItsRowIsForgotten() throws Exception {
        order.send(change('c', 1, "1", "a", null));
        assertThat(order.send(change('u', 2, "1", "b", "…"))).containsExactly("u@2 1|b|NULL");
        order.now(Duration.ofHours(73));
        assertThat(order.send(change('u', 3, "1", "b", "…"))).containsExactly("UNKNOWN_TOAST_VALUE t-0@3");
    }

    @Test
    void aTruncateIsNotForgotten() throws Exception {
        order.send(change('c', 1, "1", "a", "b"), new TableTruncated(SHAPE.table(), at(2, 2)));
        order.now(Duration.ofHours(1000));
        assertThat(order.send(OrderHarness.change(SHAPE, 'c', at(3, 1), row("1", "a", "b"))))
                .containsExactly("c@3 1|a|b superseded");
    }

    /** It may be older than what was forgotten, so its values are no later change's. */
    @Test
    void aLetterThatWasSentAgainTellsNothingOfAForgottenRow() throws Exception {
        order.send(change('c', 9, "1", "new*", "b"));
        order.now(Duration.ofHours(73));
        Position again = new Position("t", 0, 10, 500, 5, 5000, false, true);
        assertThat(order.send(OrderHarness.change(SHAPE, 'u', again, row("1", "old*", "b"))))
                .containsExactly("u@10 1|o*|b");
        assertThat(order.send(change('u', 11, "1", "…", "c"))).containsExactly("UNKNOWN_TOAST_VALUE t-0@11");
        assertThat(order.send(change('u', 12, "1", "newer*", "c"), change('u', 13, "1", "…", "d")))
                .containsExactly("u@12 1|n*|c", "u@13 1|n*|d");
    }

    @Test
    void stateIsRestoredWithTheTimeOfEachRow() throws Exception {
        order.send(change('c', 1, "1", "a*", "b"));
        OperatorSubtaskState state = order.snapshot();
        order.close();
        order = OrderHarness.restore(
                state, new Ordering(Optional.of(Duration.ofHours(10)), Optional.empty()), backend());
        order.now(Duration.ofHours(9));
        assertThat(order.send(change('u', 2, "1", "…", "c"))).containsExactly("u@2 1|a*|c");
        order.now(Duration.ofHours(20));
        assertThat(order.send(change('u', 3, "1", "…", "d"))).containsExactly("u@3 1|…|d");
    }

    /** Flink 2.2 takes the other one. */
    @Test
    void stateOfAJobThatForgotIsNoStateOfOneThatDoesNot() throws Exception {
        assumeTrue(EnvironmentInformation.getVersion().startsWith("1."));
        order.send(change('c', 1, "1", "a", "b"));
        OperatorSubtaskState forgetful = order.snapshot();
        assertThatThrownBy(() -> OrderHarness.restore(forgetful, OrderHarness.PLAIN, backend()))
                .isInstanceOf(SuppressRestartsException.class)
                .cause()
                .hasMessageStartingWith(
                        "pipeline.row-state-ttl is not set, and this checkpoint or savepoint was made by a job for which it was set.")
                .hasMessageContaining("start the job without state");
        try (OrderHarness lasting = OrderHarness.start(OrderHarness.PLAIN, backend())) {
            lasting.send(change('c', 1, "1", "a", "b"));
            OperatorSubtaskState state = lasting.snapshot();
            assertThatThrownBy(() -> OrderHarness.restore(state, FORGETFUL, backend()))
                    .isInstanceOf(SuppressRestartsException.class)
                    .cause()
                    .hasMessageStartingWith(
                            "pipeline.row-state-ttl is set, and this checkpoint or savepoint was made by a job for which it was not set.");
        }
    }
}
