package io.spindrift.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpindriftJobTest {

    private static final String FILE = """
            source: {bootstrap-servers: 'broker:9092', topics: t}
            sink: {url: 'jdbc:snowflake://a/', user: u, password: p, database: d}
            pipeline: {name: shop}
            """;

    @TempDir
    private Path directory = Path.of("");

    private static final String DIRECT = """
            source:
              type: postgres
              postgres: {hostname: db, database: d, username: u, password: p, tables: [a.b], slot-name: s, publication: p}
            sink: {url: 'jdbc:snowflake://a/', user: u, password: p, database: d}
            pipeline: {name: shop}
            """;

    private StreamExecutionEnvironment built(Configuration cluster, String... overrides) throws Exception {
        return built(FILE, cluster, overrides);
    }

    private StreamExecutionEnvironment built(String text, Configuration cluster, String... overrides) throws Exception {
        Path file = Files.writeString(directory.resolve("pipeline.yaml"), text);
        PipelineConfig config = PipelineFile.read(file, Arrays.asList(overrides), name -> null);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(cluster);
        SpindriftJob.build(environment, config);
        return environment;
    }

    private static List<String> promisedUids() throws IOException {
        try (InputStream list = SpindriftJobTest.class.getResourceAsStream("/operator-uids.txt")) {
            return new String(Objects.requireNonNull(list).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    /** State is found again by these names: one that changes or goes is refused at a restore, or lost. New ones are added to the list. */
    @Test
    void operatorsKeepTheirNamesInSavepoints() throws Exception {
        List<String> promised = new ArrayList<>(promisedUids());
        promised.remove(OperatorUids.POSTGRES_SOURCE);
        assertThat(uids(built(new Configuration()))).containsExactlyInAnyOrderElementsOf(promised);
    }

    /** On another line of Flink the option is refused instead. */
    @Test
    void withoutKafkaTheSourceIsAnotherOneAndDeadLettersHaveNoTopic() throws Exception {
        if (!EnvironmentInformation.getVersion().startsWith("1.")) {
            assertThatThrownBy(() -> built(DIRECT, new Configuration()))
                    .hasMessageContaining("'source.type' is 'postgres', which needs Flink 1.20, and this is Flink 2");
            return;
        }
        StreamExecutionEnvironment environment = built(DIRECT, new Configuration());
        List<String> promised = new ArrayList<>(promisedUids());
        promised.removeAll(List.of(OperatorUids.SOURCE, "Sink Committer: " + OperatorUids.DEAD_LETTERS));
        assertThat(uids(environment)).containsExactlyInAnyOrderElementsOf(promised);
        assertThat(environment.getStreamGraph().getJobGraph().getNumberOfVertices())
                .isPositive();
    }

    private static List<String> uids(StreamExecutionEnvironment environment) {
        List<String> uids = new ArrayList<>();
        for (StreamNode node : environment.getStreamGraph(false).getStreamNodes()) {
            uids.add(String.valueOf(node.getTransformationUID()));
        }
        return uids;
    }

    @Test
    void everyConstantNamesAnOperator() throws Exception {
        List<String> constants = new ArrayList<>();
        for (Field field : OperatorUids.class.getDeclaredFields()) {
            constants.add(String.valueOf(field.get(null)));
        }
        assertThat(constants).doesNotHaveDuplicates().contains(OperatorUids.AGGREGATE);
        // Flink puts a sink's uid before those of the operators within it.
        constants.replaceAll(
                uid -> uid.equals(OperatorUids.AGGREGATE) ? OperatorUids.SINK + ": " + OperatorUids.AGGREGATE : uid);
        assertThat(promisedUids()).containsAll(constants);
    }

    /** Flink gives no operator a made-up uid, and nothing falls to Kryo: either would fail here. */
    @Test
    void theJobBecomesAJobGraph() throws Exception {
        StreamExecutionEnvironment environment = built(new Configuration());
        assertThat(environment.getConfiguration().get(PipelineOptions.GENERIC_TYPES))
                .isFalse();
        assertThat(environment.getConfiguration().get(PipelineOptions.AUTO_GENERATE_UIDS))
                .isFalse();
        assertThat(environment.getStreamGraph().getJobGraph().getNumberOfVertices())
                .isPositive();
    }

    @Test
    void checkpointsComeEveryTenSecondsUnlessSomebodySaysOtherwise() throws Exception {
        Configuration cluster = new Configuration();
        cluster.setString(CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), "33 s");
        assertThat(interval(built(new Configuration()))).isEqualTo(10_000);
        assertThat(interval(built(cluster))).isEqualTo(33_000);
        assertThat(interval(built(cluster, "pipeline.checkpoint-interval=7 s"))).isEqualTo(7_000);
    }

    private static long interval(StreamExecutionEnvironment environment) {
        return environment.getCheckpointConfig().getCheckpointInterval();
    }

    /** A barrier that overtakes rows would put them into the next commit, and the files of this one would lack them. */
    @Test
    void barriersNeverOvertakeRows() throws Exception {
        Configuration cluster = new Configuration();
        cluster.setString("execution.checkpointing.unaligned.enabled", "true");
        cluster.setString("execution.checkpointing.unaligned", "true");
        assertThat(built(cluster).getCheckpointConfig().isUnalignedCheckpointsEnabled())
                .isFalse();
    }

    @Test
    void theDeadLetterSinkIsOneAndTheRestAsManyAsAsked() throws Exception {
        StreamGraph graph = built(new Configuration(), "pipeline.parallelism=3").getStreamGraph();
        Stream<String> parallel =
                graph.getStreamNodes().stream().map(node -> node.getTransformationUID() + " " + node.getParallelism());
        assertThat(parallel)
                .containsExactlyInAnyOrder(
                        "kafka-source 3",
                        "split-events 3",
                        "order-changes 3",
                        "snowflake-sink 3",
                        "snowflake-sink: snowflake-sink-aggregate 1",
                        "Sink Committer: snowflake-sink 3",
                        "dead-letter-policy 1",
                        "dead-letter-sink 1",
                        "Sink Committer: dead-letter-sink 1");
    }
}
