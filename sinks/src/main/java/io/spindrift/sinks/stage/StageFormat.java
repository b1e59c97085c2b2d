package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.ModelFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The binary form of staged files, as committables carry it through checkpoints and savepoints. */
public final class StageFormat {

    private StageFormat() {}

    /** Serializer of what a writer hands to the aggregator. */
    public static SimpleVersionedSerializer<WriterOutput> writerOutputs() {
        return new WriterOutputSerializer();
    }

    private static final class WriterOutputSerializer implements SimpleVersionedSerializer<WriterOutput> {

        private static final int VERSION = 1;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(WriterOutput output) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            writeFiles(output.files(), out);
            out.writeLong(output.watermarkMillis());
            return bytes.toByteArray();
        }

        @Override
        public WriterOutput deserialize(int version, byte[] serialized) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            return switch (version) {
                case 1 -> new WriterOutput(readFiles(in), in.readLong());
                default -> throw unknownVersion("a writer's output", version, VERSION);
            };
        }
    }

    public static IOException unknownVersion(String what, int version, int known) {
        return new IOException(
                "%s was written in format %d; this build reads up to %d. Restore it with the build that wrote it."
                        .formatted(what, version, known));
    }

    public static void writeFiles(List<StagedFile> files, DataOutput out) throws IOException {
        out.writeInt(files.size());
        for (StagedFile file : files) {
            ModelFormat.writeShape(file.shape(), out);
            ModelFormat.writeShortText(file.path(), out);
            out.writeLong(file.bytes());
            writeCounts(file.counts(), out);
            out.writeInt(file.offsets().size());
            for (OffsetRange range : file.offsets()) {
                ModelFormat.writeShortText(range.topic(), out);
                out.writeInt(range.partition());
                out.writeLong(range.first());
                out.writeLong(range.last());
            }
            out.writeLong(file.highestLsn());
        }
    }

    public static List<StagedFile> readFiles(DataInput in) throws IOException {
        int count = in.readInt();
        List<StagedFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(new StagedFile(
                    ModelFormat.readShape(in),
                    ModelFormat.readShortText(in),
                    in.readLong(),
                    readCounts(in),
                    readOffsets(in),
                    in.readLong()));
        }
        return files;
    }

    private static List<OffsetRange> readOffsets(DataInput in) throws IOException {
        int count = in.readInt();
        List<OffsetRange> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranges.add(new OffsetRange(ModelFormat.readShortText(in), in.readInt(), in.readLong(), in.readLong()));
        }
        return ranges;
    }

    private static void writeCounts(OperationCounts counts, DataOutput out) throws IOException {
        out.writeLong(counts.reads());
        out.writeLong(counts.creates());
        out.writeLong(counts.updates());
        out.writeLong(counts.deletes());
        out.writeLong(counts.truncates());
    }

    private static OperationCounts readCounts(DataInput in) throws IOException {
        return new OperationCounts(in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }
}
