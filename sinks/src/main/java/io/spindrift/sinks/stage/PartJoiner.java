package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.TableShape;
import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All writers' parts of a checkpoint → one staged file a shape. Parts are joined in the order in which they come: the order between writers
 * means nothing, as no key has rows in two of them, and within a part it stays. What is in here does not survive a crash; its rows come
 * again from Kafka.
 *
 * <p>Used by one thread; compresses and uploads in several.
 */
public final class PartJoiner implements Closeable {

    /** Small files, so an upload is mostly waiting for the answer. */
    private static final int UPLOAD_THREADS = 4;

    private static final int QUEUED_UPLOADS = 64;

    private final PipelineStage stage;
    private final SpillDirectory directory;
    private final Uploads uploads;
    private final Map<TableShape, List<CsvPart>> parts = new LinkedHashMap<>();

    public PartJoiner(String pipeline, SpillDirectory directory, StageOpener stage) {
        this.stage = new PipelineStage(pipeline);
        this.directory = directory;
        this.uploads = new Uploads(stage, UPLOAD_THREADS, QUEUED_UPLOADS);
    }

    /** Makes a joiner where the aggregator runs. */
    public interface Opener extends Serializable {
        PartJoiner open() throws IOException;
    }

    public void add(List<CsvPart> more) {
        for (CsvPart part : more) {
            parts.computeIfAbsent(part.shape(), shape -> new ArrayList<>()).add(part);
        }
    }

    /**
     * Stages every part added since the last call, and returns when all are in the stage. Not before the first barrier.
     *
     * @throws IOException when the local disk or the stage failed
     */
    public List<StagedFile> stage(long checkpoint) throws IOException {
        for (List<CsvPart> joined : parts.values()) {
            Path path = directory.nextFile();
            uploads.submit(
                    uploader -> stage.put(join(joined, path), joined.get(0).shape(), checkpoint, uploader));
        }
        parts.clear();
        return uploads.await();
    }

    private static LocalFile join(List<CsvPart> parts, Path path) throws IOException {
        try (SpillFile file = new SpillFile(path)) {
            for (CsvPart part : parts) {
                file.lines().write(part.csv(), 0, part.csv().length);
            }
            return file.finish(
                    parts.stream().map(CsvPart::rows).reduce(RowSummary::plus).orElseThrow());
        }
    }

    @Override
    public void close() throws IOException {
        try (directory;
                uploads) {
            parts.clear();
        }
    }
}
