package io.spindrift.sinks.commit;

import io.spindrift.sinks.stage.StageFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The commit as the committer's state holds it. */
public final class CommitSerializer implements SimpleVersionedSerializer<Commit> {

    private static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(Commit commit) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(commit.id().getMostSignificantBits());
        out.writeLong(commit.id().getLeastSignificantBits());
        out.writeLong(commit.checkpointId());
        StageFormat.writeFiles(commit.files(), out);
        out.writeLong(commit.watermarkMillis());
        return bytes.toByteArray();
    }

    @Override
    public Commit deserialize(int version, byte[] serialized) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
        return switch (version) {
            case 1 ->
                new Commit(
                        new UUID(in.readLong(), in.readLong()),
                        in.readLong(),
                        StageFormat.readFiles(in),
                        in.readLong());
            default -> throw StageFormat.unknownVersion("a commit", version, VERSION);
        };
    }

    /** SHA-256 over the commit's binary form, in hexadecimal: what the ledger keeps of its manifest. */
    public static String manifestHash(Commit commit) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(new CommitSerializer().serialize(commit));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
