package io.spindrift.sinks.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.Test;

class MetricTest {

    private final ShownMetrics group = new ShownMetrics();

    @Test
    void seriesHaveTheNamesThatPrometheusGives() {
        assertThat(Metric.COMMITS.series()).isEqualTo("flink_taskmanager_job_task_operator_commits");
        assertThat(Metric.RAW_VALUES.series()).isEqualTo("flink_taskmanager_job_task_operator_deserializer_rawValues");
        assertThat(Metric.TABLE_ROWS.series())
                .isEqualTo("flink_taskmanager_job_task_operator_table_operation_committedRows");
    }

    /** Two metrics of one series have the same labels, and are told apart by their operators. */
    @Test
    void metricsOfOneOperatorHaveSeriesOfTheirOwn() {
        assertThat(Metric.values())
                .extracting(metric -> metric.series() + " of " + metric.place())
                .doesNotHaveDuplicates();
    }

    @Test
    void labelsAreGroups() {
        Metric.TABLE_ROWS.counter(group, "my \"users\"", "read").inc(3);
        Metric.STALLED.gauge(group, () -> 1);
        Metric.COMMIT_DURATION.histogram(group).update(5);
        SimpleCounter own = new SimpleCounter();
        Metric.STAGED_FILES.counter(group, own);
        own.inc();
        assertThat(group.names())
                .containsExactly(
                        "commitMillis", "stagedFiles", "stalled", "table=my \"users\",operation=read,committedRows");
        assertThat(group.value("table=my \"users\",operation=read,committedRows"))
                .isEqualTo(3);
        assertThat(group.value("stalled")).isOne();
        assertThat(group.value("commitMillis")).isOne();
        assertThat(group.value("stagedFiles")).isOne();
    }

    @Test
    void aMetricIsRegisteredAsItIsDeclared() {
        assertThatThrownBy(() -> Metric.STALLED.counter(group))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("STALLED is a GAUGE, not a COUNTER");
        assertThatThrownBy(() -> Metric.TABLE_ROWS.counter(group, "USERS"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("TABLE_ROWS has the labels [table, operation], not 1");
        assertThat(group.names()).isEmpty();
    }
}
