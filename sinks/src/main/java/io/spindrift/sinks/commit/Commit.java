package io.spindrift.sinks.commit;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one checkpoint, or several, bring into the warehouse, as one transaction.
 *
 * @param id made once, when the commit is put together, and stored with it: the same commit tried again is the same id. Never derived from
 *     job or checkpoint, whose ids come again with other content after a restore
 * @param checkpointId for people reading the ledger
 * @param progress what of the source this commit covers, rows or not; at most one report a topic-partition
 * @param watermarkMillis the source is complete up to this event time, ms since 1970 UTC; {@link Long#MIN_VALUE}: unknown
 * @param balance what became of the records that were read; null: an older format did not say, or another part of the commit says it
 * @param stops tables whose mirrors its dead letters stop; at most one a table and topic-partition
 */
public record Commit(
        UUID id,
        long checkpointId,
        List<StagedFile> files,
        List<SourceProgress> progress,
        long watermarkMillis,
        Timing timing,
        @Nullable RecordBalance balance,
        List<TableStop> stops) {

    /** When a commit is made, once its checkpoint is complete. */
    public enum Timing {
        /** At once. */
        DUE,
        /** Only if the job ends here: otherwise a later commit brings the same and more. */
        AT_THE_END
    }

    public Commit {
        files = List.copyOf(files);
        progress = List.copyOf(progress);
        stops = List.copyOf(stops);
        require(!files.isEmpty() || !progress.isEmpty(), "commit %s has neither files nor progress", id);
    }

    /** That stops no table. */
    public Commit(
            UUID id,
            long checkpointId,
            List<StagedFile> files,
            List<SourceProgress> progress,
            long watermarkMillis,
            Timing timing,
            @Nullable RecordBalance balance) {
        this(id, checkpointId, files, progress, watermarkMillis, timing, balance, List.of());
    }

    /** As older formats have it. */
    public Commit(
            UUID id,
            long checkpointId,
            List<StagedFile> files,
            List<SourceProgress> progress,
            long watermarkMillis,
            Timing timing) {
        this(id, checkpointId, files, progress, watermarkMillis, timing, null);
    }

    /** A part of this commit. */
    Commit part(List<StagedFile> some, List<TableStop> stopsHere, @Nullable RecordBalance saidHere) {
        return new Commit(id, checkpointId, some, progress, watermarkMillis, timing, saidHere, stopsHere);
    }

    /** Rows of the change log, dead letters not among them. */
    public long rows() {
        return files.stream()
                .filter(file -> !DeadLetterTable.is(file.table()))
                .mapToLong(StagedFile::rows)
                .sum();
    }

    public long deadLetters() {
        return files.stream()
                .filter(file -> DeadLetterTable.is(file.table()))
                .mapToLong(StagedFile::rows)
                .sum();
    }

    public long bytes() {
        return files.stream().mapToLong(StagedFile::bytes).sum();
    }

    public long highestLsn() {
        return files.stream().mapToLong(StagedFile::highestLsn).max().orElse(Position.NONE);
    }

    /** Files by table, tables in the order of their names: every commit locks tables in the same order. */
    public Map<TableName, List<StagedFile>> filesByTable() {
        Map<TableName, List<StagedFile>> byTable = new TreeMap<>();
        for (StagedFile file : files) {
            byTable.computeIfAbsent(file.table(), table -> new ArrayList<>()).add(file);
        }
        return byTable;
    }

    /** One range a topic-partition. */
    public Collection<OffsetRange> offsets() {
        record TopicPartition(String topic, int partition) {}
        Map<TopicPartition, OffsetRange> ranges = new LinkedHashMap<>();
        for (StagedFile file : files) {
            for (OffsetRange range : file.offsets()) {
                ranges.merge(new TopicPartition(range.topic(), range.partition()), range, OffsetRange::span);
            }
        }
        return ranges.values();
    }
}
