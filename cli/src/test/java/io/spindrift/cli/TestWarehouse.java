package io.spindrift.cli;

import com.github.luben.zstd.ZstdOutputStream;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.SnowflakeWriter;
import io.spindrift.sinks.stage.SpillDirectory;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import io.spindrift.sinks.stage.WriterLimits;
import io.spindrift.sinks.stage.WriterOutput;
import io.spindrift.sinks.warehouse.Owner;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.SnowflakeStage;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.SimpleCounter;
import org.jspecify.annotations.Nullable;

/** A database of its own in a local Snowflake, and changes of tables (ID, NAME) that can be staged and committed into it. */
final class TestWarehouse implements AutoCloseable {

    static final String PIPELINE = "shop";

    private final Path directory;
    private final WarehouseOptions options;
    private final SnowflakeStage stage;
    private final Connection connection;
    private final List<SnowflakeLedger> ledgers = new ArrayList<>();
    private long checkpoint;
    private long epoch = 1;
    private int second;

    TestWarehouse(LocalSnowflake snowflake, String database, Path directory) throws SQLException {
        this.directory = directory;
        options = new WarehouseOptions(
                snowflake.jdbcUrl(), snowflake.user(), new Secret(snowflake.password()), null, database, null, null);
        connection = options.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE IF NOT EXISTS " + database);
            statement.execute("USE DATABASE " + database);
        }
        stage = new SnowflakeStage(PIPELINE, options);
    }

    /**
     * A change as a topic's record brings it.
     *
     * @param name "…": it was left out
     * @param operation r, c, u, d or t
     * @param lsn -1: none
     */
    record Change(String table, int id, String name, char operation, int partition, long offset, long lsn) {

        boolean leavesOutItsName() {
            return name.equals("…");
        }

        String topic() {
            return "shop.public." + table.toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** A committer that has taken the pipeline over. */
    SnowflakeLedger takeOver(ConsistencyGroups groups) throws IOException {
        return takeOver(groups, Clock.systemUTC());
    }

    SnowflakeLedger takeOver(ConsistencyGroups groups, Clock clock) throws IOException {
        return takeOver(delivery(groups, SourceEpochs.NONE), clock);
    }

    SnowflakeLedger takeOver(SourceEpochs epochs) throws IOException {
        return takeOver(delivery(ConsistencyGroups.NONE, epochs), Clock.systemUTC());
    }

    /** As of a job whose rows' state expires. */
    SnowflakeLedger takeOverForgetful() throws IOException {
        return takeOver(
                delivery(ConsistencyGroups.NONE, SourceEpochs.NONE, RowMemory.EXPIRING, StopPolicy.NONE, Set.of()),
                Clock.systemUTC());
    }

    /** Letters of these reasons stop their tables, or end the job, also where a commit writes them. */
    SnowflakeLedger takeOver(Set<DeadLetter.Reason> stopping, Set<DeadLetter.Reason> failing) throws IOException {
        StopPolicy stops = new StopPolicy(stopping, Set.of());
        return takeOver(
                delivery(ConsistencyGroups.NONE, SourceEpochs.NONE, RowMemory.LASTING, stops, failing),
                Clock.systemUTC());
    }

    private SnowflakeLedger takeOver(DeliveryOptions delivery, Clock clock) throws IOException {
        SnowflakeLedger ledger = new SnowflakeLedger(
                PIPELINE, new Owner("id " + ledgers.size() / 2, "job " + ledgers.size()), delivery, options, clock);
        ledgers.add(ledger);
        ledger.setUp();
        return ledger;
    }

    private static DeliveryOptions delivery(ConsistencyGroups groups, SourceEpochs epochs) {
        return delivery(groups, epochs, RowMemory.LASTING, StopPolicy.NONE, Set.of());
    }

    private static DeliveryOptions delivery(
            ConsistencyGroups groups,
            SourceEpochs epochs,
            RowMemory memory,
            StopPolicy stops,
            Set<DeadLetter.Reason> failing) {
        DeliveryOptions usual = DeliveryOptions.DEFAULT;
        return new DeliveryOptions(
                usual.cadence(),
                groups,
                epochs,
                usual.fileBytes(),
                usual.stagedFileRetention(),
                memory,
                stops,
                failing);
    }

    /** Changes staged from now on are committed in this second behind 2026-11-21 08:00 UTC. */
    void second(int now) {
        second = now;
    }

    /** Files staged from now on are of this epoch. */
    void epoch(long now) {
        epoch = now;
    }

    List<String> staged() throws SQLException {
        return rows("LIST '@\"SPINDRIFT\".\"STAGE\"/" + PIPELINE + "/'").stream()
                .map(row -> row.substring(row.indexOf('/') + 1, row.indexOf("/USERS")))
                .toList();
    }

    WarehouseOptions options() {
        return options;
    }

    Commit stage(Change... changes) throws IOException {
        return stage(List.of(changes));
    }

    /** One file a table. */
    Commit stage(List<Change> changes) throws IOException {
        return stage(changes, TestWarehouse::shape);
    }

    /** The names are no values of their columns: they stand in raw columns beside them. */
    Commit stageRaw(Change... changes) throws IOException {
        return stage(List.of(changes), TestWarehouse::rawShape);
    }

    /** The tables have no key. */
    Commit stageLogOnly(Change... changes) throws IOException {
        return stage(List.of(changes), TestWarehouse::logOnlyShape);
    }

    /** Files of both, under the first one's id. */
    Commit together(Commit one, Commit other) {
        List<StagedFile> files = new ArrayList<>(one.files());
        files.addAll(other.files());
        return new Commit(
                one.id(), one.checkpointId(), files, other.progress(), one.watermarkMillis(), Commit.Timing.DUE);
    }

    private Commit stage(List<Change> changes, Function<String, TableShape> shapes) throws IOException {
        UUID id = UUID.randomUUID();
        Map<String, List<Change>> byTable = new TreeMap<>();
        changes.forEach(change -> byTable.computeIfAbsent(change.table(), table -> new ArrayList<>())
                .add(change));
        List<StagedFile> files = new ArrayList<>();
        for (Map.Entry<String, List<Change>> table : byTable.entrySet()) {
            files.add(upload(shapes.apply(table.getKey()), table.getValue(), id));
        }
        List<SourceProgress> progress = new ArrayList<>();
        for (StagedFile file : files) {
            file.offsets()
                    .forEach(range -> progress.add(new SourceProgress(
                            range.topic(), range.partition(), "", SourceProgress.FROM_THE_START, 0, range.last())));
        }
        return new Commit(id, ++checkpoint, files, progress, checkpoint * 1000, Commit.Timing.DUE);
    }

    /** The commit, with letters: staged by the writer itself. */
    Commit with(Commit commit, DeadLetter... letters) throws IOException {
        List<StagedFile> files = new ArrayList<>(commit.files());
        List<TableStop> stops = new ArrayList<>(commit.stops());
        for (WriterOutput output : write(List.of(letters))) {
            files.addAll(output.files());
            stops.addAll(output.stops());
        }
        return new Commit(
                commit.id(),
                commit.checkpointId(),
                files,
                commit.progress(),
                commit.watermarkMillis(),
                commit.timing(),
                new RecordBalance(commit.rows() + letters.length, commit.rows(), 0, 0, letters.length, 0),
                stops);
    }

    /** A commit of what the writer stages of the events. */
    Commit stageEvents(List<ChangeEvent> events) throws IOException {
        List<StagedFile> files = new ArrayList<>();
        List<TableStop> stops = new ArrayList<>();
        write(events).forEach(output -> {
            files.addAll(output.files());
            stops.addAll(output.stops());
        });
        Map<String, SourceProgress> progress = new TreeMap<>();
        for (StagedFile file : files) {
            for (OffsetRange range : file.offsets()) {
                progress.merge(
                        range.topic() + " " + range.partition(),
                        new SourceProgress(
                                range.topic(), range.partition(), "", SourceProgress.FROM_THE_START, 0, range.last()),
                        (one, other) -> one.lastOffset() > other.lastOffset() ? one : other);
            }
        }
        return new Commit(
                UUID.randomUUID(),
                ++checkpoint,
                files,
                List.copyOf(progress.values()),
                checkpoint * 1000,
                Commit.Timing.DUE,
                null,
                stops);
    }

    private List<WriterOutput> write(List<? extends ChangeEvent> events) throws IOException {
        List<WriterOutput> outputs = new ArrayList<>();
        SpillDirectory spill = SpillDirectory.create(PIPELINE, "test", UUID.randomUUID());
        WriterLimits filesOnly = new WriterLimits(64 << 20, 4, 1 << 20, 0, 4);
        try (SnowflakeWriter writer = new SnowflakeWriter(
                PIPELINE,
                0,
                spill,
                filesOnly,
                () -> new SnowflakeStage(PIPELINE, options),
                STOPS,
                new SimpleCounter())) {
            for (ChangeEvent event : events) {
                writer.write(event, NO_TIME);
            }
            writer.flush(false);
            outputs.addAll(writer.prepareCommit());
        }
        return outputs;
    }

    /** Undecodable letters stop their tables. */
    private static final StopPolicy STOPS =
            new StopPolicy(Set.of(DeadLetter.Reason.UNDECODABLE), Set.of(new TableName("CLICKS")));

    private static final SinkWriter.Context NO_TIME = new SinkWriter.Context() {
        @Override
        public long currentWatermark() {
            return Long.MIN_VALUE;
        }

        @Override
        public @Nullable Long timestamp() {
            return null;
        }
    };

    static TableShape shape(String table) {
        return new TableShape(
                new TableName(table),
                List.of(
                        new Column("ID", new ColumnType.Number(10, 0), true),
                        new Column("NAME", new ColumnType.Text(50), false)));
    }

    private static TableShape logOnlyShape(String table) {
        return new TableShape(
                new TableName(table),
                shape(table).columns().stream()
                        .map(column -> new Column(column.name(), column.type(), false))
                        .toList());
    }

    private static TableShape rawShape(String table) {
        List<Column> columns = new ArrayList<>(shape(table).columns());
        columns.add(new Column(Column.rawOf("NAME"), Column.RAW_TYPE, false));
        return new TableShape(new TableName(table), columns);
    }

    private StagedFile upload(TableShape shape, List<Change> changes, UUID id) throws IOException {
        String table = shape.table().value();
        String noName = shape.columns().size() > 2 ? "," : "";
        Path file = directory.resolve(id + "-" + table + ".csv.zst");
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(file))) {
            long sequence = 0;
            for (Change change : changes) {
                out.write(line(change, noName, sequence++).getBytes(StandardCharsets.UTF_8));
            }
        }
        String path = PIPELINE + "/" + epoch + "/" + (checkpoint + 1) + "/" + table + "/";
        stage.upload(file, path);
        return new StagedFile(
                shape,
                path + file.getFileName(),
                Files.size(file),
                counts(changes),
                ranges(changes),
                changes.stream().mapToLong(Change::lsn).max().orElse(-1),
                changes.stream().anyMatch(Change::leavesOutItsName) ? Set.of("NAME") : Set.of());
    }

    /** The one file's name, and the other one's content. */
    void overwrite(StagedFile file, StagedFile by) throws IOException {
        Path target = directory.resolve(file.name());
        Files.copy(directory.resolve(by.name()), target, StandardCopyOption.REPLACE_EXISTING);
        stage.upload(target, file.directory());
    }

    private String line(Change change, String noName, long sequence) {
        boolean keyOnly = change.operation() == 'd' && change.name().isEmpty();
        boolean none = change.operation() == 't';
        return "%s,%s%s,%s,2026-11-21 08:00:%02d.%06d +00:00,%s,%s,\"%s\",%d,%d,false,%d,%s\n"
                .formatted(
                        none ? "" : "\"" + change.id() + "\"",
                        noName,
                        none || keyOnly || change.leavesOutItsName() ? "" : "\"" + change.name() + "\"",
                        change.operation(),
                        second,
                        Math.max(change.lsn(), 0),
                        change.lsn() < 0 ? "" : Long.toString(change.lsn()),
                        change.lsn() < 0 ? "" : "7",
                        change.topic(),
                        change.partition(),
                        change.offset(),
                        sequence,
                        change.leavesOutItsName() ? "\"[\"\"NAME\"\"]\"" : "");
    }

    private static OperationCounts counts(List<Change> changes) {
        return new OperationCounts(
                count(changes, 'r'),
                count(changes, 'c'),
                count(changes, 'u'),
                count(changes, 'd'),
                count(changes, 't'));
    }

    private static long count(List<Change> changes, char operation) {
        return changes.stream()
                .filter(change -> change.operation() == operation)
                .count();
    }

    private static List<OffsetRange> ranges(List<Change> changes) {
        List<OffsetRange> ranges = new ArrayList<>();
        for (int partition = 0; partition < 4; partition++) {
            int wanted = partition;
            long[] offsets = changes.stream()
                    .filter(change -> change.partition() == wanted)
                    .mapToLong(Change::offset)
                    .sorted()
                    .toArray();
            if (offsets.length > 0) {
                ranges.add(new OffsetRange(changes.get(0).topic(), partition, offsets[0], offsets[offsets.length - 1]));
            }
        }
        return ranges;
    }

    List<String> rows(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    cells.add(String.valueOf(rows.getString(i)));
                }
                texts.add(String.join("|", cells));
            }
            return texts;
        }
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    List<String> mirror(String table) throws SQLException {
        return rows("SELECT ID, NAME FROM MIRROR." + table + " ORDER BY ID");
    }

    List<String> deadLetters() throws SQLException {
        return rows(
                "SELECT TOPIC, \"PARTITION\", \"OFFSET\", REASON, DETAIL, \"KEY\", \"VALUE\", HEADERS FROM SPINDRIFT.DEAD_LETTERS ORDER BY 1, 2, 3");
    }

    List<String> log(String table) throws SQLException {
        return rows("SELECT _KAFKA_PARTITION, _KAFKA_OFFSET, _CDC_OPERATION FROM RAW." + table + " ORDER BY 1, 2, 3");
    }

    @Override
    public void close() throws Exception {
        ledgers.forEach(SnowflakeLedger::close);
        stage.close();
        connection.close();
    }
}
