package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.commit.CommitTarget.FencedException;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One commit → one Snowflake transaction.
 *
 * <pre>
 * BEGIN
 *   fence       compare-and-set on the epoch, first of all: it takes the pipeline's lock, so what follows is alone
 *   ledger      commit id there already → ROLLBACK, already committed
 *   load        COPY the exact files of each table and shape into RAW; each file's rows against the manifest
 *   overlap     only where offsets meet applied ones: rows that RAW had already go again
 *   merge       RAW rows of this commit → MIRROR; truncates after it
 *   ledger      COMMITS, OFFSETS
 * COMMIT
 * </pre>
 *
 * Any failure ends the session, and with it the transaction. Nothing is visible before COMMIT.
 */
final class CommitTransaction {

    private static final Logger LOG = LoggerFactory.getLogger(CommitTransaction.class);

    /** Snowflake: COPY INTO, FILES takes at most 1000 names. */
    private static final int FILES_PER_COPY = 1000;

    private final String pipeline;
    private final long epoch;
    private final Session session;
    private final Clock clock;

    CommitTransaction(String pipeline, long epoch, Session session, Clock clock) {
        this.pipeline = pipeline;
        this.epoch = epoch;
        this.session = session;
        this.clock = clock;
    }

    Outcome apply(Commit commit) throws SQLException, IOException {
        Instant begun = clock.instant();
        String manifestHash = CommitSerializer.manifestHash(commit);
        session.execute(Statements.BEGIN);
        fence(commit, begun);
        if (isInLedger(commit, manifestHash)) {
            session.execute(Statements.ROLLBACK);
            LOG.info("commit {} of checkpoint {} was in the ledger already", commit.id(), commit.checkpointId());
            return Outcome.ALREADY_COMMITTED;
        }
        boolean overlap = overlapsApplied(commit.offsets());
        for (Map.Entry<TableName, List<StagedFile>> table :
                commit.filesByTable().entrySet()) {
            load(table.getValue(), commit, begun);
            if (overlap) {
                deleteAlreadyLogged(table.getKey(), commit);
            }
            merge(table.getKey(), table.getValue(), commit);
        }
        record(commit, manifestHash, begun);
        session.execute(Statements.COMMIT);
        LOG.info(
                "committed {} of checkpoint {}: {} rows in {} files, {} bytes, {} ms{}",
                commit.id(),
                commit.checkpointId(),
                commit.rows(),
                commit.files().size(),
                commit.bytes(),
                Duration.between(begun, clock.instant()).toMillis(),
                overlap ? ", offsets overlapped applied ones" : "");
        return Outcome.COMMITTED;
    }

    private void fence(Commit commit, Instant now) throws SQLException, IOException {
        int held = session.update(Statements.FENCE, commit.id().toString(), UtcText.of(now), pipeline, epoch);
        if (held != 1) {
            session.execute(Statements.ROLLBACK);
            String holder = session
                    .query(
                            Statements.SELECT_EPOCH,
                            row -> "epoch %d, held by %s since %s"
                                    .formatted(row.getLong(1), row.getString(2), row.getString(3)),
                            pipeline)
                    .stream()
                    .findFirst()
                    .orElse("no row in SPINDRIFT.PIPELINES");
            throw new FencedException(
                    "commit %s refused: this committer holds epoch %d of pipeline %s, the ledger says %s. Another job runs this pipeline: stop one of the two."
                            .formatted(commit.id(), epoch, pipeline, holder));
        }
    }

    private boolean isInLedger(Commit commit, String manifestHash) throws SQLException, IOException {
        List<String> hashes = session.query(
                Statements.SELECT_COMMIT,
                row -> row.getString(1),
                pipeline,
                commit.id().toString());
        for (String hash : hashes) {
            if (!hash.equals(manifestHash)) {
                throw new IOException(
                        "commit %s is in the ledger with manifest %s, and here it is %s: the ledger or the job's state was changed by hand"
                                .formatted(commit.id(), hash, manifestHash));
            }
        }
        return !hashes.isEmpty();
    }

    private boolean overlapsApplied(Collection<OffsetRange> ranges) throws SQLException {
        record Applied(String topic, int partition, long offset) {}
        List<Applied> applied = session.query(
                Statements.SELECT_OFFSETS,
                row -> new Applied(row.getString(1), row.getInt(2), row.getLong(3)),
                pipeline);
        return ranges.stream().anyMatch(range -> applied.stream()
                .anyMatch(at -> at.partition() == range.partition()
                        && at.topic().equals(range.topic())
                        && range.first() <= at.offset()));
    }

