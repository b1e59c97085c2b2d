package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.SourceProgress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one writer made between two checkpoints: exactly one a writer and checkpoint, also when it made nothing.
 *
 * @param parts at most one a shape
 * @param progress of the source, as far as it came to this writer
 * @param watermarkMillis the event time up to which this writer has seen everything, ms since 1970 UTC; {@link Long#MIN_VALUE}: none yet
 * @param balance what this writer knows of the records; null: an older format did not say
 * @param stops tables that dead letters among them stop; at most one a table and topic-partition
 */
public record WriterOutput(
        List<StagedFile> files,
        List<CsvPart> parts,
        List<SourceProgress> progress,
        long watermarkMillis,
        @Nullable RecordBalance balance,
        List<TableStop> stops) {

    /** That stops no table. */
    public WriterOutput(
            List<StagedFile> files,
            List<CsvPart> parts,
            List<SourceProgress> progress,
            long watermarkMillis,
            @Nullable RecordBalance balance) {
        this(files, parts, progress, watermarkMillis, balance, List.of());
    }

    /** As older formats have it. */
    public WriterOutput(
            List<StagedFile> files, List<CsvPart> parts, List<SourceProgress> progress, long watermarkMillis) {
        this(files, parts, progress, watermarkMillis, null);
    }

    public WriterOutput {
        files = List.copyOf(files);
        parts = List.copyOf(parts);
        progress = List.copyOf(progress);
        stops = List.copyOf(stops);
    }
}
