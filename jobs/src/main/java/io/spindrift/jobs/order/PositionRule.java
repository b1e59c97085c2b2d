package io.spindrift.jobs.order;

import io.spindrift.sinks.model.Position;
import org.jspecify.annotations.Nullable;

/**
 * Does a change come after those that were applied to its row? Positions of one row, nothing else:
 *
 * <ol>
 *   <li>Within one topic-partition the offset decides: Debezium wrote in that order. The LSN only finds replays, which a connector writes
 *       again at higher offsets after a crash.
 *   <li>Across partitions two streamed changes go by LSN: row locks make the later writer write later in the log.
 *   <li>A snapshot read takes no part in LSN comparison: its LSN is that of the moment of reading, not of its row's change. A streamed change
 *       beats a read, whichever came first. A read does not make a row forget what was streamed before it: a replay behind it is one still.
 *       A read that comes again itself (a mirrored topic, a resent batch) tells by its LSN and its time that the row is newer by now.
 *   <li>An LSN at or below the last one with a newer commit time is no replay: the log itself went back (failover, restore). That is never
 *       guessed at, unless a read of the row in the same partition stands in between: the row starts anew from there.
 *   <li>A dead letter that was sent again stands behind changes that are newer than it. Its offset says nothing: it goes by LSN, and by time where
 *       a read is compared. An older one was never applied, so it is superseded, and no duplicate.
 * </ol>
 *
 * Event time never decides whether a change counts: late is not lost.
 */
final class PositionRule {

    private PositionRule() {}

    enum Verdict {
        /** The newest change of its row. */
        APPLY,
        /** The last change, or an older one, once more. */
        DUPLICATE,
        /** A true change, older than the last one. */
        SUPERSEDED,
        /** The source's log went back, or the topic was made anew. */
        REGRESSED
    }

    /**
     * @param last that was applied
     * @param lastStreamed that was applied: {@code last}, or one before it where that is a read
     */
    static Verdict compare(Position last, @Nullable Position lastStreamed, Position next) {
        boolean samePartition = last.samePartition(next);
        if (samePartition && next.offset() <= last.offset()) {
            boolean knowsItsPlace = next.snapshot() || last.snapshot() || next.lsn() <= last.lsn();
            return knowsItsPlace ? Verdict.DUPLICATE : Verdict.REGRESSED;
        }
        if (next.replayed()) {
            return ofReplayed(last, lastStreamed, next);
        }
        if (next.snapshot()) {
            return ofRead(last, lastStreamed, next);
        }
        if (lastStreamed == null || next.lsn() > lastStreamed.lsn()) {
            return Verdict.APPLY;
        }
        if (!isReplay(lastStreamed, next)) {
            return samePartition && last.snapshot() ? Verdict.APPLY : Verdict.REGRESSED;
        }
        boolean knownOlder = lastStreamed.samePartition(next) || next.lsn() == lastStreamed.lsn();
        return knownOlder ? Verdict.DUPLICATE : Verdict.SUPERSEDED;
    }

    /** A read's time is that of its reading: what was committed before it is in it. */
    private static Verdict ofReplayed(Position last, @Nullable Position lastStreamed, Position next) {
        if (isSame(last, next) || (lastStreamed != null && isSame(lastStreamed, next))) {
            return Verdict.DUPLICATE;
        }
        if ((last.snapshot() || next.snapshot()) && next.committedAtMicros() <= last.committedAtMicros()) {
            return Verdict.SUPERSEDED;
        }
        if (next.snapshot() || lastStreamed == null || next.lsn() > lastStreamed.lsn()) {
            return Verdict.APPLY;
        }
        return isReplay(lastStreamed, next) ? Verdict.SUPERSEDED : Verdict.REGRESSED;
    }

    private static Verdict ofRead(Position last, @Nullable Position lastStreamed, Position next) {
        if (last.snapshot() && isSame(last, next)) {
            return Verdict.DUPLICATE;
        }
        if (lastStreamed != null && isOlderRead(lastStreamed, next)) {
            return Verdict.SUPERSEDED;
        }
        boolean later = last.samePartition(next) || (last.snapshot() && next.lsn() > last.lsn());
        return later ? Verdict.APPLY : Verdict.SUPERSEDED;
    }

    private static boolean isSame(Position last, Position next) {
        return next.snapshot() == last.snapshot()
                && next.lsn() == last.lsn()
                && next.txId() == last.txId()
                && next.committedAtMicros() == last.committedAtMicros();
    }

    /** A read's LSN is no lower than that of its snapshot. Log and clock must agree: after a restore the log may have gone back. */
    private static boolean isOlderRead(Position streamed, Position read) {
        return read.lsn() != Position.NONE
                && read.lsn() < streamed.lsn()
                && read.committedAtMicros() < streamed.committedAtMicros();
    }

    /** A replay carries what its original carried: the same transaction, or an earlier commit. */
    private static boolean isReplay(Position last, Position next) {
        return next.lsn() == last.lsn()
                ? next.txId() == last.txId()
                : next.committedAtMicros() <= last.committedAtMicros();
    }
}
