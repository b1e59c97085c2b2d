package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
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
    private static final StagedFile LEAVING_OUT = new StagedFile(
            FILE.shape(),
            FILE.path(),
            FILE.bytes(),
            FILE.counts(),
            FILE.offsets(),
            FILE.highestLsn(),
            Set.of("B", "A"));

    /** What rows have left out came later. */
    private static final String FILES_1 = "00000001" // one file
            + "000154" + "0001" + "00024944" + "02" + "0000000a" + "00000000" + "01" // its shape
            + "0005" + "702f542f66" + "0000000000000099" // p/T/f
            + "0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "0000000000000005"
            + "00000002" // offset ranges
            + "000174" + "00000006" + "0000000000000007" + "0000000000000008"
            + "000175" + "00000000" + "0000000000000000" + "0000000000000000"
            + "ffffffffffffffff";

    private static final String FILES = FILES_1 + "0002" + "000141" + "000142";

    private static final SourceProgress PROGRESS = new SourceProgress("t", 6, "id", 4, 5, 8);
    private static final String PROGRESS_BYTES =
            "000174" + "00000006" + "00026964" + "0000000000000004" + "0000000000000005" + "0000000000000008";

    private static final RecordBalance BALANCE = new RecordBalance(15, 1, 2, 3, 4, 5);
    private static final String BALANCE_BYTES = "01" + "000000000000000f" + "0000000000000001" + "0000000000000002"
            + "0000000000000003" + "0000000000000004" + "0000000000000005";

    private static final TableStop STOP =
            new TableStop(new TableName("T"), new OffsetRange("t", 6, 7, 9), DeadLetter.Reason.UNSUPPORTED_TYPE);
    private static final String STOP_BYTES = "00000001" + "0001" + "54" + "0001" + "74" + "00000006"
            + "0000000000000007" + "0000000000000009" + "0010" + "554e535550504f525445445f54595045";

    private static final Commit COMMIT = new Commit(
            UUID.fromString("01234567-89ab-4def-8123-456789abcdef"),
            42,
            List.of(LEAVING_OUT),
            List.of(PROGRESS),
            1_795_248_000_123L,
            Commit.Timing.AT_THE_END,
            BALANCE,
            List.of(STOP));
    private static final String COMMIT_BYTES_3 = "0123456789ab4def8123456789abcdef" + "000000000000002a" + FILES
            + "000001a1fd1e8c7b" + "00000001" + PROGRESS_BYTES + "02" + BALANCE_BYTES;
    private static final String COMMIT_BYTES = COMMIT_BYTES_3 + STOP_BYTES;

    private static final Commit COMMIT_2 = new Commit(
            COMMIT.id(), 42, List.of(FILE), List.of(PROGRESS), COMMIT.watermarkMillis(), Commit.Timing.AT_THE_END);
    private static final String COMMIT_BYTES_2 =
            COMMIT_BYTES_3.replace(FILES, FILES_1).replace(BALANCE_BYTES, "");

    private static final WriterOutput WITHOUT_PARTS = new WriterOutput(List.of(FILE), List.of(), List.of(), 0x17);

    private static final String PARTS = "00000002" // two parts, first what is known of them
            + "000154" + "0001" + "00024944" + "02" + "0000000a" + "00000000" + "01" // T's shape
            + "0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "0000000000000005"
            + "00000001" + "000174" + "00000006" + "0000000000000007" + "0000000000000008"
            + "ffffffffffffffff"
            + "0001" + "000143"
            + "00000004"
            + "000155" + "0001" + "00024944" + "02" + "0000000a" + "00000000" + "01" // U's shape
            + "0000000000000000" + "0000000000000001" + "0000000000000000" + "0000000000000000" + "0000000000000000"
            + "00000000"
            + "0000000000000009"
            + "0000"
            + "00000002"
            + "2231220a" // then their lines
            + "2c0a";

    private static final String PARTS_2 = PARTS.replace("0001000143" + "00000004", "00000004")
            .replace("0000000000000009" + "0000" + "00000002", "0000000000000009" + "00000002");

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static TableShape shape(String table) {
        return new TableShape(new TableName(table), List.of(new Column("ID", new ColumnType.Number(10, 0), true)));
    }

    @Test
    void aWritersOutputHasItsBytes() throws IOException {
        SimpleVersionedSerializer<WriterOutput> serializer = StageFormat.writerOutputs();
        CsvPart first = new CsvPart(
                shape("T"),
                new RowSummary(
                        new OperationCounts(1, 2, 3, 4, 5), List.of(new OffsetRange("t", 6, 7, 8)), -1, Set.of("C")),
                bytes("2231220a"));
        CsvPart second = new CsvPart(
                shape("U"), new RowSummary(new OperationCounts(0, 1, 0, 0, 0), List.of(), 9), bytes("2c0a"));
        String head = FILES + "0000000000000017" + "00000001" + PROGRESS_BYTES + BALANCE_BYTES;
        assertThat(serializer.getVersion()).isEqualTo(4);
        assertThat(HexFormat.of()
                        .formatHex(serializer.serialize(new WriterOutput(
                                List.of(LEAVING_OUT),
                                List.of(first, second),
                                List.of(PROGRESS),
                                0x17,
                                BALANCE,
                                List.of(STOP)))))
                .isEqualTo(head + STOP_BYTES + PARTS);
        WriterOutput read = serializer.deserialize(4, bytes(head + STOP_BYTES + PARTS));
        assertThat(read.stops()).containsExactly(STOP);
        WriterOutput readOf3 = serializer.deserialize(3, bytes(head + PARTS));
        assertThat(readOf3.stops()).isEmpty();
        assertThat(readOf3.parts()).usingRecursiveComparison().isEqualTo(read.parts());
        assertThat(read.balance()).isEqualTo(BALANCE);
        assertThat(read.files()).containsExactly(LEAVING_OUT);
        assertThat(read.progress()).containsExactly(PROGRESS);
        assertThat(read.watermarkMillis()).isEqualTo(0x17);
        assertThat(read.parts()).usingRecursiveComparison().isEqualTo(List.of(first, second));
    }

    @Test
    void aWritersOutputOfNothingHasItsBytes() throws IOException {
        WriterOutput nothing = new WriterOutput(List.of(), List.of(), List.of(), Long.MIN_VALUE);
        String version4 = "00000000" + "8000000000000000" + "00000000" + "00" + "00000000" + "00000000";
        assertThat(HexFormat.of().formatHex(StageFormat.writerOutputs().serialize(nothing)))
                .isEqualTo(version4);
        assertThat(StageFormat.writerOutputs().deserialize(4, bytes(version4))).isEqualTo(nothing);
    }

    /** Version 2 knew nothing of what rows leave out, and did not count records. */
    @Test
    void aWritersOutputOfVersion2IsRead() throws IOException {
        String version2 = FILES_1 + "0000000000000017" + "00000001" + PROGRESS_BYTES + PARTS_2;
        WriterOutput read = StageFormat.writerOutputs().deserialize(2, bytes(version2));
        assertThat(read.files()).containsExactly(FILE);
        assertThat(read.progress()).containsExactly(PROGRESS);
        assertThat(read.balance()).isNull();
        assertThat(read.parts())
                .extracting(part -> HexFormat.of().formatHex(part.csv()))
                .containsExactly("2231220a", "2c0a");
    }

    /** Version 1 knew files alone. */
    @Test
    void aWritersOutputOfVersion1IsRead() throws IOException {
        assertThat(StageFormat.writerOutputs().deserialize(1, bytes(FILES_1 + "0000000000000017")))
                .isEqualTo(WITHOUT_PARTS);
    }

    @Test
    void aCommitHasItsBytes() throws IOException {
        assertThat(new CommitSerializer().getVersion()).isEqualTo(4);
        assertThat(HexFormat.of().formatHex(new CommitSerializer().serialize(COMMIT)))
                .isEqualTo(COMMIT_BYTES);
        assertThat(new CommitSerializer().deserialize(4, bytes(COMMIT_BYTES))).isEqualTo(COMMIT);
    }

    /** Version 3 knew no table that is stopped. */
    @Test
    void aCommitOfVersion3IsRead() throws IOException {
        assertThat(new CommitSerializer().deserialize(3, bytes(COMMIT_BYTES_3)))
                .isEqualTo(new Commit(
                        COMMIT.id(),
                        42,
                        COMMIT.files(),
                        COMMIT.progress(),
                        COMMIT.watermarkMillis(),
                        COMMIT.timing(),
                        BALANCE));
    }

    /** Version 2 knew nothing of what rows leave out, and did not count records. */
    @Test
    void aCommitOfVersion2IsRead() throws IOException {
        assertThat(new CommitSerializer().deserialize(2, bytes(COMMIT_BYTES_2))).isEqualTo(COMMIT_2);
    }

    /** Version 1 knew no progress. */
    @Test
    void aCommitOfVersion1IsRead() throws IOException {
        String version1 = COMMIT_BYTES_2.substring(0, COMMIT_BYTES_2.length() - 8 - PROGRESS_BYTES.length() - 2);
        assertThat(new CommitSerializer().deserialize(1, bytes(version1)))
                .isEqualTo(new Commit(
                        COMMIT.id(), 42, COMMIT_2.files(), List.of(), COMMIT.watermarkMillis(), Commit.Timing.DUE));
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> StageFormat.writerOutputs().deserialize(5, new byte[100]))
                .hasMessage(
                        "a writer's output was written in format 5; this build reads up to 4. Restore it with the build that wrote it.");
        assertThatThrownBy(() -> new CommitSerializer().deserialize(0, new byte[100]))
                .hasMessage(
                        "a commit was written in format 0; this build reads up to 4. Restore it with the build that wrote it.");
    }

    @Test
    void bytesCutShortAreRefused() {
        byte[] cut = bytes(COMMIT_BYTES.substring(0, COMMIT_BYTES.length() - 2));
        assertThatThrownBy(() -> new CommitSerializer().deserialize(4, cut)).isInstanceOf(EOFException.class);
        String output = FILES + "0000000000000017" + "00000000" + PARTS;
        byte[] cutOutput = bytes(output.substring(0, output.length() - 2));
        assertThatThrownBy(() -> StageFormat.writerOutputs().deserialize(3, cutOutput))
                .isInstanceOf(EOFException.class);
    }

    /** The ledger keeps it: another hash for the same commit reads as a ledger that was tampered with. */
    @Test
    void aCommitsManifestHashIsTheSameInEveryBuild() throws IOException {
        assertThat(CommitSerializer.manifestHash(COMMIT))
                .isEqualTo("85d63f8673430c2c174255c448b2a6509e71195498d0e5cb7d40bc476be500b4");
    }
}
