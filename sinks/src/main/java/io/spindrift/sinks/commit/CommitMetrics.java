package io.spindrift.sinks.commit;

import java.time.Clock;
import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * What is seen of commits while they run and afterwards. Read by the reporters' threads.
 *
 * <ul>
 *   <li>{@code currentCommitMillis}: how long the running commit has taken; 0 when none runs. A commit that hangs shows here
 *   <li>{@code lastCommitMillis}: how long the last one took
 *   <li>{@code lastCommitAgeMillis}: time since the last one ended, or since the start
 *   <li>{@code warehouseLagMillis}: how far the warehouse is behind the source's clock, by the last commit's watermark; -1 when unknown
 *   <li>{@code commits}, {@code commitsFound}, {@code committedRows}
 *   <li>{@code stoppedTables}: how many mirrors dead letters have stopped, as of the last commit
 * </ul>
 */
public final class CommitMetrics {

    private static final long NONE = -1;

    private final MetricGroup group;
    private final Clock clock;
    private final Counter commits;
    private final Counter found;
    private final Counter rows;
    private volatile long begunMillis = NONE;
    private volatile long lastMillis;
    private volatile long endedMillis;
    private volatile long watermarkMillis = Long.MIN_VALUE;

    public CommitMetrics(MetricGroup group, Clock clock) {
        this.group = group;
        this.clock = clock;
        this.endedMillis = clock.millis();
        this.commits = group.counter("commits");
        this.found = group.counter("commitsFound");
        this.rows = group.counter("committedRows");
        group.gauge("currentCommitMillis", (Gauge<Long>) this::currentCommitMillis);
        group.gauge("lastCommitMillis", (Gauge<Long>) () -> lastMillis);
        group.gauge("lastCommitAgeMillis", (Gauge<Long>) () -> clock.millis() - endedMillis);
        group.gauge("warehouseLagMillis", (Gauge<Long>) this::warehouseLagMillis);
    }

    /** @param stoppedTables may be asked at any time */
    public void watch(IntSupplier stoppedTables) {
        group.gauge("stoppedTables", (Gauge<Integer>) stoppedTables::getAsInt);
    }

    private long currentCommitMillis() {
        long begun = begunMillis;
        return begun == NONE ? 0 : clock.millis() - begun;
    }

    private long warehouseLagMillis() {
        long watermark = watermarkMillis;
        return watermark == Long.MIN_VALUE || watermark == Long.MAX_VALUE ? NONE : clock.millis() - watermark;
    }

    void begun() {
        begunMillis = clock.millis();
    }

    void ended(Commit commit, CommitTarget.Outcome outcome) {
        long now = clock.millis();
        lastMillis = now - begunMillis;
        endedMillis = now;
        watermarkMillis = commit.watermarkMillis();
        begunMillis = NONE;
        switch (outcome) {
            case COMMITTED -> {
                commits.inc();
                rows.inc(commit.rows());
            }
            case ALREADY_COMMITTED -> found.inc();
        }
    }
}
