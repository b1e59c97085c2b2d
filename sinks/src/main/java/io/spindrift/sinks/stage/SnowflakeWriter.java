package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import io.spindrift.sinks.stage.CsvFile.SequencedRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ordered changes → staged files, one a shape and checkpoint. The changes of one key come to one writer in their final order, and the
 * sequence it stamps keeps that order for the merge.
 *
 * <p>Runs in the task's thread. Nothing here survives a crash and nothing needs to: rows since the last checkpoint come again from Kafka,
 * and files without a commit are never read.
 */
public final class SnowflakeWriter implements CommittingSinkWriter<ChangeEvent, WriterOutput> {

    private static final Logger LOG = LoggerFactory.getLogger(SnowflakeWriter.class);

    private final String pipeline;
    private final String attempt;
    private final Path spillDirectory;
    private final FileUploader uploader;
    private final Counter rowsSent;
    private final Map<Long, TableShape> shapes = new HashMap<>();
    private final Map<TableName, TableShape> latestShapes = new HashMap<>();
    private final Map<Long, CsvFile> open = new LinkedHashMap<>();
    private List<StagedFile> staged = new ArrayList<>();
    private long sequence;
    private long fileNumber;
    private long watermarkMillis = Long.MIN_VALUE;

    /**
     * @param attempt distinguishes this writer from every other one that ever was, so that no file name is used twice
     * @param spillDirectory an empty local directory of this writer's own
     */
    public SnowflakeWriter(
            String pipeline, String attempt, Path spillDirectory, FileUploader uploader, Counter rowsSent) {
        this.pipeline = pipeline;
        this.attempt = attempt;
        this.spillDirectory = spillDirectory;
        this.uploader = uploader;
        this.rowsSent = rowsSent;
    }

    @Override
    public void write(ChangeEvent event, Context context) throws IOException {
        if (event instanceof RowChange row) {
            file(row.shape())
                    .add(row.operation(), row.position(), row.cells(), new SequencedRow(sequence++, row.superseded()));
            rowsSent.inc();
        } else if (event instanceof ShapeAnnounced announced) {
            shapes.put(announced.shape().fingerprint(), announced.shape());
            latestShapes.put(announced.shape().table(), announced.shape());
        } else if (event instanceof TableTruncated truncated) {
            truncate(truncated);
        } else if (event instanceof DeadLetter letter) {
            throw new IllegalStateException("a dead letter of " + letter.topic() + "-" + letter.partition() + "@"
                    + letter.offset() + " reached the warehouse writer");
        }
    }

    /** Any shape of the table will do for a row of NULLs. A table of which no row was ever seen has nothing to truncate. */
    private void truncate(TableTruncated truncated) throws IOException {
        TableShape shape = latestShapes.get(truncated.table());
        if (shape == null) {
            LOG.warn("{} was truncated at {} before any row of it was seen", truncated.table(), truncated.position());
            return;
        }
        file(shape.fingerprint())
                .add(Operation.TRUNCATE, truncated.position(), allNull(shape), new SequencedRow(sequence++, false));
        rowsSent.inc();
    }

    @Override
    public void writeWatermark(Watermark watermark) {
        watermarkMillis = watermark.getTimestamp();
    }

    /** Ends the open files and puts them into the stage. */
    @Override
    public void flush(boolean endOfInput) throws IOException {
        for (Map.Entry<Long, CsvFile> entry : open.entrySet()) {
            CsvFile file = entry.getValue();
            file.close();
            TableShape shape = shape(entry.getKey());
            String directory = pipeline + "/" + directoryName(shape.table()) + "/";
            uploader.upload(file.local(), directory);
            staged.add(file.staged(shape, directory));
            Files.delete(file.local());
        }
        open.clear();
    }

    @Override
    public Collection<WriterOutput> prepareCommit() {
        WriterOutput output = new WriterOutput(staged, watermarkMillis);
        staged = new ArrayList<>();
        return List.of(output);
    }

    private CsvFile file(long shape) throws IOException {
        CsvFile file = open.get(shape);
        if (file == null) {
            file = new CsvFile(shape, spillDirectory.resolve(attempt + "-" + fileNumber++ + ".csv.zst"));
            open.put(shape, file);
        }
        return file;
    }

    private TableShape shape(long fingerprint) {
        TableShape shape = shapes.get(fingerprint);
        if (shape == null) {
            throw new IllegalStateException("rows of shape " + Long.toHexString(fingerprint)
                    + " arrived, and the shape was never announced: it must be broadcast ahead of its rows");
        }
        return shape;
    }

    private static byte[] allNull(TableShape shape) {
        CellBuffer cells = new CellBuffer();
        shape.columns().forEach(column -> cells.addNull());
        return cells.toBytes();
    }

    /** Stage paths keep to letters, digits, '-' and '_'; anything else is written as its hexadecimal UTF-8 bytes behind '='. */
    static String directoryName(TableName table) {
        StringBuilder name = new StringBuilder();
        for (byte b : table.value().getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' || b == '-';
            name.append(plain ? String.valueOf((char) b) : "=%02X".formatted(b));
        }
        return name.toString();
    }

    @Override
    public void close() throws IOException {
        try (uploader) {
            for (CsvFile file : open.values()) {
                file.close();
                Files.deleteIfExists(file.local());
            }
            open.clear();
            Files.deleteIfExists(spillDirectory);
        }
    }
}
