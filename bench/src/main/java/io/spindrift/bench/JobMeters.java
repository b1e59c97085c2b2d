package io.spindrift.bench;

import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Reads two of a job's metrics where they stand, at any moment: nothing is added to the job for it. */
public final class JobMeters implements MetricReporterFactory, MetricReporter {

    private static final String APPLIED = "changesApplied";
    private static final String CHECKPOINTS = "numberOfCompletedCheckpoints";
    private static final Set<Meter> METERS = ConcurrentHashMap.newKeySet();

    private record Meter(String job, String name, Metric metric) {}

    /** Changes that have passed the order, on their way into the sink. */
    static long applied(String job) {
        return METERS.stream()
                .filter(meter -> meter.job.equals(job) && meter.name.equals(APPLIED))
                .mapToLong(meter -> ((Counter) meter.metric).getCount())
                .sum();
    }

    static long completedCheckpoints(String job) {
        return METERS.stream()
                .filter(meter -> meter.job.equals(job) && meter.name.equals(CHECKPOINTS))
                .mapToLong(meter -> ((Number) ((Gauge<?>) meter.metric).getValue()).longValue())
                .sum();
    }

    @Override
    public MetricReporter createMetricReporter(Properties properties) {
        return new JobMeters();
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        if (name.equals(APPLIED) || name.equals(CHECKPOINTS)) {
            METERS.add(meter(metric, name, group));
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
        METERS.remove(meter(metric, name, group));
    }

    private static Meter meter(Metric metric, String name, MetricGroup group) {
        return new Meter(Objects.requireNonNullElse(group.getAllVariables().get("<job_id>"), ""), name, metric);
    }
}
