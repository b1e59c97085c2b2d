package io.spindrift.sinks.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where a change stands: in its topic, and in the source's log.
 *
 * @param lsn the source's log sequence number of the change, or {@link #NONE}
 * @param txId the source transaction, or {@link #NONE}
 * @param committedAtMicros commit time in the source, µs since 1970 UTC; of a snapshot read, the time of reading
 * @param snapshot a snapshot read: its {@code lsn} takes no part in comparisons
 * @param replayed a dead letter that was sent to its topic again: its offset is that of the replay and says nothing of its row's order
 */
public record Position(
        String topic,
        int partition,
        long offset,
        long lsn,
        long txId,
        long committedAtMicros,
        boolean snapshot,
        boolean replayed) {

    /** The source did not say. */
    public static final long NONE = -1;

    public Position {
        // A call's arguments would be boxed for every record.
        if (partition < 0 || offset < 0) {
            throw new IllegalArgumentException(
                    "negative partition %d or offset %d of topic %s".formatted(partition, offset, topic));
        }
    }

    /** Of a record that stands where the connector wrote it. */
    public Position(
            String topic, int partition, long offset, long lsn, long txId, long committedAtMicros, boolean snapshot) {
        this(topic, partition, offset, lsn, txId, committedAtMicros, snapshot, false);
    }

    /** Whether offsets order the two: both stand where the connector wrote them, in one partition. */
    public boolean sameWriter(Position other) {
        return samePartition(other) && !replayed && !other.replayed;
    }

    public boolean samePartition(Position other) {
        return partition == other.partition && topic.equals(other.topic);
    }

    public Instant committedAt() {
        return Instant.EPOCH.plus(committedAtMicros, ChronoUnit.MICROS);
    }
}
