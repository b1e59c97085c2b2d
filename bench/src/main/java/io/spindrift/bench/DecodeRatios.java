package io.spindrift.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs {@link DecodeBenchmark} and prints its ratios, beside what is wanted. Takes JMH's options: {@code -f 1 -i 2} for a quick look. */
public final class DecodeRatios {

    private static final List<Ratio> RATIOS = List.of(
            atLeast("debezium-json", "flinkDebeziumJson", "spindriftJson", 2.5),
            atLeast("debezium-json, schema included", "flinkDebeziumJsonWithSchema", "spindriftJsonWithSchema", 2.5),
            atLeast("debezium-avro-confluent", "flinkDebeziumAvro", "spindriftAvro", 3),
            atLeast("GenericRecord", "genericRecord", "spindriftAvro", 2),
            context("debezium-json, as cells", "flinkDebeziumJsonAsCells", "spindriftJson"),
            context(
                    "debezium-json, schema included, as cells",
                    "flinkDebeziumJsonWithSchemaAsCells",
                    "spindriftJsonWithSchema"),
            context("debezium-avro-confluent, as cells", "flinkDebeziumAvroAsCells", "spindriftAvro"),
            context("GenericRecord, as cells", "genericRecordAsCells", "spindriftAvro"),
            new Ratio("JSON with its schema / without", "spindriftJsonWithSchema", "spindriftJson", 0, 1.3));

    private DecodeRatios() {}

    /** Time of one over time of the other. */
    private record Ratio(String name, String over, String under, double atLeast, double atMost) {
        String verdict(double ratio) {
            if (ratio < atLeast) {
                return "MISSED: %.1f at least".formatted(atLeast);
            }
            if (ratio > atMost) {
                return "MISSED: %.1f at most".formatted(atMost);
            }
            return atLeast > 0
                    ? "%.1f at least".formatted(atLeast)
                    : atMost < Double.MAX_VALUE ? "%.1f at most".formatted(atMost) : "";
        }
    }

    private static Ratio atLeast(String name, String over, String under, double least) {
        return new Ratio(name, over, under, least, Double.MAX_VALUE);
    }

    private static Ratio context(String name, String over, String under) {
        return new Ratio(name, over, under, 0, Double.MAX_VALUE);
    }

    public static void main(String[] args) throws RunnerException, CommandLineOptionException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .include(DecodeBenchmark.class.getName())
                        .shouldFailOnError(true)
                        .build())
                .run();
        for (String change : List.of("insert", "update")) {
            System.out.printf("%n%-42s %8s   wanted%n", change + ": time of … over ours", "ratio");
            for (Ratio ratio : RATIOS) {
                print(results, change, ratio);
            }
        }
    }

    private static void print(Collection<RunResult> results, String change, Ratio ratio) {
        double value = nanos(results, change, ratio.over) / nanos(results, change, ratio.under);
        System.out.printf(Locale.ROOT, "%-42s %8.2f   %s%n", ratio.name, value, ratio.verdict(value));
    }

    /** NaN when the run left it out. */
    private static double nanos(Collection<RunResult> results, String change, String method) {
        for (RunResult result : results) {
            if (result.getParams().getParam("change").equals(change)
                    && result.getParams().getBenchmark().endsWith("." + method)) {
                return result.getPrimaryResult().getScore();
            }
        }
        return Double.NaN;
    }
}
