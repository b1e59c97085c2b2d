package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a load needs to know and to check of some rows.
 *
 * @param offsets one range a topic-partition
 * @param highestLsn of the streamed changes among them, or {@link io.spindrift.sinks.model.Position#NONE}
 * @param leftOut columns that some row leaves as they are: their values stand in the mirror alone
 */
public record RowSummary(OperationCounts counts, List<OffsetRange> offsets, long highestLsn, Set<String> leftOut) {

    public RowSummary {
        offsets = List.copyOf(offsets);
        leftOut = Collections.unmodifiableSet(new TreeSet<>(leftOut));
        require(counts.rows() > 0, "a summary of no rows");
    }

    public RowSummary(OperationCounts counts, List<OffsetRange> offsets, long highestLsn) {
        this(counts, offsets, highestLsn, Set.of());
    }

    /** Of these rows and those. */
    public RowSummary plus(RowSummary other) {
        record TopicPartition(String topic, int partition) {}
        Map<TopicPartition, OffsetRange> ranges = new LinkedHashMap<>();
        Stream.concat(offsets.stream(), other.offsets.stream())
                .forEach(range ->
                        ranges.merge(new TopicPartition(range.topic(), range.partition()), range, OffsetRange::span));
        Set<String> columns = new TreeSet<>(leftOut);
        columns.addAll(other.leftOut);
        return new RowSummary(
                counts.plus(other.counts),
                List.copyOf(ranges.values()),
                Math.max(highestLsn, other.highestLsn),
                columns);
    }
}
