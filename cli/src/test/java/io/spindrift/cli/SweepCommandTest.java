package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.TestWarehouse.Change;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.local.kafka.KafkaBroker;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.Acceptance;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command against a real broker and the local Snowflake. Ids below 10 are still there in the source, those from 10 on are not. The snapshot is
 * of second 40, at LSN {@value #SNAPSHOT}; the margin is ten seconds.
 */
class SweepCommandTest {

    private static final long SNAPSHOT = 500;
    private static final Instant HOUR = Instant.parse("2026-11-21T08:00:00Z");

    private static LocalSnowflake snowflake;
    private static KafkaBroker kafka;
    private static int databases;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private TestWarehouse warehouse;
    private SnowflakeLedger ledger;
    private long epoch;
    private Path directory = Path.of(".");
    private Path config = Path.of("pipeline.yaml");
    private String table = "";
    private KafkaProducer<byte[], byte[]> producer;
    private int second;

    @BeforeAll
    static void start(@TempDir Path data) {
        snowflake = LocalSnowflake.start(data.resolve("snowflake"), 0);
        kafka = KafkaBroker.start(data.resolve("kafka"));
    }

    @AfterAll
    static void stop() {
        kafka.close();
        snowflake.close();
    }

    @BeforeEach
    void open(@TempDir Path data) throws Exception {
        String database = "SWEEP" + databases++;
        table = "T" + databases;
        directory = data;
        warehouse = new TestWarehouse(snowflake, database, data);
        config = config("");
        try (Admin admin = Admin.create(client())) {
            // The records are as old as the changes: the broker would drop them.
            NewTopic topic = new NewTopic(topic(), 2, (short) 1).configs(Map.of("retention.ms", "-1"));
            admin.createTopics(List.of(topic)).all().get();
        }
        producer = new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer());
        ledger = warehouse.takeOver(ConsistencyGroups.NONE);
        epoch = ledger.raiseEpoch();
    }

    @AfterEach
    void close() throws Exception {
        producer.close();
        warehouse.close();
    }

    private Path config(String more) throws Exception {
        return config(more, "");
    }

    private Path config(String more, String ofSink) throws Exception {
        return Files.writeString(directory.resolve("pipeline.yaml"), """
                source: {bootstrap-servers: '%s', topics: '%s', format: json}
                sink: {url: '%s', user: '%s', password: '%s', database: %s%s}
                pipeline:
                  name: %s
                %s
                """.formatted(
                        kafka.bootstrapServers(),
                        topic(),
                        snowflake.jdbcUrl(),
                        snowflake.user(),
                        snowflake.password(),
                        warehouse.options().database(),
                        ofSink,
                        TestWarehouse.PIPELINE,
                        more));
    }

    private static Map<String, Object> client() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    private String topic() {
        return "shop.public." + table.toLowerCase(Locale.ROOT);
    }

    private int sweep(String... more) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("sweep", "--config", config.toString(), "--table", table));
        all.addAll(Arrays.asList(more));
        if (!all.contains("--margin")) {
            all.addAll(List.of("--margin", "10s"));
        }
        if (!all.contains("--timeout")) {
            all.addAll(List.of("--timeout", "0s"));
        }
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    /** Records from now on are of this second. */
    private void second(int now) {
        second = now;
        warehouse.second(now);
    }

    private Change change(int id, char operation, int partition, long offset, long lsn) {
        return new Change(table, id, "n" + id, operation, partition, offset, lsn);
    }

    private Change read(int id, int partition, long offset) {
        return change(id, 'r', partition, offset, SNAPSHOT);
    }

    private void commit(Change... changes) throws Exception {
        ledger.commit(warehouse.stage(changes), epoch);
    }

    /** What a connector writes of it; the offsets must be the topic's next ones. */
    private void produce(Change change, String mark, boolean replayed) throws Exception {
        String value = """
                {"schema":{"type":"struct","fields":[
                {"type":"struct","fields":[{"type":"int32","field":"id"}],"optional":true,"field":"before"},
                {"type":"struct","fields":[{"type":"int32","field":"id"}],"optional":true,"field":"after"},
                {"type":"struct","fields":[{"type":"string","field":"snapshot"},{"type":"int64","field":"lsn"},{"type":"string","field":"schema"},{"type":"string","field":"table"}],"field":"source"},
                {"type":"string","field":"op"}]},
                "payload":{"before":null,"after":{"id":%d},"source":{"snapshot":"%s","lsn":%d,"schema":"public","table":"t"},"op":"%s"}}
                """.formatted(change.id(), mark, change.lsn(), change.operation());
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic(),
                change.partition(),
                HOUR.plusSeconds(second).toEpochMilli(),
                new byte[] {1},
                value.getBytes(StandardCharsets.UTF_8));
        if (replayed) {
            record.headers().add(RawRecord.REPLAYED_OFFSET, new byte[] {'0'});
        }
        assertThat(producer.send(record).get().offset()).isEqualTo(change.offset());
    }

    private void arrive(Change change, String mark) throws Exception {
        produce(change, mark, false);
        commit(change);
    }

    /**
     * What stood in MIRROR before, and the snapshot of 1 to 3, whose last read stands in partition 1.
     *
     * @param mark of the last read
     */
    private void snapshotOf1To3(String mark) throws Exception {
        second(5);
        arrive(change(1, 'c', 0, 0, 100), "false");
        arrive(change(10, 'c', 0, 1, 101), "false");
        arrive(change(11, 'c', 1, 0, 102), "false");
        second(40);
        arrive(read(1, 0, 2), "first_in_data_collection");
        arrive(read(2, 0, 3), "true");
        arrive(read(3, 1, 1), mark);
    }

    private List<String> mirrored() throws Exception {
        return warehouse.rows("SELECT ID FROM MIRROR." + table + " ORDER BY ID");
    }

    private void assertRefused(String why) throws Exception {
        List<String> before = mirrored();
        assertThat(sweep("--yes")).isEqualTo(1);
        assertThat(err.toString()).contains(why);
        assertThat(out.toString()).isEmpty();
        assertThat(mirrored()).isEqualTo(before);
    }

    private void assertSwept(int rows) {
        assertThat(sweep("--yes")).as(err.toString()).isZero();
        assertThat(out.toString()).contains(rows + " rows deleted");
    }

    @Test
    void whatASnapshotHasNotReadIsGoneAndOnlyThat() throws Exception {
        snapshotOf1To3("last_in_data_collection");
        List<String> log = warehouse.log(table);
        assertThat(sweep()).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains(
                        "snapshot of " + table + ": LSN 500, 2026-11-21T08:00:40.000500Z, 3 rows\n",
                        "MIRROR." + table + ": 2 rows are older than 2026-11-21T08:00:30.000500Z and not in it\n",
                        "kept: 0 rows that are newer",
                        "nothing was changed")
                .doesNotContain("of other topics");
        assertThat(mirrored()).containsExactly("1", "2", "3", "10", "11");
        assertSwept(2);
        assertThat(mirrored()).containsExactly("1", "2", "3");
        assertThat(warehouse.log(table)).isEqualTo(log);
        assertSwept(0);
    }

    /** A connector's slot, and with it the snapshot's view, may be older than the time that the snapshot bears; clocks differ. */
    @Test
    void whatWasChangedWithinTheMarginIsKept() throws Exception {
        second(32);
        arrive(change(4, 'c', 0, 0, 103), "false");
        second(29);
        arrive(change(10, 'c', 1, 0, 102), "false");
        second(40);
        arrive(read(1, 0, 1), "last");
        assertThat(sweep()).isZero();
        assertThat(out.toString()).contains("1 rows are older", "kept: 1 rows that are newer");
        assertSwept(1);
        assertThat(mirrored()).containsExactly("1", "4");
        assertThat(sweep("--yes", "--margin", "5s")).isZero();
        assertThat(mirrored()).containsExactly("1");
    }

    /** Its change was written to the log ahead of the snapshot, and committed behind it. */
    @Test
    void aRowOfALongTransactionIsKept() throws Exception {
        snapshotOf1To3("last");
        second(45);
        arrive(change(4, 'c', 0, 4, 99), "false");
        assertSwept(2);
        assertThat(mirrored()).containsExactly("1", "2", "3", "4");
    }

    /** Its time says that it is old, as where a snapshot waited long behind its slot; the partition says that it is not. */
    @Test
    void whatThePartitionHasBehindTheSnapshotIsKept() throws Exception {
        snapshotOf1To3("last");
        second(6);
        arrive(change(4, 'c', 1, 2, 510), "false");
        assertSwept(2);
        assertThat(mirrored()).containsExactly("1", "2", "3", "4");
    }

    /** Likewise where the partition has no read of the snapshot: by the time at which the record was written. */
    @Test
    void whatWasWrittenBehindTheSnapshotToAnotherPartitionIsKept() throws Exception {
        second(5);
        arrive(change(10, 'c', 1, 0, 100), "false");
        second(40);
        arrive(read(1, 0, 0), "last");
        Change late = change(4, 'c', 1, 1, 510);
        second(41);
        produce(late, "false", false);
        second(6);
        commit(late);
        assertSwept(1);
        assertThat(mirrored()).containsExactly("1", "4");
    }

    /** The mirror has a change that is newer than the read in another partition. */
    @Test
    void aRowWhoseReadWasSupersededIsKept() throws Exception {
        second(5);
        arrive(change(1, 'c', 1, 0, 100), "false");
        second(40);
        arrive(read(1, 0, 0), "true");
        arrive(read(2, 0, 1), "last");
        warehouse.execute("UPDATE RAW." + table + " SET _CDC_SUPERSEDED = TRUE WHERE _CDC_OPERATION = 'r' AND ID = 1");
        assertThat(warehouse.rows("SELECT _CDC_OPERATION FROM MIRROR." + table + " WHERE ID = 1"))
                .containsExactly("c");
        assertSwept(0);
    }

    @Test
    void rowsOfOtherTopicsAreKeptAndThoseOfTheTopicBeforeItWasMadeAnewAreNot() throws Exception {
        snapshotOf1To3("last");
        warehouse.execute("UPDATE MIRROR." + table + " SET _KAFKA_TOPIC = 'other' WHERE ID = 10");
        warehouse.execute("UPDATE MIRROR." + table + " SET _KAFKA_TOPIC = '" + topic() + "@1a2b3' WHERE ID = 11");
        assertThat(sweep()).isZero();
        assertThat(out.toString()).contains("1 rows are older", "kept: 1 rows of other topics");
        assertSwept(1);
        assertThat(mirrored()).containsExactly("1", "2", "3", "10");
    }

    @Test
    void anAbortedSnapshotIsRefused() throws Exception {
        snapshotOf1To3("true");
        assertRefused("was not completed, or the topic has dropped its end: none of " + topic() + "-0@3, " + topic()
                + "-1@1 is a read");
    }

    /** Also where a complete one went before it. */
    @Test
    void theNewestSnapshotCountsAlone() throws Exception {
        snapshotOf1To3("last");
        second(50);
        arrive(change(1, 'r', 0, 4, 600), "first");
        assertRefused("at LSN 600");
        arrive(change(3, 'r', 0, 5, 600), "last_in_data_collection");
        assertThat(sweep("--yes", "--margin", "5s")).isZero();
        assertThat(mirrored()).containsExactly("1", "3");
    }

    /** Connections of a parallel snapshot have their own times, and one LSN. */
    @Test
    void aParallelSnapshotIsOne() throws Exception {
        second(5);
        arrive(change(10, 'c', 0, 0, 100), "false");
        second(20);
        arrive(read(1, 0, 1), "first");
        second(40);
        arrive(read(2, 1, 0), "last");
        assertSwept(1);
        assertThat(mirrored()).containsExactly("1", "2");
    }

    @Test
    void aSnapshotWhoseEndTheTopicHasDroppedIsRefused() throws Exception {
        snapshotOf1To3("last");
        try (Admin admin = Admin.create(client())) {
            admin.deleteRecords(Map.of(new TopicPartition(topic(), 1), RecordsToDelete.beforeOffset(2)))
                    .all()
                    .get();
        }
        assertRefused(topic() + "-1@1 (gone) is a read");
    }

    @Test
    void whatTheJobHasNotCommittedIsAwaitedAndThenRefused() throws Exception {
        snapshotOf1To3("last");
        Change behind = change(4, 'c', 1, 2, 510);
        produce(behind, "false", false);
        assertRefused(topic() + "-1 ends at offset 2, and the job has committed up to 1");
        commit(behind);
        assertSwept(2);
    }

    /** The end of a transaction takes an offset, and is no record. */
    @Test
    void theEndOfATransactionIsNotAwaited() throws Exception {
        snapshotOf1To3("last");
        Change last = change(4, 'c', 0, 4, 510);
        try (KafkaProducer<byte[], byte[]> transactional = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "transactional.id", "connect-" + table),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            transactional.initTransactions();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>(topic(), 0, new byte[] {1}, new byte[] {2}));
            transactional.commitTransaction();
        }
        assertRefused(topic() + "-0 ends at offset 5, and the job has committed up to 3");
        commit(last);
        assertSwept(2);
    }

    private DeadLetter letter(int at, DeadLetter.Reason reason) {
        long millis = HOUR.plusSeconds(at).toEpochMilli();
        return new DeadLetter(topic(), 0, 3, millis, reason, "why", new byte[] {9}, new byte[] {8}, List.of());
    }

    private void commitWithLetter(Change change, DeadLetter letter) throws Exception {
        Commit commit = warehouse.stage(change);
        ledger.commit(warehouse.with(commit, letter), epoch);
    }

    /** Its mirror is to stay as it is; it will be what the table's copy is. */
    @Test
    void aStoppedTableIsNotSwept() throws Exception {
        snapshotOf1To3("last");
        Change next = change(4, 'c', 1, 2, 510);
        produce(next, "false", false);
        DeadLetter stopping = new DeadLetter(
                topic(),
                1,
                3,
                0,
                DeadLetter.Reason.UNDECODABLE,
                "why",
                new byte[] {9},
                new byte[] {8},
                List.of(),
                new TableName(table));
        commitWithLetter(next, stopping);
        assertRefused(table + " is stopped, and its mirror stays as it is: see bin/spindrift stopped-tables list");
        try (StoppedTables tables = new StoppedTables(TestWarehouse.PIPELINE, warehouse.options())) {
            tables.resume(new TableName(table));
        }
        warehouse.execute("UPDATE SPINDRIFT.DEAD_LETTERS SET REPLAYED_AT = CURRENT_TIMESTAMP()");
        assertSwept(2);
    }

    @Test
    void aDeadLetterOfTheSnapshotsTimeIsRefusedUntilItWasSentAgain() throws Exception {
        second(5);
        arrive(change(4, 'c', 0, 0, 100), "false");
        arrive(change(10, 'c', 0, 1, 101), "false");
        second(40);
        arrive(read(1, 0, 2), "true");
        produce(read(4, 0, 3), "true", false);
        Change last = read(2, 0, 4);
        produce(last, "last", false);
        commitWithLetter(last, letter(40, DeadLetter.Reason.UNREPRESENTABLE_VALUE));
        assertRefused("1 dead letters of [" + topic() + "]");
        assertThat(err.toString()).contains("bin/spindrift dead-letters list --topic " + topic());
        warehouse.execute("UPDATE SPINDRIFT.DEAD_LETTERS SET REPLAYED_AT = CURRENT_TIMESTAMP()");
        Change again = read(4, 0, 5);
        produce(again, "true", true);
        assertRefused("ends at offset 5");
        commit(again);
        assertSwept(1);
        assertThat(mirrored()).containsExactly("1", "2", "4");
    }

    @Test
    void deadLettersOfBeforeTheSnapshotAndOfUnknownToastValuesAreNone() throws Exception {
        snapshotOf1To3("last");
        Change next = change(1, 'u', 0, 4, 510);
        produce(next, "false", false);
        commitWithLetter(next, letter(29, DeadLetter.Reason.UNDECODABLE));
        assertThat(sweep()).as(err.toString()).isZero();
        warehouse.execute("UPDATE SPINDRIFT.DEAD_LETTERS SET \"TIMESTAMP\" = NULL, REASON = 'UNKNOWN_TOAST_VALUE'");
        assertThat(sweep()).as(err.toString()).isZero();
        warehouse.execute("UPDATE SPINDRIFT.DEAD_LETTERS SET REASON = 'UNDECODABLE'");
        assertRefused("1 dead letters");
    }

    @Test
    void aGapThatWasAcceptedSinceTheSnapshotIsRefused() throws Exception {
        snapshotOf1To3("last");
        try (Acceptance acceptance = new Acceptance(TestWarehouse.PIPELINE, warehouse.options())) {
            acceptance.gap(topic(), 0, 1);
        }
        assertRefused("a gap in [" + topic() + "] was accepted since 2026-11-21T08:00:30.000500Z");
        warehouse.execute(
                "UPDATE SPINDRIFT.OFFSETS SET COMMIT_ID = 'accepted 2026-11-21T08:00:29Z' WHERE CONSISTENCY_GROUP = 'accepted gap'");
        assertSwept(2);
    }

    /** One group's part of a commit tells offsets to the ledger ahead of the other's. */
    @Test
    void whereGroupsCommitApartTheNextCommitIsAwaited() throws Exception {
        snapshotOf1To3("last");
        config = config("", ", consistency-groups: {other: 'X.*'}");
        assertRefused("the pipeline has consistency groups");
        AtomicBoolean swept = new AtomicBoolean();
        CompletableFuture<Void> job = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; !swept.get(); i++) {
                    ledger.commit(warehouse.stage(new Change("OTHER", i, "n", 'c', 0, i, i)), epoch);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(sweep("--yes", "--timeout", "60s")).as(err.toString()).isZero();
        swept.set(true);
        job.get();
        assertThat(mirrored()).containsExactly("1", "2", "3");
    }

    @Test
    void anIncrementalSnapshotMarksNothing() throws Exception {
        second(5);
        arrive(change(10, 'c', 0, 0, 100), "false");
        second(40);
        arrive(change(1, 'r', 0, 1, -1), "incremental");
        assertRefused("has no read of an initial snapshot");
    }

    @Test
    void aTableWithoutAMirrorIsRefused() throws Exception {
        assertThat(sweep()).isEqualTo(1);
        assertThat(err.toString()).contains("there is no table MIRROR." + table);
        snapshotOf1To3("last");
        config = config("  log-only-tables: [public." + table.toLowerCase(Locale.ROOT) + "]");
        assertRefused(table + " is logged only");
        config = config("  multiset-tables: [public." + table.toLowerCase(Locale.ROOT) + "]");
        assertRefused(table + " is mirrored by its rows' values");
    }
}
