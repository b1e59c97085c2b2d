package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.ModelFormat;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableShape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The binary form of staged files, as committables carry it through checkpoints and savepoints. */
public final class StageFormat {

    /** Of a file: its shape, path, counts, offsets. The hashes of manifests are made of it for ever. */
    public static final int FILES_1 = 1;

    /** The same, and the columns that rows have left out. */
    public static final int FILES_2 = 2;

    private StageFormat() {}

    /** Serializer of what a writer hands to the aggregator. */
    public static SimpleVersionedSerializer<WriterOutput> writerOutputs() {
        return new WriterOutputSerializer();
    }

    private static final class WriterOutputSerializer implements SimpleVersionedSerializer<WriterOutput> {

        private static final int VERSION = 4;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(WriterOutput output) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            writeFiles(output.files(), FILES_2, out);
            out.writeLong(output.watermarkMillis());
            writeProgress(output.progress(), out);
            RecordBalance.write(output.balance(), out);
            TableStop.write(output.stops(), out);
            writePartHeads(output.parts(), out);
            return withCsv(bytes.toByteArray(), output.parts());
        }

        private static void writePartHeads(List<CsvPart> parts, DataOutput out) throws IOException {
            out.writeInt(parts.size());
            for (CsvPart part : parts) {
                ModelFormat.writeShape(part.shape(), out);
                writeSummary(part.rows(), FILES_2, out);
                out.writeInt(part.csv().length);
            }
        }

        /** The bulk of an output: copied once, into an array of the right size. */
        private static byte[] withCsv(byte[] heads, List<CsvPart> parts) {
            long size = heads.length
                    + parts.stream().mapToLong(part -> part.csv().length).sum();
            byte[] all = Arrays.copyOf(heads, Math.toIntExact(size));
            int at = heads.length;
            for (CsvPart part : parts) {
                System.arraycopy(part.csv(), 0, all, at, part.csv().length);
                at += part.csv().length;
            }
            return all;
        }

        @Override
        public WriterOutput deserialize(int version, byte[] serialized) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            return switch (version) {
                case 1 -> {
                    List<StagedFile> files = readFiles(FILES_1, in);
                    yield new WriterOutput(files, List.of(), List.of(), in.readLong());
                }
                case 2 -> readWithParts(2, FILES_1, in);
                case 3, 4 -> readWithParts(version, FILES_2, in);
                default -> throw unknownVersion("a writer's output", version, VERSION);
            };
        }

        private static WriterOutput readWithParts(int version, int format, DataInput in) throws IOException {
            List<StagedFile> files = readFiles(format, in);
            long watermarkMillis = in.readLong();
            List<SourceProgress> progress = readProgress(in);
            RecordBalance balance = version == 2 ? null : RecordBalance.readNullable(in);
            List<TableStop> stops = version < 4 ? List.of() : TableStop.read(in);
            return new WriterOutput(files, readParts(format, in), progress, watermarkMillis, balance, stops);
        }

        private static List<CsvPart> readParts(int format, DataInput in) throws IOException {
            record Head(TableShape shape, RowSummary rows, int csvBytes) {}
            int count = in.readInt();
            List<Head> heads = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                heads.add(new Head(ModelFormat.readShape(in), readSummary(format, in), in.readInt()));
            }
            List<CsvPart> parts = new ArrayList<>();
            for (Head head : heads) {
                byte[] csv = new byte[head.csvBytes()];
                in.readFully(csv);
                parts.add(new CsvPart(head.shape(), head.rows(), csv));
            }
            return parts;
        }
    }

    public static IOException unknownVersion(String what, int version, int known) {
        return new IOException(
                "%s was written in format %d; this build reads up to %d. Restore it with the build that wrote it."
                        .formatted(what, version, known));
    }

    public static void writeProgress(List<SourceProgress> progress, DataOutput out) throws IOException {
        out.writeInt(progress.size());
        for (SourceProgress report : progress) {
            ModelFormat.writeProgress(report, out);
        }
    }

    public static List<SourceProgress> readProgress(DataInput in) throws IOException {
        int count = in.readInt();
        List<SourceProgress> progress = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            progress.add(ModelFormat.readProgress(in));
        }
        return progress;
    }

    public static void writeFiles(List<StagedFile> files, int format, DataOutput out) throws IOException {
        out.writeInt(files.size());
        for (StagedFile file : files) {
            ModelFormat.writeShape(file.shape(), out);
            ModelFormat.writeShortText(file.path(), out);
            out.writeLong(file.bytes());
            writeSummary(file.summary(), format, out);
        }
    }

    public static List<StagedFile> readFiles(int format, DataInput in) throws IOException {
        int count = in.readInt();
        List<StagedFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TableShape shape = ModelFormat.readShape(in);
            String path = ModelFormat.readShortText(in);
            files.add(StagedFile.of(shape, path, in.readLong(), readSummary(format, in)));
        }
        return files;
    }

    private static void writeSummary(RowSummary rows, int format, DataOutput out) throws IOException {
        writeCounts(rows.counts(), out);
        out.writeInt(rows.offsets().size());
        for (OffsetRange range : rows.offsets()) {
            ModelFormat.writeShortText(range.topic(), out);
            out.writeInt(range.partition());
            out.writeLong(range.first());
            out.writeLong(range.last());
        }
        out.writeLong(rows.highestLsn());
        if (format >= FILES_2) {
            out.writeShort(rows.leftOut().size());
            for (String column : rows.leftOut()) {
                ModelFormat.writeShortText(column, out);
            }
        }
    }

    private static RowSummary readSummary(int format, DataInput in) throws IOException {
        OperationCounts counts = readCounts(in);
        List<OffsetRange> offsets = readOffsets(in);
        long highestLsn = in.readLong();
        Set<String> leftOut = new HashSet<>();
        for (int count = format >= FILES_2 ? in.readUnsignedShort() : 0; count > 0; count--) {
            leftOut.add(ModelFormat.readShortText(in));
        }
        return new RowSummary(counts, offsets, highestLsn, leftOut);
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
