package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.config.PipelineFile;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Compares how far the source has moved with how far the ledger has, from outside the job: it also tells when there is no job. The lag is the age of the oldest
 * change in Kafka that no commit has taken, by its record's timestamp; where none waits there is none, however long the source has been idle.
 */
@Command(
        name = "health",
        description =
                "Say whether what the source brings arrives, and soon. Exit code 0: it does; 3: a change waits for longer than --warn-lag; 1: for longer than --critical-lag, or there is no commit yet, or a table is stopped and its changes do not arrive in MIRROR, or this cannot be told; 2: the pipeline file or the command line has problems.",
        mixinStandardHelpOptions = true)
final class HealthCommand implements Callable<Integer> {

    static final int LAGS = 3;

    private static final int KAFKA_TIMEOUT_MILLIS = 15_000;

    /** Told to the ledger minutes later, when nothing else comes. */
    private static final String HEARTBEATS = "__debezium-heartbeat";

    private static final String OFFSETS = """
            SELECT "TOPIC", "PARTITION", MAX("READ_OFFSET") FROM "SPINDRIFT"."OFFSETS" WHERE "PIPELINE" = ? GROUP BY "TOPIC", "PARTITION\"""";

    private static final String LAST_COMMIT = """
            SELECT DATEDIFF(MILLISECOND, MAX("COMMITTED_AT"), CURRENT_TIMESTAMP()) FROM "SPINDRIFT"."COMMITS" WHERE "PIPELINE" = ?""";

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The pipeline file.")
    Path config = Path.of("pipeline.yaml");

    @Option(
            names = "--warn-lag",
            paramLabel = "DURATION",
            description = "A change that waits for longer is a warning (default: ${DEFAULT-VALUE}).",
            defaultValue = "60s")
    Duration warnLag = Duration.ofSeconds(60);

    @Option(
            names = "--critical-lag",
            paramLabel = "DURATION",
            description = "A change that waits for longer is not healthy (default: ${DEFAULT-VALUE}).",
            defaultValue = "300s")
    Duration criticalLag = Duration.ofSeconds(300);

    /** @param ageMillis since the last commit; null before the first */
    private record Ledger(
            Map<TopicPartition, Long> readOffsets, @Nullable Long ageMillis) {}

    @Override
    public Integer call() throws Exception {
        PipelineConfig pipeline = PipelineFile.read(config, List.of(), System::getenv);
        Ledger ledger = ledger(pipeline);
        Map<TopicPartition, Long> ends = ends(pipeline, ledger.readOffsets());
        Optional<Duration> lag = lag(pipeline, ends, ledger);
        int stopped = reportStopped(pipeline);
        int arrives = report(behind(ends, ledger), ledger.ageMillis(), lag);
        return stopped == 0 ? arrives : stopped;
    }

    /** Of the oldest change that waits; empty where none does. What becomes no change, tombstones and heartbeats, has no lag. */
    private static Optional<Duration> lag(PipelineConfig pipeline, Map<TopicPartition, Long> ends, Ledger ledger) {
        long oldestMillis = Long.MAX_VALUE;
        try (RecordReader records = new RecordReader(pipeline.source())) {
            for (TopicPartition place : ends.keySet()) {
                long next = ledger.readOffsets().getOrDefault(place, Long.MAX_VALUE - 1) + 1;
                if (next < ends.getOrDefault(place, 0L) && !place.topic().startsWith(HEARTBEATS)) {
                    long written = records.firstWithValueMillis(place, next).orElse(Long.MAX_VALUE);
                    oldestMillis = Math.min(oldestMillis, written);
                }
            }
        }
        return oldestMillis == Long.MAX_VALUE
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(Math.max(0, System.currentTimeMillis() - oldestMillis)));
    }

    /** Of a table that a dead letter has stopped, what the source brings arrives in the log alone. */
    private int reportStopped(PipelineConfig pipeline) throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (StoppedTables tables = new StoppedTables(pipeline.pipeline().name(), pipeline.sink())) {
            List<StoppedTables.Stopped> stopped = tables.list();
            stopped.forEach(stop -> out.printf(
                    "not healthy: MIRROR.%s is stopped since %s by a dead letter, %s, of %s-%d@%d: see bin/spindrift stopped-tables list%n",
                    stop.table(), stop.since(), stop.reason(), stop.topic(), stop.partition(), stop.offset()));
            return stopped.isEmpty() ? 0 : 1;
        }
    }

    /** Records that the source has and the ledger does not know. */
    static long behind(PipelineConfig pipeline) throws Exception {
        Ledger ledger = ledger(pipeline);
        return behind(ends(pipeline, ledger.readOffsets()), ledger);
    }

    private static long behind(Map<TopicPartition, Long> ends, Ledger ledger) {
        return ends.entrySet().stream()
                .mapToLong(end -> Math.max(
                        0, end.getValue() - 1 - ledger.readOffsets().getOrDefault(end.getKey(), end.getValue())))
                .sum();
    }

    private int report(long behind, @Nullable Long ageMillis, Optional<Duration> lag) {
        Duration waits = lag.orElse(Duration.ZERO);
        int code = ageMillis == null || waits.compareTo(criticalLag) > 0 ? 1 : waits.compareTo(warnLag) > 0 ? LAGS : 0;
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.printf(
                "%s: the source is %d records ahead of the ledger, %s%s%n",
                code == 0 ? "healthy" : code == LAGS ? "lagging" : "not healthy",
                behind,
                ageMillis == null ? "which has no commit yet" : "whose last commit is " + ageMillis / 1000 + " s old",
                lag.map(age -> ", and the oldest change waits for " + age.toSeconds() + " s")
                        .orElse(""));
        out.flush();
        return code;
    }

    private static Ledger ledger(PipelineConfig pipeline) throws SQLException {
        String name = pipeline.pipeline().name();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try (Connection connection = pipeline.sink().connect();
                PreparedStatement read = connection.prepareStatement(OFFSETS);
                PreparedStatement last = connection.prepareStatement(LAST_COMMIT)) {
            read.setString(1, name);
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    offsets.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
                }
            }
            last.setString(1, name);
            try (ResultSet rows = last.executeQuery()) {
                rows.next();
                long age = rows.getLong(1);
                return new Ledger(offsets, rows.wasNull() ? null : age);
            }
        }
    }

    /** Where the topics of the ledger end now; control records count, so a partition written in transactions may look one ahead. */
    private static Map<TopicPartition, Long> ends(PipelineConfig pipeline, Map<TopicPartition, Long> known)
            throws IOException, InterruptedException {
        Map<String, Object> client = new HashMap<>(pipeline.source().kafkaProperties());
        client.put("bootstrap.servers", pipeline.source().bootstrapServers());
        client.put("default.api.timeout.ms", KAFKA_TIMEOUT_MILLIS);
        client.put("request.timeout.ms", KAFKA_TIMEOUT_MILLIS);
        client.keySet().removeIf(key -> key.startsWith("partition.discovery"));
        try (Admin admin = Admin.create(client)) {
            return admin
                    .listOffsets(known.keySet().stream()
                            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                    .all()
                    .get()
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        } catch (ExecutionException e) {
            throw new IOException("the broker did not tell where its topics end: " + e.getCause(), e.getCause());
        }
    }
}
