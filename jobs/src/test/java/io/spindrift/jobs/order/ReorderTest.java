package io.spindrift.jobs.order;

import static io.spindrift.jobs.order.OrderHarness.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.config.PipelineConfig.Ordering;
import io.spindrift.jobs.config.PipelineConfig.ReorderBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of one row that come through several partitions, with and without the buffer. */
class ReorderTest {

    private static final int DELAY_MILLIS = 100;
    private static final TableShape SHAPE = new TableShape(
            new TableName("T"),
            List.of(
                    new Column("ID", new ColumnType.Number(10, 0), true),
                    new Column("A", new ColumnType.Text(9000), false)));

    private OrderHarness order;

    private static Ordering holding(int maxRecords) {
        return new Ordering(
                Optional.empty(), Optional.of(new ReorderBuffer(Duration.ofMillis(DELAY_MILLIS), maxRecords)));
    }

    @BeforeEach
    void start() throws Exception {
        order = OrderHarness.start(holding(1000));
    }

    @AfterEach
    void stop() throws Exception {
        order.close();
    }

    /** A streamed change of the n-th millisecond. */
    private static Position in(int partition, long offset, long n) {
        return new Position("t", partition, offset, 10 * n, n, 1000 * n, false);
    }

    private static RowChange change(char operation, Position position, @Nullable String... texts) {
        return OrderHarness.change(SHAPE, operation, position, row(texts));
    }

    @Test
    void changesWaitUntilEventTimeHasPassedThemByTheDelay() throws Exception {
        assertThat(order.send(
                        change('u', in(1, 0, 60), "1", "c"),
                        change('c', in(0, 0, 50), "1", "a"),
                        change('u', in(0, 1, 55), "1", "b"),
                        change('c', in(0, 2, 70), "2", "x")))
                .isEmpty();
        assertThat(order.watermark(149)).isEmpty();
        assertThat(order.watermark(160)).containsExactly("c@0 1|a", "u@1 1|b", "u@0 1|c");
        assertThat(order.watermark(170)).containsExactly("c@2 2|x");
        assertThat(order.late()).isZero();
    }

    /** What is in a commit is what was read before its barrier, or the ledger's offsets would be ahead of it. */
    @Test
    void nothingWaitsAcrossABarrier() throws Exception {
        order.send(change('u', in(1, 0, 60), "1", "b"), change('c', in(0, 0, 50), "1", "a"));
        assertThat(order.barrier()).containsExactly("c@0 1|a", "u@0 1|b");
        assertThat(order.barrier()).isEmpty();
        assertThat(order.watermark(1000)).isEmpty();
    }

    @Test
    void nothingWaitsBehindTheLastRow() throws Exception {
        order.send(change('u', in(1, 0, 60), "1", "b"), change('c', in(0, 0, 50), "1", "a"));
        assertThat(order.end()).containsExactly("c@0 1|a", "u@0 1|b");
    }

    /** State made with the buffer is that of a job without it, and the other way round. */
    @Test
    void theBufferIsSwitchedOffAndOnOverOneState() throws Exception {
        order.send(change('c', in(0, 0, 50), "1", "a*"));
        try (OrderHarness off = OrderHarness.restore(order.snapshot())) {
            assertThat(off.send(change('u', in(0, 0, 50), "1", "a*"), change('u', in(1, 0, 60), "1", "…")))
                    .containsExactly("u@0 1|a*");
            try (OrderHarness on = OrderHarness.restore(off.snapshot(), holding(10))) {
                assertThat(on.send(change('u', in(0, 1, 70), "1", "…"))).isEmpty();
                assertThat(on.barrier()).containsExactly("u@1 1|a*");
            }
        }
    }

    @Test
    void theOldestGoOnWhereThereAreTooMany() throws Exception {
        try (OrderHarness small = OrderHarness.start(holding(2))) {
            assertThat(small.send(change('c', in(0, 0, 50), "1", "a"), change('c', in(0, 1, 40), "2", "b")))
                    .isEmpty();
            assertThat(small.send(change('c', in(0, 2, 60), "3", "c"))).containsExactly("c@1 2|b");
            assertThat(small.barrier()).containsExactly("c@0 1|a", "c@2 3|c");
        }
    }

    /** 64 MiB of cells are as good as too many records. */
    @Test
    void theOldestGoOnWhereTheyAreTooLarge() throws Exception {
        byte[] large = row("1", "x".repeat(20 << 20));
        for (int n = 0; n < 3; n++) {
            assertThat(order.send(OrderHarness.change(SHAPE, 'u', in(0, n, 50 + n), large)))
                    .isEmpty();
        }
        assertThat(order.send(OrderHarness.change(SHAPE, 'u', in(0, 3, 53), large)))
                .containsExactly("u@0 1|x*");
    }