    private void load(List<StagedFile> files, Commit commit, Instant ingestedAt) throws SQLException, IOException {
        record Load(TableShape shape, String directory) {}
        Map<Load, List<StagedFile>> loads = new LinkedHashMap<>();
        for (StagedFile file : files) {
            loads.computeIfAbsent(new Load(file.shape(), file.directory()), load -> new ArrayList<>())
                    .add(file);
        }
        Statements.LoadConstants constants =
                new Statements.LoadConstants(commit.id().toString(), UtcText.of(ingestedAt));
        for (Map.Entry<Load, List<StagedFile>> load : loads.entrySet()) {
            List<StagedFile> all = load.getValue();
            for (int from = 0; from < all.size(); from += FILES_PER_COPY) {
                List<StagedFile> some = all.subList(from, Math.min(all.size(), from + FILES_PER_COPY));
                List<String> names = some.stream().map(StagedFile::name).toList();
                copy(Statements.copy(load.getKey().shape(), load.getKey().directory(), names, constants), some);
            }
        }
    }

    private void copy(String statement, List<StagedFile> files) throws SQLException, IOException {
        Map<String, Long> loaded = new LinkedHashMap<>();
        session.query(statement, row -> Map.entry(row.getString("file"), row.getLong("rows_loaded")))
                .forEach(entry -> loaded.put(fileName(entry.getKey()), entry.getValue()));
        for (StagedFile file : files) {
            long rows = loaded.getOrDefault(file.name(), 0L);
            if (rows != file.rows()) {
                throw new IOException(
                        "COPY loaded %d rows of %s, its manifest says %d: the staged file was changed or removed"
                                .formatted(rows, file.path(), file.rows()));
            }
        }
    }

    /** COPY reports a file with the path that it has below the stage. */
    private static String fileName(String reported) {
        return reported.substring(reported.lastIndexOf('/') + 1);
    }

    private void deleteAlreadyLogged(TableName table, Commit commit) throws SQLException {
        String id = commit.id().toString();
        int deleted = session.update(Statements.deleteAlreadyLogged(table), id, id);
        LOG.info("commit {}: {} rows of {} were logged before", commit.id(), deleted, table);
    }

    private void merge(TableName table, List<StagedFile> files, Commit commit) throws SQLException {
        Set<TableShape> shapes = new LinkedHashSet<>();
        files.forEach(file -> shapes.add(file.shape()));
        session.update(Statements.merge(table, shapes), commit.id().toString());
        if (counts(files).truncates() > 0) {
            session.update(Statements.deleteTruncated(table), commit.id().toString());
        }
    }

    private static OperationCounts counts(List<StagedFile> files) {
        return files.stream().map(StagedFile::counts).reduce(OperationCounts.NONE, OperationCounts::plus);
    }

    private void record(Commit commit, String manifestHash, Instant begun) throws SQLException {
        Instant now = clock.instant();
        session.update(
                Statements.INSERT_COMMIT,
                pipeline,
                commit.id().toString(),
                epoch,
                commit.checkpointId(),
                manifestHash,
                commit.files().size(),
                commit.rows(),
                commit.bytes(),
                tableCounts(commit),
                UtcText.ofWatermark(commit.watermarkMillis()),
                commit.highestLsn() == Position.NONE ? null : Long.toString(commit.highestLsn()),
                UtcText.of(now),
                Duration.between(begun, now).toMillis());
        Collection<OffsetRange> ranges = commit.offsets();
        List<@Nullable Object> binds = new ArrayList<>();
        for (OffsetRange range : ranges) {
            binds.addAll(List.of(
                    pipeline,
                    range.topic(),
                    range.partition(),
                    range.last(),
                    commit.id().toString()));
        }
        session.update(Statements.mergeOffsets(ranges.size()), binds.toArray());
    }

    /** {@code {"USERS":{"r":0,"c":12,"u":3,"d":1,"t":0},…}}; table names are quoted as JSON texts. */
    static String tableCounts(Commit commit) {
        List<String> tables = new ArrayList<>();
        commit.filesByTable().forEach((table, files) -> {
            OperationCounts counts = counts(files);
            tables.add("\"%s\":{\"r\":%d,\"c\":%d,\"u\":%d,\"d\":%d,\"t\":%d}"
                    .formatted(
                            table.value().replace("\\", "\\\\").replace("\"", "\\\""),
                            counts.reads(),
                            counts.creates(),
                            counts.updates(),
                            counts.deletes(),
                            counts.truncates()));
        });
        return "{" + String.join(",", tables) + "}";
    }
}
