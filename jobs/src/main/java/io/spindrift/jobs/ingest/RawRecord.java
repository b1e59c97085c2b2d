package io.spindrift.jobs.ingest;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** A Kafka record as it came: bytes, and where it stood. The arrays are Kafka's own and are not to be changed. */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere: identity is topic, partition, offset
public record RawRecord(
        String topic,
        int partition,
        long offset,
        long timestampMillis,
        byte @Nullable [] key,
        byte @Nullable [] value,
        Headers headers) {

    /** Headers of a dead letter that was sent to its topic again: where it stood. Texts. */
    public static final String REPLAYED_TOPIC = "spindrift.replay.topic";

    public static final String REPLAYED_PARTITION = "spindrift.replay.partition";
    public static final String REPLAYED_OFFSET = "spindrift.replay.offset";

    // Written out, not compact: NullAway on JDK 17 reads a nullable array only from an explicit parameter.
    public RawRecord(
            String topic,
            int partition,
            long offset,
            long timestampMillis,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers) {
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.timestampMillis = timestampMillis;
        this.key = key;
        this.value = value;
        this.headers = headers;
    }

    public static RawRecord of(ConsumerRecord<byte[], byte[]> record) {
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers());
    }

    /** Where a dead letter that was sent to its topic again stood before; empty for any other record. */
    public OptionalLong replayedOffset() {
        Header header = headers.lastHeader(REPLAYED_OFFSET);
        if (header == null || header.value() == null) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(new String(header.value(), StandardCharsets.UTF_8)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** A dead letter that was sent to its topic again. */
    public boolean isReplayed() {
        return headers.lastHeader(REPLAYED_OFFSET) != null;
    }
}
