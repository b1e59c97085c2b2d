package io.spindrift.sinks.metrics;

import static java.util.stream.Collectors.joining;

import io.spindrift.sinks.metrics.Metric.Place;
import java.util.Arrays;
import java.util.Locale;

/** The metrics → docs/metrics.md. */
final class MetricDocs {

    private MetricDocs() {}

    static String markdown() {
        String ours = Arrays.stream(Place.values()).map(MetricDocs::section).collect(joining("\n"));
        String flinks = Arrays.stream(FlinkSeries.values())
                .map(series -> "| `%s` | %s |".formatted(series.series(), series.doc()))
                .collect(joining("\n"));
        return """
                # Metrics

                <!-- Made from Metric.java, FlinkSeries.java and MetricDocs.java; a test compares the two, and another one scrapes a running cluster. -->

                The job shows its metrics by Flink's metric system: in the web UI under the operator's *Metrics*, and to every reporter that the cluster has. The files
                in `flink-conf/`, the compose files and `bin/spindrift cluster start` switch Prometheus' on. Its listener has no login and listens on every interface of
                the machine: keep its port among yourselves. It shows names of tables, topics and hosts, and no data.

                Each table below names an operator, which is the label `operator_name` in Prometheus. In Flink a metric's identifier is the operator's scope and the name,
                `<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>.commits`; in Prometheus the name is as given, and host, tm_id, job_name and the others are
                labels. `job_name` is the pipeline's name. Counters begin at 0 with every attempt of a task, and a restart has another `task_attempt_id`: they are for
                watching, by `rate` and `increase`. The books are in the warehouse: `SPINDRIFT.COMMITS` has each commit once, with its rows by table and operation.

                %s
                ## Flink's own

                Of the many that Flink has, these tell of the pipeline:

                | in Prometheus | what it is |
                |---|---|
                %s

                ## What is lag

                `sourceLagMillis` is the number to watch: how old the oldest change is that was read and is not in the warehouse, as far as checkpoints tell. It grows when anything
                on the way stands still, or when the job works off a backlog, whose changes are old. In a sound job it goes up and down between 0 and the checkpoint interval plus what the connector
                takes. While the source is idle it is 0: no age of a last commit, no watermark is in it. What it does not know: changes that the connector has not sent or the job
                has not read (`pendingRecords`), and the commit itself, which begins when the checkpoint is complete (`currentCommitMillis`), or later where the pipeline commits more rarely than it checkpoints.

                `bin/spindrift health` asks from outside: how old is the oldest change in Kafka that the ledger does not have? It warns from 60 s on (`--warn-lag`, exit code 3) and fails
                from 300 s on (`--critical-lag`, exit code 1).

                ## Alerts

                `compose/monitoring/alerts.yml` has them; `promtool test rules compose/monitoring/alerts.test.yml` tests them. *page*: somebody gets up; *ticket*: somebody looks during the day.
                Thresholds fit a checkpoint interval of up to 60 s; where commits are meant to be rarer, raise those of SpindriftLag, SpindriftLagCritical and SpindriftNoCommit.

                ### SpindriftJobAbsent

                *page*, after 2 min. No JobManager shows a job: it is down, unreachable, or has no job. Submit the job from its newest checkpoint or savepoint; nothing is lost and nothing comes twice, as long
                as the topics still hold what was not read ([operations](operations.md)).

                ### SpindriftJobNotRunning

                *page*, after 2 min. The job is there and does not run: it restarts, waits for slots, or has failed. The JobManager's log and the web UI's *Exceptions* say why. After "refused", "went back" or "never reached the warehouse" it does not
                restart by itself: the message names the command or the setting that goes on.

                ### SpindriftLag

                *ticket*, after 1 min. Changes wait for more than 60 s. A first snapshot and a backlog after a pause do that, and end by themselves: see whether `pendingRecords` falls. Otherwise the task behind the last one with high
                `backPressuredTimeMsPerSecond` is the bottleneck; if `commitMillis` is near the checkpoint interval, it is the warehouse.

                ### SpindriftLagCritical

                *page*, after 1 min. Changes wait for more than 300 s. As above; and look whether checkpoints complete at all.

                ### SpindriftNoCommit

                *page*, after 3 min. No commit for 180 s, three intervals, although changes wait or a commit runs. `currentCommitMillis` above 0 the whole time: the commit hangs, look for its statement in
                Snowflake's query history, and for a suspended or queueing warehouse. Otherwise checkpoints do not complete: the web UI's *Checkpoints* says which task is late.

                ### SpindriftNoCheckpoint

                *ticket*, after 1 min. No checkpoint was completed for 10 min, of a job that is older. Nothing is committed without, and a restart goes back to the last one. The web UI's *Checkpoints* says why.

                ### SpindriftCommitGivenUp

                *page*, at once. Flink has dropped a commit with its data. The job never asks for that: stop it, keep its log, and report it. An older savepoint brings the data back, while the topics have it.

                ### SpindriftFenced

                *page*, at once. Another committer has taken the pipeline over: two jobs run it. The ledger lets one of them commit alone, so the data is right; stop one job. The loser has ended by
                itself, unless both were attempts of one job.

                ### SpindriftRestarts

                *ticket*, at once. More than three restarts within 15 min. *Exceptions* in the web UI say why.

                ### SpindriftTableStopped

                *ticket*, after 1 min. A dead letter has stopped a table's mirror; its changes go to RAW. `bin/spindrift stopped-tables list` says which one and how it goes on
                ([a table that stops](dead-letters.md#a-table-that-stops)).

                ### SpindriftDeadLetters

                *ticket*, at once. Records became dead letters within the last 15 min: `bin/spindrift dead-letters list` ([dead letters](dead-letters.md)).
                """.formatted(ours, flinks);
    }

    private static String section(Place place) {
        String rows = Arrays.stream(Metric.values())
                .filter(metric -> metric.place() == place)
                .map(MetricDocs::row)
                .collect(joining("\n"));
        return """
                ## %s

                Shown %s.

                | in Flink | in Prometheus | kind | unit | what it is |
                |---|---|---|---|---|
                %s
                """.formatted(place.operator(), place.subtasks(), rows);
    }

    private static String row(Metric metric) {
        String labels = metric.labels().stream().map(label -> label + "=\"…\"").collect(joining(", "));
        return "| `%s` | `%s%s` | %s | %s | %s |"
                .formatted(
                        metric.scoped(),
                        metric.series(),
                        labels.isEmpty() ? "" : "{" + labels + "}",
                        metric.kind().name().toLowerCase(Locale.ROOT),
                        metric.unit().symbol(),
                        metric.doc());
    }
}
