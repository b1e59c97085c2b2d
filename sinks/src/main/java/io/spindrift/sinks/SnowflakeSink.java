package io.spindrift.sinks;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitMetrics;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.commit.CommitTopology;
import io.spindrift.sinks.commit.SnowflakeCommitter;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.stage.PartJoiner;
import io.spindrift.sinks.stage.SnowflakeWriter;
import io.spindrift.sinks.stage.SpillDirectory;
import io.spindrift.sinks.stage.StageFormat;
import io.spindrift.sinks.stage.StageOpener;
import io.spindrift.sinks.stage.WriterLimits;
import io.spindrift.sinks.stage.WriterOutput;
import io.spindrift.sinks.warehouse.Owner;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.SnowflakeStage;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.UUID;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.InitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Ordered changes → Snowflake, one transaction a checkpoint.
 *
 * <pre>
 * SnowflakeWriter ×n → CommitAggregator ×1 → SnowflakeCommitter ×1
 *   files in the stage,  joins the small parts,    fence, COPY, MERGE, ledger
 *   small parts          one commit a checkpoint
 * </pre>
 *
 * Input must be keyed: the changes of one row come to one writer, in their final order, behind their announced shape.
 */
public final class SnowflakeSink
        implements Sink<ChangeEvent>, SupportsCommitter<Commit>, SupportsPreCommitTopology<WriterOutput, Commit> {

    private static final long serialVersionUID = 1;

    private final String pipeline;
    private final WarehouseOptions options;
    private final String aggregatorUid;
    private final DeliveryOptions delivery;

    /** @param pipeline letters, digits, '-' and '_': it names a directory of the stage */
    public SnowflakeSink(String pipeline, WarehouseOptions options, DeliveryOptions delivery, String aggregatorUid) {
        this.pipeline = pipeline;
        this.options = options;
        this.delivery = delivery;
        this.aggregatorUid = aggregatorUid;
    }

    /** Flink 1.20 declares this beside the other one; it never calls it where the other one is overridden. */
    public SinkWriter<ChangeEvent> createWriter(InitContext context) {
        throw new UnsupportedOperationException("Flink calls createWriter(WriterInitContext)");
    }

    @Override
    public SinkWriter<ChangeEvent> createWriter(WriterInitContext context) throws IOException {
        TaskInfo task = context.getTaskInfo();
        String writer = String.valueOf(task.getIndexOfThisSubtask());
        SnowflakeWriter opened = new SnowflakeWriter(
                pipeline,
                context.getRestoredCheckpointId().orElse(0),
                SpillDirectory.create(pipeline, writer, UUID.randomUUID()),
                WriterLimits.of(task.getNumberOfParallelSubtasks(), delivery.fileBytes()),
                stage(pipeline, options),
                delivery.stops(),
                context.metricGroup().getNumRecordsSendCounter());
        opened.showIn(context.metricGroup());
        return opened;
    }

    private static StageOpener stage(String pipeline, WarehouseOptions options) {
        return () -> new SnowflakeStage(pipeline, options);
    }

    @Override
    public SimpleVersionedSerializer<WriterOutput> getWriteResultSerializer() {
        return StageFormat.writerOutputs();
    }

    @Override
    public DataStream<CommittableMessage<Commit>> addPreCommitTopology(
            DataStream<CommittableMessage<WriterOutput>> outputs) {
        return CommitTopology.aggregate(
                outputs, aggregatorUid, UUID::randomUUID, joiners(pipeline, options), delivery.cadence());
    }

    private static PartJoiner.Opener joiners(String pipeline, WarehouseOptions options) {
        return () -> new PartJoiner(
                pipeline, SpillDirectory.create(pipeline, "joined", UUID.randomUUID()), stage(pipeline, options));
    }

    /** Commits reach the first subtask alone, so it alone takes the pipeline over, and shows metrics: of the others the last commit would only grow old. */
    @Override
    public Committer<Commit> createCommitter(CommitterInitContext context) throws IOException {
        SnowflakeLedger ledger = new SnowflakeLedger(pipeline, owner(context), delivery, options, Clock.systemUTC());
        boolean commits = context.getTaskInfo().getIndexOfThisSubtask() == 0;
        CommitMetrics metrics =
                new CommitMetrics(commits ? context.metricGroup() : new UnregisteredMetricsGroup(), Clock.systemUTC());
        metrics.watch(ledger::stoppedTables);
        SnowflakeCommitter committer = new SnowflakeCommitter(ledger, metrics);
        if (commits) {
            try {
                ledger.setUp();
                committer.open();
            } catch (IOException | RuntimeException e) {
                ledger.close();
                throw e;
            }
        }
        return committer;
    }

    private static Owner owner(CommitterInitContext context) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown host";
        }
        String jobId = context.getJobInfo().getJobId().toString();
        String description = "job %s (%s) on %s, process %d"
                .formatted(
                        context.getJobInfo().getJobName(),
                        jobId,
                        host,
                        ProcessHandle.current().pid());
        return new Owner(jobId, description);
    }

    @Override
    public SimpleVersionedSerializer<Commit> getCommittableSerializer() {
        return new CommitSerializer();
    }
}
