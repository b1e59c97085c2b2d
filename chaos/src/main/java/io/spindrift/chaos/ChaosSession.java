package io.spindrift.chaos;

import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs over one standing stack. Each: traffic, the recipe's mishaps, rest, comparison. What a run has made stays for the next one. Used by one
 * thread.
 */
final class ChaosSession implements AutoCloseable {
    private static final int CHANGES_PER_SECOND = 60;
    private static final Duration SNAPSHOT = Duration.ofSeconds(120);
    private static final Duration REST = Duration.ofSeconds(150);
    private static final Duration SETTLED = Duration.ofSeconds(30);

    private final ChaosStack stack;
    private final Connection postgres;
    private final Warehouse warehouse;
    private final PipelineJob job;
    private final Havoc havoc;
    private final Oracle oracle;
    private final HalfCommitWatch watch;
    private int looksBefore;
    private ChangeCounts made = ChangeCounts.NONE;

    private ChaosSession(ChaosStack stack, Connection postgres, Warehouse warehouse, PipelineJob job, Oracle oracle) {
        this.stack = stack;
        this.postgres = postgres;
        this.warehouse = warehouse;
        this.job = job;
        this.oracle = oracle;
        this.watch = new HalfCommitWatch(stack.warehouse());
        this.havoc = new Havoc(stack, job, warehouse, watch);
    }

    /** Starts the stack and the job; returns once the snapshot is in the warehouse. */
    static ChaosSession start(ChaosOptions options) throws IOException, SQLException {
        ChaosStack stack = ChaosStack.start(options);
        try {
            Connection postgres =
                    DriverManager.getConnection(stack.source().source().jdbcUrl());
            Map<String, Long> snapshot = rows(postgres);
            PageViews.create(stack.source(), postgres);
            Warehouse warehouse = stack.warehouse();
            PipelineJob job = new PipelineJob(stack, warehouse);
            job.start(Optional.empty(), 2);
            Oracle oracle = new Oracle(postgres, stack.topics(), warehouse, snapshot);
            Wait.until("the snapshot in the warehouse", SNAPSHOT, () -> {
                job.requireAlive();
                return hasTables(warehouse) && oracle.haveArrived(ChangeCounts.NONE);
            });
            return new ChaosSession(stack, postgres, warehouse, job, oracle);
        } catch (IOException | SQLException | RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    private static boolean hasTables(Warehouse warehouse) {
        return ChaosStack.TABLES.stream()
                .allMatch(table -> warehouse.has("MIRROR", table.toUpperCase(java.util.Locale.ROOT)));
    }

    private static Map<String, Long> rows(Connection postgres) throws SQLException {
        Map<String, Long> rows = new HashMap<>();
        for (String table : EcommerceSource.TABLES) {
            rows.put(
                    table,
                    Warehouse.read(postgres, "SELECT COUNT(*) FROM " + table, row -> row.getLong(1))
                            .get(0));
        }
        return rows;
    }

    /** What a run was like that ended well. */
    record Report(long changes, long commits, int restarts, int missed, Duration took) {}

    ChaosStack stack() {
        return stack;
    }

    /** @throws ChaosFailure when something does not hold afterwards, or the pipeline does not come to rest */
    Report run(Recipe recipe) throws SQLException {
        long began = System.nanoTime();
        long commits = warehouse.commits();
        long changes = made.total();
        int missed = havoc.missed();
        try {
            disturb(recipe);
            rest();
        } catch (LocalStackException e) {
            throw new ChaosFailure("the pipeline did not go on: " + e.getMessage(), e);
        }
        requireEqual();
        return new Report(
                made.total() - changes,
                warehouse.commits() - commits,
                job.restarts(),
                havoc.missed() - missed,
                Duration.ofNanos(System.nanoTime() - began));
    }

    private void disturb(Recipe recipe) {
        EcommerceWorkload traffic =
                EcommerceWorkload.start(stack.source().source().jdbcUrl(), CHANGES_PER_SECOND, recipe.seed());
        try {
            job.awaitCommits(1);
            for (Mishap mishap : recipe.mishaps()) {
                havoc.poison();
                mishap.happen(havoc);
            }
            job.awaitRunning();
        } catch (LocalStackException | ChaosFailure e) {
            throw e;
        } catch (Exception e) {
            throw new ChaosFailure("a mishap could not be made to happen: " + e, e);
        } finally {
            made = made.plus(traffic.stop());
        }
    }

    /** No traffic, no faults, everything alive, and every change in the log. */
    void rest() throws SQLException {
        stack.disarm();
        try {
            havoc.repair();
        } catch (IOException e) {
            throw new ChaosFailure("the stack cannot be repaired: " + e, e);
        }
        job.awaitRunning();
        long expected = oracle.expectedRows(made);
        try {
            Wait.until("every change in the log", REST, () -> {
                job.requireAlive();
                return oracle.haveArrived(made);
            });
        } catch (LocalStackException e) {
            throw new ChaosFailure("%s: %d of %d rows".formatted(e.getMessage(), oracle.loggedRows(), expected), e);
        }
        try {
            Wait.until("the page views in the mirror", SETTLED, () -> {
                job.requireAlive();
                return oracle.hasSettled();
            });
        } catch (LocalStackException e) {
            List<String> seen = new ArrayList<>(List.of(String.valueOf(e.getMessage())));
            seen.addAll(oracle.differences(made));
            throw ChaosFailure.of(seen);
        }
    }

    void requireEqual() throws SQLException {
        if (watch.looks() == looksBefore) {
            throw new ChaosFailure("nobody has looked for half a commit: " + watch.lastError());
        }
        looksBefore = watch.looks();
        List<String> seen = watch.findings();
        if (!seen.isEmpty()) {
            throw ChaosFailure.of(seen);
        }
        List<String> differences = oracle.differences(made);
        if (!differences.isEmpty()) {
            throw ChaosFailure.of(differences);
        }
    }

    /** How often a reader has looked for half a commit. */
    int looks() {
        return watch.looks();
    }

    @Override
    public void close() throws SQLException {
        watch.close();
        postgres.close();
        stack.close();
    }
}
