package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A file in the internal stage, with everything that its load needs to know and to check.
 *
 * @param path within the stage, {@code <pipeline>/<epoch>/<checkpoint>/<table>/<shape>/<writer>-<n>-<attempt>.csv.zst}; never used
 *     twice
 * @param bytes compressed size
 * @param highestLsn of the streamed changes in it, or {@link io.spindrift.sinks.model.Position#NONE}
 * @param leftOut columns that some row leaves as they are: their values stand in the mirror alone
 */
public record StagedFile(
        TableShape shape,
        String path,
        long bytes,
        OperationCounts counts,
        List<OffsetRange> offsets,
        long highestLsn,
        Set<String> leftOut) {

    public StagedFile {
        offsets = List.copyOf(offsets);
        leftOut = Collections.unmodifiableSet(new TreeSet<>(leftOut));
        require(counts.rows() > 0, "empty file staged for %s: %s", shape.table(), path);
        require(path.indexOf('/') > 0 && !path.endsWith("/"), "a staged file stands in a directory: '%s'", path);
        require(bytes > 0, "staged file of %d bytes: %s", bytes, path);
    }

    /** A file of rows with every value. */
    public StagedFile(
            TableShape shape,
            String path,
            long bytes,
            OperationCounts counts,
            List<OffsetRange> offsets,
            long highestLsn) {
        this(shape, path, bytes, counts, offsets, highestLsn, Set.of());
    }

    static StagedFile of(TableShape shape, String path, long bytes, RowSummary rows) {
        return new StagedFile(shape, path, bytes, rows.counts(), rows.offsets(), rows.highestLsn(), rows.leftOut());
    }

    RowSummary summary() {
        return new RowSummary(counts, offsets, highestLsn, leftOut);
    }

    public TableName table() {
        return shape.table();
    }

    /** All files' rows together, by operation. */
    public static OperationCounts counts(Collection<StagedFile> files) {
        return files.stream().map(StagedFile::counts).reduce(OperationCounts.NONE, OperationCounts::plus);
    }

    public long rows() {
        return counts.rows();
    }

    /** Up to and with the last slash. */
    public String directory() {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