    /** Within its partition a late change still has its place: alone ahead of an earlier one, it would make that one a duplicate. */
    @Test
    void aLateChangeIsCountedAndPassesBehindItsPartitionsEarlierOnes() throws Exception {
        assertThat(order.watermark(300)).isEmpty();
        assertThat(order.send(change('c', in(0, 0, 290), "1", "a"))).isEmpty();
        assertThat(order.late()).isEqualTo(1);
        Position steppedBack = new Position("t", 0, 1, 2910, 291, 100_000, false);
        Position afterAnother = new Position("t", 1, 0, 2920, 292, 295_000, false);
        assertThat(order.send(change('u', afterAnother, "1", "c"), change('u', in(2, 0, 100), "2", "x")))
                .containsExactly("u@0 2|x");
        assertThat(order.send(OrderHarness.change(SHAPE, 'u', withTime(steppedBack, 290_000), row("1", "b"))))
                .isEmpty();
        assertThat(order.watermark(390)).containsExactly("c@0 1|a", "u@1 1|b");
        assertThat(order.watermark(395)).containsExactly("u@0 1|c");
        assertThat(order.late()).isEqualTo(4);
    }

    private static Position withTime(Position position, long micros) {
        return new Position(
                position.topic(),
                position.partition(),
                position.offset(),
                position.lsn(),
                position.txId(),
                micros,
                position.snapshot());
    }

    /** The clock stepped back within a partition by more than the delay. */
    @Test
    void aChangeThatIsDueTakesThoseBeforeItAlong() throws Exception {
        order.watermark(300);
        assertThat(order.send(change('c', in(0, 0, 290), "1", "a"))).isEmpty();
        Position steppedBack = new Position("t", 0, 1, 2910, 291, 100_000, false);
        assertThat(order.send(change('c', in(1, 0, 295), "2", "x"))).isEmpty();
        assertThat(order.send(change('d', new Position("t", 0, 2, 3000, 300, 100_000, false), "3", null)))
                .containsExactly("d@2 3|NULL");
        assertThat(order.pass(OrderHarness.change(SHAPE, 'd', steppedBack, row("1", null))))
                .extracting(event -> ((RowChange) event).position().offset())
                .containsExactly(0L, 1L);
    }

    @Test
    void lateChangesAreCountedWithoutTheBufferToo() throws Exception {
        try (OrderHarness off = OrderHarness.start()) {
            off.watermark(50);
            assertThat(off.send(change('c', in(0, 0, 50), "1", "a"), change('u', in(0, 1, 51), "1", "b")))
                    .containsExactly("c@0 1|a", "u@1 1|b");
            assertThat(off.late()).isEqualTo(1);
        }
    }

    /** A read has no place in the log: it stays where it came, among other partitions' changes. */
    @Test
    void aReadIsNotMoved() throws Exception {
        Position read = new Position("t", 1, 0, 5, 5, 55_000, true);
        order.send(
                change('u', in(0, 0, 50), "1", "a"),
                OrderHarness.change(SHAPE, 'r', read, row("1", "read")),
                change('u', in(2, 0, 45), "1", "late"));
        assertThat(order.barrier()).containsExactly("u@0 1|late", "u@0 1|a", "r@0 1|read superseded");
    }

    /** The source was restored, and a snapshot of the row came ahead of what the new log says of it. */
    @Test
    void theOrderOfAPartitionStandsWhateverItsLsns() throws Exception {
        order.send(
                change('u', in(0, 0, 50), "1", "old"),
                change('r', new Position("t", 0, 1, 5, 5, 60_000, true), "1", "read"),
                change('u', new Position("t", 0, 2, 10, 6, 70_000, false), "1", "new"));
        assertThat(order.barrier()).containsExactly("u@0 1|old", "r@1 1|read", "u@2 1|new");
    }

    /** It is broadcast, and overtakes what waits. */
    @Test
    void aTruncateGoesByPositionWhateverWaits() throws Exception {
        order.send(change('c', in(0, 0, 50), "1", "a"), change('c', in(1, 1, 70), "2", "b"));
        assertThat(order.send(new TableTruncated(SHAPE.table(), in(1, 0, 60)))).containsExactly("t@0");
        assertThat(order.barrier()).containsExactly("c@0 1|a superseded", "c@1 2|b");
    }

    @Test
    void deadLettersDoNotWait() throws Exception {
        DeadLetter letter = new DeadLetter(
                "t", 0, 1, 0, DeadLetter.Reason.UNDECODABLE, "why", null, new byte[0], List.<DeadLetter.Header>of());
        order.send(letter);
        assertThat(order.passedOn()).containsExactly("UNDECODABLE t-0@1");
    }

    private static final int ROWS = 3;
    private static final int PARTITIONS = 3;
    private static final int CHANGES = 80;

    /** Each row's changes in any partitions, in LSN order within each; commit times may tie, and are those of the log. */
    private static List<List<RowChange>> topic(Random random, boolean withReads) {
        List<List<RowChange>> partitions = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        long time = 0;
        for (int n = 1; n <= CHANGES; n++) {
            time += random.nextInt(30);
            int number = random.nextInt(PARTITIONS);
            List<RowChange> partition = partitions.get(number);
            boolean read = withReads && random.nextInt(8) == 0;
            char operation = read ? 'r' : random.nextInt(6) == 0 ? 'd' : 'u';
            Position position =
                    new Position("t", number, partition.size(), read ? Position.NONE : 10L * n, n, 1000 * time, read);
            partition.add(change(operation, position, "k" + random.nextInt(ROWS), operation == 'd' ? null : "v" + n));
        }
        return partitions;
    }

