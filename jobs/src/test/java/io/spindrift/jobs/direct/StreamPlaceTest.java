package io.spindrift.jobs.direct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamPlaceTest {

    /** A change as it comes from the log. */
    private record Change(String topic, long lsn) {}

    /** @param end behind its commit */
    private record Transaction(long end, List<Change> changes) {}

    @Test
    void withinATransactionThePlaceStaysBehindTheOneBefore() {
        StreamPlace place = StreamPlace.of(StreamPlace.beginning(100));
        place.committed(null);
        assertThat(place.next("a", 90)).isZero();
        assertThat(place.next("b", 90)).isZero();
        assertThat(place.next("a", 120)).isEqualTo(1);
        assertThat(place.toOffset())
                .isEqualTo(Map.of(
                        "lsn", "100",
                        "ts_usec", "0",
                        "spindrift.passed", "3",
                        "spindrift.passed-lsn", "120",
                        "spindrift.next.a", "2",
                        "spindrift.next.b", "1"));
        place.committed(130L);
        assertThat(place.toOffset())
                .containsEntry("lsn", "130")
                .containsEntry("spindrift.passed", "0")
                .containsEntry("spindrift.next.a", "2");
    }

    @Test
    void readAgainFromAnyPlaceEveryChangeComesOnceAndUnderItsNumber() {
        List<Transaction> log = log(new Random(3));
        List<String> whole = new ArrayList<>();
        StreamPlace place = StreamPlace.of(StreamPlace.beginning(1));
        read(log, place, whole, Integer.MAX_VALUE);
        for (int stop = 0; stop <= whole.size(); stop++) {
            List<String> parts = new ArrayList<>();
            StreamPlace first = StreamPlace.of(StreamPlace.beginning(1));
            read(log, first, parts, stop);
            read(log, StreamPlace.of(first.toOffset()), parts, Integer.MAX_VALUE);
            assertThat(parts).as("stopped after %d", stop).isEqualTo(whole);
        }
    }

    /** As PostgreSQL sends it: whole transactions, from the first one that ends behind the place. */
    private static void read(List<Transaction> log, StreamPlace place, List<String> passed, int limit) {
        long from = Long.parseLong(place.toOffset().get("lsn"));
        Long committed = null;
        for (Transaction transaction : log) {
            if (transaction.end <= from) {
                continue;
            }
            for (Change change : transaction.changes) {
                if (passed.size() == limit) {
                    return;
                }
                place.committed(committed);
                long number = place.next(change.topic, change.lsn);
                if (number >= 0) {
                    passed.add(change.topic + number + "@" + change.lsn);
                }
            }
            committed = transaction.end;
        }
    }

    /** LSNs step back from one transaction to the next, and stand still within one. */
    private static List<Transaction> log(Random random) {
        List<Transaction> log = new ArrayList<>();
        long end = 1000;
        for (int i = 0; i < 12; i++) {
            List<Change> changes = new ArrayList<>();
            long lsn = end - 500;
            for (int n = random.nextInt(6); n >= 0; n--) {
                lsn += random.nextInt(2) * 40L;
                changes.add(new Change("t" + random.nextInt(2), lsn));
            }
            end += 300;
            log.add(new Transaction(end, changes));
        }
        return log;
    }

    @Test
    void anotherLogThanBeforeIsRefused() {
        StreamPlace place = StreamPlace.of(StreamPlace.beginning(100));
        place.next("a", 110);
        place.next("a", 120);
        StreamPlace other = StreamPlace.of(place.toOffset());
        other.next("a", 110);
        assertThatThrownBy(() -> other.next("a", 121))
                .hasMessage(
                        "change 2 of the transaction behind LSN 100 was at LSN 120, and is at 121 now: the log or the publication is another one");
        StreamPlace shorter = StreamPlace.of(place.toOffset());
        shorter.next("a", 110);
        assertThatThrownBy(() -> shorter.committed(130L))
                .hasMessage(
                        "the transaction behind LSN 100 had 2 changes or more, and has 1 now: the log or the publication is another one");
    }
}
