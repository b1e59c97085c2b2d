package io.spindrift.sinks.commit;

import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import java.time.Clock;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;

/**
 * What is seen of commits while they run and afterwards: the metrics of {@link Metric.Place#COMMITTER}. Counts are those of the commits' manifests,
 * of commits that were made here; what the ledger had already is not counted again. Written by the committer's thread, read by the reporters'.
 */
public final class CommitMetrics {

    private static final long NONE = -1;

    private final MetricGroup group;
    private final Clock clock;
    private final Counter commits;
    private final Counter found;
    private final Counter fenced;
    private final Counter rows;
    private final Counter files;
    private final Counter bytes;
    private final Counter read;
    private final Counter superseded;
    private final Counter duplicates;
    private final Counter deadLetters;
    private final Counter ignored;
    private final Histogram durations;
    private final Map<TableName, Map<Operation, Counter>> tables = new HashMap<>();
    private volatile long begunMillis = NONE;
    private volatile long lastMillis;
    private volatile long endedMillis;
    private volatile long lagMillis = NONE;

    public CommitMetrics(MetricGroup group, Clock clock) {
        this.group = group;
        this.clock = clock;
        this.endedMillis = clock.millis();
        this.commits = Metric.COMMITS.counter(group);
        this.found = Metric.COMMITS_FOUND.counter(group);
        this.fenced = Metric.FENCED.counter(group);
        this.rows = Metric.COMMITTED_ROWS.counter(group);
        this.files = Metric.COMMITTED_FILES.counter(group);
        this.bytes = Metric.COMMITTED_BYTES.counter(group);
        this.read = Metric.RECORDS_READ.counter(group);
        this.superseded = Metric.SUPERSEDED.counter(group);
        this.duplicates = Metric.DUPLICATES.counter(group);
        this.deadLetters = Metric.DEAD_LETTERS.counter(group);
        this.ignored = Metric.IGNORED.counter(group);
        this.durations = Metric.COMMIT_DURATION.histogram(group);
        Metric.CURRENT_COMMIT.gauge(group, this::currentCommitMillis);
        Metric.LAST_COMMIT.gauge(group, () -> lastMillis);
        Metric.LAST_COMMIT_AGE.gauge(group, () -> clock.millis() - endedMillis);
        Metric.WAREHOUSE_LAG.gauge(group, () -> lagMillis);
    }

    /** @param stoppedTables may be asked at any time */
    public void watch(IntSupplier stoppedTables) {
        Metric.STOPPED_TABLES.gauge(group, stoppedTables::getAsInt);
    }

    private long currentCommitMillis() {
        long begun = begunMillis;
        return begun == NONE ? 0 : clock.millis() - begun;
    }

    void begun() {
        begunMillis = clock.millis();
    }

    void fenced() {
        fenced.inc();
    }

    void ended(Commit commit, CommitTarget.Outcome outcome) {
        long now = clock.millis();
        lastMillis = now - begunMillis;
        endedMillis = now;
        begunMillis = NONE;
        switch (outcome) {
            case COMMITTED -> {
                durations.update(lastMillis);
                count(commit);
                see(commit.watermarkMillis(), commit.rows(), now);
            }
            case ALREADY_COMMITTED -> found.inc();
        }
    }

    /** Without rows, the watermark is that of older ones, and the source may have been idle since. */
    private void see(long watermarkMillis, long rowsOfCommit, long now) {
        if (rowsOfCommit > 0 && watermarkMillis != Long.MIN_VALUE && watermarkMillis != Long.MAX_VALUE) {
            lagMillis = Math.max(0, now - watermarkMillis);
        }
    }

    private void count(Commit commit) {
        commits.inc();
        rows.inc(commit.rows());
        files.inc(commit.files().size());
        bytes.inc(commit.bytes());
        deadLetters.inc(commit.deadLetters());
        for (StagedFile file : commit.files()) {
            if (!DeadLetterTable.is(file.table())) {
                count(tables.computeIfAbsent(file.table(), this::register), file.counts());
            }
        }
        RecordBalance balance = commit.balance();
        if (balance != null) {
            read.inc(balance.read());
            superseded.inc(balance.superseded());
            duplicates.inc(balance.duplicates());
            ignored.inc(balance.ignored());
        }
    }

    private Map<Operation, Counter> register(TableName table) {
        Map<Operation, Counter> counters = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
            counters.put(
                    operation,
                    Metric.TABLE_ROWS.counter(
                            group, table.value(), operation.name().toLowerCase(Locale.ROOT)));
        }
        return counters;
    }

    private static void count(Map<Operation, Counter> counters, OperationCounts counts) {
        counters.forEach((operation, counter) -> counter.inc(counts.of(operation)));
    }
}
