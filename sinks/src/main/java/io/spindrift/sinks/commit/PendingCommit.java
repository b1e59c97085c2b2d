package io.spindrift.sinks.commit;

import io.spindrift.sinks.model.BinarySerializer;
import io.spindrift.sinks.model.BinaryTypeInfo;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StageFormat;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * What checkpoints have brought and no commit has taken yet.
 *
 * @param checkpoints how many
 * @param sinceMillis when the first of them came, ms since 1970 UTC
 * @param balance what became of the records that were read; null: an older format did not say
 * @param stops tables that dead letters among them stop; at most one a table and topic-partition
 */
public record PendingCommit(
        List<StagedFile> files,
        List<SourceProgress> progress,
        int checkpoints,
        long sinceMillis,
        @Nullable RecordBalance balance,
        List<TableStop> stops) {

    public static final TypeInformation<PendingCommit> TYPE =
            new BinaryTypeInfo<>(PendingCommit.class, new PendingCommitSerializer());

    public PendingCommit {
        files = List.copyOf(files);
        progress = List.copyOf(progress);
        stops = List.copyOf(stops);
    }

    static PendingCommit since(long nowMillis) {
        return new PendingCommit(List.of(), List.of(), 0, nowMillis, RecordBalance.NONE, List.of());
    }

    /** Whether there is anything to commit. */
    boolean isEmpty() {
        return files.isEmpty() && progress.isEmpty();
    }

    /** Whether there is anything to keep: records may have been read and told of before. */
    boolean isNothing() {
        return isEmpty() && (balance == null || balance.equals(RecordBalance.NONE));
    }

    /** Dead letters among them. */
    long rows() {
        return files.stream().mapToLong(StagedFile::rows).sum();
    }

    /** With what one more checkpoint brought. */
    PendingCommit and(
            List<StagedFile> more,
            List<SourceProgress> reports,
            @Nullable RecordBalance counts,
            List<TableStop> stopped) {
        List<StagedFile> all = new ArrayList<>(files);
        all.addAll(more);
        record TopicPartition(String topic, int partition) {}
        Map<TopicPartition, SourceProgress> latest = new LinkedHashMap<>();
        progress.forEach(report -> latest.put(new TopicPartition(report.topic(), report.partition()), report));
        reports.forEach(report ->
                latest.merge(new TopicPartition(report.topic(), report.partition()), report, SourceProgress::then));
        List<TableStop> allStops = new ArrayList<>(stops);
        allStops.addAll(stopped);
        return new PendingCommit(
                all,
                List.copyOf(latest.values()),
                checkpoints + 1,
                sinceMillis,
                RecordBalance.sum(balance, counts),
                TableStop.joined(allStops));
    }

    public static final class PendingCommitSerializer extends BinarySerializer<PendingCommit> {
        private static final long serialVersionUID = 1;

        public PendingCommitSerializer() {
            super("a pending commit");
        }

        @Override
        public PendingCommit createInstance() {
            return since(0);
        }

        @Override
        public TypeSerializer<PendingCommit> duplicate() {
            return this;
        }

        @Override
        protected int version() {
            return 3;
        }

        @Override
        protected void write(PendingCommit value, DataOutputView out) throws IOException {
            StageFormat.writeFiles(value.files(), StageFormat.FILES_2, out);
            StageFormat.writeProgress(value.progress(), out);
            out.writeInt(value.checkpoints());
            out.writeLong(value.sinceMillis());
            RecordBalance.write(value.balance(), out);
            TableStop.write(value.stops(), out);
        }

        @Override
        protected PendingCommit read(int version, DataInputView in) throws IOException {
            int format = version < 2 ? StageFormat.FILES_1 : StageFormat.FILES_2;
            return new PendingCommit(
                    StageFormat.readFiles(format, in),
                    StageFormat.readProgress(in),
                    in.readInt(),
                    in.readLong(),
                    version == 1 ? null : RecordBalance.readNullable(in),
                    version < 3 ? List.of() : TableStop.read(in));
        }

        @Override
        public TypeSerializerSnapshot<PendingCommit> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<PendingCommit> {
            public Snapshot() {
                super(PendingCommitSerializer::new);
            }
        }
    }
}
