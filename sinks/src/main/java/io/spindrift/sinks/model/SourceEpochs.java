package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * The source's log is one log no more after a restore or a failover: its LSNs go back, and no event tells. The operator says when each new log
 * began; the commit time of a change tells its log. A change of a later log is newer than every one of an earlier log.
 *
 * @param beginnings ascending; empty: one log, from the first change to the last
 */
public record SourceEpochs(List<Instant> beginnings) implements Serializable {

    public static final SourceEpochs NONE = new SourceEpochs(List.of());

    public SourceEpochs {
        beginnings = List.copyOf(beginnings);
        for (int i = 1; i < beginnings.size(); i++) {
            require(
                    beginnings.get(i - 1).isBefore(beginnings.get(i)),
                    "source epochs are not ascending: %s comes ahead of %s",
                    beginnings.get(i - 1),
                    beginnings.get(i));
        }
    }

    /** How many logs there were before the change's. */
    public int of(Position position) {
        int epoch = 0;
        while (epoch < beginnings.size() && position.committedAtMicros() >= micros(beginnings.get(epoch))) {
            epoch++;
        }
        return epoch;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    /** Negative, 0 or positive as {@code one} stands before, at or behind {@code other} in the logs; where one has no LSN, its -1 counts. */
    public int compare(Position one, Position other) {
        int byLog = beginnings.isEmpty() ? 0 : Integer.compare(of(one), of(other));
        return byLog != 0 ? byLog : Long.compare(one.lsn(), other.lsn());
    }
}
