package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

/** The first and last offset of a topic-partition among some rows; rows in between may be missing. */
public record OffsetRange(String topic, int partition, long first, long last) {

    public OffsetRange {
        require(first >= 0 && first <= last, "offsets %d to %d of %s-%d are no range", first, last, topic, partition);
    }

    /** Both ranges' span; they must be of one topic-partition. */
    public OffsetRange span(OffsetRange other) {
        require(
                topic.equals(other.topic) && partition == other.partition,
                "%s and %s are of two partitions",
                this,
                other);
        return new OffsetRange(topic, partition, Math.min(first, other.first), Math.max(last, other.last));
    }
}
