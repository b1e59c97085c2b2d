package io.spindrift.sinks.commit;

import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StageFormat;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The commit as the committer's state holds it. */
public final class CommitSerializer implements SimpleVersionedSerializer<Commit> {

    private static final int VERSION = 4;
    private static final int DUE = 1;
    private static final int AT_THE_END = 2;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(Commit commit) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        writeManifest(commit, StageFormat.FILES_2, out);
        StageFormat.writeProgress(commit.progress(), out);
        out.writeByte(
                switch (commit.timing()) {
                    case DUE -> DUE;
                    case AT_THE_END -> AT_THE_END;
                });
        RecordBalance.write(commit.balance(), out);
        TableStop.write(commit.stops(), out);
        return bytes.toByteArray();
    }

    private static void writeManifest(Commit commit, int format, DataOutputStream out) throws IOException {
        out.writeLong(commit.id().getMostSignificantBits());
        out.writeLong(commit.id().getLeastSignificantBits());
        out.writeLong(commit.checkpointId());
        StageFormat.writeFiles(commit.files(), format, out);
        out.writeLong(commit.watermarkMillis());
    }

    @Override
    public Commit deserialize(int version, byte[] serialized) throws IOException {
        if (version < 1 || version > VERSION) {
            throw StageFormat.unknownVersion("a commit", version, VERSION);
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
        UUID id = new UUID(in.readLong(), in.readLong());
        long checkpointId = in.readLong();
        List<StagedFile> files = StageFormat.readFiles(version < 3 ? StageFormat.FILES_1 : StageFormat.FILES_2, in);
        long watermarkMillis = in.readLong();
        if (version == 1) {
            return new Commit(id, checkpointId, files, List.of(), watermarkMillis, Commit.Timing.DUE);
        }
        List<SourceProgress> progress = StageFormat.readProgress(in);
        Commit.Timing timing = readTiming(in);
        RecordBalance balance = version == 2 ? null : RecordBalance.readNullable(in);
        List<TableStop> stops = version < 4 ? List.of() : TableStop.read(in);
        return new Commit(id, checkpointId, files, progress, watermarkMillis, timing, balance, stops);
    }

    private static Commit.Timing readTiming(DataInputStream in) throws IOException {
        int tag = in.readUnsignedByte();
        return switch (tag) {
            case DUE -> Commit.Timing.DUE;
            case AT_THE_END -> Commit.Timing.AT_THE_END;
            default ->
                throw new IOException(
                        "unknown timing %d of a commit: written by a newer build, or not ours".formatted(tag));
        };
    }

    /**
     * SHA-256 over id, checkpoint, files and watermark, in hexadecimal: what the ledger keeps of the commit's manifest. The bytes are those
     * of the first version for ever: a commit that an older build began has the same hash here.
     */
    public static String manifestHash(Commit commit) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        writeManifest(commit, StageFormat.FILES_1, new DataOutputStream(bytes));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
