package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.commit.CommitSerializer;
import io.spindrift.sinks.commit.CommitTarget.FailingLetterException;
import io.spindrift.sinks.commit.CommitTarget.FencedException;
import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.commit.CommitTarget.UnsafeSourceException;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.TableStop;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consistency group's commits, one after the other.
 *
 * <pre>
 *            ┌── view kept: nothing failed since ──┐
 *   look ────┴─→ send ──→ committed ───────────────┘
 *   │  ↑           │
 *   │  └── retry ──┤ any failure: in doubt. New session, look at the ledger
 *   │              ├─→ it found a letter: send again, with a table that stops; or throw
 *   │              └─→ same premises, lasting error ──→ throw
 *   ├─→ commit is in the ledger ──→ already committed
 *   └─→ epoch is another's ──→ fenced
 * </pre>
 *
 * Used by one thread at a time.
 */
final class CommitLine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CommitLine.class);

    /** Only another attempt of this committer, still under way in the server, can move the ledger from under it. */
    private static final int MAX_ATTEMPTS = 10;

    private final Fence fence;
    private final Owner owner;
    private final DeliveryOptions delivery;
    private final SessionKeeper sessions;
    private final Clock clock;
    private final TableMigration migration;
    /** Null: to be read. */
    private @Nullable LedgerView view;
    /** What the last attempt was sent under. */
    private @Nullable LedgerView premises;
    /** As this line last knew them; other threads read it. */
    private volatile Map<TableName, TableName> stopped = Map.of();

    CommitLine(Fence fence, Owner owner, DeliveryOptions delivery, SessionKeeper sessions, Clock clock) {
        this.delivery = delivery;
        this.fence = fence;
        this.migration = new TableMigration(fence.pipeline());
        this.owner = owner;
        this.sessions = sessions;
        this.clock = clock;
    }

    void setUp() throws IOException {
        sessions.run("set-up of fence " + fence.name(), session -> {
            session.execute(Statements.createFence(fence));
            return session.update(Statements.insertFence(fence));
        });
    }

    Outcome commit(Commit commit, Epoch epoch) throws IOException {
        Map<TableName, TableStop> found = new TreeMap<>();
        for (int attempt = 1; ; attempt++) {
            try {
                return sessions.run("commit " + commit.id(), session -> attempt(session, commit, found, epoch));
            } catch (RefusedException e) {
                LedgerView sent = premises;
                Optional<Outcome> known = sessions.run(
                        "look for commit " + commit.id(), session -> alreadyCommitted(session, commit, epoch));
                if (known.isPresent()) {
                    return known.get();
                }
                Optional<TableStop> letter = Statements.refusedLetter(Objects.requireNonNullElse(e.getMessage(), ""));
                if (letter.isPresent()) {
                    requireNotFailing(commit, letter.get());
                    if (found.put(letter.get().table(), letter.get()) == null) {
                        continue;
                    }
                }
                if (sent == null || attempt >= MAX_ATTEMPTS + found.size() || !hasMoved(sent)) {
                    throw e;
                }
                LOG.info("commit {}: the ledger has moved since it was read; trying again", commit.id());
            }
        }
    }

    private void requireNotFailing(Commit commit, TableStop letter) throws FailingLetterException {
        if (delivery.failing().contains(letter.reason())) {
            throw new FailingLetterException(
                    "commit %s, of checkpoint %d, was refused: pipeline.on-dead-letter.%s says that the job fails, and %s at %s-%d@%d %s. Nothing of it is in the warehouse, unless of another consistency group. Set the policy to dead-letter or stop-table, and start the job from its last checkpoint. %s."
                            .formatted(
                                    commit.id(),
                                    commit.checkpointId(),
                                    letter.reason(),
                                    letter.table(),
                                    letter.letters().topic(),
                                    letter.letters().partition(),
                                    letter.letters().first(),
                                    letter.reason() == DeadLetter.Reason.REPEATED_SNAPSHOT
                                            ? "was read again by a snapshot, while its rows have no key: which of them were counted before, nobody can tell"
                                            : "left out values that PostgreSQL had not changed (TOAST), while MIRROR does not have the row",
                                    letter.reason() == DeadLetter.Reason.REPEATED_SNAPSHOT
                                            ? "If changes were lost, give the connector another topic.prefix, route the table to another name, and start with its snapshot"
                                            : "Then take a snapshot of the table"));
        }
    }

    private boolean hasMoved(LedgerView sent) throws IOException {
        String last = sessions.run("look at fence " + fence.name(), this::lastCommitId);
        return !last.equals(sent.lastCommitId());
    }

    /** @param found letters that this commit would write itself, and that stop their tables */
    private Outcome attempt(Session session, Commit commit, Map<TableName, TableStop> found, Epoch epoch)
            throws SQLException, IOException {
        LedgerView seen = view;
        view = null;
        premises = null;
        if (seen == null) {
            Optional<Outcome> known = alreadyCommitted(session, commit, epoch);
            if (known.isPresent()) {
                return known.get();
            }
            seen = read(session);
        }
        seen = unbroken(session, seen, commit);
        migration.prepare(session, commit.files(), seen.stopped());
        List<MirrorStop> stops = stops(session, seen, commit, found);
        Instant begun = clock.instant();
        CommitPlan plan = new CommitPlan(
                fence,
                epoch,
                seen,
                commit,
                delivery.sourceEpochs(),
                delivery.rowMemory(),
                stops,
                refused(seen, commit, stops),
                begun);
        CommitTransaction transaction = new CommitTransaction(plan, migration::rawColumns);
        premises = seen;
        session.executeAll(transaction.statements());
        LedgerView after = seen.after(plan);
        // Somebody may resume a table: then this line's next commit merges into the mirror itself.
        view = plan.leavesOut() || !after.stopped().isEmpty() ? null : after;
        log(plan, Duration.between(begun, clock.instant()));
        stopped = after.stopped();
        return Outcome.COMMITTED;
    }

    /** Letters that stood in the ledger before have stopped their tables then, or were not to. */
    private List<MirrorStop> stops(Session session, LedgerView seen, Commit commit, Map<TableName, TableStop> found)
            throws SQLException {
        Map<TableName, MirrorStop> stops = new TreeMap<>();
        for (TableStop cause : commit.stops()) {
            TableName table = cause.table();
            if (!seen.stopped().containsKey(table)
                    && !stops.containsKey(table)
                    && !isKnown(session, cause.letters(), commit)) {
                stops.put(table, stop(session, cause, commit));
            }
        }
        for (TableStop cause : found.values()) {
            if (!seen.stopped().containsKey(cause.table()) && !stops.containsKey(cause.table())) {
                stops.put(cause.table(), stop(session, cause, commit));
            }
        }
        return List.copyOf(stops.values());
    }

    private MirrorStop stop(Session session, TableStop cause, Commit commit) throws SQLException {
        TableName ahead = MirrorStop.ahead(cause.table(), commit.id());
        return new MirrorStop(cause, ahead, migration.makeAhead(session, cause.table(), ahead));
    }

    /** Where only the merge finds that something cannot become a change, the commit is sent again, and stops the table; or is given up. */
    private Map<DeadLetter.Reason, Set<TableName>> refused(LedgerView seen, Commit commit, List<MirrorStop> stops) {
        Set<TableName> running = new TreeSet<>(commit.filesByTable().keySet());
        running.removeAll(seen.stopped().keySet());
        stops.forEach(stop -> running.remove(stop.table()));
        Map<DeadLetter.Reason, Set<TableName>> refused = new EnumMap<>(DeadLetter.Reason.class);
        for (DeadLetter.Reason reason : Statements.WRITTEN_BY_COMMITS) {
            if (delivery.failing().contains(reason)) {
                refused.put(reason, commit.filesByTable().keySet());
            } else if (delivery.stops().reasons().contains(reason)) {
                refused.put(reason, running);
            }
        }
        return refused;
    }

    private boolean isKnown(Session session, OffsetRange letters, Commit commit) throws SQLException {
        return session.query(
                                Statements.COUNT_LETTERS_AT,
                                row -> row.getLong(1),
                                fence.pipeline(),
                                letters.topic(),
                                letters.partition(),
                                letters.last(),
                                commit.id().toString())
                        .get(0)
                > 0;
    }

    /** The ledger has to be read again: another line of the pipeline has told it something. */
    void forgetView() {
        view = null;
    }

    int stoppedTables() {
        return stopped.size();
    }

    /** A kept view does not know what other groups' commits have told the ledger since: before a refusal it is read again. */
    private LedgerView unbroken(Session session, LedgerView seen, Commit commit) throws SQLException, IOException {
        try {
            seen.requireUnbroken(commit.progress());
            return seen;
        } catch (UnsafeSourceException e) {
            LedgerView now = read(session);
            now.requireUnbroken(commit.progress());
            return now;
        }
    }

    private void log(CommitPlan plan, Duration took) {
        Commit commit = plan.commit();
        LOG.info(
                "committed {} of checkpoint {}{}: {} rows in {} files, {} bytes, {} ms{}",
                commit.id(),
                commit.checkpointId(),
                fence.group().equals(Fence.WHOLE) ? "" : ", group " + fence.group(),
                commit.rows(),
                commit.files().size(),
                commit.bytes(),
                took.toMillis(),
                plan.rewound() ? ", the job had gone back: what the log had was left out" : "");
        plan.stops()
                .forEach(stop -> LOG.warn(
                        "{} is stopped: MIRROR.{} stays as it was before commit {}, which holds a dead letter, {}, of {}-{}@{}. Its changes go to RAW, and MIRROR_AHEAD.\"{}\" goes on, until bin/spindrift stopped-tables resume",
                        stop.table(),
                        stop.table(),
                        commit.id(),
                        stop.cause().reason(),
                        stop.cause().letters().topic(),
                        stop.cause().letters().partition(),
                        stop.cause().letters().first(),
                        stop.ahead()));
    }

    private LedgerView read(Session session) throws SQLException {
        String lastCommitId = lastCommitId(session);
        List<Reached> reached = session.query(
                Statements.SELECT_OFFSETS,
                row -> new Reached(
                        row.getString(1),
                        row.getInt(2),
                        Objects.requireNonNullElse(row.getString(3), ""),
                        row.getLong(4),
                        row.getLong(5)),
                fence.pipeline());
        long awaiting = session.query(Statements.COUNT_AWAITING, row -> row.getLong(1), fence.pipeline())
                .get(0);
        return new LedgerView(lastCommitId, reached, awaiting > 0, readStopped(session));
    }

    private Map<TableName, TableName> readStopped(Session session) throws SQLException {
        Map<TableName, TableName> now = session
                .query(
                        Statements.SELECT_STOPPED,
                        row -> Map.entry(new TableName(row.getString(1)), new TableName(row.getString(2))),
                        fence.pipeline())
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        stopped.keySet().stream()
                .filter(table -> !now.containsKey(table))
                .forEach(table -> LOG.warn("{} is resumed: MIRROR.{} goes on", table, table));
        now.keySet().stream()
                .filter(table -> !stopped.containsKey(table))
                .forEach(table -> LOG.warn(
                        "{} is stopped: MIRROR.{} stays as it is, see bin/spindrift stopped-tables list",
                        table,
                        table));
        stopped = now;
        return now;
    }

    private String lastCommitId(Session session) throws SQLException {
        return session.query(Statements.selectFence(fence), row -> row.getString(1)).stream()
                .findFirst()
                .orElse(LedgerView.NO_COMMIT);
    }

    private Optional<Outcome> alreadyCommitted(Session session, Commit commit, Epoch epoch)
            throws SQLException, IOException {
        requireEpoch(session, commit, epoch);
        String manifestHash = CommitSerializer.manifestHash(commit);
        List<String> hashes = session.query(
                Statements.SELECT_COMMIT,
                row -> row.getString(1),
                fence.pipeline(),
                fence.group(),
                commit.id().toString());
        for (String hash : hashes) {
            if (!hash.equals(manifestHash)) {
                throw new IOException(
                        "commit %s is in the ledger with manifest %s, and here it is %s: the ledger or the job's state was changed by hand"
                                .formatted(commit.id(), hash, manifestHash));
            }
        }
        if (hashes.isEmpty()) {
            return Optional.empty();
        }
        LOG.info("commit {} of checkpoint {} is in the ledger already", commit.id(), commit.checkpointId());
        return Optional.of(Outcome.ALREADY_COMMITTED);
    }

    private void requireEpoch(Session session, Commit commit, Epoch epoch) throws SQLException, IOException {
        record Holder(Epoch epoch, String description, String jobId) {}
        Optional<Holder> holder = session
                .query(
                        Statements.SELECT_EPOCH,
                        row -> new Holder(
                                new Epoch(row.getLong(1), row.getString(2)),
                                "epoch %d, held by %s since %s"
                                        .formatted(row.getLong(1), row.getString(3), row.getString(4)),
                                row.getString(5)),
                        fence.pipeline())
                .stream()
                .findFirst();
        if (holder.map(Holder::epoch).filter(epoch::equals).isEmpty()) {
            boolean ownJob =
                    holder.map(Holder::jobId).filter(owner.jobId()::equals).isPresent();
            throw new FencedException(
                    "commit %s refused: this committer holds epoch %d of pipeline %s, the ledger says %s. %s"
                            .formatted(
                                    commit.id(),
                                    epoch.number(),
                                    fence.pipeline(),
                                    holder.map(Holder::description).orElse("no row in SPINDRIFT.PIPELINES"),
                                    ownJob
                                            ? "That is another attempt of this job, which Flink has given up or not"
                                                    + " ended yet."
                                            : "Another job runs this pipeline: stop one of the two."),
                    ownJob);
        }
    }

    @Override
    public void close() {
        sessions.close();
    }
}
