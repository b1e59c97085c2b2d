package io.spindrift.jobs.direct;

import io.spindrift.jobs.ingest.RawRecord;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Debezium's records → what they would be in Kafka, as JSON with schema: the decoder reads them as it reads the others. */
final class ConnectRecords {

    private static final String SOURCE = "source";

    private final JsonConverter keys = converter(true);
    private final JsonConverter values = converter(false);

    /** An explicit NULL stays one; by default it would become its column's default. */
    private static JsonConverter converter(boolean ofKeys) {
        JsonConverter converter = new JsonConverter();
        converter.configure(Map.of("schemas.enable", "true", "replace.null.with.default", "false"), ofKeys);
        return converter;
    }

    RawRecord raw(SourceRecord record, int partition, long offset) {
        RecordHeaders headers = new RecordHeaders();
        for (Header header : record.headers()) {
            headers.add(header.key(), bytes(keys, record.topic(), header.schema(), header.value()));
        }
        return new RawRecord(
                record.topic(),
                partition,
                offset,
                source(record).getInt64("ts_ms"),
                bytes(keys, record.topic(), record.keySchema(), record.key()),
                bytes(values, record.topic(), record.valueSchema(), record.value()),
                headers);
    }

    private static byte @Nullable [] bytes(
            JsonConverter converter, String topic, @Nullable Schema schema, @Nullable Object value) {
        return value == null ? null : converter.fromConnectData(topic, schema, value);
    }

    /** Flink CDC marks its snapshot's reads as streamed, and gives them no LSN: they get that of the log when their chunk was read. */
    static void markRead(SourceRecord record, long lsn) {
        Struct source = source(record);
        source.put("snapshot", "true");
        source.put("lsn", lsn);
    }

    static long lsn(SourceRecord record) {
        return source(record).getInt64("lsn");
    }

    private static Struct source(SourceRecord record) {
        return ((Struct) record.value()).getStruct(SOURCE);
    }
}
