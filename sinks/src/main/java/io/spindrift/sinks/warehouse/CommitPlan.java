package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.OffsetRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A commit, with everything that its statements are made of.
 *
 * @param stops of tables that go on until this commit; one a table
 * @param refused reasons for which the commit is refused where it would write such a letter, and of which tables; of others it writes it
 */
record CommitPlan(
        Fence fence,
        Epoch epoch,
        LedgerView view,
        Commit commit,
        SourceEpochs sourceEpochs,
        RowMemory rowMemory,
        List<MirrorStop> stops,
        Map<DeadLetter.Reason, Set<TableName>> refused,
        Instant ingestedAt) {

    CommitPlan {
        stops = List.copyOf(stops);
        refused = Map.copyOf(refused);
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

    /** Whether the commit is refused where it would write such a letter about the table. */
    boolean isRefused(DeadLetter.Reason reason, TableName table) {
        return refused.getOrDefault(reason, Set.of()).contains(table);
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
