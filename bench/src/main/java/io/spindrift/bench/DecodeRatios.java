package io.spindrift.bench;

import io.spindrift.bench.DecodeContest.Kind;
import io.spindrift.bench.DecodeContest.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Prints what each way of {@link DecodeContest} takes of the processor, and the ratios, beside what is wanted of them. Every way has a process
 * of its own; they take turns of less than half a second, and a ratio is the median over the rounds: whatever else the machine does, it does to
 * both sides. Takes the number of rounds.
 */
public final class DecodeRatios {

    private static final int WARM_UP_MILLIS = 5_000;
    private static final int TURN_MILLIS = 400;

    private static final List<Ratio> RATIOS = List.of(
            atLeast("debezium-json", Way.FLINK_JSON_TO_CELLS, Way.SPINDRIFT_JSON, 2.5),
            atLeast(
                    "debezium-json, schema included",
                    Way.FLINK_JSON_WITH_SCHEMA_TO_CELLS,
                    Way.SPINDRIFT_JSON_WITH_SCHEMA,
                    2.5),
            atLeast("debezium-avro-confluent", Way.FLINK_AVRO_TO_CELLS, Way.SPINDRIFT_AVRO, 3),
            atLeast("GenericRecord", Way.GENERIC_RECORD_TO_CELLS, Way.SPINDRIFT_AVRO, 2),
            new Ratio("ours with schema / without", Way.SPINDRIFT_JSON_WITH_SCHEMA, Way.SPINDRIFT_JSON, 0, 1.3),
            context("debezium-json, objects alone", Way.FLINK_JSON, Way.SPINDRIFT_JSON),
            context(
                    "debezium-json, schema included, objects alone",
                    Way.FLINK_JSON_WITH_SCHEMA,
                    Way.SPINDRIFT_JSON_WITH_SCHEMA),
            context("debezium-avro-confluent, objects alone", Way.FLINK_AVRO, Way.SPINDRIFT_AVRO),
            context("GenericRecord, objects alone", Way.GENERIC_RECORD, Way.SPINDRIFT_AVRO));

    private DecodeRatios() {}

    /** Time of one over time of the other. */
    private record Ratio(String name, Way over, Way under, double atLeast, double atMost) {
        String verdict(double ratio) {
            String wanted = atLeast > 0
                    ? "%.1f at least".formatted(atLeast)
                    : atMost < Double.MAX_VALUE ? "%.1f at most".formatted(atMost) : "";
            return ratio < atLeast || ratio > atMost ? "MISSED: " + wanted : wanted;
        }
    }

    private static Ratio atLeast(String name, Way over, Way under, double least) {
        return new Ratio(name, over, under, least, Double.MAX_VALUE);
    }

    private static Ratio context(String name, Way over, Way under) {
        return new Ratio(name, over, under, 0, Double.MAX_VALUE);
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length == 0 ? 15 : Integer.parseInt(args[0]);
        for (Kind kind : Kind.values()) {
            try (DecodeContest contest = new DecodeContest(kind)) {
                contest.requireEqualCells();
            }
            print(kind, measured(kind, rounds));
        }
    }

    /** Nanoseconds of processor time a record, a round each. */
    private static Map<Way, List<Long>> measured(Kind kind, int rounds) throws IOException {
        Map<Way, List<Long>> nanos = new EnumMap<>(Way.class);
        List<Fork> forks = new ArrayList<>();
        try {
            for (Way way : Way.values()) {
                Fork fork = new Fork(way, kind);
                forks.add(fork);
                nanos.put(way, new ArrayList<>());
                fork.turn(WARM_UP_MILLIS);
            }
            for (int round = 0; round < rounds; round++) {
                for (Fork fork : forks) {
                    Objects.requireNonNull(nanos.get(fork.way)).add(fork.turn(TURN_MILLIS));
                }
            }
        } finally {
            forks.forEach(Fork::close);
        }
        return nanos;
    }

    private static void print(Kind kind, Map<Way, List<Long>> nanos) {
        System.out.printf("%n%-48s %9s%n", kind + ": processor time a record", "ns");
        nanos.forEach((way, rounds) -> System.out.printf(
                "%-48s %9d%n", way.name().toLowerCase(Locale.ROOT).replace('_', ' '), median(rounds)));
        System.out.printf("%n%-48s %9s   wanted%n", kind + ": time of … over ours", "ratio");
        for (Ratio ratio : RATIOS) {
            List<Long> over = Objects.requireNonNull(nanos.get(ratio.over));
            List<Long> under = Objects.requireNonNull(nanos.get(ratio.under));
            List<Double> ratios = new ArrayList<>();
            for (int round = 0; round < over.size(); round++) {
                ratios.add((double) over.get(round) / under.get(round));
            }
            double value = median(ratios);
            System.out.printf(Locale.ROOT, "%-48s %9.2f   %s%n", ratio.name, value, ratio.verdict(value));
        }
    }

    static <T extends Comparable<T>> T median(List<T> values) {
        List<T> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    /** A process of {@link DecodeFork}. */
    private static final class Fork implements AutoCloseable {
        private final Way way;
        private final ForkedJvm process;

        Fork(Way way, Kind kind) throws IOException {
            this.way = way;
            process = new ForkedJvm(
                    way.name(),
                    System.getProperty("java.class.path"),
                    List.of("-Xms128m", "-Xmx128m", "-XX:+UseSerialGC"),
                    DecodeFork.class,
                    List.of(kind.name(), way.name()));
        }

        long turn(int millis) throws IOException {
            return Long.parseLong(process.ask(String.valueOf(millis)));
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
