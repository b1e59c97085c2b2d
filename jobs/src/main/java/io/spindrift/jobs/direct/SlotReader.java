package io.spindrift.jobs.direct;

import io.spindrift.jobs.config.PipelineConfig.Postgres;
import io.spindrift.jobs.route.SourceTable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.cdc.connectors.base.config.SourceConfig;
import org.apache.flink.cdc.connectors.base.dialect.DataSourceDialect;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitBase;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitSerializer;
import org.apache.flink.cdc.connectors.base.source.meta.split.StreamSplit;
import org.apache.flink.cdc.connectors.base.source.reader.IncrementalSourceReaderContext;
import org.apache.flink.cdc.connectors.postgres.source.offset.PostgresOffset;
import org.apache.flink.cdc.connectors.postgres.source.reader.PostgresSourceReader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Goes on from the slot, or refuses to. A slot that was confirmed beyond the job's place would go on from there without a word, and with changes
 * lost: an older savepoint than the slot remembers, or a slot that was made anew. A value that Debezium would lose ends the job.
 */
final class SlotReader extends PostgresSourceReader {

    private final Place place;

    @SuppressWarnings("rawtypes") // so is the reader's
    SlotReader(
            FutureCompletingBlockingQueue elements,
            Supplier splits,
            RecordEmitter emitter,
            Configuration configuration,
            IncrementalSourceReaderContext context,
            SourceConfig config,
            SourceSplitSerializer serializer,
            DataSourceDialect dialect,
            Place place) {
        super(elements, splits, emitter, configuration, context, config, serializer, dialect);
        this.place = place;
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // Flink CDC's reader is raw
    public void addSplits(List splits) {
        for (SourceSplitBase split : (List<SourceSplitBase>) splits) {
            if (split.isStreamSplit()) {
                place.require(split.asStreamSplit());
            }
        }
        super.addSplits(splits);
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // so is the reader
    public InputStatus pollNext(ReaderOutput output) throws Exception {
        try {
            return super.pollNext(output);
        } catch (RuntimeException e) {
            throw UnsafeLoggers.lostValue(e).<RuntimeException>map(lost -> lost).orElse(e);
        }
    }

    /** What a stream must find. */
    record Place(DirectSource.Slot slot, Postgres database) {

        void require(StreamSplit split) {
            long from = ((PostgresOffset) split.getStartingOffset()).getLsn().asLong();
            long confirmed = slot.confirmed().getLsn().asLong();
            long end = slot.logEnd();
            refusal(database.slotName(), from, confirmed, end).ifPresent(SlotReader::refuse);
            if (split.isCompletedSplit()) {
                requireTables(split);
            }
        }

        private void requireTables(StreamSplit split) {
            Set<String> read = split.getFinishedSnapshotSplitInfos().stream()
                    .map(chunk -> chunk.getTableId().schema() + "."
                            + chunk.getTableId().table())
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> wanted = database.tables().stream()
                    .map(SourceTable::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!read.equals(wanted)) {
                refuse(
                        "the job's state has a snapshot of %s, and source.postgres.tables is %s: put it back; a table more needs a pipeline of its own, or a start without state with another source.postgres.server-name"
                                .formatted(read, wanted));
            }
        }
    }

    static Optional<String> refusal(String slot, long from, long confirmed, long end) {
        if (confirmed > from) {
            return Optional.of(
                    "replication slot %s has moved to LSN %d, and the job's state goes on from LSN %d: the changes between are gone. The state is older than the slot remembers, or the slot was made anew. Start from a newer checkpoint; or without state, with another source.postgres.server-name, which takes a new snapshot"
                            .formatted(slot, confirmed, from));
        }
        if (from > end) {
            return Optional.of(
                    "the job's state goes on from LSN %d, and the database's log ends at LSN %d: it is another database, or an older state of it. Start without state, with another source.postgres.server-name, which takes a new snapshot"
                            .formatted(from, end));
        }
        return Optional.empty();
    }

    private static void refuse(String why) {
        throw new SuppressRestartsException(new IllegalStateException(why));
    }
}
