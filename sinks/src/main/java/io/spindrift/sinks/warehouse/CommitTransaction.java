package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One commit → one Snowflake transaction, sent as one request.
 *
 * <pre>
 * BEGIN
 *   fence       compare-and-set on the last commit: it takes the group's lock, so what follows is alone
 *   assert      the epoch is this committer's, the ledger stands where it was read, this commit is not in it
 *   load        COPY the exact files of each table and shape into RAW, dead letters into the ledger
 *   assert      rows by file and operation are those of the manifest
 *   rewind      only where offsets meet applied ones: assert that they are the same changes, remove those that RAW had
 *   stop        only where a dead letter stops a table: its mirror is copied, and the copy goes on in its place
 *   merge       RAW rows of this commit → MIRROR, guarded by position; truncates after it. Ahead of it, what changed keys left out is filled in
 *               from the rows under the old ones, and those that leave out a value which MIRROR does not have → DEAD_LETTERS, or an assertion
 *               that there are none, where such a letter ends the job or has yet to stop the table. Not for tables
 *               that are logged only. Of tables whose rows have no key the mirror is a sum: {@link MultisetStatements}
 *   ledger      COMMITS, OFFSETS
 * COMMIT
 * </pre>
 *
 * Nobody is there to look at a count and say ROLLBACK: an assertion is a SELECT that fails, TO_NUMBER of a text which says what is wrong, and
 * the session ends its transaction at the first failure. So the server alone decides, and a client that dies leaves neither half a commit nor
 * a lock.
 */
final class CommitTransaction {

    /** Snowflake: COPY INTO, FILES takes at most 1000 names. */
    private static final int FILES_PER_COPY = 1000;

    private final CommitPlan plan;
    private final Function<TableName, Set<String>> rawColumns;
    private final Commit commit;
    private final List<String> statements = new ArrayList<>();

    /** @param rawColumns of a table in MIRROR, to be cleared by rows that have none */
    CommitTransaction(CommitPlan plan, Function<TableName, Set<String>> rawColumns) throws IOException {
        this.plan = plan;
        this.rawColumns = rawColumns;
        this.commit = plan.commit();
        statements.add(Statements.BEGIN);
        statements.add(Statements.compareAndSet(plan));
        statements.add(Statements.assertPremises(plan));
        commit.filesByTable().values().forEach(this::load);
        if (!commit.files().isEmpty()) {
            statements.add(Statements.assertLoaded(commit));
        }
        boolean rewound = plan.rewound();
        if (rewound) {
            commit.filesByTable().keySet().forEach(this::removeAlreadyLogged);
        }
        plan.stops().forEach(this::stop);
        for (Map.Entry<TableName, List<StagedFile>> table :
                commit.filesByTable().entrySet()) {
            if (isMultiset(table.getValue())) {
                mergeMultiset(table.getKey(), table.getValue());
            } else if (isMirrored(table.getValue())) {
                merge(table.getKey(), table.getValue(), rewound);
            }
        }
        statements.add(Statements.insertCommit(
                plan,
                CommitSerializer.manifestHash(commit),
                rewound || plan.mayRepeat() || hasMultiset() ? Statements.duplicateRows(commit) : "0"));
        statements.add(Statements.mergeOffsets(plan));
        statements.add(Statements.COMMIT);
    }

    List<String> statements() {
        return statements;
    }

    private void load(List<StagedFile> files) {
        record Load(TableShape shape, String directory) {}
        Map<Load, List<StagedFile>> byDirectory = new LinkedHashMap<>();
        for (StagedFile file : files) {
            byDirectory
                    .computeIfAbsent(new Load(file.shape(), file.directory()), load -> new ArrayList<>())
                    .add(file);
        }
        Statements.LoadConstants constants =
                new Statements.LoadConstants(commit.id().toString(), UtcText.of(plan.ingestedAt()));
        byDirectory.forEach((load, all) -> {
            for (int from = 0; from < all.size(); from += FILES_PER_COPY) {
                List<StagedFile> some = all.subList(from, Math.min(all.size(), from + FILES_PER_COPY));
                List<String> names = some.stream().map(StagedFile::name).toList();
                statements.add(Statements.copy(load.shape(), load.directory(), names, constants));
            }
        });
    }

    private void removeAlreadyLogged(TableName table) {
        if (DeadLetterTable.is(table)) {
            statements.add(Statements.assertSameRecords(commit.id()));
            statements.add(Statements.deleteAlreadyDead(commit.id()));
            return;
        }
        statements.add(Statements.assertSameHistory(table, commit.id()));
        statements.add(Statements.deleteAlreadyLogged(table, commit.id()));
    }

