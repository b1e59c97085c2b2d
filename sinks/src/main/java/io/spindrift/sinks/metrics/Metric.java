package io.spindrift.sinks.metrics;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * Every metric of the job, declared once: they are registered from here, and docs/metrics.md is made from here. Names are promises to
 * dashboards and alert rules. Counters begin at 0 with every attempt of the job; the books are in {@code SPINDRIFT.COMMITS}.
 */
public enum Metric {
    RAW_VALUES(
            Place.SOURCE,
            "rawValues",
            Kind.GAUGE,
            Unit.COUNT,
            "Values that no exact column holds and that stand as text beside it ([types](types.md)), since this attempt began."),
    COLUMNS_LEFT_OUT(
            Place.SOURCE,
            "columnsLeftOut",
            Kind.GAUGE,
            Unit.COUNT,
            "Columns without a type in Snowflake that `on-unsupported-type` leaves out."),

    SOURCE_LAG(
            Place.SPLIT,
            "sourceLagMillis",
            Kind.GAUGE,
            Unit.MILLIS,
            "Lag from the source's commit to the warehouse's: the age, by its commit time in PostgreSQL, of the oldest change that was read and is in no completed checkpoint. 0 when none waits, so an idle source has none. Take the maximum of the subtasks."),
    WAITING_FOR_CHECKPOINT(
            Place.SPLIT,
            "waitingForCheckpointMillis",
            Kind.GAUGE,
            Unit.MILLIS,
            "How long ago the oldest record was read that is in no completed checkpoint; 0 when none waits."),
    STALLED(
            Place.SPLIT,
            "stalled",
            Kind.GAUGE,
            Unit.FLAG,
            "1: records wait like that for longer than `pipeline.liveness-timeout`. The log says so, too, every minute."),

    CHANGES_APPLIED(
            Place.ORDER,
            "changesApplied",
            Kind.COUNTER,
            Unit.COUNT,
            "Changes that go on to the warehouse, as they come: those of a failed attempt come again, and count again."),
    CHANGES_DUPLICATE(Place.ORDER, "changesDuplicate", Kind.COUNTER, Unit.COUNT, "Likewise, changes that came before."),
    CHANGES_SUPERSEDED(
            Place.ORDER,
            "changesSuperseded",
            Kind.COUNTER,
            Unit.COUNT,
            "Likewise, changes that are logged and not merged: newer ones of their rows came first."),
    CHANGES_LATE(
            Place.ORDER,
            "changesLate",
            Kind.COUNTER,
            Unit.COUNT,
            "Changes that came when event time had passed them. They are applied like any other."),
    CHANGES_HELD_BACK(
            Place.ORDER,
            "changesHeldBack",
            Kind.GAUGE,
            Unit.COUNT,
            "Changes in the reorder buffer. Only where the pipeline has one."),

    STAGED_FILES(
            Place.WRITER,
            "stagedFiles",
            Kind.COUNTER,
            Unit.COUNT,
            "Files that this writer has uploaded into the stage. Of a table with few rows the aggregator uploads them."),
    STAGED_BYTES(Place.WRITER, "stagedBytes", Kind.COUNTER, Unit.BYTES, "Their size, compressed."),
    BUFFERED_BYTES(
            Place.WRITER,
            "bufferedBytes",
            Kind.GAUGE,
            Unit.BYTES,
            "Rows in the writer's memory that are in no file yet."),

    JOINED_FILES(
            Place.AGGREGATOR,
            "stagedFiles",
            Kind.COUNTER,
            Unit.COUNT,
            "Files into which the writers' small parts were joined and uploaded."),
    JOINED_BYTES(Place.AGGREGATOR, "stagedBytes", Kind.COUNTER, Unit.BYTES, "Their size, compressed."),

