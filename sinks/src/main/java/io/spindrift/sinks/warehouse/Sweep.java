package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.model.Require.require;

import io.spindrift.sinks.model.TableName;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A table's newest snapshot, as its reads stand in RAW → the rows of MIRROR that are older than it and not in it: rows that were deleted in the
 * source while nobody listened. Whether the snapshot is complete, and all of it in RAW, is for the caller to find out.
 */
public final class Sweep implements AutoCloseable {

    private final String pipeline;
    private final TableName table;
    private final SessionKeeper sessions;

    public Sweep(String pipeline, TableName table, WarehouseOptions options) {
        this.pipeline = pipeline;
        this.table = table;
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    /** A partition's reads of a snapshot, from the first to the last offset. */
    public record Reads(String topic, int partition, Instant readAt, long rows, long first, long last) {}

    /**
     * The reads of one initial snapshot have one LSN. Their time is when its transaction began, by PostgreSQL's clock (Debezium,
     * RelationalSnapshotChangeEventSource: CURRENT_TIMESTAMP), and each of a parallel snapshot's connections has a transaction of its own.
     */
    public record Snapshot(long lsn, List<Reads> reads) {
        public Snapshot {
            reads = List.copyOf(reads);
            require(!reads.isEmpty(), "a snapshot without reads at LSN %d", lsn);
        }

        public Instant readAt() {
            return reads.stream()
                    .map(Reads::readAt)
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
        }

        public long rows() {
            return reads.stream().mapToLong(Reads::rows).sum();
        }

        public Set<String> topics() {
            return reads.stream().map(Reads::topic).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** What of a partition stands from this offset on is newer than the snapshot, or in it. */
    public record Beginning(String topic, int partition, long offset) {}

    /** @param before what was committed in the source at this time or later is newer than the snapshot, as far as one can know */
    public record Bounds(Instant before, List<Beginning> beginnings) {
        public Bounds {
            beginnings = List.copyOf(beginnings);
        }
    }

    /**
     * Rows of MIRROR whose keys the snapshot has not read.
     *
     * @param ghosts older than the snapshot: gone from the source
     * @param newer made after it; or within the margin, where one cannot tell
     * @param strangers of other topics than the snapshot's, or of none
     */
    public record Unread(long ghosts, long newer, long strangers) {}

    public boolean isMirrored() throws IOException {
        return has(Statements.MIRROR);
    }

    public boolean isLogged() throws IOException {
        return has(Statements.RAW);
    }

    private boolean has(String schema) throws IOException {
        return sessions.run("looking for " + table, session -> session.query(
                        Statements.SELECT_LOGGED_TABLES, row -> row.getString(1), schema)
                .contains(table.value()));
    }

    /** Empty: RAW has no read of an initial snapshot. Incremental ones say nothing of what is not there. */
    public Optional<Snapshot> newestSnapshot() throws IOException {
        return sessions.run("reading the newest snapshot of " + table, session -> {
            List<Snapshot> partitions = session.query(
                    Statements.selectNewestSnapshot(table), row -> new Snapshot(row.getLong(1), List.of(reads(row))));
            return partitions.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Snapshot(
                            partitions.get(0).lsn(),
                            partitions.stream()
                                    .flatMap(partition -> partition.reads().stream())
                                    .toList()));
        });
    }

    private static Reads reads(ResultSet row) throws SQLException {
        return new Reads(
                row.getString(2),
                row.getInt(3),
                row.getTimestamp(4).toInstant(),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7));
    }

    /** Offsets of the snapshot's reads in a partition, the last one first; not more than ten thousand. */
    public List<Long> lastOffsets(Snapshot snapshot, Reads reads) throws IOException {
        return sessions.run(
                "reading the offsets of the newest snapshot of " + table,
                session -> session.query(
                        Statements.selectOffsetsOfSnapshot(table, snapshot),
                        row -> row.getLong(1),
                        reads.topic(),
                        reads.partition()));
    }

    /** @return the highest offset that was read and accounted for, by partition */
    public Map<Integer, Long> readOffsets(String topic) throws IOException {
        return sessions
                .run(
                        "reading the offsets of " + topic,
                        session -> session.query(
                                Statements.SELECT_OFFSETS,
                                row -> Map.entry(row.getString(1), Map.entry(row.getInt(2), row.getLong(5))),
                                pipeline))
                .stream()
                .filter(read -> read.getKey().equals(topic))
                .collect(Collectors.toMap(read -> read.getValue().getKey(), read -> read.getValue()
                        .getValue()));
    }

    /** Records that were not before that time, have become dead letters and were not sent again: they may have been reads. */
    public long deadLetters(Snapshot snapshot, Instant since) throws IOException {
        return sessions.run("counting dead letters of " + table, session -> session.query(
                        Statements.countLettersSince(snapshot.topics()),
                        row -> row.getLong(1),
                        pipeline,
                        UtcText.of(since))
                .get(0));
    }

    /** Gaps in the snapshot's topics that somebody has accepted at that time or later: reads may have been in them. */
    public long acceptedGaps(Snapshot snapshot, Instant since) throws IOException {
        return sessions.run("looking for gaps of " + table, session -> session.query(
                        Statements.countGapsSince(snapshot.topics()),
                        row -> row.getLong(1),
                        pipeline,
                        Acceptance.at(since))
                .get(0));
    }

    /** @return its id; empty before the first */
    public String newestCommit() throws IOException {
        return sessions.run(
                "reading the newest commit of " + pipeline,
                session -> session.query(Statements.SELECT_NEWEST_COMMIT, row -> row.getString(1), pipeline).stream()
                        .findFirst()
                        .orElse(""));
    }

    public Unread count(Snapshot snapshot, Bounds bounds) throws IOException {
        return sessions.run("comparing MIRROR with the snapshot of " + table, session -> session.query(
                        Statements.countUnread(table, keys(session), snapshot, bounds),
                        row -> new Unread(row.getLong(1), row.getLong(2), row.getLong(3)))
                .get(0));
    }

    /**
     * Deletes the ghosts, in one transaction. When its reply is lost it is repeated, and counts what was left.
     *
     * @return how many
     */
    public long delete(Snapshot snapshot, Bounds bounds) throws IOException {
        return sessions.run("sweeping " + table, session ->
                (long) session.update(Statements.deleteGhosts(table, keys(session), snapshot, bounds)));
    }

    private List<String> keys(Session session) throws SQLException {
        List<String> keys =
                session.query(Statements.SELECT_KEY_COLUMNS, row -> row.getString(1), Statements.MIRROR, table.value());
        require(!keys.isEmpty(), "MIRROR.%s has no column that is NOT NULL, so no key", table);
        return keys;
    }

    @Override
    public void close() {
        sessions.close();
    }
}
