package io.spindrift.jobs;

import io.spindrift.jobs.config.ConfigException;
import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.deadletter.DeadLetterPolicy;
import io.spindrift.jobs.deadletter.DeadLetterTopic;
import io.spindrift.jobs.direct.DirectSource;
import io.spindrift.jobs.ingest.ChangeSource;
import io.spindrift.jobs.ingest.SplitEvents;
import io.spindrift.jobs.ingest.SplitOperator;
import io.spindrift.jobs.ingest.TopicFacts;
import io.spindrift.jobs.order.OrderChanges;
import io.spindrift.jobs.order.OrderOperator;
import io.spindrift.sinks.SnowflakeSink;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.schema.DeadLetterTable;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The job. Its shape is the data path:
 *
 * <pre>
 * source, decoding ─────── split ─┬─ rows ─ keyBy(table, key) ─┐
 *                                 ├─ shapes, truncates ─ broadcast ─ order ─ SnowflakeSink
 *                                 └─ dead letters: with the rows, and ─┴─ dead-letter topic
 * </pre>
 */
public final class SpindriftJob {

    private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

    private SpindriftJob() {}

    /**
     * On a cluster: {@code flink run <jar> --config pipeline.yaml [--set key=value …]}. Exit code 2: the configuration or the command
     * line has problems. Where this runs inside of a cluster's own process (REST, application mode) it throws instead: its exit would be
     * the JobManager's.
     */
    public static void main(String[] args) throws Exception {
        PipelineConfig config;
        JobArguments arguments;
        try {
            arguments = JobArguments.parse(args).withoutOthers();
            config = arguments.readConfig();
        } catch (ConfigException | JobArguments.UsageException e) {
            if (!isOwnProcess()) {
                throw e;
            }
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        build(environment, config);
        environment.configure(parameters(arguments, config));
        environment.execute(config.pipeline().name());
    }

    /** What {@code bin/spindrift upgrade} asks a running job: what its savepoints hold, and how it was started. Of {@code --set} nothing, as values may be secrets. */
    private static Configuration parameters(JobArguments arguments, PipelineConfig config) {
        boolean direct = config.source().postgres().isPresent();
        Map<String, String> parameters = new TreeMap<>(StateContents.ofThisBuild()
                .without(direct ? OperatorUids.SOURCE : OperatorUids.POSTGRES_SOURCE)
                .asParameters());
        parameters.put("spindrift.config", arguments.config().toString());
        parameters.put(
                "spindrift.overrides", Integer.toString(arguments.overrides().size()));
        parameters.put(
                "spindrift.jar",
                SpindriftJob.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath());
        return new Configuration().set(PipelineOptions.GLOBAL_JOB_PARAMETERS, parameters);
    }

    private static boolean isOwnProcess() {
        return StackWalker.getInstance().walk(frames -> {
            Set<String> callers =
                    frames.map(StackWalker.StackFrame::getClassName).collect(Collectors.toSet());
            return !callers.contains(PackagedProgram.class.getName())
                    || callers.contains("org.apache.flink.client.cli.CliFrontend");
        });
    }

    /** Adds the pipeline's operators to the environment. */
    public static void build(StreamExecutionEnvironment environment, PipelineConfig config) {
        SnowflakeSink snowflake =
                new SnowflakeSink(config.pipeline().name(), config.sink(), config.delivery(), OperatorUids.AGGREGATE);
        build(environment, config, snowflake);
    }

    /** Likewise, with another sink in Snowflake's place: what the job takes without its own. */
    public static void build(StreamExecutionEnvironment environment, PipelineConfig config, Sink<ChangeEvent> sink) {
        configure(environment, config.pipeline());
        boolean direct = config.source().postgres().isPresent();
        SingleOutputStreamOperator<ChangeEvent> rows = (direct
                        ? postgres(environment, config)
                        : kafka(environment, config))
                .transform(
                        "Split",
                        ModelTypes.CHANGE_EVENT,
                        new SplitOperator(
                                new SplitEvents(
                                        direct ? TopicFacts.NO_BROKER : ChangeSource.topicFacts(config.source())),
                                config.pipeline().livenessTimeout()))
                .uid(OperatorUids.SPLIT);
        SingleOutputStreamOperator<ChangeEvent> ordered = order(rows, config);
        ordered.sinkTo(sink).name("Snowflake").uid(OperatorUids.SINK);
        deadLetters(
                config,
                rows.getSideOutput(SplitEvents.DEAD_LETTERS).union(ordered.getSideOutput(OrderChanges.DEAD_LETTERS)));
    }

    private static DataStream<ChangeEvent> kafka(StreamExecutionEnvironment environment, PipelineConfig config) {
        return environment
                .fromSource(
                        ChangeSource.kafka(config.source(), config.router()),
                        ChangeSource.watermarks(config.source()),
                        "Kafka: decode",
                        ModelTypes.CHANGE_EVENT)
                .uid(OperatorUids.SOURCE);
    }

    private static DataStream<ChangeEvent> postgres(StreamExecutionEnvironment environment, PipelineConfig config) {
        String flink = EnvironmentInformation.getVersion();
        if (!flink.startsWith("1.")) {
            throw new IllegalStateException(
                    "'source.type' is 'postgres', which needs Flink 1.20, and this is Flink %s: read the tables through Kafka"
                            .formatted(flink));
        }
        return environment
                .fromSource(
                        DirectSource.of(config.source(), config.router()),
                        ChangeSource.watermarks(config.source()),
                        "PostgreSQL: decode",
                        ModelTypes.CHANGE_EVENT)
                .uid(OperatorUids.POSTGRES_SOURCE);
    }

    private static void configure(StreamExecutionEnvironment environment, PipelineConfig.Pipeline pipeline) {
        Configuration settings = new Configuration();
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        environment.configure(settings);
        pipeline.parallelism().ifPresent(environment::setParallelism);
        boolean clusterDecides = environment.getCheckpointConfig().isCheckpointingEnabled();
        Duration interval = pipeline.checkpointInterval().orElse(DEFAULT_CHECKPOINT_INTERVAL);
        if (pipeline.checkpointInterval().isPresent() || !clusterDecides) {
            environment.enableCheckpointing(interval.toMillis(), CheckpointingMode.EXACTLY_ONCE);
        }
        // The commit of a checkpoint holds exactly what came before its barrier: unaligned barriers overtake rows.
        environment.getCheckpointConfig().enableUnalignedCheckpoints(false);
    }

    /** @param rows with what is broadcast in their side output */
    static SingleOutputStreamOperator<ChangeEvent> order(
            SingleOutputStreamOperator<ChangeEvent> rows, PipelineConfig config) {
        OrderOperator operator = new OrderOperator(
                config.delivery().sourceEpochs(), config.pipeline().ordering());
        return rows.keyBy(SpindriftJob::key, ModelTypes.ROW_KEY)
                .connect(rows.getSideOutput(SplitEvents.CONTROL).broadcast())
                .transform("Order", ModelTypes.CHANGE_EVENT, operator)
                .uid(OperatorUids.ORDER);
    }

    /** What a row's changes, and all that has to stay on their way, are ordered by. */
    public static RowKey key(ChangeEvent event) {
        if (event instanceof DeadLetter letter) {
            return DeadLetterTable.key(letter);
        }
        return event instanceof ShapeAnnounced shape
                ? Objects.requireNonNull(shape.aheadOf())
                : ((RowChange) event).key();
    }

    private static void deadLetters(PipelineConfig config, DataStream<ChangeEvent> letters) {
        DeadLetterPolicy policy = new DeadLetterPolicy(
                config.pipeline().deadLetters().failing(), config.delivery().stops());
        // Without Kafka there is no topic: the ledger has them.
        Sink<ChangeEvent> topic = config.source().postgres().isPresent()
                ? new DiscardingSink<>()
                : DeadLetterTopic.sink(config.pipeline(), config.source());
        letters.map(policy, ModelTypes.CHANGE_EVENT)
                .name("Dead-letter policy")
                .uid(OperatorUids.DEAD_LETTER_POLICY)
                .setParallelism(1)
                .sinkTo(topic)
                .name("Dead letters")
                .uid(OperatorUids.DEAD_LETTERS)
                .setParallelism(1);
    }
}
