package io.spindrift.jobs.direct;

import io.spindrift.jobs.ingest.ChangeDeserializer;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.ChangeEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.cdc.connectors.base.source.meta.split.SnapshotSplitState;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceRecords;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitState;
import org.apache.flink.cdc.connectors.base.source.meta.split.StreamSplitState;
import org.apache.flink.cdc.connectors.base.source.meta.wartermark.WatermarkEvent;
import org.apache.flink.cdc.connectors.base.utils.SourceRecordUtils;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffset;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.Collector;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's records → changes with a topic, a partition and an offset of their own, as they would have in Kafka. Called once for a batch; a
 * barrier comes between two calls, never within one.
 *
 * <pre>
 * partition 0        a table's stream, numbered on and on ({@link StreamPlace})
 * partition n + 1    the reads of chunk n of its snapshot, numbered from 0
 * </pre>
 *
 * A chunk is kept until it is whole, and passed on in one call: it is in a checkpoint whole, or is read again. Its high watermark becomes the
 * slot's position, so that the stream begins there: nothing that a chunk's query did not see can then be left out, however long its transaction
 * ran. (Flink CDC's own way leaves out a change that was written ahead of a chunk's high watermark in a transaction that committed behind it.)
 */
final class ChangeEmitter implements RecordEmitter<SourceRecords, ChangeEvent, SourceSplitState> {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeEmitter.class);
    private static final String COMMIT_LSN = "lsn_commit";

    private final ChangeDeserializer decoding;
    private final Supplier<PostgresOffset> slotPosition;
    private final ConnectRecords connect = new ConnectRecords();
    private final List<SourceRecord> chunk = new ArrayList<>();
    private long chunkLsn;
    private @Nullable StreamPlace place;

    /** @param slotPosition asked at the end of each chunk */
    ChangeEmitter(ChangeDeserializer decoding, Supplier<PostgresOffset> slotPosition) {
        this.decoding = decoding;
        this.slotPosition = slotPosition;
    }

    @Override
    public void emitRecord(SourceRecords records, SourceOutput<ChangeEvent> output, SourceSplitState split)
            throws Exception {
        if (split.isSnapshotSplitState()) {
            read(records, output, split.asSnapshotSplitState());
        } else {
            stream(records, output, split.asStreamSplitState());
        }
    }

    private void read(SourceRecords records, SourceOutput<ChangeEvent> output, SnapshotSplitState split)
            throws IOException {
        for (SourceRecord record : records.getSourceRecordList()) {
            if (WatermarkEvent.isLowWatermarkEvent(record)) {
                chunk.clear();
                chunkLsn = PostgresOffset.of(record).getLsn().asLong();
            } else if (WatermarkEvent.isHighWatermarkEvent(record)) {
                LOG.info(
                        "chunk {} of the snapshot is read: {} rows",
                        split.toSourceSplit().splitId(),
                        chunk.size());
                pass(chunkNumber(split), output);
                split.setHighWatermark(slotPosition.get());
            } else if (SourceRecordUtils.isDataChangeRecord(record)) {
                chunk.add(record);
            }
        }
    }

    /** Chunks are named {@code <table>:<number>}. */
    private static int chunkNumber(SnapshotSplitState split) {
        String name = split.toSourceSplit().splitId();
        return Integer.parseInt(name.substring(name.lastIndexOf(':') + 1));
    }

    private void pass(int number, SourceOutput<ChangeEvent> output) throws IOException {
        for (int i = 0; i < chunk.size(); i++) {
            SourceRecord record = chunk.get(i);
            ConnectRecords.markRead(record, chunkLsn);
            decode(connect.raw(record, number + 1, i), output);
        }
        chunk.clear();
    }

    private void stream(SourceRecords records, SourceOutput<ChangeEvent> output, StreamSplitState split)
            throws IOException {
        StreamPlace at = place;
        if (at == null) {
            at = StreamPlace.of(split.getStartingOffset().getOffset());
            place = at;
        }
        for (SourceRecord record : records.getSourceRecordList()) {
            if (SourceRecordUtils.isDataChangeRecord(record)) {
                at.committed((Long) record.sourceOffset().get(COMMIT_LSN));
                long number = at.next(record.topic(), ConnectRecords.lsn(record));
                if (number >= 0) {
                    decode(connect.raw(record, 0, number), output);
                }
            } else if (SourceRecordUtils.isHeartbeatEvent(record)) {
                at.committed((Long) record.sourceOffset().get(COMMIT_LSN));
            }
        }
        split.setStartingOffset(PostgresOffset.of(at.toOffset()));
    }

    private void decode(RawRecord record, SourceOutput<ChangeEvent> output) throws IOException {
        decoding.deserialize(record, new Collector<>() {
            @Override
            public void collect(ChangeEvent event) {
                output.collect(event);
            }

            @Override
            public void close() {}
        });
    }
}
