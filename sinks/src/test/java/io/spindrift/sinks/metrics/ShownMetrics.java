package io.spindrift.sinks.metrics;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** A metric group that keeps what is registered, as {@code name} or {@code label=value,label=value,name}. */
public final class ShownMetrics extends UnregisteredMetricsGroup {

    private final String prefix;
    private final Map<String, org.apache.flink.metrics.Metric> shown;

    public ShownMetrics() {
        this("", new TreeMap<>());
    }

    private ShownMetrics(String prefix, Map<String, org.apache.flink.metrics.Metric> shown) {
        this.prefix = prefix;
        this.shown = shown;
    }

    public Iterable<String> names() {
        return shown.keySet();
    }

    /** A counter's count, a gauge's value, a histogram's number of values. */
    public long value(String name) {
        org.apache.flink.metrics.Metric metric = shown.get(name);
        if (metric instanceof Counter counter) {
            return counter.getCount();
        } else if (metric instanceof Gauge<?> gauge) {
            return ((Number) gauge.getValue()).longValue();
        } else if (metric instanceof Histogram histogram) {
            return histogram.getCount();
        }
        throw new AssertionError("no metric " + name + " among " + shown.keySet());
    }

    private <T extends org.apache.flink.metrics.Metric> T keep(String name, T metric) {
        if (shown.putIfAbsent(prefix + name, metric) != null) {
            throw new AssertionError(prefix + name + " is registered twice: Flink shows the first alone");
        }
        return metric;
    }

    @Override
    public Counter counter(String name) {
        return keep(name, super.counter(name));
    }

    @Override
    public <C extends Counter> C counter(String name, C counter) {
        return keep(name, counter);
    }

    @Override
    public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
        return keep(name, gauge);
    }

    @Override
    public <H extends Histogram> H histogram(String name, H histogram) {
        return keep(name, histogram);
    }

    @Override
    public ShownMetrics addGroup(String key, String value) {
        return new ShownMetrics(prefix + key + "=" + value + ",", shown);
    }
}
