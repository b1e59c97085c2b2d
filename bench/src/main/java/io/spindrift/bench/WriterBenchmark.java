package io.spindrift.bench;

import io.spindrift.sinks.stage.SnowflakeWriter;
import io.spindrift.sinks.stage.WriterLimits;
import io.spindrift.sinks.stage.WriterOutput;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The writer's thread: rows in, CSV.zst out, a checkpoint every 500,000 rows (about 150 MB of CSV). Wanted: 400,000 rows a second from one
 * core.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 4, time = 5)
@SuppressWarnings("NullAway.Init")
public class WriterBenchmark {
    private static final int ROWS = 500_000;

    @Param({"1", "10", "100", "1000"})
    public int tables;

    private WriterRows rows;
    private SnowflakeWriter writer;

    @Setup(Level.Trial)
    public void open() throws IOException {
        rows = new WriterRows(tables);
        writer = rows.writer(WriterLimits.of(4, WriterLimits.DEFAULT_FILE_BYTES));
    }

    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @OperationsPerInvocation(ROWS)
    public Collection<WriterOutput> rows() throws IOException {
        rows.write(writer, ROWS);
        writer.flush(false);
        return writer.prepareCommit();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        writer.close();
    }
}
