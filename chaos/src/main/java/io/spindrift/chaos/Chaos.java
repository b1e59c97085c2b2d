package io.spindrift.chaos;

import io.spindrift.chaos.ChaosSession.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Any number of seeded runs: {@code bin/spindrift chaos}. */
public final class Chaos {
    /** A run is compared over everything since its stack began: a new stack now and then bounds what that takes. */
    private static final int RUNS_A_STACK = 40;

    /** The driver tells each server that is gone. Kept, as a logger that nobody holds forgets its level. */
    private static final Logger DRIVER_LOG = Logger.getLogger("net.snowflake");

    private final ChaosOptions options;
    private final Consumer<String> out;
    private final Map<String, Integer> kinds = new TreeMap<>();
    private long changes;
    private long commits;
    private long looks;
    private int missed;

    private Chaos(ChaosOptions options, Consumer<String> out) {
        this.options = options;
        this.out = out;
    }

    /**
     * Tells a line a run, and a summary; of a run that fails its recipe and what was seen.
     *
     * @return whether every run ended well; with sabotage, whether it was caught
     */
    public static boolean run(ChaosOptions options, Consumer<String> out) throws IOException, SQLException {
        DRIVER_LOG.setLevel(Level.OFF);
        out.accept("starting in " + options.directory());
        return options.sabotage().isPresent()
                ? sabotage(options, options.sabotage().get(), out)
                : new Chaos(options, out).runAll();
    }

    private static boolean sabotage(ChaosOptions options, Sabotage rule, Consumer<String> out)
            throws IOException, SQLException {
        try (ChaosSession session = start(options, out)) {
            return new NegativeControl(session, options, out).run(rule);
        }
    }

    private static ChaosSession start(ChaosOptions options, Consumer<String> out) throws IOException, SQLException {
        long began = System.nanoTime();
        ChaosSession session = ChaosSession.start(options);
        out.accept("ready after %d s".formatted(since(began).toSeconds()));
        return session;
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private boolean runAll() throws IOException, SQLException {
        long began = System.nanoTime();
        for (int first = 1; first <= options.runs(); first += RUNS_A_STACK) {
            int last = Math.min(options.runs(), first + RUNS_A_STACK - 1);
            Path directory = Files.createDirectories(options.directory().resolve("runs-%d-%d".formatted(first, last)));
            try (ChaosSession session = start(options.in(directory), out)) {
                if (!runs(session, first, last)) {
                    return false;
                }
                looks += session.looks();
            }
        }
        summary(since(began));
        return true;
    }

    private boolean runs(ChaosSession session, int first, int last) throws SQLException {
        for (int run = first; run <= last; run++) {
            Recipe recipe = Recipe.draw(options.seed() + run - 1, options.only());
            try {
                note(run, recipe, session.run(recipe));
            } catch (ChaosFailure e) {
                out.accept(
                        "run %d FAILED%n%s%n%s%nlogs: %s".formatted(run, recipe, e.getMessage(), options.directory()));
                return false;
            }
        }
        return true;
    }

    private void note(int run, Recipe recipe, Report report) {
        recipe.mishaps().forEach(mishap -> kinds.merge(mishap.kind(), 1, Integer::sum));
        changes += report.changes();
        commits += report.commits();
        missed += report.missed();
        out.accept(String.format(
                Locale.ROOT,
                "run %d, seed %d: %.1f s, %d changes, %d commits: %s",
                run,
                recipe.seed(),
                report.took().toMillis() / 1000.0,
                report.changes(),
                report.commits(),
                recipe.mishaps()));
    }

    private void summary(Duration took) {
        out.accept(
                "%d runs in %d s: %d changes, %d commits, each change once; a reader looked %d times for half a commit"
                        .formatted(options.runs(), took.toSeconds(), changes, commits, looks));
        kinds.forEach((kind, times) -> out.accept("  %4d  %s".formatted(times, kind)));
        out.accept("  %4d  of them waited for a statement that was not sent".formatted(missed));
    }
}
