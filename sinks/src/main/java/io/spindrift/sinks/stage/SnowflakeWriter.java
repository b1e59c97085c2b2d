package io.spindrift.sinks.stage;

import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import io.spindrift.sinks.schema.DeadLetterTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ordered changes and dead letters → staged files, and small parts for the aggregator to join. The changes of one key come to one writer in their final order,
 * and the sequence it stamps keeps that order for the merge.
 *
 * <p>Large files are uploaded while rows go on coming, but not before the first barrier: only then the stage's directory of this attempt is
 * known ({@link FileUploader#epoch()}). Until then they wait on the local disk, which must hold what one checkpoint brings.
 *
 * <p>Runs in the task's thread; uploads run in their own. Nothing here survives a crash and nothing needs to: rows since the last checkpoint
 * come again from Kafka, and files without a commit are never read.
 */
public final class SnowflakeWriter implements CommittingSinkWriter<ChangeEvent, WriterOutput> {

    private static final Logger LOG = LoggerFactory.getLogger(SnowflakeWriter.class);
    private static final int UPLOAD_THREADS = 2;

    private final String pipeline;
    private final PipelineStage stage;
    private final SpillDirectory directory;
    private final StopPolicy stopPolicy;
    private final Counter rowsSent;
    private final RowBuffers buffers;
    private final Uploads uploads;
    private final AnnouncedShapes shapes = new AnnouncedShapes();
    /** Counted by the uploads' threads. */
    private final Counter stagedFiles = new ThreadSafeSimpleCounter();

    private final Counter stagedBytes = new ThreadSafeSimpleCounter();
    private final List<Waiting> waiting = new ArrayList<>();
    /** Their tables' shapes may come behind them, through another partition, and are there when the barrier comes. */
    private final List<TableTruncated> truncates = new ArrayList<>();

    private List<StagedFile> staged = new ArrayList<>();
    private List<CsvPart> parts = new ArrayList<>();
    private List<SourceProgress> progress = new ArrayList<>();
    private List<TableStop> stops = new ArrayList<>();
    private RecordBalance read = RecordBalance.NONE;
    private long applied;
    private long superseded;
    private long duplicates;
    private long dead;
    private long ignored;
    private boolean barrierCame;
    private long nextCheckpoint;
    private long sequence;
    private long watermarkMillis = Long.MIN_VALUE;

    /** A file that cannot be uploaded yet. */
    private record Waiting(long shape, int cells, LocalFile file) {}

    /**
     * @param pipeline letters, digits, '-' and '_': it names a directory of the stage
     * @param restoredCheckpoint the checkpoint from which this attempt starts, or 0; files carry the likely number of theirs in their path
     * @param directory this writer's own; removed when it is closed
     * @param stopPolicy for its dead letters
     */
    public SnowflakeWriter(
            String pipeline,
            long restoredCheckpoint,
            SpillDirectory directory,
            WriterLimits limits,
            StageOpener stage,
            StopPolicy stopPolicy,
            Counter rowsSent) {
        this.pipeline = pipeline;
        this.stopPolicy = stopPolicy;
        this.stage = new PipelineStage(pipeline);
        this.nextCheckpoint = restoredCheckpoint + 1;
        this.directory = directory;
        this.rowsSent = rowsSent;
        this.buffers = new RowBuffers(limits, directory, this::finished);
        this.uploads = new Uploads(stage, UPLOAD_THREADS, limits.waitingFiles());
        shapes.add(DeadLetterTable.SHAPE);
    }

    /** No dead letter stops a table. */
    public SnowflakeWriter(
            String pipeline,
            long restoredCheckpoint,
            SpillDirectory directory,
            WriterLimits limits,
            StageOpener stage,
            Counter rowsSent) {
        this(pipeline, restoredCheckpoint, directory, limits, stage, StopPolicy.NONE, rowsSent);
    }

    /** Shows what is buffered and what has been staged. Of the memory in use, reporters may see a value that is a moment old. */
    public void showIn(MetricGroup group) {
        Metric.STAGED_FILES.counter(group, stagedFiles);
        Metric.STAGED_BYTES.counter(group, stagedBytes);
        Metric.BUFFERED_BYTES.gauge(group, buffers::bufferedBytes);
    }

    @Override
    public void write(ChangeEvent event, Context context) throws IOException {
        uploads.failIfOneFailed();
        if (event instanceof RowChange row) {
            add(row);
            if (row.superseded()) {
                superseded++;
            } else {
                applied++;
            }
        } else if (event instanceof ShapeAnnounced announced) {
            shapes.add(announced.shape());
        } else if (event instanceof TableTruncated truncated) {
            truncates.add(truncated);
        } else if (event instanceof SourceProgress report) {
            progress.add(report);
        } else if (event instanceof RecordsRead records) {
            read = read.plus(new RecordBalance(records.records(), 0, 0, 0, 0, records.ignored()));
        } else if (event instanceof RecordSkipped) {
            duplicates++;
        } else if (event instanceof DeadLetter letter) {
            add(DeadLetterTable.row(pipeline, letter));
            dead++;
            stopPolicy.stoppedBy(letter).ifPresent(table -> stop(table, letter));
        }
    }

    private void stop(TableName table, DeadLetter letter) {
        OffsetRange place = new OffsetRange(letter.topic(), letter.partition(), letter.offset(), letter.offset());
        stops.add(new TableStop(table, place, letter.reason()));
        stops = TableStop.joined(stops);
    }

    private void add(RowChange row) throws IOException {
        buffers.add(row, sequence++);
        rowsSent.inc();
    }

    /** Any shape of the table will do for a row of NULLs. A table of which no row was ever seen has nothing to truncate. */
    private void truncate(TableTruncated truncated) throws IOException {
        TableShape shape = shapes.latest(truncated.table());
        if (shape == null) {
            LOG.warn("{} was truncated at {} before any row of it was seen", truncated.table(), truncated.position());
            ignored++;
            return;
        }
        CellBuffer nulls = new CellBuffer();
        shape.columns().forEach(column -> nulls.addNull());
        RowKey everyKey = new RowKey(shape.table(), new byte[0]);
        add(new RowChange(
                everyKey, shape.fingerprint(), Operation.TRUNCATE, truncated.position(), nulls.toBytes(), false));
        applied++;
    }

    @Override
    public void writeWatermark(Watermark watermark) {
        watermarkMillis = watermark.getTimestamp();
    }

    private void finished(long shape, int cells, LocalFile file) throws IOException {
        if (barrierCame && shapes.has(shape)) {
            upload(shapes.of(shape, cells), file);
        } else {
            waiting.add(new Waiting(shape, cells, file));
        }
    }

    private void upload(TableShape shape, LocalFile file) throws IOException {
        long checkpoint = nextCheckpoint;
        uploads.submit(uploader -> counted(stage.put(file, shape, checkpoint, uploader)));
    }

    private StagedFile counted(StagedFile file) {
        stagedFiles.inc();
        stagedBytes.inc(file.bytes());
        return file;
    }

    /** The barrier has come, or the end: everything written so far is in the stage, or becomes a part. */
    @Override
    public void flush(boolean endOfInput) throws IOException {
        uploads.failIfOneFailed();
        barrierCame = true;
        for (TableTruncated truncated : truncates) {
            truncate(truncated);
        }
        truncates.clear();
        uploadWaiting();
        parts = buffers.finish(shapes);
        uploadWaiting();
        staged = uploads.await();
        nextCheckpoint++;
    }

    private void uploadWaiting() throws IOException {
        for (Waiting file : waiting) {
            upload(shapes.of(file.shape(), file.cells()), file.file());
        }
        waiting.clear();
    }

    @Override
    public Collection<WriterOutput> prepareCommit() {
        RecordBalance balance = read.plus(new RecordBalance(0, applied, superseded, duplicates, dead, ignored));
        WriterOutput output = new WriterOutput(staged, parts, progress, watermarkMillis, balance, stops);
        read = RecordBalance.NONE;
        applied = 0;
        superseded = 0;
        duplicates = 0;
        dead = 0;
        ignored = 0;
        staged = new ArrayList<>();
        parts = new ArrayList<>();
        progress = new ArrayList<>();
        stops = new ArrayList<>();
        return List.of(output);
    }

    @Override
    public void close() throws IOException {
        try (directory;
                buffers;
                uploads) {
            waiting.clear();
        }
    }
}
