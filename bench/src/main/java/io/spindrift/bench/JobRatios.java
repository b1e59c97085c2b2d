package io.spindrift.bench;

import com.sun.net.httpserver.HttpServer;
import io.spindrift.bench.JobFork.Side;
import io.spindrift.bench.JobFork.Span;
import io.spindrift.bench.OrderRecords.Encoding;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;

/**
 * Prints what the whole job does, from Kafka to uploaded files, beside the same job whose sink discards: changes a second, and processor time
 * of the job's process alone. Each side has a process of its own; they take turns, and a ratio is the median over the rounds. Takes the
 * encoding, the number of rounds and that of records.
 */
public final class JobRatios {

    private static final double WANTED = 0.65;
    /** A new job has the JVM compile again much of what it had; the third one finds it so. */
    private static final int WARM_UP_TURNS = 3;

    private static final String HEAP = "2g";
    private static final String CHECKPOINT_INTERVAL = "10 s";

    private final Encoding encoding;
    private final int rounds;
    private final int records;
    private final Path directory;
    private final List<Double> loads = new ArrayList<>();
    private int pipelines;

    private JobRatios(Encoding encoding, int rounds, int records, Path directory) {
        this.encoding = encoding;
        this.rounds = rounds;
        this.records = records;
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        List<String> given = Arrays.asList(args);
        Encoding encoding = given.isEmpty()
                ? Encoding.AVRO
                : Encoding.valueOf(given.get(0).toUpperCase(Locale.ROOT).replace('-', '_'));
        int rounds = given.size() < 2 ? 5 : Integer.parseInt(given.get(1));
        int records = given.size() < 3 ? 8_000_000 : Integer.parseInt(given.get(2));
        Path directory = Files.createTempDirectory("spindrift-bench-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> leaveNothing(directory)));
        new JobRatios(encoding, rounds, records, directory).run();
    }

    /** Also when the run is broken off: a job in the midst of a turn would go on, and its files are gigabytes. */
    private static void leaveNothing(Path directory) {
        ProcessHandle.current().children().forEach(child -> {
            child.destroyForcibly();
            child.onExit().join();
        });
        FileUtils.deleteDirectoryQuietly(directory.toFile());
    }

    private void run() throws Exception {
        HttpServer registry = FlinkFormats.registry(OrderRecords.avroSchemas());
        try (ForkedJvm stack = new ForkedJvm(
                "the stack",
                System.getProperty("bench.classpath.stack"),
                List.of("-Xmx1g", "-Dlog4j2.configurationFile=bench-log4j2.properties"),
                JobStack.class,
                List.of(directory.toString()))) {
            JobStack.Address address = JobStack.Address.parse(stack.answer());
            System.out.printf("filling a topic with %d records, %s …%n", records, encoding);
            new JobTopic(new OrderRecords(encoding), records).fill(address.bootstrapServers());
            Path pipeline = directory.resolve("pipeline.yaml");
            Files.writeString(
                    pipeline, pipelineFile(address, registry.getAddress().getPort()));
            print(measured(pipeline));
        } finally {
            registry.stop(0);
        }
    }

    private Map<Side, List<Span>> measured(Path pipeline) throws IOException {
        Map<Side, List<Span>> spans = new EnumMap<>(Side.class);
        try (ForkedJvm withSink = fork(Side.WITH_SINK, pipeline);
                ForkedJvm withoutSink = fork(Side.WITHOUT_SINK, pipeline)) {
            for (int turn = 0; turn < WARM_UP_TURNS; turn++) {
                turn(withSink, Side.WITH_SINK);
                turn(withoutSink, Side.WITHOUT_SINK);
            }
            for (Side side : Side.values()) {
                spans.put(side, new ArrayList<>());
            }
            for (int round = 0; round < rounds; round++) {
                spans(spans, Side.WITH_SINK).add(turn(withSink, Side.WITH_SINK));
                spans(spans, Side.WITHOUT_SINK).add(turn(withoutSink, Side.WITHOUT_SINK));
                loads.add(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
            }
        }
        return spans;
    }

    private static List<Span> spans(Map<Side, List<Span>> spans, Side side) {
        return Objects.requireNonNull(spans.get(side));
    }

    private ForkedJvm fork(Side side, Path pipeline) throws IOException {
        List<String> options = new ArrayList<>(
                List.of("-Xms" + HEAP, "-Xmx" + HEAP, "-Dlog4j2.configurationFile=bench-log4j2.properties"));
        // Where the sink keeps its files until they are uploaded.
        options.add("-Djava.io.tmpdir=" + directory);
        Stream.of(System.getProperty("bench.java.options", "").split(" "))
                .filter(option -> !option.isEmpty())
                .map(option -> option.replace("{side}", name(side)))
                .forEach(options::add);
        return new ForkedJvm(
                "the job " + name(side),
                System.getProperty("bench.classpath.job"),
                options,
                JobFork.class,
                List.of(
                        side.name(),
                        pipeline.toString(),
                        String.valueOf(records),
                        System.getProperty("bench.flink.conf"),
                        Files.createDirectory(directory.resolve(name(side))).toString()));
    }

    private static String name(Side side) {
        return side.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A side that has uploaded nothing would look quick. */
    private Span turn(ForkedJvm fork, Side side) throws IOException {
        String pipeline = "bench-" + pipelines++;
        Span span = Span.parse(fork.ask(pipeline));
        long stagedBytes = stagedBytes(pipeline);
        if ((side == Side.WITH_SINK) != (stagedBytes > 0)) {
            throw new IOException("the job %s has staged %d bytes".formatted(name(side), stagedBytes));
        }
        System.out.printf(
                Locale.ROOT,
                "%-14s %9.0f changes/s   %6.0f ns of processor time each   on %.2f processors%n",
                name(side),
                span.changesPerSecond(),
                span.processorNanosPerChange(),
                span.processors());
        return span;
    }

    private long stagedBytes(String pipeline) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("snowflake").resolve("stages"))) {
            return files.filter(file -> file.toString().contains("/" + pipeline + "/"))
                    .map(Path::toFile)
                    .mapToLong(file -> file.isFile() ? file.length() : 0)
                    .sum();
        }
    }

