package io.spindrift.bench;

import com.github.luben.zstd.ZstdOutputStream;
import io.spindrift.local.snowflake.LocalSnowflake;
import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.warehouse.Owner;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.SnowflakeLedger;
import io.spindrift.sinks.warehouse.SnowflakeStage;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A commit of ten tables with 10,000 rows each, three quarters of them updates of rows that the mirror has, against the local Snowflake: from
 * staged files to committed. Wanted on two cores: ≤ 1.5 s.
 */
@State(Scope.Benchmark)
@Fork(1)
@SuppressWarnings("NullAway.Init")
public class CommitBenchmark {
    private static final int TABLES = 10;
    private static final int ROWS = 10_000;
    private static final int COLUMNS = 12;

    private Path directory = Path.of("");
    private LocalSnowflake snowflake;
    private SnowflakeStage stage;
    private SnowflakeLedger ledger;
    private long epoch;
    private long commits;
    private Commit commit;

    @Setup(Level.Trial)
    public void start() throws IOException {
        directory = Files.createTempDirectory("spindrift-bench-");
        snowflake = LocalSnowflake.start(directory.resolve("data"), 0);
        WarehouseOptions options = new WarehouseOptions(
                snowflake.jdbcUrl(), snowflake.user(), new Secret(snowflake.password()), null, "SPINDRIFT", null, null);
        stage = new SnowflakeStage("bench", options);
        ledger = new SnowflakeLedger(
                "bench", new Owner("1", "benchmark"), DeliveryOptions.DEFAULT, options, Clock.systemUTC());
        ledger.setUp();
        epoch = ledger.raiseEpoch();
    }

    @Setup(Level.Invocation)
    public void stage() throws IOException {
        commits++;
        List<StagedFile> files = new ArrayList<>();
        for (int table = 0; table < TABLES; table++) {
            files.add(file(table));
        }
        commit = new Commit(UUID.randomUUID(), commits, files, List.of(), commits, Commit.Timing.DUE);
    }

    private StagedFile file(int table) throws IOException {
        Path file = directory.resolve("%d-%d.csv.zst".formatted(commits, table));
        long first = commits * ROWS;
        try (Writer csv = new BufferedWriter(
                new OutputStreamWriter(new ZstdOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8))) {
            for (int row = 0; row < ROWS; row++) {
                // Every fourth key is new.
                long key = row % 4 == 0 ? first + row : row;
                csv.write("\"%d\"".formatted(key));
                for (int column = 1; column < COLUMNS; column++) {
                    csv.write(",\"value %d of %d\"".formatted(column, key));
                }
                csv.write(",u,2026-11-21 08:00:00.%06d +00:00,%d,7,\"t%d\",0,%d,false,%d\n"
                        .formatted(row, first + row, table, first + row, row));
            }
        }
        String path = "bench/%d/%d/T%d/".formatted(epoch, commits, table);
        stage.upload(file, path);
        Files.delete(file);
        return new StagedFile(
                shape(table),
                path + file.getFileName(),
                1,
                new OperationCounts(0, 0, ROWS, 0, 0),
                List.of(new OffsetRange("t" + table, 0, first, first + ROWS - 1)),
                first + ROWS);
    }

    private static TableShape shape(int table) {
        return new TableShape(
                new TableName("T" + table),
                Stream.concat(
                                Stream.of(new Column("ID", new ColumnType.Number(19, 0), true)),
                                IntStream.range(1, COLUMNS)
                                        .mapToObj(i -> new Column("C" + i, new ColumnType.Text(100), false)))
                        .toList());
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 5)
    @Measurement(iterations = 10)
    public Outcome commit() throws IOException {
        return ledger.commit(commit, epoch);
    }

    @TearDown(Level.Trial)
    public void stop() throws IOException {
        ledger.close();
        stage.close();
        snowflake.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
