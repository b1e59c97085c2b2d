package io.spindrift.jobs.ingest;

import io.spindrift.jobs.config.PipelineConfig.Decoding;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.DebeziumDecoder;
import io.spindrift.jobs.route.Router;
import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.ShapeAnnounced;
import java.io.IOException;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Every record becomes at least one event that tells its place. Decodes within the source, as the source makes the watermarks and the commit time stands inside the record. One decoder a subtask; it
 * keeps nothing that a crash could lose.
 */
public final class ChangeDeserializer implements KafkaRecordDeserializationSchema<ChangeEvent> {

    private static final long serialVersionUID = 1;

    private final Decoding decoding;
    private final Router router;
    // Flink calls open before any record.
    @SuppressWarnings("NullAway.Init")
    private transient DebeziumDecoder decoder;

    private transient boolean accounted;

    public ChangeDeserializer(Decoding decoding, Router router) {
        this.decoding = decoding;
        this.router = router;
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        open(context.getMetricGroup());
    }

    /** Before any record. */
    public void open(MetricGroup metrics) {
        decoder = decoding.decoder(router);
        Metric.RAW_VALUES.gauge(metrics, () -> decoder.rawValues());
        Metric.COLUMNS_LEFT_OUT.gauge(metrics, () -> decoder.columnsLeftOut());
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ChangeEvent> out) throws IOException {
        deserialize(RawRecord.of(record), out);
    }

    public void deserialize(RawRecord raw, Collector<ChangeEvent> out) throws IOException {
        accounted = false;
        decoder.decode(raw, event -> {
            if (event instanceof DeadLetter letter) {
                failIfAsked(letter);
            }
            accounted |= !(event instanceof ShapeAnnounced);
            out.collect(event);
        });
        if (!accounted) {
            out.collect(new RecordSkipped(raw.topic(), raw.partition(), raw.offset()));
        }
    }

    /** The same record fails again after a restart, so there is none. */
    private void failIfAsked(DeadLetter letter) {
        ColumnSettings columns = decoding.columns();
        boolean fails =
                switch (letter.reason()) {
                    case UNSUPPORTED_TYPE -> columns.onUnsupportedType() == OnUnsupportedType.FAIL;
                    case UNREPRESENTABLE_VALUE -> columns.onUnrepresentableValue() == OnUnrepresentableValue.FAIL;
                    case UNDECODABLE,
                            NOT_AN_ENVELOPE,
                            UNDECLARED_TABLE,
                            NO_PRIMARY_KEY,
                            LSN_REGRESSED,
                            UNKNOWN_TOAST_VALUE,
                            REPEATED_SNAPSHOT -> false;
                };
        if (fails) {
            throw new SuppressRestartsException(new IllegalStateException("%s-%d at offset %d: %s"
                    .formatted(letter.topic(), letter.partition(), letter.offset(), letter.detail())));
        }
    }

    @Override
    public TypeInformation<ChangeEvent> getProducedType() {
        return ModelTypes.CHANGE_EVENT;
    }
}
