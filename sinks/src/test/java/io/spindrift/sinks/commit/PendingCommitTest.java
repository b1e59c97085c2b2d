package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.TableStop;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** The bytes of what waits in savepoints. */
class PendingCommitTest {

    private static final SourceProgress PROGRESS = new SourceProgress("t", 6, "id", 4, 5, 8);
    private static final String VERSION_1 = "00000000" + "00000001" // no files, one report
            + "000174" + "00000006" + "00026964" + "0000000000000004" + "0000000000000005" + "0000000000000008"
            + "00000003" + "0000000000000009";

    private static final String BALANCE = "01" + "000000000000000f" + "0000000000000001" + "0000000000000002"
            + "0000000000000003" + "0000000000000004" + "0000000000000005";

    private static final TableStop STOP =
            new TableStop(new TableName("T"), new OffsetRange("t", 6, 7, 9), Reason.UNDECODABLE);

    private static PendingCommit read(String hex) throws IOException {
        return new PendingCommit.PendingCommitSerializer()
                .deserialize(new DataInputDeserializer(HexFormat.of().parseHex(hex)));
    }

    @Test
    void whatWaitsHasItsBytes() throws IOException {
        PendingCommit pending = new PendingCommit(
                List.of(), List.of(PROGRESS), 3, 9, new RecordBalance(15, 1, 2, 3, 4, 5), List.of(STOP));
        DataOutputSerializer out = new DataOutputSerializer(64);
        new PendingCommit.PendingCommitSerializer().serialize(pending, out);
        String version3 = "03" + VERSION_1 + BALANCE + "00000001" + "0001" + "54" + "0001" + "74" + "00000006"
                + "0000000000000007" + "0000000000000009" + "000b" + "554e4445434f4441424c45";
        assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer())).isEqualTo(version3);
        assertThat(read(version3)).isEqualTo(pending);
    }

    /** Version 2 knew no table that is stopped. */
    @Test
    void whatWaitedInVersion2IsRead() throws IOException {
        assertThat(read("02" + VERSION_1 + BALANCE))
                .isEqualTo(new PendingCommit(
                        List.of(), List.of(PROGRESS), 3, 9, new RecordBalance(15, 1, 2, 3, 4, 5), List.of()));
    }

    /** The reason is that of the first letter. */
    @Test
    void lettersOfOneTableAndPartitionAreOneStop() {
        TableStop later = stop("T", "t", 6, 12, Reason.UNSUPPORTED_TYPE);
        TableStop elsewhere = stop("T", "t", 7, 1, Reason.NO_PRIMARY_KEY);
        TableStop ofAnother = stop("U", "t", 6, 1, Reason.NO_PRIMARY_KEY);
        PendingCommit pending = PendingCommit.since(0)
                .and(List.of(), List.of(), null, List.of(later, elsewhere))
                .and(List.of(), List.of(), null, List.of(STOP, ofAnother));
        assertThat(pending.stops())
                .containsExactly(
                        new TableStop(STOP.table(), new OffsetRange("t", 6, 7, 12), Reason.UNDECODABLE),
                        elsewhere,
                        ofAnother);
    }

    private static TableStop stop(String table, String topic, int partition, long offset, Reason reason) {
        return new TableStop(new TableName(table), new OffsetRange(topic, partition, offset, offset), reason);
    }

    /** Version 1 did not count records; what is added to it is not known either, up to the next commit. */
    @Test
    void whatWaitedInVersion1IsRead() throws IOException {
        PendingCommit pending = read("01" + VERSION_1);
        assertThat(pending).isEqualTo(new PendingCommit(List.of(), List.of(PROGRESS), 3, 9, null, List.of()));
        assertThat(pending.and(List.of(), List.of(), RecordBalance.NONE, List.of())
                        .balance())
                .isNull();
    }
}
