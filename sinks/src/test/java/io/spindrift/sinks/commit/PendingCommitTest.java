package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.stage.RecordBalance;
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

    private static PendingCommit read(String hex) throws IOException {
        return new PendingCommit.PendingCommitSerializer()
                .deserialize(new DataInputDeserializer(HexFormat.of().parseHex(hex)));
    }

    @Test
    void whatWaitsHasItsBytes() throws IOException {
        PendingCommit pending =
                new PendingCommit(List.of(), List.of(PROGRESS), 3, 9, new RecordBalance(15, 1, 2, 3, 4, 5));
        DataOutputSerializer out = new DataOutputSerializer(64);
        new PendingCommit.PendingCommitSerializer().serialize(pending, out);
        String version2 = "02" + VERSION_1 + "01" + "000000000000000f" + "0000000000000001" + "0000000000000002"
                + "0000000000000003" + "0000000000000004" + "0000000000000005";
        assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer())).isEqualTo(version2);
        assertThat(read(version2)).isEqualTo(pending);
    }

    /** Version 1 did not count records; what is added to it is not known either, up to the next commit. */
    @Test
    void whatWaitedInVersion1IsRead() throws IOException {
        PendingCommit pending = read("01" + VERSION_1);
        assertThat(pending).isEqualTo(new PendingCommit(List.of(), List.of(PROGRESS), 3, 9, null));
        assertThat(pending.and(List.of(), List.of(), RecordBalance.NONE).balance())
                .isNull();
    }
}
