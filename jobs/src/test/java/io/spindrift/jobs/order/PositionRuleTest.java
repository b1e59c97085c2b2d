package io.spindrift.jobs.order;

import static io.spindrift.jobs.order.PositionRule.Verdict.APPLY;
import static io.spindrift.jobs.order.PositionRule.Verdict.DUPLICATE;
import static io.spindrift.jobs.order.PositionRule.Verdict.REGRESSED;
import static io.spindrift.jobs.order.PositionRule.Verdict.SUPERSEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.Position;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every branch of the rule, by what happens in the source. LSNs are the last digits of captured ones. */
class PositionRuleTest {

    private record Case(
            String what, Position last, @Nullable Position lastStreamed, Position next, PositionRule.Verdict verdict) {
        Case(String what, Position last, Position next, PositionRule.Verdict verdict) {
            this(what, last, last.snapshot() ? null : last, next, verdict);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static Position read(int partition, long offset, long lsn) {
        return new Position("t", partition, offset, lsn, 1, 5_000, true);
    }

    private static Position streamed(int partition, long offset, long lsn, long txId, long committedAt) {
        return new Position("t", partition, offset, lsn, txId, committedAt, false);
    }

    static Stream<Case> cases() {
        return Stream.of(withinAPartition(), behindARead(), acrossPartitions(), replayed())
                .flatMap(cases -> cases);
    }

    private static Position replayed(Position dead, long offset) {
        return new Position(
                dead.topic(),
                dead.partition(),
                offset,
                dead.lsn(),
                dead.txId(),
                dead.committedAtMicros(),
                dead.snapshot(),
                true);
    }

    /** Dead letters that were sent again, behind what came to their rows since. */
    private static Stream<Case> replayed() {
        Position dead = replayed(streamed(0, 5, 100, 7, 10), 50);
        Position deadRead = replayed(read(0, 5, 736), 50);
        Position newer = streamed(0, 9, 120, 8, 12);
        Position laterRead = new Position("t", 0, 9, Position.NONE, Position.NONE, 6_000, true);
        return Stream.of(
                new Case("a letter newer than its row", streamed(0, 4, 90, 6, 9), dead, APPLY),
                new Case("a letter older than its row: no duplicate, as it never was applied", newer, dead, SUPERSEDED),
                new Case("a letter of the row's own transaction", streamed(0, 9, 120, 7, 10), dead, SUPERSEDED),
                new Case("a letter sent twice", dead, replayed(dead, 51), DUPLICATE),
                new Case("a letter's own record again", dead, dead, DUPLICATE),
                new Case("a letter sent twice, read in between", laterRead, dead, replayed(dead, 51), DUPLICATE),
                new Case("the next change behind a letter", dead, streamed(0, 51, 101, 8, 11), APPLY),
                new Case("a letter whose effect a read has", laterRead, null, dead, SUPERSEDED),
                new Case(
                        "a letter newer than a read",
                        read(0, 4, 736),
                        null,
                        replayed(streamed(0, 5, 100, 7, 5_001), 50),
                        APPLY),
                new Case("a read as a letter, and a later change", streamed(0, 9, 800, 8, 5_001), deadRead, SUPERSEDED),
                new Case("a read as a letter, and a later read", laterRead, null, deadRead, SUPERSEDED),
                new Case("a read as a letter, newer than its row", streamed(0, 4, 90, 6, 9), deadRead, APPLY),
                new Case(
                        "a letter of a log that went back",
                        newer,
                        replayed(streamed(0, 5, 100, 9, 13), 50),
                        REGRESSED));
    }

    /** A row that was read again, by a second or an incremental snapshot, after a change was streamed. */
    private static Stream<Case> behindARead() {
        Position change = streamed(0, 5, 100, 7, 10);
        Position read = read(0, 6, Position.NONE);
        Position late = streamed(0, 5, 100, 7, 5_001);
        return Stream.of(
                new Case("the next change behind a read", read, change, streamed(0, 7, 101, 8, 11), APPLY),
                new Case("replay behind a read", read, change, streamed(0, 7, 100, 7, 10), DUPLICATE),
                new Case(
                        "replay of an earlier change behind a read", read, change, streamed(0, 7, 90, 6, 9), DUPLICATE),
                new Case("replay elsewhere behind a read", read, change, streamed(1, 1, 100, 7, 10), DUPLICATE),
                new Case(
                        "an earlier change elsewhere behind a read",
                        read,
                        change,
                        streamed(1, 1, 90, 6, 9),
                        SUPERSEDED),
                new Case(
                        "the first change of a log that went back, behind a read",
                        read,
                        change,
                        streamed(0, 7, 90, 8, 11),
                        APPLY),
                new Case("a log that went back, elsewhere", read, change, streamed(1, 1, 90, 8, 11), REGRESSED),
                new Case("the change itself again, behind a read", read, change, change, DUPLICATE),
                new Case("a read that comes again", read(0, 6, 736), read(0, 7, 736), DUPLICATE),
                new Case("a read that comes again elsewhere", read(0, 6, 736), read(1, 7, 736), DUPLICATE),
                new Case("a read that comes again behind a later change", late, read(0, 7, 99), SUPERSEDED),
                new Case("likewise, behind a later read", read, late, read(0, 7, 99), SUPERSEDED),
                new Case("a read of a log that went back", change, read(0, 7, 99), APPLY),
                new Case("a read whose snapshot has the change", late, read(0, 7, 100), APPLY));
    }

    private static Stream<Case> withinAPartition() {
        return Stream.of(
                new Case("the next change", streamed(0, 1, 100, 7, 10), streamed(0, 2, 101, 8, 11), APPLY),
                new Case("of one transaction", streamed(0, 1, 100, 7, 10), streamed(0, 2, 101, 7, 10), APPLY),
                new Case(
                        "with a commit time that stepped back",
                        streamed(0, 1, 100, 7, 10),
                        streamed(0, 2, 101, 8, 9),
                        APPLY),
                new Case(
                        "an update with a lower LSN than its row's snapshot",
                        read(0, 1, 736),
                        streamed(0, 2, 552, 7, 10),
                        APPLY),
                new Case("an update with its snapshot's LSN", read(0, 1, 736), streamed(0, 2, 736, 7, 10), APPLY),
                new Case("a second snapshot", read(0, 1, 736), read(0, 2, 999), APPLY),
                new Case(
                        "an incremental snapshot without LSN",
                        streamed(0, 1, 100, 7, 10),
                        read(0, 2, Position.NONE),
                        APPLY),
                new Case("a snapshot read behind a streamed change", streamed(0, 1, 100, 7, 10), read(0, 2, 50), APPLY),
                new Case(
                        "replay of the last change", streamed(0, 1, 100, 7, 10), streamed(0, 2, 100, 7, 10), DUPLICATE),
                new Case(
                        "replay of an earlier change", streamed(0, 1, 100, 7, 10), streamed(0, 2, 90, 6, 9), DUPLICATE),
                new Case(
                        "replay of the same transaction's earlier change",
                        streamed(0, 1, 100, 7, 10),
                        streamed(0, 2, 90, 7, 10),
                        DUPLICATE),
                new Case(
                        "a lower LSN with a newer commit time",
                        streamed(0, 1, 100, 7, 10),
                        streamed(0, 2, 90, 8, 11),
                        REGRESSED),
                new Case(
                        "the same LSN of another transaction",
                        streamed(0, 1, 100, 7, 10),
                        streamed(0, 2, 100, 8, 10),
                        REGRESSED),
                new Case("the same record again", streamed(0, 2, 100, 7, 10), streamed(0, 2, 100, 7, 10), DUPLICATE),
                new Case("the same read again", read(0, 2, 736), read(0, 2, 736), DUPLICATE),
                new Case("an earlier record again", streamed(0, 2, 100, 7, 10), streamed(0, 1, 90, 6, 9), DUPLICATE),
                new Case("an earlier read again", streamed(0, 2, 100, 7, 10), read(0, 1, 999), DUPLICATE),
                new Case(
                        "an earlier change again, behind a read",
                        read(0, 2, 50),
                        streamed(0, 1, 100, 7, 10),
                        DUPLICATE),
                new Case(
                        "a newer LSN at an older offset: the topic was made anew",
                        streamed(0, 2, 100, 7, 10),
                        streamed(0, 1, 101, 8, 11),
                        REGRESSED));
    }

    private static Stream<Case> acrossPartitions() {
        return Stream.of(
                new Case("a higher LSN elsewhere", streamed(0, 9, 100, 7, 10), streamed(1, 1, 101, 8, 11), APPLY),
                new Case("a lower LSN elsewhere", streamed(0, 9, 100, 7, 10), streamed(1, 1, 99, 6, 9), SUPERSEDED),
                new Case(
                        "a lower LSN elsewhere, of one commit time",
                        streamed(0, 9, 100, 7, 10),
                        streamed(1, 1, 99, 6, 10),
                        SUPERSEDED),
                new Case("a replay elsewhere", streamed(0, 1, 100, 7, 10), streamed(1, 1, 100, 7, 10), DUPLICATE),
                new Case(
                        "the same LSN of another transaction elsewhere",
                        streamed(0, 1, 100, 7, 10),
                        streamed(1, 9, 100, 8, 10),
                        REGRESSED),
                new Case(
                        "a lower LSN with a newer commit time elsewhere",
                        streamed(0, 1, 100, 7, 10),
                        streamed(1, 9, 99, 8, 11),
                        REGRESSED),
                new Case(
                        "a streamed change beats a read elsewhere", read(0, 1, 999), streamed(1, 1, 100, 7, 10), APPLY),
                new Case(
                        "a read never beats a streamed change elsewhere",
                        streamed(0, 1, 100, 7, 10),
                        read(1, 1, 999),
                        SUPERSEDED),
                new Case("the later of two reads", read(0, 1, 736), read(1, 1, 999), APPLY),
                new Case("the earlier of two reads", read(0, 1, 999), read(1, 1, 736), SUPERSEDED),
                new Case(
                        "another topic is another partition",
                        streamed(0, 9, 100, 7, 10),
                        new Position("u", 0, 1, 101, 8, 11, false),
                        APPLY));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aChangeCountsByItsPosition(Case example) {
        assertThat(PositionRule.compare(example.last(), example.lastStreamed(), example.next()))
                .isEqualTo(example.verdict());
    }
}
