package io.spindrift.sinks.commit;

import io.spindrift.sinks.stage.PartJoiner;
import io.spindrift.sinks.stage.WriterOutput;
import java.util.UUID;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.function.SerializableSupplier;

/** Between writers and committer: all writers' outputs of a checkpoint meet in one place and leave it as one commit. */
public final class CommitTopology {

    private CommitTopology() {}

    public static DataStream<CommittableMessage<Commit>> aggregate(
            DataStream<CommittableMessage<WriterOutput>> outputs,
            String uid,
            SerializableSupplier<UUID> commitIds,
            PartJoiner.Opener joiners,
            CommitCadence cadence) {
        return outputs.global()
                .transform(
                        "Aggregate commit",
                        CommittableMessageTypeInfo.of(CommitTopology::serializer),
                        new CommitAggregator(commitIds, joiners, cadence))
                .uid(uid)
                .setParallelism(1)
                .setMaxParallelism(1)
                .global();
    }

    private static SimpleVersionedSerializer<Commit> serializer() {
        return new CommitSerializer();
    }
}
