package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.CommitTarget.UnsafeSourceException;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.OffsetRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ledger as a consistency group's line last saw it. Only the holder of the epoch changes it, so it need not be read again after each
 * commit; the commit itself asks whether the line still stands there. What other groups have read since may be missing in it.
 *
 * @param lastCommitId of the consistency group
 * @param reached at most one a topic-partition
 * @param awaitsValues changes stand in the log that left out values which nobody had: a later delete may bring them
 * @param stopped tables whose mirrors are stopped, and the names under which they go on ({@link MirrorStop})
 */
record LedgerView(String lastCommitId, List<Reached> reached, boolean awaitsValues, Map<TableName, TableName> stopped) {

    /** Before the first commit. */
    static final String NO_COMMIT = "none";

    LedgerView {
        reached = List.copyOf(reached);
        stopped = Map.copyOf(stopped);
    }

    Optional<Reached> of(String topic, int partition) {
        return reached.stream().filter(at -> at.samePartition(topic, partition)).findFirst();
    }

    /**
     * Refuses to go on where something was left out, or where a topic is not the one that it was.
     *
     * @throws UnsafeSourceException with each command that accepts it
     */
    void requireUnbroken(Collection<SourceProgress> reports) throws UnsafeSourceException {
        List<String> broken = new ArrayList<>();
        reports.forEach(report -> broken(report).ifPresent(broken::add));
        if (!broken.isEmpty()) {
            throw new UnsafeSourceException(String.join("\n", broken));
        }
    }

    private Optional<String> broken(SourceProgress report) {
        Optional<Reached> known = of(report.topic(), report.partition());
        String was = known.map(Reached::topicId).orElse("");
        if (!was.isEmpty() && !report.topicId().isEmpty() && !was.equals(report.topicId())) {
            return Optional.of(UnsafeSourceException.newTopic(report, was));
        }
        long read = known.map(Reached::readOffset).orElse(Reached.NOTHING);
        if (report.continuesAfter() > read) {
            return Optional.of(UnsafeSourceException.gap(report, read + 1, report.continuesAfter()));
        }
        if (known.isPresent() && report.startOffset() > read + 1) {
            return Optional.of(UnsafeSourceException.gap(report, read + 1, report.startOffset() - 1));
        }
        return Optional.empty();
    }

    /** Whether some of these rows may be in the log already: the job has gone back. */
    boolean meets(Collection<OffsetRange> ranges) {
        return ranges.stream().anyMatch(range -> of(range.topic(), range.partition())
                .filter(at -> range.first() <= at.appliedOffset())
                .isPresent());
    }

    LedgerView after(CommitPlan plan) {
        List<Reached> now = new ArrayList<>();
        for (Reached at : reached) {
            if (plan.reached().stream().noneMatch(next -> next.samePartition(at.topic(), at.partition()))) {
                now.add(at);
            }
        }
        for (Reached next : plan.reached()) {
            now.add(of(next.topic(), next.partition())
                    .map(at -> new Reached(
                            at.topic(),
                            at.partition(),
                            next.topicId().isEmpty() ? at.topicId() : next.topicId(),
                            Math.max(at.appliedOffset(), next.appliedOffset()),
                            Math.max(at.readOffset(), next.readOffset())))
                    .orElse(next));
        }
        Map<TableName, TableName> stoppedNow = new HashMap<>(stopped);
        plan.stops().forEach(stop -> stoppedNow.put(stop.table(), stop.ahead()));
        return new LedgerView(plan.commit().id().toString(), now, awaitsValues, stoppedNow);
    }
}
