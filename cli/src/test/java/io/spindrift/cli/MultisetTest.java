package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DebeziumDecoder;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.commit.CommitTarget;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableTruncated;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.StoppedTables;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table without a key, mirrored by its rows' values: records through the decoder and the writer into commits. */
class MultisetTest {

    private static final String TOPIC = "shop.public.clicks";
    private static final SourceTable CLICKS = new SourceTable("public", "clicks");
    private static final DeclaredTables DECLARED = new DeclaredTables(
            HandlingModes.DEFAULTS,
            List.of(new DeclaredTables.Table(
                    CLICKS,
                    List.of(DeclaredTables.Column.parse("n", "integer"), DeclaredTables.Column.parse("url", "text")),
                    List.of())));

    private static LocalSnowflake snowflake;
    private static int databases;

    private TestWarehouse warehouse;
    private SnowflakeLedger ledger;
    private long epoch;
    private final List<DeadLetter> letters = new ArrayList<>();
    private final List<ShapeAnnounced> shapes = new ArrayList<>();
    private final Set<Long> truncates = new HashSet<>();
    private DebeziumDecoder decoder = decoder(new KeylessTables(Set.of(), Set.of(CLICKS)));

    /** The log of the source: where the next record of each partition goes, and what the table has. */
    private final long[] next = new long[3];

    private final TreeMap<String, Integer> table = new TreeMap<>();
    private long lsn = 1000;
    private int transaction = 10;
    private int order;

    @BeforeAll
    static void start(@TempDir Path data) {
        snowflake = LocalSnowflake.start(data, 0);
    }

