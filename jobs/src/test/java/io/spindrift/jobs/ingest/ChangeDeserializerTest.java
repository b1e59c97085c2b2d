package io.spindrift.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.config.PipelineConfig.Decoding;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.Router;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ChangeDeserializerTest {

    private static final String ID = "{\"type\":\"int32\",\"optional\":false,\"field\":\"id\"}";
    private static final String KEY =
            "{\"schema\":{\"type\":\"struct\",\"fields\":[" + ID + "]},\"payload\":{\"id\":1}}";

    private static String value(String type, String name, String value) {
        String row =
                "{\"type\":\"struct\",\"fields\":[%s,{\"type\":\"%s\",\"name\":\"%s\",\"optional\":true,\"field\":\"x\"}],\"optional\":true,\"field\":"
                        .formatted(ID, type, name);
        return """
            {"schema":{"type":"struct","fields":[%s"before"},%s"after"},{"type":"struct","fields":[{"type":"string","field":"schema"},\
            {"type":"string","field":"table"}],"field":"source"},{"type":"string","field":"op"}],"name":"Envelope"},\
            "payload":{"before":null,"after":{"id":1,"x":%s},"source":{"ts_us":5,"schema":"public","table":"t"},"op":"c"}}\
            """.formatted(row, row, value);
    }

    private static final String INTERVAL = value("int64", "io.debezium.time.MicroDuration", "5");
    private static final String INFINITY = value("string", "io.debezium.time.ZonedTimestamp", "\"infinity\"");

    private static List<ChangeEvent> read(ColumnSettings columns, String value) throws IOException {
        ChangeDeserializer deserializer = new ChangeDeserializer(
                new Decoding(
                        RecordFormat.JSON,
                        RecordFormat.JSON,
                        "",
                        Map.of(),
                        DeclaredTables.NONE,
                        KeylessTables.NONE,
                        columns),
                new Router(Map.of()));
        deserializer.open(new DeserializationSchema.InitializationContext() {
            @Override
            public MetricGroup getMetricGroup() {
                return new UnregisteredMetricsGroup();
            }

            @Override
            public UserCodeClassLoader getUserCodeClassLoader() {
                throw new UnsupportedOperationException();
            }
        });
        List<ChangeEvent> events = new ArrayList<>();
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "shop", 3, 42, KEY.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
        deserializer.deserialize(record, new ListCollector<>(events));
        return events;
    }

    private static ColumnSettings settings(OnUnsupportedType type, OnUnrepresentableValue value) {
        return new ColumnSettings(Map.of(), type, value);
    }

    @Test
    void aPolicyOfFailureStopsTheJobForGoodWithThePlaceAndTheReason() throws IOException {
        ColumnSettings types = settings(OnUnsupportedType.FAIL, OnUnrepresentableValue.DEAD_LETTER);
        assertThatThrownBy(() -> read(types, INTERVAL))
                .isInstanceOf(SuppressRestartsException.class)
                .cause()
                .hasMessageStartingWith("shop-3 at offset 42: public.t.x: no column type for int64 io.debezium");
        assertThat(read(types, INFINITY)).singleElement().isInstanceOf(DeadLetter.class);
        ColumnSettings values = settings(OnUnsupportedType.DEAD_LETTER, OnUnrepresentableValue.FAIL);
        assertThatThrownBy(() -> read(values, INFINITY))
                .isInstanceOf(SuppressRestartsException.class)
                .cause()
                .hasMessageStartingWith("shop-3 at offset 42: public.t.x: the date is infinite");
        assertThat(read(values, INTERVAL)).singleElement().isInstanceOf(DeadLetter.class);
    }
}
