package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.OffsetRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A commit, with everything that its statements are made of.
 *
 * @param stops of tables that go on until this commit; one a table
 * @param whole tables of which it is refused where a change left out a value that nobody has; in others that is a dead letter
 */
record CommitPlan(
        Fence fence,
        Epoch epoch,
        LedgerView view,
        Commit commit,
        SourceEpochs sourceEpochs,
        RowMemory rowMemory,
        List<MirrorStop> stops,
        Set<TableName> whole,
        Instant ingestedAt) {

    CommitPlan {
        stops = List.copyOf(stops);
        whole = Set.copyOf(whole);
    }

    /** Where the table's changes are merged. */
    String mirror(TableName table) {
        return stops.stream()
                .filter(stop -> stop.table().equals(table))
                .map(MirrorStop::ahead)
                .findFirst()
                .or(() -> Optional.ofNullable(view.stopped().get(table)))
                .map(ahead -> Identifier.quoted(Statements.MIRROR_AHEAD, ahead))
                .orElseGet(() -> Identifier.quoted(Statements.MIRROR, table));
    }

    /** The job has gone back: rows may be in the log already. */
    boolean rewound() {
        return view.meets(commit.offsets());
    }

    /** Some of its changes left out values: whether all were found, the ledger alone knows. */
    boolean leavesOut() {
        return commit.files().stream().anyMatch(file -> !file.leftOut().isEmpty());
    }

    /** The job may have taken a change for new that the log has. */
    boolean mayRepeat() {
        return rowMemory == RowMemory.EXPIRING;
    }

    /** How far the commit's topic-partitions have come with it. */
    List<Reached> reached() {
        List<Reached> reached = new ArrayList<>();
        for (OffsetRange range : commit.offsets()) {
            if (commit.progress().stream().noneMatch(report -> isOf(report, range))) {
                reached.add(new Reached(range.topic(), range.partition(), "", range.last(), range.last()));
            }
        }
        for (SourceProgress report : commit.progress()) {
            long applied = commit.offsets().stream()
                    .filter(range -> isOf(report, range))
                    .mapToLong(OffsetRange::last)
                    .max()
                    .orElse(Reached.NOTHING);
            reached.add(new Reached(
                    report.topic(),
                    report.partition(),
                    report.topicId(),
                    applied,
                    Math.max(applied, report.lastOffset())));
        }
        return reached;
    }

    private static boolean isOf(SourceProgress report, OffsetRange range) {
        return report.partition() == range.partition() && report.topic().equals(range.topic());
    }
}