    private void stop(MirrorStop stop) {
        if (!stop.columns().isEmpty()) {
            statements.add(Statements.copyMirror(stop));
        }
        statements.add(Statements.insertStopped(plan, stop));
    }

    /**
     * Files may have waited since the table became log-only: without a key in all of them there is no order to merge by, and its mirror is
     * left as it is. The way back is refused by the job's ordering. Dead letters have no key either.
     */
    private static boolean isMirrored(List<StagedFile> files) {
        return files.stream().allMatch(file -> file.shape().hasKey());
    }

    private boolean hasMultiset() {
        return commit.filesByTable().values().stream().anyMatch(CommitTransaction::isMultiset);
    }

    private static boolean isMultiset(List<StagedFile> files) {
        return files.stream().allMatch(file -> file.shape().isMultiset());
    }

    private void mergeMultiset(TableName table, List<StagedFile> files) {
        Set<TableShape> shapes = new LinkedHashSet<>();
        files.forEach(file -> shapes.add(file.shape()));
        MultisetStatements rows = new MultisetStatements(
                new Statements.Merged(
                        table, plan.mirror(table), shapes, Set.of(), rawColumns.apply(table), plan.sourceEpochs()),
                plan);
        OperationCounts counts = StagedFile.counts(files);
        statements.add(rows.deleteRepeated());
        if (counts.reads() > 0) {
            statements.addAll(rows.admitReads());
        }
        if (counts.creates() + counts.updates() + counts.deletes() > 0) {
            statements.add(rows.insertCountedTwice());
        }
        if (counts.truncates() > 0) {
            statements.addAll(rows.recount());
        } else {
            statements.add(rows.merge());
        }
    }

    private void merge(TableName table, List<StagedFile> files, boolean rewound) {
        Set<TableShape> shapes = new LinkedHashSet<>();
        Set<String> leftOut = new TreeSet<>();
        files.forEach(file -> {
            shapes.add(file.shape());
            leftOut.addAll(file.leftOut());
        });
        Statements.Merged merged = new Statements.Merged(
                table, plan.mirror(table), shapes, leftOut, rawColumns.apply(table), plan.sourceEpochs());
        if (plan.mayRepeat()) {
            statements.add(Statements.deleteRepeated(merged, commit.id()));
            statements.add(Statements.assertLogWentOn(merged, commit.id()));
            statements.add(Statements.supersedeOlder(merged, commit.id()));
        }
        OperationCounts counts = StagedFile.counts(files);
        if (!leftOut.isEmpty()) {
            fillLeftOut(merged, counts);
            statements.add(
                    plan.isRefused(DeadLetter.Reason.UNKNOWN_TOAST_VALUE, table)
                            ? Statements.assertNoUnknownToast(merged, plan)
                            : Statements.insertUnknownToast(merged, plan));
        }
        boolean isAwaited = plan.view().awaitsValues() && counts.deletes() > 0;
        if (isAwaited) {
            statements.add(Statements.insertAwaited(merged, commit.id()));
        }
        if (!rewound && counts.reads() > 0 && counts.creates() + counts.updates() + counts.deletes() > 0) {
            statements.add(Statements.mergeReads(merged, commit.id()));
        }
        statements.add(
                rewound ? Statements.mergeAfterRewind(merged, commit.id()) : Statements.merge(merged, commit.id()));
        if (isAwaited) {
            statements.add(Statements.deleteAnswered(merged, plan));
        }
        if (rewound || isAwaited) {
            statements.add(Statements.deleteTruncatedBefore(merged, commit.id()));
        }
        if (counts.truncates() > 0) {
            statements.add(Statements.deleteTruncated(merged, commit.id()));
        }
    }

    /** What the halves of changed keys left out. Twice: a row that changes its key in this commit may do so again. */
    private void fillLeftOut(Statements.Merged merged, OperationCounts counts) {
        if (counts.deletes() > 0) {
            statements.add(Statements.fillDeleteFromMirror(merged, commit.id()));
        }
        if (counts.creates() > 0) {
            for (int times = 0; times < 2; times++) {
                statements.add(Statements.fillInsertFromDelete(merged, commit.id()));
                statements.add(Statements.fillFromInsert(merged, commit.id()));
            }
            statements.add(Statements.deleteReplaced(merged, commit.id()));
        }
    }
}