    COMMITS(Place.COMMITTER, "commits", Kind.COUNTER, Unit.COUNT, "Commits that were made."),
    COMMITS_FOUND(
            Place.COMMITTER,
            "commitsFound",
            Kind.COUNTER,
            Unit.COUNT,
            "Commits that the ledger had already when they were tried, after a restart or a lost reply. Nothing of them is in the counters below."),
    COMMITTED_ROWS(
            Place.COMMITTER,
            "committedRows",
            Kind.COUNTER,
            Unit.COUNT,
            "Rows of RAW that the commits' files brought. Where a job has gone back behind the ledger, rows that RAW had already are among them; `DUPLICATE_ROWS` in `SPINDRIFT.COMMITS` says how many."),
    TABLE_ROWS(
            Place.COMMITTER,
            "committedRows",
            Kind.COUNTER,
            Unit.COUNT,
            "The same by table (its name in RAW) and operation: `read`, `create`, `update`, `delete`, `truncate`. A table has its series from the first commit with rows of it.",
            "table",
            "operation"),
    COMMITTED_FILES(
            Place.COMMITTER, "committedFiles", Kind.COUNTER, Unit.COUNT, "Staged files that the commits loaded."),
    COMMITTED_BYTES(Place.COMMITTER, "committedBytes", Kind.COUNTER, Unit.BYTES, "Their size, compressed."),
    RECORDS_READ(
            Place.COMMITTER,
            "recordsRead",
            Kind.COUNTER,
            Unit.COUNT,
            "Records of the source that the commits account for: `recordsRead` = `committedRows` + `duplicates` + `deadLetters` + `ignored`."),
    SUPERSEDED(
            Place.COMMITTER,
            "superseded",
            Kind.COUNTER,
            Unit.COUNT,
            "Of the committed rows, those that MIRROR did not take: newer changes of their rows came first."),
    DUPLICATES(Place.COMMITTER, "duplicates", Kind.COUNTER, Unit.COUNT, "Records that had come before."),
    DEAD_LETTERS(
            Place.COMMITTER,
            "deadLetters",
            Kind.COUNTER,
            Unit.COUNT,
            "Records that could not become a change and stand in `SPINDRIFT.DEAD_LETTERS`, with the reason ([dead letters](dead-letters.md))."),
    IGNORED(
            Place.COMMITTER,
            "ignored",
            Kind.COUNTER,
            Unit.COUNT,
            "Records that rightly became nothing: tombstones, heartbeats, tables that no route takes."),
    STOPPED_TABLES(
            Place.COMMITTER,
            "stoppedTables",
            Kind.GAUGE,
            Unit.COUNT,
            "Tables whose mirrors dead letters have stopped, as of the last commit."),
    FENCED(
            Place.COMMITTER,
            "fenced",
            Kind.COUNTER,
            Unit.COUNT,
            "Commits that were refused because another committer has taken the pipeline over. The task fails with it, so the value 1 can be seen for moments alone: the job's log and the absent job tell it for certain."),
    CURRENT_COMMIT(
            Place.COMMITTER,
            "currentCommitMillis",
            Kind.GAUGE,
            Unit.MILLIS,
            "How long the running commit has taken so far; 0 when none runs. A commit that hangs shows here."),
    LAST_COMMIT(Place.COMMITTER, "lastCommitMillis", Kind.GAUGE, Unit.MILLIS, "How long the last commit took."),
    COMMIT_DURATION(
            Place.COMMITTER,
            "commitMillis",
            Kind.HISTOGRAM,
            Unit.MILLIS,
            "The same of the last 100 commits, with quantiles."),
    LAST_COMMIT_AGE(
            Place.COMMITTER,
            "lastCommitAgeMillis",
            Kind.GAUGE,
            Unit.MILLIS,
            "Time since the last commit ended, or since the start. It grows while the source is idle, as nothing is committed then."),
    WAREHOUSE_LAG(
            Place.COMMITTER,
            "warehouseLagMillis",
            Kind.GAUGE,
            Unit.MILLIS,
            "How far the warehouse was behind the source when the last commit with rows was done, by its watermark: time of the commit - event time up to which it is complete. It stays until the next such commit, so an idle source does not raise it; -1 before the first. A partition that has been silent for less than `source.idle-timeout` may raise it by that, and `source.max-out-of-orderness` is in it.");

