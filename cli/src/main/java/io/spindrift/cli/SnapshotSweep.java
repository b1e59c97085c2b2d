package io.spindrift.cli;

import io.spindrift.jobs.config.PipelineConfig;
import io.spindrift.jobs.debezium.DebeziumDecoder;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.StoppedTables;
import io.spindrift.sinks.warehouse.Sweep;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The newest snapshot of a table → the rows of MIRROR that it proves to be gone. The proof, each part of which may refuse: the job has committed
 * all that the snapshot's topics hold; Kafka has the snapshot's last read; none of its reads was lost on the way.
 */
final class SnapshotSweep implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(500);

    private final PipelineConfig pipeline;
    private final TableName table;
    private final Duration margin;
    private final PrintWriter out;
    private final Sweep sweep;
    private final RecordReader reader;
    private final DebeziumDecoder decoder;

    SnapshotSweep(PipelineConfig pipeline, TableName table, Duration margin, PrintWriter out) {
        this.pipeline = pipeline;
        this.table = table;
        this.margin = margin;
        this.out = out;
        sweep = new Sweep(pipeline.pipeline().name(), table, pipeline.sink());
        reader = new RecordReader(pipeline.source());
        decoder = pipeline.source().decoding().decoder(pipeline.router());
    }

    /** Why nothing may be swept. */
    private static IllegalStateException refusal(String why, Object... values) {
        return new IllegalStateException(why.formatted(values));
    }

    /** @param deadline in {@link System#nanoTime}: the job must have caught up by then */
    void run(long deadline, boolean reallyDelete) throws IOException, InterruptedException {
        requireMirror();
        Sweep.Snapshot snapshot = newestCommitted(deadline);
        Instant before = snapshot.readAt().minus(margin);
        requireComplete(snapshot);
        requireNothingLost(snapshot, before);
        Sweep.Bounds bounds = new Sweep.Bounds(before, beginnings(snapshot, before));
        Sweep.Unread unread = sweep.count(snapshot, bounds);
        out.printf("snapshot of %s: LSN %d, %s, %d rows%n", table, snapshot.lsn(), snapshot.readAt(), snapshot.rows());
        out.printf("MIRROR.%s: %d rows are older than %s and not in it%n", table, unread.ghosts(), before);
        out.printf("kept: %d rows that are newer, which may be new, or gone as well%n", unread.newer());
        if (unread.strangers() > 0) {
            out.printf("kept: %d rows of other topics than %s%n", unread.strangers(), snapshot.topics());
        }
        if (reallyDelete) {
            out.printf("%d rows deleted%n", sweep.delete(snapshot, bounds));
        } else {
            out.printf("nothing was changed; --yes deletes them%n");
        }
    }

    private void requireMirror() throws IOException {
        if (isOneOf(pipeline.source().decoding().keyless().multisets())) {
            throw refusal(
                    "%s is mirrored by its rows' values: a second snapshot of it is not counted, and tells nothing",
                    table);
        }
        if (isOneOf(pipeline.source().decoding().keyless().logOnly()) || (sweep.isLogged() && !sweep.isMirrored())) {
            throw refusal("%s is logged only: it has no mirror to sweep", table);
        }
        if (isStopped()) {
            throw refusal(
                    "%s is stopped, and its mirror stays as it is: see bin/spindrift stopped-tables list, and sweep when it goes on",
                    table);
        }
        if (!sweep.isMirrored()) {
            throw refusal("there is no table MIRROR.%s: --table is its name in the warehouse", table);
        }
    }

    private boolean isOneOf(Set<SourceTable> sources) {
        return sources.stream()
                .anyMatch(source ->
                        pipeline.router().apply(source).filter(table::equals).isPresent());
    }

    private boolean isStopped() throws IOException {
        try (StoppedTables tables = new StoppedTables(pipeline.pipeline().name(), pipeline.sink())) {
            return tables.list().stream().anyMatch(stop -> stop.table().equals(table));
        }
    }

    /** The snapshot stands in RAW as its topics have it: while one is read, and committed, it grows. */
    private Sweep.Snapshot newestCommitted(long deadline) throws IOException, InterruptedException {
        Sweep.Snapshot last = newest();
        while (true) {
            for (String topic : last.topics()) {
                awaitCommitted(topic, deadline);
            }
            if (!pipeline.delivery().groups().groups().isEmpty()) {
                awaitAnotherCommit(deadline);
            }
            Sweep.Snapshot now = newest();
            if (now.equals(last)) {
                return now;
            }
            last = now;
        }
    }

    private Sweep.Snapshot newest() throws IOException {
        Sweep.Snapshot newest = sweep.newestSnapshot()
                .orElseThrow(() -> refusal(
                        "RAW.%s has no read of an initial snapshot, so nothing marks what is still there: incremental snapshots do not, nor does a snapshot of an empty table",
                        table));
        for (String topic : newest.topics()) {
            if (topic.indexOf('@') >= 0) {
                throw refusal(
                        "the newest snapshot of %s came through a topic that was made anew since, %s: take a new snapshot",
                        table, topic);
            }
        }
        return newest;
    }

    private void awaitCommitted(String topic, long deadline) throws IOException, InterruptedException {
        Map<TopicPartition, Long> ends = new HashMap<>(reader.ends(topic));
        while (true) {
            Map<Integer, Long> read = sweep.readOffsets(topic);
            ends.entrySet()
                    .removeIf(end ->
                            isCommitted(end.getKey(), read.get(end.getKey().partition()), end.getValue()));
            if (ends.isEmpty()) {
                return;
            }
            if (System.nanoTime() - deadline >= 0) {
                Map.Entry<TopicPartition, Long> end = ends.entrySet().iterator().next();
                Long offset = read.get(end.getKey().partition());
                throw refusal(
                        "%s ends at offset %d, and the job has committed up to %s: wait until it has caught up, or give it more --timeout",
                        end.getKey(), end.getValue() - 1, offset == null ? "none" : offset);
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    private boolean isCommitted(TopicPartition place, @Nullable Long read, long end) {
        return reader.isEmpty(place, read == null ? reader.beginning(place) : read + 1, end);
    }

    /** The ledger's offsets rise with the first group of a commit; the next commit begins when all groups have this one. */
    private void awaitAnotherCommit(long deadline) throws IOException, InterruptedException {
        String last = sweep.newestCommit();
        while (sweep.newestCommit().equals(last)) {
            if (System.nanoTime() - deadline >= 0) {
                throw refusal(
                        "the pipeline has consistency groups, and no commit has come behind the last one, which may not be in all of them yet: try again when the source has changed, or give it more --timeout");
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    /** A table's last read comes when all others are written, also of a parallel snapshot. */
    private void requireComplete(Sweep.Snapshot snapshot) throws IOException {
        for (String topic : snapshot.topics()) {
            List<String> places = new ArrayList<>();
            boolean complete = false;
            for (Sweep.Reads reads : snapshot.reads()) {
                complete = complete || (reads.topic().equals(topic) && hasLastRead(snapshot, reads, places));
            }
            if (!complete) {
                throw refusal(
                        "the snapshot of %s at LSN %d, %s, was not completed, or the topic has dropped its end: none of %s is a read with source.snapshot = last_in_data_collection or last. Take a new snapshot, and sweep soon after it",
                        table, snapshot.lsn(), snapshot.readAt(), String.join(", ", places));
            }
        }
    }

    /** Dead letters that were sent again stand behind the partition's last read. */
    private boolean hasLastRead(Sweep.Snapshot snapshot, Sweep.Reads reads, List<String> places) throws IOException {
        TopicPartition place = new TopicPartition(reads.topic(), reads.partition());
        for (long offset : sweep.lastOffsets(snapshot, reads)) {
            ConsumerRecord<byte[], byte[]> record = reader.read(place, offset);
            places.add(place + "@" + offset + (record == null ? " (gone)" : ""));
            if (record == null) {
                return false;
            }
            RawRecord raw = RawRecord.of(record);
            if (decoder.endsSnapshot(raw, snapshot.lsn())) {
                return true;
            }
            if (!raw.isReplayed()) {
                return false;
            }
        }
        return false;
    }

    private void requireNothingLost(Sweep.Snapshot snapshot, Instant since) throws IOException {
        if (sweep.acceptedGaps(snapshot, since) > 0) {
            throw refusal(
                    "a gap in %s was accepted since %s: reads of the snapshot may have been in it. Take a new snapshot",
                    snapshot.topics(), since);
        }
        long letters = sweep.deadLetters(snapshot, since);
        if (letters > 0) {
            throw refusal(
                    "%d dead letters of %s since %s were not sent again: their rows may be in the snapshot, and are not in RAW. See bin/spindrift dead-letters list --topic %s, and send them again, or take a new snapshot",
                    letters,
                    snapshot.topics(),
                    since,
                    snapshot.topics().iterator().next());
        }
    }

    /**
     * A connector streams after its snapshot, also what was committed before the time that the snapshot bears: slots are made before. Where a
     * partition has no read of it, the topic's own times tell.
     */
    private List<Sweep.Beginning> beginnings(Sweep.Snapshot snapshot, Instant before) {
        Map<TopicPartition, Long> first = new HashMap<>();
        for (Sweep.Reads reads : snapshot.reads()) {
            first.put(new TopicPartition(reads.topic(), reads.partition()), reads.first());
        }
        List<Sweep.Beginning> beginnings = new ArrayList<>();
        for (String topic : snapshot.topics()) {
            for (TopicPartition place : reader.ends(topic).keySet()) {
                Optional.ofNullable(first.get(place))
                        .or(() -> reader.firstSince(place, before))
                        .ifPresent(offset -> beginnings.add(new Sweep.Beginning(topic, place.partition(), offset)));
            }
        }
        return beginnings;
    }

    @Override
    public void close() {
        try (reader) {
            sweep.close();
        }
    }
}
