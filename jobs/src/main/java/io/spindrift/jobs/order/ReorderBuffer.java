package io.spindrift.jobs.order;

import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.SourceEpochs;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Changes as the partitions hand them over → the same changes, those of one row by LSN as far as partitions cross. Of one partition, a row's changes keep
 * their order, whatever their LSNs and times: so what comes out is one of the orders in which Kafka may have handed them over, and the job makes the same
 * of each. A snapshot read has no place among other partitions' changes but that of its arrival.
 *
 * <p>In the heap and in no state: its owner empties it ahead of every barrier. Not thread-safe.
 */
final class ReorderBuffer {

    /** Of cells. Of rows as large as Kafka's largest records, 10,000 would fill the heap. */
    private static final long MAX_BYTES = 64L << 20;

    /**
     * @param delay by which event time must have passed a change's commit time
     * @param maxRecords that are held back at once
     */
    record Limits(Duration delay, int maxRecords) implements Serializable {}

    /** Where changes go on. */
    interface Output {
        void pass(RowChange change) throws Exception;
    }

    /** A change that waits; {@code gone} when it has passed ahead of its time, with a later one of its row. */
    private static final class Held {
        private final RowKey row;
        private final Position position;
        private final long bytes;
        private final RowChange change;
        private boolean gone;

        Held(RowChange change) {
            this.row = change.key();
            this.position = change.position();
            this.bytes = change.cells().length;
            this.change = change;
        }

        long committedAtMicros() {
            return position.committedAtMicros();
        }
    }

    private final Limits limits;
    private final SourceEpochs epochs;
    private final Output output;
    private final PriorityQueue<Held> byTime = new PriorityQueue<>(Comparator.comparingLong(Held::committedAtMicros));
    private final Map<RowKey, List<Held>> byRow = new HashMap<>();
    private int size;
    private long bytes;

    ReorderBuffer(Limits limits, SourceEpochs epochs, Output output) {
        this.limits = limits;
        this.epochs = epochs;
        this.output = output;
    }

    int size() {
        return size;
    }

    /** Takes a change in, and passes on what has no reason to wait. */
    void add(RowChange change, long watermarkMillis) throws Exception {
        Held held = new Held(change);
        List<Held> row = byRow.computeIfAbsent(change.key(), first -> new ArrayList<>(1));
        row.add(place(row, change.position()), held);
        byTime.add(held);
        size++;
        bytes += held.bytes;
        passDue(watermarkMillis);
        while (size > limits.maxRecords() || bytes > MAX_BYTES) {
            passThrough(byTime.remove());
        }
    }

    /** Passes on every change that event time has passed by the delay, the earliest first. */
    void passDue(long watermarkMillis) throws Exception {
        long delay = limits.delay().toMillis();
        long dueMillis = Math.max(watermarkMillis, Long.MIN_VALUE + delay) - delay;
        for (Held first = byTime.peek();
                first != null && Math.floorDiv(first.committedAtMicros(), 1000L) <= dueMillis;
                first = byTime.peek()) {
            passThrough(byTime.remove());
        }
    }

    void passAll() throws Exception {
        while (!byTime.isEmpty()) {
            passThrough(byTime.remove());
        }
    }

    /** Behind its own partition's changes, and ahead of the first that another partition wrote later. */
    private int place(List<Held> row, Position next) {
        int place = row.size();
        while (place > 0 && !row.get(place - 1).position.samePartition(next)) {
            place--;
        }
        while (place < row.size() && !isEarlier(next, row.get(place).position)) {
            place++;
        }
        return place;
    }

    private boolean isEarlier(Position next, Position held) {
        return !next.snapshot() && !held.snapshot() && epochs.compare(next, held) < 0;
    }

    /** The change, and ahead of it those that stand before it in its row. */
    private void passThrough(Held last) throws Exception {
        if (last.gone) {
            return;
        }
        List<Held> row = byRow.getOrDefault(last.row, List.of());
        int end = row.indexOf(last) + 1;
        List<Held> passing = List.copyOf(row.subList(0, end));
        row.subList(0, end).clear();
        if (row.isEmpty()) {
            byRow.remove(last.row);
        }
        for (Held held : passing) {
            held.gone = true;
            size--;
            bytes -= held.bytes;
            output.pass(held.change);
        }
    }
}
