package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.commit.CommitTarget.Outcome;
import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.metrics.ShownMetrics;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommitMetricsTest {

    private static final TableShape USERS = shape("USERS");
    private static final TableShape ORDERS = shape("my orders");

    private final ShownMetrics shown = new ShownMetrics();
    private long nowMillis = 100_000;
    private final CommitMetrics metrics = new CommitMetrics(shown, new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMillis);
        }
    });

    private static TableShape shape(String table) {
        return new TableShape(new TableName(table), List.of(new Column("ID", new ColumnType.Date(), true)));
    }

    private static StagedFile file(TableShape shape, long bytes, OperationCounts counts) {
        return new StagedFile(shape, "p/T/f", bytes, counts, List.of(), 5);
    }

    private static Commit commit(long watermarkMillis, @Nullable RecordBalance balance, StagedFile... files) {
        return new Commit(
                new UUID(0, 1),
                1,
                Arrays.asList(files),
                List.of(new SourceProgress("t", 0, "", -1, 0, 9)),
                watermarkMillis,
                Commit.Timing.DUE,
                balance);
    }

    private void commits(Commit commit, Outcome outcome, long millis) {
        metrics.begun();
        nowMillis += millis;
        metrics.ended(commit, outcome);
    }

    private long value(Metric metric) {
        return shown.value(metric.flinkName());
    }

    private long rows(String table, String operation) {
        return shown.value("table=%s,operation=%s,committedRows".formatted(table, operation));
    }

    @Test
    void rowsAreCountedByTableAndOperationOverAllFiles() {
        Commit commit = commit(
                0,
                new RecordBalance(31, 20, 1, 4, 1, 5),
                file(USERS, 100, new OperationCounts(1, 2, 3, 4, 0)),
                file(USERS, 50, new OperationCounts(0, 5, 0, 0, 1)),
                file(ORDERS, 7, new OperationCounts(0, 5, 0, 0, 0)),
                file(DeadLetterTable.SHAPE, 3, new OperationCounts(0, 1, 0, 0, 0)));
        commits(commit, Outcome.COMMITTED, 10);
        assertThat(rows("USERS", "read")).isEqualTo(1);
        assertThat(rows("USERS", "create")).isEqualTo(7);
        assertThat(rows("USERS", "update")).isEqualTo(3);
        assertThat(rows("USERS", "delete")).isEqualTo(4);
        assertThat(rows("USERS", "truncate")).isEqualTo(1);
        assertThat(rows("my orders", "create")).isEqualTo(5);
        assertThat(rows("my orders", "delete")).isZero();
        assertThat(shown.names()).noneMatch(name -> name.contains(DeadLetterTable.NAME.value()));
        assertThat(value(Metric.COMMITTED_ROWS)).isEqualTo(21);
        assertThat(value(Metric.COMMITTED_FILES)).isEqualTo(4);
        assertThat(value(Metric.COMMITTED_BYTES)).isEqualTo(160);
        assertThat(value(Metric.RECORDS_READ)).isEqualTo(31);
        assertThat(value(Metric.SUPERSEDED)).isEqualTo(1);
        assertThat(value(Metric.DUPLICATES)).isEqualTo(4);
        assertThat(value(Metric.DEAD_LETTERS)).isEqualTo(1);
        assertThat(value(Metric.IGNORED)).isEqualTo(5);
        commits(commit, Outcome.COMMITTED, 10);
        assertThat(rows("USERS", "create")).isEqualTo(14);
        assertThat(value(Metric.COMMITS)).isEqualTo(2);
    }

    /** After a restart the state brings it again; the attempt that made it has counted it, or is gone. */
    @Test
    void aCommitThatTheLedgerHadIsNotCountedAgain() {
        Commit commit =
                commit(0, new RecordBalance(3, 3, 0, 0, 0, 0), file(USERS, 100, new OperationCounts(0, 3, 0, 0, 0)));
        commits(commit, Outcome.ALREADY_COMMITTED, 10);
        assertThat(value(Metric.COMMITS_FOUND)).isOne();
        assertThat(value(Metric.COMMITS)).isZero();
        assertThat(value(Metric.COMMITTED_ROWS)).isZero();
        assertThat(value(Metric.COMMITTED_FILES)).isZero();
        assertThat(value(Metric.RECORDS_READ)).isZero();
        assertThat(value(Metric.WAREHOUSE_LAG)).isEqualTo(-1);
        assertThat(shown.names()).noneMatch(name -> name.contains("USERS"));
    }

    @Test
    void ofACommitOfAnOlderBuildDeadLettersAreKnownByTheirFile() {
        commits(
                commit(0, null, file(DeadLetterTable.SHAPE, 3, new OperationCounts(0, 2, 0, 0, 0))),
                Outcome.COMMITTED,
                1);
        assertThat(value(Metric.DEAD_LETTERS)).isEqualTo(2);
        assertThat(value(Metric.RECORDS_READ)).isZero();
    }

    @Test
    void anIdleSourceDoesNotRaiseTheLag() {
        StagedFile file = file(USERS, 1, new OperationCounts(0, 1, 0, 0, 0));
        assertThat(value(Metric.WAREHOUSE_LAG)).as("before the first").isEqualTo(-1);
        commits(commit(99_000, null, file), Outcome.COMMITTED, 500);
        assertThat(value(Metric.WAREHOUSE_LAG)).isEqualTo(1_500);
        nowMillis += 3_600_000;
        assertThat(value(Metric.WAREHOUSE_LAG)).as("nothing came").isEqualTo(1_500);
        commits(commit(99_000, null), Outcome.COMMITTED, 500);
        assertThat(value(Metric.WAREHOUSE_LAG)).as("nothing but progress came").isEqualTo(1_500);
        commits(commit(Long.MAX_VALUE, null, file), Outcome.COMMITTED, 1);
        assertThat(value(Metric.WAREHOUSE_LAG)).as("the source has ended").isEqualTo(1_500);
        commits(commit(nowMillis - 70_000, null, file), Outcome.COMMITTED, 0);
        assertThat(value(Metric.WAREHOUSE_LAG)).isEqualTo(70_000);
    }

    @Test
    void aCommitIsSeenWhileItRunsAndItsAgeAfterwards() {
        assertThat(value(Metric.CURRENT_COMMIT)).isZero();
        metrics.begun();
        nowMillis += 250;
        assertThat(value(Metric.CURRENT_COMMIT)).isEqualTo(250);
        metrics.ended(commit(0, null), Outcome.COMMITTED);
        nowMillis += 40;
        assertThat(value(Metric.CURRENT_COMMIT)).isZero();
        assertThat(value(Metric.LAST_COMMIT)).isEqualTo(250);
        assertThat(value(Metric.LAST_COMMIT_AGE)).isEqualTo(40);
        assertThat(value(Metric.COMMIT_DURATION)).as("values in it").isOne();
    }

    /** What is declared for the committer is what it shows. */
    @Test
    void everyMetricOfTheCommitterIsShown() {
        metrics.watch(() -> 2);
        commits(commit(0, null, file(USERS, 1, new OperationCounts(0, 1, 0, 0, 0))), Outcome.COMMITTED, 1);
        assertThat(value(Metric.STOPPED_TABLES)).isEqualTo(2);
        List<String> declared = Arrays.stream(Metric.values())
                .filter(metric -> metric.place() == Metric.Place.COMMITTER)
                .map(Metric::flinkName)
                .distinct()
                .toList();
        assertThat(shown.names())
                .allMatch(name -> declared.contains(name.substring(name.lastIndexOf(',') + 1)))
                .containsAll(declared);
    }
}
