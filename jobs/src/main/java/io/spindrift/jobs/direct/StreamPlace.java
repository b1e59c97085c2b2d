package io.spindrift.jobs.direct;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the stream of changes stands: behind the last whole transaction, and so many changes into the one after it. PostgreSQL sends whole
 * transactions in the order of their commits, from a commit on; LSNs of single changes step back where transactions ran beside each other, and
 * are shared by rows of one COPY, so they are no place to go on from. Read again from there, the same changes come in the same order: those
 * that had been passed on are counted, and left out.
 *
 * <p>Each table's changes are numbered from 0 on, as Kafka numbers a partition's records. The numbers stand here, with the place.
 *
 * <p>State: the texts of {@link #toOffset}, in the stream's split.
 */
final class StreamPlace {

    private static final String LSN = "lsn";
    /** Debezium does not read a place without a time, and makes nothing of it. */
    private static final String TIME = "ts_usec";

    private static final String PASSED = "spindrift.passed";
    private static final String PASSED_LSN = "spindrift.passed-lsn";
    private static final String NEXT = "spindrift.next.";

    private final Map<String, Long> next = new TreeMap<>();
    private long committedLsn;
    private long passed;
    private long passedLsn;
    /** Of the transaction that is read, with those left out. */
    private long seen;

    private StreamPlace(long committedLsn) {
        this.committedLsn = committedLsn;
    }

    /** Before any change. */
    static Map<String, String> beginning(long lsn) {
        return new StreamPlace(lsn).toOffset();
    }

    static StreamPlace of(Map<String, String> offset) {
        StreamPlace place = new StreamPlace(number(offset, LSN));
        place.passed = number(offset, PASSED);
        place.passedLsn = number(offset, PASSED_LSN);
        offset.forEach((name, value) -> {
            if (name.startsWith(NEXT)) {
                place.next.put(name.substring(NEXT.length()), Long.valueOf(value));
            }
        });
        return place;
    }

    private static long number(Map<String, String> offset, String name) {
        String value = offset.get(name);
        return value == null ? 0 : Long.parseLong(value);
    }

    /** Only numbers: Flink CDC reads every one as a number, and Debezium those that it knows. What Debezium would find its own place by is left out. */
    Map<String, String> toOffset() {
        Map<String, String> offset = new HashMap<>();
        offset.put(LSN, Long.toString(committedLsn));
        offset.put(TIME, "0");
        offset.put(PASSED, Long.toString(passed));
        offset.put(PASSED_LSN, Long.toString(passedLsn));
        next.forEach((topic, number) -> offset.put(NEXT + topic, Long.toString(number)));
        return offset;
    }

    /** @param lsn behind the newest whole transaction, as a record says; null: there was none since the start */
    void committed(@Nullable Long lsn) {
        if (lsn == null || lsn <= committedLsn) {
            return;
        }
        if (seen < passed) {
            throw new IllegalStateException(
                    "the transaction behind LSN %d had %d changes or more, and has %d now: the log or the publication is another one"
                            .formatted(committedLsn, passed, seen));
        }
        committedLsn = lsn;
        passed = 0;
        passedLsn = 0;
        seen = 0;
    }

    /**
     * A change comes.
     *
     * @return its number in its table, or -1: it was passed on before
     */
    long next(String topic, long lsn) {
        seen++;
        if (seen <= passed) {
            if (seen == passed && lsn != passedLsn) {
                throw new IllegalStateException(
                        "change %d of the transaction behind LSN %d was at LSN %d, and is at %d now: the log or the publication is another one"
                                .formatted(passed, committedLsn, passedLsn, lsn));
            }
            return -1;
        }
        passed = seen;
        passedLsn = lsn;
        long number = next.getOrDefault(topic, 0L);
        next.put(topic, number + 1);
        return number;
    }
}
