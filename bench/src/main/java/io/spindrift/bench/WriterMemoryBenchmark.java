package io.spindrift.bench;

import io.spindrift.sinks.stage.SnowflakeWriter;
import io.spindrift.sinks.stage.WriterLimits;
import io.spindrift.sinks.stage.WriterOutput;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a writer holds in the middle of a checkpoint, by the number of its tables; in MiB. {@code heap} is in use behind a collection,
 * {@code outside} is what the process has grown by in memory that is not the heap: the compressors, and the JVM's own code. Wanted: flat.
 */
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"})
@Warmup(iterations = 1)
@Measurement(iterations = 1) // counters of several iterations would be added up
@SuppressWarnings("NullAway.Init")
public class WriterMemoryBenchmark {
    private static final int ROWS = 600_000;
    private static final double MIB = 1 << 20;

    /** Beside what the rows of the benchmark themselves take. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Held {
        public double heap;
        public double outside;
    }

    @State(Scope.Thread)
    public static class Writing {
        @Param({"10", "100", "1000"})
        public int tables;

        private WriterRows rows;
        private SnowflakeWriter writer;
        private double heapBefore;
        private double residentBefore;

        @Setup(Level.Trial)
        public void begin() throws IOException {
            rows = new WriterRows(tables);
            heapBefore = heapUsed();
            residentBefore = resident();
        }

        @Setup(Level.Iteration)
        public void open() throws IOException {
            writer = rows.writer(WriterLimits.of(4, WriterLimits.DEFAULT_FILE_BYTES));
            writer.flush(false);
        }

        @TearDown(Level.Iteration)
        public void close() throws IOException {
            writer.close();
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    public Collection<WriterOutput> checkpoint(Writing writing, Held held) throws IOException {
        writing.rows.write(writing.writer, ROWS);
        held.heap = heapUsed() - writing.heapBefore;
        held.outside = resident() - writing.residentBefore;
        writing.writer.flush(false);
        return writing.writer.prepareCommit();
    }

    private static double heapUsed() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB;
    }

    /** The heap is touched from the start, so it does not count as growth. Linux; elsewhere 0. */
    private static double resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        String kib = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
        return Long.parseLong(kib) / 1024.0;
    }
}