    private interface Feed {
        void accept(RowChange change, OrderHarness to, List<ChangeEvent> out) throws Exception;
    }

    private static List<ChangeEvent> passedOn(List<RowChange> arrivals, Ordering ordering, Feed feed) throws Exception {
        List<ChangeEvent> out = new ArrayList<>();
        try (OrderHarness order = OrderHarness.start(ordering)) {
            for (RowChange change : arrivals) {
                feed.accept(change, order, out);
            }
            out.addAll(order.passBarrier());
        }
        return out;
    }

    /** By row: the last change that is not superseded. */
    private static Map<String, String> mirror(List<ChangeEvent> passedOn) {
        Map<String, String> rows = new TreeMap<>();
        for (ChangeEvent event : passedOn) {
            RowChange change = (RowChange) event;
            if (!change.superseded()) {
                rows.put(
                        new String(change.key().cells(), StandardCharsets.UTF_8),
                        change.operation().code() + OrderHarness.cells(change.cells()));
            }
        }
        return rows;
    }

    private static Set<String> log(List<ChangeEvent> passedOn) {
        Set<String> places = new TreeSet<>();
        for (ChangeEvent event : passedOn) {
            RowChange change = (RowChange) event;
            Position at = change.position();
            assertThat(places.add(at.partition() + " " + at.offset() + OrderHarness.cells(change.cells())))
                    .as("once")
                    .isTrue();
        }
        return places;
    }

    private static List<RowChange> interleaved(List<List<RowChange>> partitions, Random random) {
        List<List<RowChange>> left = new ArrayList<>();
        partitions.forEach(partition -> left.add(new ArrayList<>(partition)));
        List<RowChange> arrivals = new ArrayList<>();
        left.removeIf(List::isEmpty);
        while (!left.isEmpty()) {
            arrivals.add(left.get(random.nextInt(left.size())).remove(0));
            left.removeIf(List::isEmpty);
        }
        return arrivals;
    }

    /** Watermarks anywhere, barriers in between: nothing is lost, nothing is doubled, and each row ends as it does without the buffer. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theResultIsTheSameWithAndWithoutTheBuffer(long seed) throws Exception {
        Random random = new Random(seed);
        for (int run = 0; run < 10; run++) {
            List<RowChange> arrivals = interleaved(topic(random, false), random);
            List<ChangeEvent> plain =
                    passedOn(arrivals, OrderHarness.PLAIN, (change, to, out) -> out.addAll(to.pass(change)));
            List<ChangeEvent> held = passedOn(arrivals, holding(1 + random.nextInt(50)), (change, to, out) -> {
                out.addAll(to.pass(change));
                switch (random.nextInt(10)) {
                    case 0 -> out.addAll(to.passBarrier());
                    case 1, 2 -> out.addAll(to.passWatermark(random.nextInt(1500)));
                    default -> {}
                }
            });
            assertThat(log(held)).hasSize(CHANGES).isEqualTo(log(plain));
            assertThat(mirror(held)).isEqualTo(mirror(plain));
        }
    }

    /** Reads among them: which of them count goes by the order of arrival, as it does without the buffer; none is lost. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void readsAreLoggedOnceToo(long seed) throws Exception {
        Random random = new Random(seed);
        for (int run = 0; run < 10; run++) {
            List<RowChange> arrivals = interleaved(topic(random, true), random);
            List<ChangeEvent> held = passedOn(arrivals, holding(20), (change, to, out) -> out.addAll(to.pass(change)));
            assertThat(log(held)).hasSize(CHANGES);
        }
    }

    /** Event time may be ahead of what has not come yet by less than the delay. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void withinTheDelayNothingIsSuperseded(long seed) throws Exception {
        Random random = new Random(seed);
        for (int run = 0; run < 10; run++) {
            List<RowChange> left = interleaved(topic(random, false), random);
            List<ChangeEvent> out = new ArrayList<>();
            try (OrderHarness order = OrderHarness.start(holding(CHANGES))) {
                long watermark = Long.MIN_VALUE;
                while (!left.isEmpty()) {
                    out.addAll(order.pass(left.remove(0)));
                    long earliest = left.stream()
                                    .mapToLong(change -> change.position().committedAtMicros())
                                    .min()
                                    .orElse(0)
                            / 1000;
                    watermark = Math.max(watermark, earliest - 1 + random.nextInt(DELAY_MILLIS));
                    out.addAll(order.passWatermark(watermark));
                }
                out.addAll(order.passBarrier());
            }
            assertThat(log(out)).hasSize(CHANGES);
            assertThat(out).allSatisfy(event -> assertThat(((RowChange) event).superseded())
                    .isFalse());
        }
    }
}
