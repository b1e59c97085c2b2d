package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitTarget;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.TableDdl;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The warehouse as the committer sees it: one line of commits for each consistency group. Groups commit side by side, each in a session and
 * transaction of its own. A commit that fails in one group and not in another is whole again when it is repeated: each group's ledger row tells.
 */
public final class SnowflakeLedger implements CommitTarget {

    private static final Logger LOG = LoggerFactory.getLogger(SnowflakeLedger.class);

    private static final Duration CLEANING_INTERVAL = Duration.ofHours(1);

    private final String pipeline;
    private final Owner owner;
    private final ConsistencyGroups groups;
    private final SessionKeeper sessions;
    private final Map<String, CommitLine> lines = new LinkedHashMap<>();
    private final ExecutorService workers;
    private final StageCleaner cleaner;
    private final Clock clock;
    private @Nullable Epoch held;
    private @Nullable Instant lastCleaned;

    public SnowflakeLedger(
            String pipeline, Owner owner, DeliveryOptions delivery, WarehouseOptions options, Clock clock) {
        this.pipeline = pipeline;
        this.owner = owner;
        this.groups = delivery.groups();
        this.clock = clock;
        this.sessions = keeper(options);
        this.cleaner = new StageCleaner(pipeline, delivery.stagedFileRetention(), keeper(options), clock);
        groups.names()
                .forEach(group -> lines.put(
                        group, new CommitLine(new Fence(pipeline, group), owner, delivery, keeper(options), clock)));
        this.workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "spindrift-commit-" + pipeline);
            thread.setDaemon(true);
            return thread;
        });
    }

    private static SessionKeeper keeper(WarehouseOptions options) {
        return new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    /** Creates schemas, stage and ledger where they are missing. */
    public void setUp() throws IOException {
        sessions.run("set-up of the warehouse", session -> {
            for (String statement : setUpStatements()) {
                session.execute(statement);
            }
            addColumns(session);
            return session.update(Statements.INSERT_PIPELINE, pipeline);
        });
        for (CommitLine line : lines.values()) {
            line.setUp();
        }
    }

    /** A ledger of an older build gets what it lacks; only then, as it takes a right that a job need not have. */
    private static void addColumns(Session session) throws SQLException {
        TableName commits = new TableName("COMMITS");
        List<String> has = session.query(
                Statements.SELECT_COLUMNS, row -> row.getString(1), Statements.SPINDRIFT, commits.value());
        for (TableDdl.ColumnDefinition column : Statements.ADDED_TO_COMMITS) {
            if (!has.contains(column.name())) {
                session.execute(Statements.addColumn(Statements.SPINDRIFT, commits, column));
            }
        }
    }

    /** The statements of {@code sql/warehouse/setup.sql}, comments removed. */
    static List<String> setUpStatements() {
        try (InputStream resource = SnowflakeLedger.class.getResourceAsStream("setup.sql")) {
            if (resource == null) {
                throw new IllegalStateException("setup.sql is missing from the build");
            }
            String script = new String(resource.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^--.*\n", "");
            return Arrays.stream(script.split(";\\s*\n"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long raiseEpoch() throws IOException {
        String token = UUID.randomUUID().toString();
        Epoch raised = sessions.run("take-over of pipeline " + pipeline, session -> raiseEpoch(session, token));
        held = raised;
        LOG.info("pipeline {}: this committer holds epoch {}", pipeline, raised.number());
        return raised.number();
    }

    private Epoch raiseEpoch(Session session, String token) throws SQLException, IOException {
        int raised = session.update(Statements.RAISE_EPOCH, token, owner.jobId(), owner.description(), pipeline);
        if (raised != 1) {
            throw new IOException(
                    "pipeline %s has %d rows in SPINDRIFT.PIPELINES, not 1: run the set-up, or remove the extra rows"
                            .formatted(pipeline, raised));
        }
        Epoch now = session.query(Statements.SELECT_EPOCH, row -> new Epoch(row.getLong(1), row.getString(2)), pipeline)
                .get(0);
        if (!now.token().equals(token)) {
            throw new FencedException(
                    "another committer took pipeline %s over at the same moment, with epoch %d: two jobs run this pipeline, stop one of them"
                            .formatted(pipeline, now.number()),
                    false);
        }
        return now;
    }

    @Override
    public Outcome commit(Commit commit, long epoch) throws IOException {
        Epoch own = held;
        if (own == null || own.number() != epoch) {
            throw new IllegalStateException("this ledger raised epoch " + own + ", the commit comes with " + epoch);
        }
        try {
            Outcome outcome = commit(commit, own);
            cleanSometimes(commit, own);
            return outcome;
        } finally {
            if (!commit.stops().isEmpty()) {
                // A table whose group had no part in the commit was stopped with the letters.
                lines.values().forEach(CommitLine::forgetView);
            }
        }
    }

    /** A commit of files that this attempt staged comes after all that it was restored with. */
    private void cleanSometimes(Commit commit, Epoch own) {
        Instant now = clock.instant();
        Instant last = lastCleaned;
        String ownDirectory = pipeline + "/" + own.number() + "/";
        if ((last == null || now.isAfter(last.plus(CLEANING_INTERVAL)))
                && commit.files().stream().anyMatch(file -> file.path().startsWith(ownDirectory))) {
            lastCleaned = now;
            workers.execute(() -> {
                try {
                    cleaner.clean(own.number());
                } catch (IOException | RuntimeException e) {
                    LOG.warn("pipeline {}: the stage could not be cleaned; it will be tried again", pipeline, e);
                }
            });
        }
    }

    private Outcome commit(Commit commit, Epoch own) throws IOException {
        Map<String, Commit> parts = groups.split(commit);
        if (parts.size() == 1) {
            Map.Entry<String, Commit> only = parts.entrySet().iterator().next();
            return line(only.getKey()).commit(only.getValue(), own);
        }
        List<Callable<Outcome>> work = new ArrayList<>();
        parts.forEach((group, part) -> work.add(() -> line(group).commit(part, own)));
        return sideBySide(work);
    }

    /** How many tables of the pipeline are stopped, as far as its commits know; other threads may ask. */
    public int stoppedTables() {
        return lines.values().stream().mapToInt(CommitLine::stoppedTables).max().orElse(0);
    }

    private CommitLine line(String group) {
        CommitLine line = lines.get(group);
        if (line == null) {
            throw new IllegalStateException("no line of commits for group " + group);
        }
        return line;
    }

    /** Waits for all, also when one fails: none may run on under the next attempt. */
    private Outcome sideBySide(List<Callable<Outcome>> work) throws IOException {
        List<Future<Outcome>> results = new ArrayList<>();
        work.forEach(each -> results.add(workers.submit(each)));
        Outcome together = Outcome.ALREADY_COMMITTED;
        IOException failure = null;
        for (Future<Outcome> result : results) {
            try {
                together = result.get() == Outcome.COMMITTED ? Outcome.COMMITTED : together;
            } catch (ExecutionException e) {
                failure = failure instanceof FencedException ? failure : asIo(e.getCause());
            } catch (InterruptedException e) {
                workers.shutdownNow();
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the groups of pipeline " + pipeline + " were committed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return together;
    }

    private static IOException asIo(@Nullable Throwable cause) {
        return cause instanceof IOException io ? io : new IOException(cause);
    }

    @Override
    public void close() {
        workers.shutdownNow();
        lines.values().forEach(CommitLine::close);
        cleaner.close();
        sessions.close();
    }
}