    @AfterAll
    static void stop() {
        snowflake.close();
    }

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        warehouse = new TestWarehouse(snowflake, "MULTISET" + databases++, directory);
        ledger = warehouse.takeOver(ConsistencyGroups.NONE);
        epoch = ledger.raiseEpoch();
    }

    @AfterEach
    void close() throws Exception {
        warehouse.close();
    }

    private static DebeziumDecoder decoder(KeylessTables keyless) {
        return new DebeziumDecoder(
                RecordFormat.JSON_PLAIN,
                RecordFormat.JSON_PLAIN,
                DECLARED,
                id -> Optional.empty(),
                source -> Optional.of(new TableName("VISITS")),
                keyless,
                ColumnSettings.DEFAULT);
    }

    private RawRecord record(int partition, String value) {
        return record(partition, value, new RecordHeaders());
    }

    private RawRecord record(int partition, String value, Headers headers) {
        return new RawRecord(
                TOPIC, partition, next[partition]++, 0, null, value.getBytes(StandardCharsets.UTF_8), headers);
    }

    private static String event(
            char op, String before, String after, long lsn, int transaction, int order, long micros) {
        return """
                {"before":%s,"after":%s,"source":{"version":"3.6.1.Final","connector":"postgresql","name":"shop","ts_ms":%d,"snapshot":"%s","db":"d","schema":"public","table":"clicks","txId":%d,"lsn":%d,"ts_us":%d},"op":"%s","ts_ms":1,"transaction":%s}""".formatted(
                        before,
                        after,
                        micros / 1000,
                        op == 'r' ? "true" : "false",
                        transaction,
                        lsn,
                        micros,
                        op,
                        op == 'r'
                                ? "null"
                                : "{\"id\":\"%d:%d\",\"total_order\":%d,\"data_collection_order\":%d}"
                                        .formatted(transaction, lsn, order, order));
    }

    private static final long BEGIN = 1_700_000_000_000_000L;

    /** A change's event, at the next LSN; the source's clock goes with it. */
    private String change(char op, String before, String after) {
        lsn += 10;
        return event(op, before, after, lsn, transaction, ++order, BEGIN + lsn);
    }

    private static String read(String row, long lsn) {
        return event('r', "null", row, lsn, 1, 0, BEGIN + lsn);
    }

    private static String row(int n, @Nullable String url) {
        return "{\"n\":%d,\"url\":%s}".formatted(n, url == null ? "null" : "\"" + url + "\"");
    }

    private void commit(RawRecord... records) throws IOException {
        commit(Arrays.asList(records));
    }

    private void commit(List<RawRecord> records) throws IOException {
        List<ChangeEvent> events = new ArrayList<>();
        for (RawRecord record : records) {
            decoder.decode(record, event -> {
                if (event instanceof DeadLetter letter) {
                    letters.add(letter);
                }
                if (event instanceof ShapeAnnounced shape) {
                    shapes.add(shape);
                }
                // As the job's ordering does.
                if (!(event instanceof TableTruncated truncated)
                        || truncates.add(truncated.position().lsn())) {
                    events.add(event);
                }
            });
        }
        events.addAll(0, shapes);
        ledger.commit(warehouse.stageEvents(events), epoch);
    }

    private Map<String, Integer> mirror() throws Exception {
        Map<String, Integer> rows = new TreeMap<>();
        for (String row : warehouse.rows("SELECT N, URL, _CDC_COUNT FROM MIRROR.VISITS")) {
            int at = row.lastIndexOf('|');
            assertThat(rows.put(row.substring(0, at), Integer.valueOf(row.substring(at + 1))))
                    .as("rows of equal values: %s", row)
                    .isNull();
        }
        return rows;
    }

    private List<String> log() throws Exception {
        return warehouse.rows(
                "SELECT _KAFKA_PARTITION, _KAFKA_OFFSET, _CDC_OPERATION, IFF(_CDC_SUPERSEDED, 'superseded', 'counts') FROM RAW.VISITS ORDER BY 1, 2");
    }

    private List<String> lettersInTheLedger() throws Exception {
        return warehouse.rows("SELECT REASON, \"PARTITION\", \"OFFSET\" FROM SPINDRIFT.DEAD_LETTERS ORDER BY 2, 3");
    }

    @Test
    void equalRowsAreCountedAndADeleteTakesOne() throws Exception {
        commit(
                record(0, read(row(1, "a"), 900)),
                record(0, read(row(1, "a"), 900)),
                record(0, change('c', "null", row(1, "a"))),
                record(0, change('c', "null", row(2, null))),
                record(0, change('u', row(1, "a"), row(3, "b"))));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 2, "2|null", 1, "3|b", 1));
        assertThat(
                        warehouse.rows(
                                "SELECT m.N, m.URL FROM MIRROR.VISITS m, LATERAL FLATTEN(INPUT => ARRAY_GENERATE_RANGE(0, m._CDC_COUNT)) ORDER BY 1"))
                .as("as docs/semantics.md has it")
                .containsExactly("1|a", "1|a", "2|null", "3|b");
        commit(record(0, change('d', row(2, null), "null")), record(0, change('d', row(1, "a"), "null")));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "3|b", 1));
        assertThat(
                        warehouse.rows(
                                "SELECT N, URL, _CDC_ORDER, _CDC_ROW_BEFORE IS NULL FROM RAW.VISITS WHERE _CDC_OPERATION IN ('u', 'd') ORDER BY _KAFKA_OFFSET"))
                .containsExactly("3|b|3|FALSE", "2|null|4|TRUE", "1|a|5|TRUE");
    }

    /** COPY writes equal rows at one LSN; after a crash the connector writes them again, with their numbers. */
    @Test
    void whatTheConnectorWritesAgainIsCountedOnce() throws Exception {
        String one = change('c', "null", row(1, "a"));
        String other = event('c', "null", row(1, "a"), lsn, transaction, ++order, BEGIN + lsn);
        commit(record(0, one), record(1, other), record(2, one));
        commit(record(2, other), record(0, one));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 2));
        assertThat(log()).containsExactly("0|0|c|counts", "1|0|c|counts");
        assertThat(warehouse.rows("SELECT \"ROWS\", DUPLICATE_ROWS FROM SPINDRIFT.COMMITS ORDER BY COMMITTED_AT"))
                .containsExactly("3|1", "2|2");
        // A restored server may count its transactions and its log again.
        commit(record(0, event('c', "null", row(1, "a"), lsn, transaction, order, BEGIN + 1_000_000)));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 3));
    }

    @Test
    void aDeleteMayComeAheadOfItsRow() throws Exception {
        String insert = change('c', "null", row(1, "a"));
        String update = change('u', row(1, "a"), row(2, "b"));
        String delete = change('d', row(2, "b"), "null");
        String again = change('c', "null", row(1, "a"));
        commit(record(0, delete));
        assertThat(mirror()).isEqualTo(Map.of("2|b", -1));
        commit(record(1, update));
        assertThat(mirror()).isEqualTo(Map.of("null|null", -1));
        commit(record(1, insert), record(1, again));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1));
    }

    @Test
    void aTruncateTakesWhatIsOlderWhereverItComes() throws Exception {
        String read = read(row(9, "read"), 900);
        String before = change('c', "null", row(1, "a"));
        String truncate = change('t', "null", "null");
        String after = change('c', "null", row(1, "a"));
        String beforeToo = before.replace("\"total_order\":1", "\"total_order\":7");
        commit(record(0, before), record(1, after), record(0, read));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 2, "9|read", 1));
        commit(record(0, truncate));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1));
        commit(record(2, beforeToo), record(2, read));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1));
    }

    /** An initial snapshot that was broken off, and begun anew. */
    @Test
    void aSnapshotBeforeAnyChangeCountsInPlaceOfTheLast() throws Exception {
        commit(record(0, read(row(1, "a"), 900)), record(1, read(row(2, "b"), 900)));
        commit(record(0, read(row(1, "a"), 950)), record(1, read(row(3, "c"), 950)));
        commit(record(2, read(row(1, "a"), 950)), record(0, change('c', "null", row(1, "a"))));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 3, "3|c", 1));
        assertThat(log())
                .containsExactly(
                        "0|0|r|superseded",
                        "0|1|r|counts",
                        "0|2|c|counts",
                        "1|0|r|superseded",
                        "1|1|r|counts",
                        "2|0|r|counts");
        assertThat(lettersInTheLedger()).isEmpty();
    }

    @Test
    void aSnapshotBehindChangesIsLoggedAndNamed() throws Exception {
        commit(record(0, read(row(1, "a"), 900)), record(0, change('c', "null", row(2, "b"))));
        commit(
                record(0, read(row(1, "a"), 5000)),
                record(0, read(row(2, "b"), 5000)),
                record(1, read(row(7, "x"), 5000)));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1));
        assertThat(lettersInTheLedger()).containsExactly("REPEATED_SNAPSHOT|0|2", "REPEATED_SNAPSHOT|1|0");
        commit(record(0, change('d', row(1, "a"), "null")), record(2, read(row(1, "a"), 900)));
        assertThat(mirror()).as("a partition that lagged behind").isEqualTo(Map.of("1|a", 1, "2|b", 1));
        assertThat(lettersInTheLedger()).hasSize(2);
    }

    /** The commit alone finds it. */
    @Test
    void aSnapshotBehindChangesStopsTheTableWhereTheFileSaysSo() throws Exception {
        takeOver(Set.of(DeadLetter.Reason.REPEATED_SNAPSHOT), Set.of());
        commit(record(0, read(row(1, "a"), 900)), record(0, change('c', "null", row(2, "b"))));
        commit(record(0, read(row(1, "a"), 5000)), record(0, change('c', "null", row(3, "c"))));
        commit(record(0, read(row(2, "b"), 5000)), record(0, change('d', row(1, "a"), "null")));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1));
        assertThat(lettersInTheLedger()).containsExactly("REPEATED_SNAPSHOT|0|2", "REPEATED_SNAPSHOT|0|4");
        resume("REPEATED_SNAPSHOT 2");
        assertThat(mirror()).isEqualTo(Map.of("2|b", 1, "3|c", 1));
    }

    @Test
    void aSnapshotBehindChangesEndsTheJobWhereTheFileSaysSo() throws Exception {
        takeOver(Set.of(), Set.of(DeadLetter.Reason.REPEATED_SNAPSHOT));
        commit(record(0, read(row(1, "a"), 900)), record(0, change('c', "null", row(2, "b"))));
        RawRecord again = record(0, read(row(1, "a"), 5000));
        RawRecord change = record(0, change('c', "null", row(3, "c")));
        assertThatThrownBy(() -> commit(again, change))
                .isInstanceOf(CommitTarget.FailingLetterException.class)
                .hasMessageContainingAll(
                        "pipeline.on-dead-letter.REPEATED_SNAPSHOT says that the job fails, and VISITS at shop.public.clicks-0@2 was read again by a snapshot",
                        "start the job from its last checkpoint. If changes were lost");
        assertThat(log()).hasSize(2);
        assertThat(lettersInTheLedger()).isEmpty();
        takeOver(Set.of(), Set.of());
        commit(again, change);
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1, "3|c", 1));
        assertThat(lettersInTheLedger()).hasSize(1);
    }

    @Test
    void aChangeThatMayBeCountedTwiceStopsTheTableWhereTheFileSaysSo() throws Exception {
        takeOver(Set.of(DeadLetter.Reason.REPEATED_SNAPSHOT), Set.of());
        String between = change('c', "null", row(2, "b"));
        commit(
                record(0, read(row(1, "a"), 900)),
                record(0, read(row(1, "a"), 5000)),
                record(0, read(row(2, "b"), 5000)));
        commit(record(1, between));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1));
        resume("REPEATED_SNAPSHOT 0");
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 2));
    }

    private void takeOver(Set<DeadLetter.Reason> stopping, Set<DeadLetter.Reason> failing) throws IOException {
        ledger = warehouse.takeOver(stopping, failing);
        epoch = ledger.raiseEpoch();
    }

    private void resume(String reasonAndOffset) throws IOException {
        try (StoppedTables stopped = new StoppedTables(TestWarehouse.PIPELINE, warehouse.options())) {
            assertThat(stopped.list())
                    .singleElement()
                    .extracting(stop -> stop.reason() + " " + stop.offset())
                    .isEqualTo(reasonAndOffset);
            stopped.resume(new TableName("VISITS"));
        }
    }

    /** Its time is a little later than its view of the table. */
    @Test
    void theFirstSnapshotCountsWhateverWasCommittedWhileItBegan() throws Exception {
        commit(record(0, read(row(1, "a"), 1500)), record(0, change('c', "null", row(2, "b"))));
        commit(record(0, read(row(1, "a"), 5000)), record(0, read(row(1, "a"), 6000)));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1));
        assertThat(lettersInTheLedger()).containsExactly("REPEATED_SNAPSHOT|0|2");
    }

    /** A topic's whole past, read by a job that is new, and one of its partitions lags behind. */
    @Test
    void aChangeThatComesLateBetweenTwoSnapshotsIsNamed() throws Exception {
        String between = change('c', "null", row(2, "b"));
        commit(
                record(0, read(row(1, "a"), 900)),
                record(0, read(row(1, "a"), 5000)),
                record(0, read(row(2, "b"), 5000)));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1));
        commit(
                record(1, between),
                record(1, change('c', "null", row(3, "c")).replace("\"ts_us\":17000", "\"ts_us\":17001")));
        assertThat(lettersInTheLedger()).containsExactly("REPEATED_SNAPSHOT|1|0");
        commit(record(1, read(row(9, "x"), 5000)));
        assertThat(mirror()).as("the first one counts").isEqualTo(Map.of("1|a", 1, "2|b", 1, "3|c", 1));
    }

    /** The first snapshot counts then, and what it read is gone. */
    @Test
    void aTruncateThatComesLateBetweenTwoSnapshotsTakesTheFirstOnesRows() throws Exception {
        String truncate = change('t', "null", "null");
        commit(record(0, read(row(1, "a"), 900)), record(0, read(row(2, "b"), 5000)));
        commit(record(1, truncate));
        commit(record(2, read(row(3, "c"), 5000)));
        assertThat(mirror()).isEmpty();
        assertThat(lettersInTheLedger()).containsExactly("REPEATED_SNAPSHOT|2|0");
    }

    @Test
    void whatCannotBeCountedIsADeadLetterThatSaysWhatToSet() throws Exception {
        String whole = change('c', "null", row(1, "a"));
        RawRecord keyed = record(0, whole);
        String flat = """
                {"n":1,"url":"a","__op":"c","__deleted":"false","__table":"clicks","__source_schema":"public","__source_lsn":5,"__source_txId":1,"__source_ts_us":1,"__source_snapshot":"false","__source_sequence":"x"}""";
        commit(
                new RawRecord(TOPIC, 0, keyed.offset(), 0, new byte[] {'{', '}'}, keyed.value(), keyed.headers()),
                record(0, change('u', "null", row(1, "a"))),
                record(0, whole.replaceAll("\"transaction\":.*", "\"transaction\":null}")),
                record(0, event('r', "null", row(1, "a"), 5, 1, 0, 1).replace("\"lsn\":5", "\"lsn\":null")),
                record(0, flat),
                record(0, whole));
        assertThat(letters).extracting(DeadLetter::reason).containsOnly(DeadLetter.Reason.NO_PRIMARY_KEY);
        assertThat(letters)
                .extracting(DeadLetter::detail)
                .extracting(detail -> detail.replaceAll("^public.clicks is mirrored by its rows' values, and ", ""))
                .satisfiesExactly(
                        detail -> assertThat(detail).startsWith("the record has a Kafka key"),
                        detail -> assertThat(detail).endsWith("set REPLICA IDENTITY FULL"),
                        detail -> assertThat(detail).contains("set provide.transaction.metadata=true"),
                        detail -> assertThat(detail).startsWith("an incremental snapshot"),
                        detail -> assertThat(detail).contains("leave out ExtractNewRecordState"));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1));
    }

    @Test
    void aReadThatWasSentAgainIsCountedOnce() throws Exception {
        Headers headers = new RecordHeaders();
        headers.add(RawRecord.REPLAYED_OFFSET, new byte[] {'3'});
        commit(record(0, read(row(1, "a"), 900)), record(0, read(row(1, "a"), 900), headers));
        commit(record(0, read(row(1, "a"), 900), headers), record(1, read(row(1, "a"), 900), headers));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 3));
    }

    /** Rows that nothing has changed keep their commit, and those alone. */
    @Test
    void aStoppedTableTakesOverWhatHasBeenCountedMeanwhile() throws Exception {
        String late = change('d', row(9, "late"), "null");
        commit(record(0, change('c', "null", row(1, "a"))), record(0, change('c', "null", row(1, "a"))));
        commit(record(0, "garbage"), record(0, change('c', "null", row(2, "b"))), record(1, late));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 2));
        commit(record(0, change('u', row(1, "a"), row(3, "c"))));
        commit(record(1, late.replace("\"total_order\":1,", "\"total_order\":8,")));
        assertThat(mirror()).isEqualTo(Map.of("1|a", 2));
        try (StoppedTables stopped = new StoppedTables(TestWarehouse.PIPELINE, warehouse.options())) {
            assertThat(stopped.list())
                    .singleElement()
                    .extracting(StoppedTables.Stopped::changes)
                    .isEqualTo(4L);
            stopped.resume(new TableName("VISITS"));
        }
        assertThat(mirror()).isEqualTo(Map.of("1|a", 1, "2|b", 1, "3|c", 1, "9|late", -2));
    }

    @Test
    void rowsByKeyAndByValueDoNotMix() throws Exception {
        commit(record(0, change('c', "null", row(1, "a"))));
        decoder = decoder(new KeylessTables(Set.of(CLICKS), Set.of()));
        RawRecord next = record(0, change('c', "null", row(2, "b")));
        assertThatThrownBy(() -> commit(next))
                .hasMessageContaining(
                        "table RAW.VISITS has rows that are known by their values, and its rows are to be known by their keys, or only logged (pipeline.multiset-tables): set it as it was");
    }

    /**
     * Any history, in any partitions, each of them lagging as it likes, with crashes of the connector and of the job: in the end MIRROR has
     * what the table has, and in between no more than is missing.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theMirrorBecomesTheTable(long seed) throws Exception {
        Random random = new Random(seed);
        List<List<RawRecord>> partitions = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<String> written = history(random);
        for (int i = 0; i < written.size(); i++) {
            int to = random.nextInt(3);
            partitions.get(to).add(record(to, written.get(i)));
            if (random.nextInt(40) == 0) {
                i = Math.max(-1, i - 1 - random.nextInt(12));
                if (written.get(i + 1).contains("\"op\":\"r\"")) {
                    i = lastRead(written);
                }
            }
        }
        int[] reached = new int[3];
        int[] committed = new int[3];
        for (int rounds = 0; sum(reached) < sum(sizes(partitions)); rounds++) {
            List<RawRecord> batch = new ArrayList<>();
            for (int p = 0; p < 3; p++) {
                int from = random.nextInt(4) == 0 ? committed[p] : reached[p];
                int to = Math.min(partitions.get(p).size(), reached[p] + random.nextInt(30));
                batch.addAll(partitions.get(p).subList(from, to));
                committed[p] = random.nextBoolean() ? reached[p] : committed[p];
                reached[p] = to;
            }
            if (!batch.isEmpty()) {
                commit(batch);
            }
            assertThat(rounds).isLessThan(1000);
        }
        assertThat(letters).isEmpty();
        assertThat(mirror()).isEqualTo(table);
    }

    private static int lastRead(List<String> written) {
        int last = 0;
        for (int i = 0; i < written.size(); i++) {
            last = written.get(i).contains("\"op\":\"r\"") ? i : last;
        }
        return last;
    }

    private List<String> history(Random random) {
        List<String> events = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            String row = anyRow(random);
            add(row, 1);
            events.add(read(row, 900));
        }
        for (int i = 0; i < 200; i++) {
            if (random.nextInt(3) == 0) {
                transaction++;
                order = 0;
            }
            boolean isEmpty = table.isEmpty();
            switch (random.nextInt(60)) {
                case 0 -> {
                    table.clear();
                    events.add(change('t', "null", "null"));
                }
                default -> events.add(rowChange(random, isEmpty));
            }
        }
        TreeMap<String, Integer> asText = new TreeMap<>();
        table.forEach(
                (row, count) -> asText.put(row.replaceAll("\\{\"n\":(\\d),\"url\":\"?(\\w+)\"?}", "$1|$2"), count));
        table.clear();
        table.putAll(asText);
        return events;
    }

    private String rowChange(Random random, boolean isEmpty) {
        String row = anyRow(random);
        if (isEmpty || random.nextInt(5) < 2) {
            add(row, 1);
            return change('c', "null", row);
        }
        String was = List.copyOf(table.keySet()).get(random.nextInt(table.size()));
        add(was, -1);
        if (random.nextBoolean()) {
            return change('d', was, "null");
        }
        add(row, 1);
        return change('u', was, row);
    }

    private static String anyRow(Random random) {
        return row(random.nextInt(4), random.nextInt(4) == 0 ? null : "u" + random.nextInt(2));
    }

    private void add(String row, int more) {
        table.merge(row, more, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
    }

    private static int[] sizes(List<List<RawRecord>> partitions) {
        return partitions.stream().mapToInt(List::size).toArray();
    }

    private static int sum(int[] numbers) {
        return Arrays.stream(numbers).sum();
    }
}
