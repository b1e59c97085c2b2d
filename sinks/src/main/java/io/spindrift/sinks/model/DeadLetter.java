package io.spindrift.sinks.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record that could not become a change, whole, with the reason.
 *
 * @param detail for people: what, where, the kind of value seen and what to do; never row data
 * @param table in the warehouse that the record is about; null where neither the record nor its topic tells
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere: identity is topic, partition, offset
public record DeadLetter(
        String topic,
        int partition,
        long offset,
        long timestampMillis,
        Reason reason,
        String detail,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<Header> headers,
        @Nullable TableName table)
        implements ChangeEvent {

    // Written out, not compact: NullAway on JDK 17 reads a nullable array only from an explicit parameter.
    public DeadLetter(
            String topic,
            int partition,
            long offset,
            long timestampMillis,
            Reason reason,
            String detail,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            @Nullable TableName table) {
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.timestampMillis = timestampMillis;
        this.reason = reason;
        this.detail = detail;
        this.key = key;
        this.value = value;
        this.headers = List.copyOf(headers);
        this.table = table;
    }

    /** About no table that is known. */
    public DeadLetter(
            String topic,
            int partition,
            long offset,
            long timestampMillis,
            Reason reason,
            String detail,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers) {
        this(topic, partition, offset, timestampMillis, reason, detail, key, value, headers, null);
    }

    @SuppressWarnings("ArrayRecordComponent")
    public record Header(String name, byte @Nullable [] value) {
        public Header(String name, byte @Nullable [] value) {
            this.name = name;
            this.value = value;
        }
    }

    /** Codes are a public promise: they stand in the dead-letter topic's headers. */
    public enum Reason {
        /** The bytes are not what their format says. */
        UNDECODABLE,
        /** The record's schema is not a Debezium envelope. */
        NOT_AN_ENVELOPE,
        /** The record carries no schema, and its table is not declared, or otherwise than its row is. */
        UNDECLARED_TABLE,
        /** A column's type has no exact form here yet. */
        UNSUPPORTED_TYPE,
        /** A value has no exact form in the column's Snowflake type. */
        UNREPRESENTABLE_VALUE,
        /** The table has no primary key, or the record does not carry it. */
        NO_PRIMARY_KEY,
        /** The same LSN position came again with a newer commit time: the source's log went back. */
        LSN_REGRESSED,
        /** An unchanged TOAST value that neither this record nor the state knows. */
        UNKNOWN_TOAST_VALUE,
        /** A snapshot read a table again that is mirrored by its rows' values. A commit alone finds it. */
        REPEATED_SNAPSHOT
    }
}