    private void print(Map<Side, List<Span>> spans) {
        System.out.printf(
                "%nThe whole job, %s: parallelism %d on %d processors, a checkpoint every %s, load %.1f%n%n",
                encoding,
                JobFork.PARALLELISM,
                Runtime.getRuntime().availableProcessors(),
                CHECKPOINT_INTERVAL,
                DecodeRatios.median(loads));
        System.out.printf("%-24s %12s %22s %12s%n", "median", "changes/s", "processor ns/change", "processors");
        for (Side side : Side.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %12.0f %22.0f %12.2f%n",
                    name(side),
                    median(spans(spans, side), Span::changesPerSecond),
                    median(spans(spans, side), Span::processorNanosPerChange),
                    median(spans(spans, side), Span::processors));
        }
        System.out.println();
        ratio("changes/s", spans, Span::changesPerSecond);
        ratio("changes/s of processor time", spans, span -> 1 / span.processorNanosPerChange());
    }

    private static double median(List<Span> spans, ToDoubleFunction<Span> value) {
        return DecodeRatios.median(spans.stream().map(value::applyAsDouble).toList());
    }

    private void ratio(String name, Map<Side, List<Span>> spans, ToDoubleFunction<Span> value) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            ratios.add(value.applyAsDouble(spans(spans, Side.WITH_SINK).get(round))
                    / value.applyAsDouble(spans(spans, Side.WITHOUT_SINK).get(round)));
        }
        double median = DecodeRatios.median(ratios);
        String verdict = median < WANTED ? "MISSED: " : "";
        System.out.printf(
                Locale.ROOT, "%-48s %9.2f   %s%.2f at least%n", name + ": with over without", median, verdict, WANTED);
    }

    /** Commits stay outside: none is due. */
    private String pipelineFile(JobStack.Address stack, int registryPort) {
        String format =
                switch (encoding) {
                    case AVRO -> "format: avro\n  schema-registry: {url: 'http://localhost:" + registryPort + "'}";
                    case JSON -> "format: json-plain";
                    case JSON_WITH_SCHEMA -> "format: json";
                };
        return """
                source:
                  bootstrap-servers: %s
                  topics: [%s]
                  %s
                sink:
                  url: %s
                  user: %s
                  password: %s
                  database: SPINDRIFT
                  commit: {every-checkpoints: 1000000}
                pipeline:
                  name: bench
                  parallelism: %d
                  checkpoint-interval: %s
                %s
                """.formatted(
                        stack.bootstrapServers(),
                        OrderRecords.TOPIC,
                        format,
                        stack.snowflakeUrl(),
                        stack.user(),
                        stack.password(),
                        JobFork.PARALLELISM,
                        CHECKPOINT_INTERVAL,
                        encoding == Encoding.JSON ? declaration() : "");
    }

    private static String declaration() {
        String columns = OrderColumn.ALL.stream()
                .map(column -> "      %s: %s%n".formatted(column.name(), column.postgres()))
                .collect(Collectors.joining());
        return "tables:\n  - table: public.orders\n    columns:\n" + columns;
    }
}
