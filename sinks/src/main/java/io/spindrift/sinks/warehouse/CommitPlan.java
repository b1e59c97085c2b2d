package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import java.time.Instant;
import java.util.List;

/** A commit, with everything that its statements are made of. */
record CommitPlan(Fence fence, Epoch epoch, LedgerView view, Commit commit, Instant ingestedAt) {

    /** The job has gone back: rows may be in the log already. */
    boolean rewound() {
        return view.meets(commit.offsets());
    }

    /** How far the commit's topic-partitions have come with it. */
    List<Reached> reached() {
        return commit.offsets().stream()
                .map(range -> new Reached(range.topic(), range.partition(), "", range.last(), range.last()))
                .toList();
    }
}
