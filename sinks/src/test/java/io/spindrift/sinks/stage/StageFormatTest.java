package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.Test;

/** The bytes of pending files and commits in savepoints: version 1 must stay readable for as long as such a savepoint may be. */
class StageFormatTest {

    private static final StagedFile FILE = new StagedFile(
            new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Number(10, 0), true))),
            "p/T/f",
            0x99,
            new OperationCounts(1, 2, 3, 4, 5),
            List.of(new OffsetRange("t", 6, 7, 8), new OffsetRange("u", 0, 0, 0)),
            -1);

    private static final String FILES = "00000001" // one file
            + "000154" + "0001" + "00024944" + "02" + "0000000a" + "00000000" + "01" // its shape
            + "0005" + "702f542f66" + "0000000000000099" // p/T/f
            + "0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "0000000000000005"
            + "00000002" // offset ranges
            + "000174" + "00000006" + "0000000000000007" + "0000000000000008"
            + "000175" + "00000000" + "0000000000000000" + "0000000000000000"
            + "ffffffffffffffff";

    private static final Commit COMMIT =
            new Commit(UUID.fromString("01234567-89ab-4def-8123-456789abcdef"), 42, List.of(FILE), 1_795_248_000_123L);
    private static final String COMMIT_BYTES =
            "0123456789ab4def8123456789abcdef" + "000000000000002a" + FILES + "000001a1fd1e8c7b";

    private static <T> void hasTheBytes(SimpleVersionedSerializer<T> serializer, T value, String version1)
            throws IOException {
        assertThat(serializer.getVersion()).isEqualTo(1);
        assertThat(HexFormat.of().formatHex(serializer.serialize(value))).isEqualTo(version1);
        assertThat(serializer.deserialize(1, HexFormat.of().parseHex(version1))).isEqualTo(value);
    }

    @Test
    void aWritersOutputHasItsBytes() throws IOException {
        hasTheBytes(StageFormat.writerOutputs(), new WriterOutput(List.of(FILE), 0x17), FILES + "0000000000000017");
        hasTheBytes(
                StageFormat.writerOutputs(),
                new WriterOutput(List.of(), Long.MIN_VALUE),
                "00000000" + "8000000000000000");
    }

    @Test
    void aCommitHasItsBytes() throws IOException {
        hasTheBytes(new CommitSerializer(), COMMIT, COMMIT_BYTES);
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> StageFormat.writerOutputs().deserialize(2, new byte[100]))
                .hasMessage(
                        "a writer's output was written in format 2; this build reads up to 1. Restore it with the build that wrote it.");
        assertThatThrownBy(() -> new CommitSerializer().deserialize(0, new byte[100]))
                .hasMessage(
                        "a commit was written in format 0; this build reads up to 1. Restore it with the build that wrote it.");
    }

    @Test
    void bytesCutShortAreRefused() {
        byte[] cut = HexFormat.of().parseHex(COMMIT_BYTES.substring(0, COMMIT_BYTES.length() - 2));
        assertThatThrownBy(() -> new CommitSerializer().deserialize(1, cut)).isInstanceOf(EOFException.class);
    }

    /** The ledger keeps it: another hash for the same commit reads as a ledger that was tampered with. */
    @Test
    void aCommitsManifestHashIsTheSameInEveryBuild() throws IOException {
        assertThat(CommitSerializer.manifestHash(COMMIT))
                .isEqualTo("85d63f8673430c2c174255c448b2a6509e71195498d0e5cb7d40bc476be500b4");
    }
}
