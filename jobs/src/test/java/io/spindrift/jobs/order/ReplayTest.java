package io.spindrift.jobs.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A connector that crashes writes again what it wrote, Kafka hands partitions over in any order, and a table's topic may get other partitions
 * on the way: the warehouse must not be able to tell.
 */
class ReplayTest {

    private static final int KEYS = 4;
    private static final int PARTITIONS = 3;
    private static final int CHANGES = 60;

    private static final TableShape SHAPE = new TableShape(
            new TableName("T"),
            List.of(
                    new Column("ID", new ColumnType.Number(10, 0), true),
                    new Column("BIG", new ColumnType.Text(9000), false),
                    new Column("SMALL", new ColumnType.Text(9), false)));

    /** A change in the source's log. */
    @SuppressWarnings("ArrayRecordComponent") // of one record there is one array
    private record Source(int key, char operation, long lsn, long txId, long committedAt, byte[] cells) {}

    /**
     * The source's log: after each key's snapshot read, changes in LSN order, some of one transaction, some with one commit time; between them
     * the reads of an incremental snapshot, which have neither LSN nor transaction.
     */
    private static List<Source> log(Random random) {
        List<Source> log = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            log.add(new Source(key, 'r', 5_000_000, 1, 9_000_000, cells(key, "r*", "0")));
        }
        boolean[] alive = {true, true, true, true};
        String[] big = {"r*", "r*", "r*", "r*"};
        long lsn = 1_000;
        long txId = 10;
        long committedAt = 1_000;
        for (int n = 1; n <= CHANGES; n++) {
            int key = random.nextInt(KEYS);
            lsn += 1 + random.nextInt(50);
            if (random.nextBoolean()) {
                txId++;
                committedAt += random.nextInt(3);
            }
            char operation = !alive[key] ? 'c' : random.nextInt(5) == 0 ? 'd' : 'u';
            alive[key] = operation != 'd';
            String written = operation == 'u' && random.nextBoolean() ? "…" : n + "*";
            big[key] = written.equals("…") ? big[key] : written;
            byte[] cells = alive[key] ? cells(key, written, "s" + n) : cells(key, "NULL", "NULL");
            log.add(new Source(key, operation, lsn, txId, committedAt, cells));
            if (alive[key] && random.nextInt(4) == 0) {
                byte[] read = cells(key, big[key], "s" + n);
                log.add(new Source(key, 'r', Position.NONE, Position.NONE, 9_000_000 + n, read));
            }
        }
        return log;
    }

    private static byte[] cells(int key, String big, String small) {
        return big.equals("NULL") ? OrderHarness.row("k" + key, null, null) : OrderHarness.row("k" + key, big, small);
    }

    /** Kafka: each change in its key's partition, with the partition's next offset. */
    private static List<List<RowChange>> topic(List<Source> written) {
        List<List<RowChange>> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new ArrayList<>());
        }
        for (Source source : written) {
            int partition = source.key() % PARTITIONS;
            partitions
                    .get(partition)
                    .add(record(source, partition, partitions.get(partition).size()));
        }
        return partitions;
    }

    private static RowChange record(Source source, int partition, long offset) {
        Position position = new Position(
                "t", partition, offset, source.lsn(), source.txId(), source.committedAt(), source.operation() == 'r');
        return OrderHarness.change(SHAPE, source.operation(), position, source.cells());
    }

    /** Writes the log, crashes now and then, and goes on from some earlier streamed change; what it had read it does not read again. */
    private static List<Source> withReplays(List<Source> log, Random random) {
        List<Source> written = new ArrayList<>();
        int next = 0;
        for (int crashes = random.nextInt(1, 4); crashes > 0; crashes--) {
            int crash = random.nextInt(Math.max(next, KEYS + 1), log.size() + 1);
            write(log, next, crash, written);
            next = random.nextInt(KEYS, crash + 1);
        }
        write(log, next, log.size(), written);
        return written;
    }

    private static void write(List<Source> log, int from, int to, List<Source> written) {
        for (Source source : log.subList(from, to)) {
            if (source.operation() != 'r' || !written.contains(source)) {
                written.add(source);
            }
        }
    }

    private static List<RowChange> interleaved(List<List<RowChange>> partitions, Random random) {
        List<List<RowChange>> left = new ArrayList<>();
        partitions.forEach(partition -> left.add(new ArrayList<>(partition)));
        List<RowChange> arrivals = new ArrayList<>();
        while (!left.isEmpty()) {
            arrivals.add(left.get(random.nextInt(left.size())).remove(0));
            left.removeIf(List::isEmpty);
        }
        return arrivals;
    }

    /** What reaches the warehouse, by key, in its order: operation, LSN and the whole row. */
    private static Map<String, List<String>> applied(List<RowChange> arrivals) throws Exception {
        Map<String, List<String>> byKey = new TreeMap<>();
        try (OrderHarness order = OrderHarness.start()) {
            for (RowChange change : arrivals) {
                String key = new String(change.key().cells(), StandardCharsets.UTF_8);
                for (String text : order.send(change)) {
                    byKey.computeIfAbsent(key, first -> new ArrayList<>())
                            .add(change.position().lsn() + " " + text.replaceAll("@[0-9]+", ""));
                }
            }
        }
        return byKey;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void replaysAndTheOrderOfPartitionsLeaveNoTrace(long seed) throws Exception {
        Random random = new Random(seed);
        List<Source> log = log(random);
        Map<String, List<String>> plain = applied(interleaved(topic(log), random));
        assertThat(plain.values().stream().mapToInt(List::size).sum()).isEqualTo(log.size());
        for (int run = 0; run < 5; run++) {
            List<Source> written = withReplays(log, random);
            assertThat(applied(interleaved(topic(written), random))).isEqualTo(plain);
        }
    }

    /** The topic got more partitions, so one key's changes stand in two, and no order between them is left but the log's. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aRowInTwoPartitionsEndsAsInTheSourceAndLosesNoChange(long seed) throws Exception {
        Random random = new Random(seed);
        for (int run = 0; run < 20; run++) {
            List<RowChange> passedOn = passedOn(interleaved(oneRowInTwoPartitions(random), random));
            assertThat(passedOn.stream().map(change -> change.position().lsn()))
                    .hasSize(CHANGES)
                    .doesNotHaveDuplicates();
            List<Long> streamed = passedOn.stream()
                    .filter(change -> !change.superseded() && !change.position().snapshot())
                    .map(change -> change.position().lsn())
                    .toList();
            assertThat(streamed).isSortedAccordingTo(Comparator.naturalOrder()).endsWith(10L * CHANGES);
        }
    }

    /** A snapshot read of high LSN, and updates behind it. */
    private static List<List<RowChange>> oneRowInTwoPartitions(Random random) {
        List<List<RowChange>> partitions = List.of(new ArrayList<>(), new ArrayList<>());
        for (int n = 1; n <= CHANGES; n++) {
            int partition = random.nextInt(2);
            List<RowChange> records = partitions.get(partition);
            byte[] cells = OrderHarness.row("k", "v", "s" + n);
            Source source = new Source(0, n == 1 ? 'r' : 'u', n == 1 ? 999_999 : 10L * n, n, 100 + n / 2, cells);
            records.add(record(source, partition, records.size()));
        }
        return partitions;
    }

    private static List<RowChange> passedOn(List<RowChange> arrivals) throws Exception {
        List<RowChange> passedOn = new ArrayList<>();
        try (OrderHarness order = OrderHarness.start()) {
            for (RowChange change : arrivals) {
                order.pass(change).forEach(event -> passedOn.add((RowChange) event));
            }
        }
        return passedOn;
    }
}
