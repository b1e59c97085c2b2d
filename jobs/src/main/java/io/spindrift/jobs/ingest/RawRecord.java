package io.spindrift.jobs.ingest;

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
}
