package io.spindrift.jobs.order;

import io.spindrift.sinks.model.Position;

/**
 * Does a change come after the last one that was applied to its row? Two positions of one row, nothing else:
 *
 * <ol>
 *   <li>Within one topic-partition the offset decides: Debezium wrote in that order. The LSN only finds replays, which a connector writes
 *       again at higher offsets after a crash.
 *   <li>Across partitions two streamed changes go by LSN: row locks make the later writer write later in the log.
 *   <li>A snapshot read takes no part in LSN comparison: its LSN is that of the moment of reading, not of its row's change. A streamed change
 *       beats a read, whichever came first.
 *   <li>An LSN at or below the last one with a newer commit time is no replay: the log itself went back (failover, restore). That is never
 *       guessed at.
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

    static Verdict compare(Position last, Position next) {
        return last.samePartition(next) ? withinPartition(last, next) : acrossPartitions(last, next);
    }

    private static Verdict withinPartition(Position last, Position next) {
        if (next.offset() <= last.offset()) {
            boolean knowsItsPlace = next.snapshot() || last.snapshot() || next.lsn() <= last.lsn();
            return knowsItsPlace ? Verdict.DUPLICATE : Verdict.REGRESSED;
        }
        if (next.snapshot() || last.snapshot() || next.lsn() > last.lsn()) {
            return Verdict.APPLY;
        }
        return isReplay(last, next) ? Verdict.DUPLICATE : Verdict.REGRESSED;
    }

    private static Verdict acrossPartitions(Position last, Position next) {
        if (next.snapshot() && last.snapshot()) {
            return next.lsn() > last.lsn() ? Verdict.APPLY : Verdict.SUPERSEDED;
        }
        if (next.snapshot()) {
            return Verdict.SUPERSEDED;
        }
        if (last.snapshot() || next.lsn() > last.lsn()) {
            return Verdict.APPLY;
        }
        if (!isReplay(last, next)) {
            return Verdict.REGRESSED;
        }
        return next.lsn() == last.lsn() ? Verdict.DUPLICATE : Verdict.SUPERSEDED;
    }

    /** A replay carries what its original carried: the same transaction, or an earlier commit. */
    private static boolean isReplay(Position last, Position next) {
        return next.lsn() == last.lsn()
                ? next.txId() == last.txId()
                : next.committedAtMicros() <= last.committedAtMicros();
    }
}
