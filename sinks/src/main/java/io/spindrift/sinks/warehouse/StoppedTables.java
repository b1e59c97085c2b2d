package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables whose mirrors a dead letter has stopped, and their going on. Since a stop, commits merge a table's changes into a copy of its mirror
 * ({@link MirrorStop}). To resume it, its mirror takes over what the copy has, in one transaction that passes the fences of all of the pipeline's
 * consistency groups: it waits for its turn at each, stands between two of its commits, and the next one looks at the ledger anew.
 */
public final class StoppedTables implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StoppedTables.class);

    /** Another job's take-over, or a new column, may come between reading the ledger and the transaction's first lock. Commits in between do no harm. */
    private static final int MAX_ATTEMPTS = 10;

    private final String pipeline;
    private final SessionKeeper sessions;

    public StoppedTables(String pipeline, WarehouseOptions options) {
        this.pipeline = pipeline;
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    /**
     * @param ahead the mirror as it would be, a name in SQL
     * @param topic with partition and offset, the place of the first letter
     * @param commits that have brought changes of the table since, the one with the letter among them
     */
    public record Stopped(
            TableName table,
            String ahead,
            String topic,
            int partition,
            long offset,
            String reason,
            String commitId,
            Instant since,
            long commits,
            long changes) {}

    /**
     * Under which a table is resumed.
     *
     * @param fences in the order of their names
     * @param columns empty when the table had no mirror when it was stopped, and nothing has come since
     */
    record Premises(
            String pipeline,
            TableName table,
            TableName ahead,
            long epoch,
            List<Fence> fences,
            Optional<Columns> columns) {}

    /** Names in SQL. */
    record Columns(List<String> keys, List<String> all) {}

    /** By their names. */
    public List<Stopped> list() throws IOException {
        return sessions.run("reading the stopped tables of " + pipeline, session -> {
            List<Stopped> stopped = new ArrayList<>();
            if (session.query(Statements.COUNT_TABLES_OF_STOPS, row -> row.getLong(1))
                            .get(0)
                    > 0) {
                for (Stopped stop : session.query(Statements.SELECT_STOPS, StoppedTables::stopped, pipeline)) {
                    stopped.add(counted(session, stop));
                }
            }
            return stopped;
        });
    }

    private static Stopped stopped(ResultSet row) throws SQLException {
        return new Stopped(
                new TableName(row.getString(1)),
                Identifier.quoted(Statements.MIRROR_AHEAD, new TableName(row.getString(2))),
                row.getString(3),
                row.getInt(4),
                row.getLong(5),
                row.getString(6),
                row.getString(7),
                row.getTimestamp(8).toInstant(),
                0,
                0);
    }

    private Stopped counted(Session session, Stopped stop) throws SQLException {
        return session.query(
                        Statements.countChangesSince(stop.table()),
                        row -> new Stopped(
                                stop.table(),
                                stop.ahead(),
                                stop.topic(),
                                stop.partition(),
                                stop.offset(),
                                stop.reason(),
                                stop.commitId(),
                                stop.since(),
                                row.getLong(1),
                                row.getLong(2)),
                        pipeline,
                        pipeline,
                        stop.commitId())
                .get(0);
    }

    /**
     * The mirror gets all that was left out, whole or not at all, also when the job commits meanwhile: its commits wait.
     *
     * @throws IllegalStateException when the table is not stopped, or its copy is gone
     * @throws IOException when the warehouse refused it; nothing was changed then
     */
    public void resume(TableName table) throws IOException {
        UUID resumption = UUID.randomUUID();
        TableName ahead = resume(table, resumption);
        LOG.warn("{} is resumed: MIRROR.{} has what was left out", table, table);
        try {
            sessions.run("dropping " + ahead, session -> {
                session.execute(Statements.dropAhead(ahead));
                return ahead;
            });
        } catch (IOException e) {
            LOG.warn("MIRROR_AHEAD.\"{}\" could not be dropped; nothing needs it any more", ahead, e);
        }
    }

    private TableName resume(TableName table, UUID resumption) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return sessions.run("resuming " + table, session -> attempt(session, table, resumption));
            } catch (RefusedException e) {
                boolean moved = Objects.requireNonNullElse(e.getMessage(), "").contains(Statements.LOOK_AGAIN);
                if (!moved || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                LOG.info("{}: the ledger has moved since it was read; trying again", table);
            }
        }
    }

    private TableName attempt(Session session, TableName table, UUID resumption) throws SQLException {
        record Stop(TableName ahead, boolean ended) {}
        Stop stop = session
                .query(
                        Statements.SELECT_STOP,
                        row -> new Stop(new TableName(row.getString(1)), row.getBoolean(2)),
                        pipeline,
                        table.value(),
                        resumption.toString())
                .stream()
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "%s is not a stopped table of pipeline %s: --table is its name in the warehouse"
                                .formatted(table, pipeline)));
        if (!stop.ended()) {
            session.executeAll(statements(premises(session, table, stop.ahead()), resumption));
        }
        return stop.ahead();
    }

    /** The epoch first: whoever raises it has made its fences before. */
    private Premises premises(Session session, TableName table, TableName ahead) throws SQLException {
        long epoch = session.query(Statements.SELECT_EPOCH, row -> row.getLong(1), pipeline)
                .get(0);
        List<Fence> fences = session.query(Statements.SELECT_LEDGER_TABLES, row -> row.getString(1)).stream()
                .flatMap(name -> Fence.ofTable(name, pipeline).stream())
                .sorted(Comparator.comparing(Fence::name))
                .toList();
        return new Premises(pipeline, table, ahead, epoch, fences, columns(session, table, ahead));
    }

    private static Optional<Columns> columns(Session session, TableName table, TableName ahead) throws SQLException {
        List<String> all = names(session, Statements.SELECT_COLUMNS, Statements.MIRROR_AHEAD, ahead);
        List<String> keys = names(session, Statements.SELECT_KEY_COLUMNS, Statements.MIRROR, table);
        boolean mirrored = !names(session, Statements.SELECT_COLUMNS, Statements.MIRROR, table)
                .isEmpty();
        if (all.isEmpty() && !mirrored) {
            return Optional.empty();
        }
        if (all.isEmpty()) {
            throw new IllegalStateException(MirrorStop.gone(table, ahead));
        }
        require(!keys.isEmpty(), "MIRROR.%s has no column that is NOT NULL, so no key", table);
        return Optional.of(new Columns(keys, all));
    }

    private static List<String> names(Session session, String query, String schema, TableName table)
            throws SQLException {
        return session.query(query, row -> Identifier.quoted(row.getString(1)), schema, table.value());
    }

    /** All locks first: whatever is read behind them stays. */
    private static List<String> statements(Premises premises, UUID resumption) {
        List<String> statements = new ArrayList<>();
        statements.add(Statements.BEGIN);
        statements.add(Statements.holdEpoch(premises.pipeline(), premises.epoch()));
        premises.fences().forEach(fence -> statements.add(Statements.holdFence(fence)));
        statements.add(Statements.assertPremises(premises));
        premises.columns().ifPresent(some -> {
            statements.add(Statements.deleteGone(premises, some));
            statements.add(Statements.mergeAhead(premises, some));
        });
        premises.fences().forEach(fence -> {
            statements.add(Statements.insertResumption(fence, resumption));
            statements.add(Statements.passFence(fence, resumption));
        });
        statements.add(Statements.endStop(premises, resumption));
        statements.add(Statements.COMMIT);
        return statements;
    }

    @Override
    public void close() {
        sessions.close();
    }
}