    /** The operators that show metrics. */
    public enum Place {
        SOURCE("Source: Kafka: decode", "deserializer", "on every subtask"),
        SPLIT("Split", "", "on every subtask"),
        ORDER("Order", "", "on every subtask"),
        WRITER("Snowflake: Writer", "", "on every subtask"),
        AGGREGATOR("Snowflake: Aggregate commit", "", "on its one subtask"),
        COMMITTER("Snowflake: Committer", "", "on subtask 0 alone, which makes all commits");

        private final String operator;
        private final String scope;
        private final String subtasks;

        /** @param scope a group that Flink opens within the operator */
        Place(String operator, String scope, String subtasks) {
            this.operator = operator;
            this.scope = scope;
            this.subtasks = subtasks;
        }

        /** The label operator_name. */
        public String operator() {
            return operator;
        }

        String subtasks() {
            return subtasks;
        }
    }

    /** As Flink knows them; to Prometheus a counter is a gauge, and a histogram a summary. */
    public enum Kind {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    enum Unit {
        COUNT(""),
        FLAG("0 or 1"),
        MILLIS("ms"),
        BYTES("bytes");

        private final String symbol;

        Unit(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }
    }

    private static final String OPERATOR = "flink_taskmanager_job_task_operator";
    private static final int COMMITS_IN_HISTOGRAM = 100;

    private final Place place;
    private final String flinkName;
    private final Kind kind;
    private final Unit unit;
    private final String doc;
    private final List<String> labels;

    /** @param labels always the same and in the same order: Prometheus takes a name's label keys from its first series */
    Metric(Place place, String flinkName, Kind kind, Unit unit, String doc, String... labels) {
        this.place = place;
        this.flinkName = flinkName;
        this.kind = kind;
        this.unit = unit;
        this.doc = doc;
        this.labels = List.of(labels);
    }

    public Place place() {
        return place;
    }

    /** Within its group. */
    public String flinkName() {
        return flinkName;
    }

    public Kind kind() {
        return kind;
    }

    public List<String> labels() {
        return labels;
    }

    Unit unit() {
        return unit;
    }

    String doc() {
        return doc;
    }

    /** Its name behind the operator's scope in Flink, groups and all. */
    String scoped() {
        Stream<String> groups = labels.stream().map(label -> label + ".<" + label + ">");
        return Stream.of(Stream.of(place.scope), groups, Stream.of(flinkName))
                .flatMap(names -> names)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.joining("."));
    }

    /** Its name in Prometheus. */
    public String series() {
        return Stream.of(Stream.of(OPERATOR, place.scope), labels.stream(), Stream.of(flinkName))
                .flatMap(names -> names)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.joining("_"));
    }

    /**
     * Of one thread.
     *
     * @param labelValues one for each label
     */
    public Counter counter(MetricGroup group, String... labelValues) {
        return registered(Kind.COUNTER, () -> labelled(group, labelValues).counter(flinkName));
    }

    public void counter(MetricGroup group, Counter counter) {
        registered(Kind.COUNTER, () -> labelled(group).counter(flinkName, counter));
    }

    /** @param value asked by the reporters' threads */
    public void gauge(MetricGroup group, Gauge<? extends Number> value) {
        registered(Kind.GAUGE, () -> labelled(group).<Number, Gauge<Number>>gauge(flinkName, value::getValue));
    }

    public Histogram histogram(MetricGroup group) {
        return registered(Kind.HISTOGRAM, () -> labelled(group)
                .histogram(flinkName, new DescriptiveStatisticsHistogram(COMMITS_IN_HISTOGRAM)));
    }

    private <T> T registered(Kind as, Supplier<T> registration) {
        if (as != kind) {
            throw new IllegalStateException("%s is a %s, not a %s".formatted(this, kind, as));
        }
        return registration.get();
    }

    private MetricGroup labelled(MetricGroup group, String... values) {
        if (values.length != labels.size()) {
            throw new IllegalStateException("%s has the labels %s, not %d".formatted(this, labels, values.length));
        }
        MetricGroup labelled = group;
        for (int i = 0; i < values.length; i++) {
            labelled = labelled.addGroup(labels.get(i), values[i]);
        }
        return labelled;
    }
}
