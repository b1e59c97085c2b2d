package io.spindrift.sinks.metrics;

/** Flink's own metrics that tell of the pipeline, by their names in Prometheus: those that docs/metrics.md and the alert rules may name. */
public enum FlinkSeries {
    RUNNING("flink_jobmanager_job_runningState", "1: the job runs. Needs `STATE` in `metrics.job.status.enable`."),
    RESTARTS("flink_jobmanager_job_numRestarts", "Restarts since the job was submitted."),
    CHECKPOINTS(
            "flink_jobmanager_job_numberOfCompletedCheckpoints",
            "Checkpoints that were completed since the job was submitted. Flink 2 tells the time of the last one, too."),
    CHECKPOINT_DURATION("flink_jobmanager_job_lastCheckpointDuration", "How long the last one took, ms."),
    CHECKPOINTS_FAILED("flink_jobmanager_job_numberOfFailedCheckpoints", "Checkpoints that failed."),
    BACK_PRESSURED(
            "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
            "How much of each second a task waits for the next one; near 1000: what is behind it is the bottleneck."),
    BUSY("flink_taskmanager_job_task_busyTimeMsPerSecond", "How much of each second a task works."),
    ALIGNMENT(
            "flink_taskmanager_job_task_checkpointAlignmentTime",
            "How long the last barrier waited for the other inputs, ns."),
    PENDING_RECORDS(
            "flink_taskmanager_job_task_operator_pendingRecords",
            "Records in Kafka that this source subtask has not read. Better than the consumer group's lag, which moves with checkpoints only."),
    EMIT_LAG(
            "flink_taskmanager_job_task_operator_currentEmitEventTimeLag",
            "Age of the last change that was read, ms, by its commit time. It freezes when nothing comes."),
    RECORDS_SENT(
            "flink_taskmanager_job_task_operator_numRecordsSend",
            "Rows that a writer has taken, dead letters among them."),
    COMMITTABLES("flink_taskmanager_job_task_operator_totalCommittables", "Commits that the committer was given."),
    COMMITTABLES_FAILED(
            "flink_taskmanager_job_task_operator_failedCommittables",
            "Commits that were given up, their data with them. The job never does that: anything but 0 is a defect.");

    private final String series;
    private final String doc;

    FlinkSeries(String series, String doc) {
        this.series = series;
        this.doc = doc;
    }

    public String series() {
        return series;
    }

    String doc() {
        return doc;
    }
}
