package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

/**
 * What was read of a topic-partition since the last report, whatever became of the records. Travels ahead of a checkpoint's barrier, so that
 * a commit holds it together with the rows.
 *
 * @param topicId the broker's id of the topic; empty when it gives none
 * @param continuesAfter the last offset that the job's state says was read before; {@link #FROM_THE_START} when it knows of none
 * @param startOffset where reading began, or begins: no record at or behind it was left out
 * @param lastOffset the last offset read, or dropped by the topic before it could be
 */
public record SourceProgress(
        String topic, int partition, String topicId, long continuesAfter, long startOffset, long lastOffset)
        implements ChangeEvent {

    public static final long FROM_THE_START = -1;

    public SourceProgress {
        require(
                lastOffset >= continuesAfter && continuesAfter >= FROM_THE_START,
                "%s-%d: read up to %d, continuing after %d",
                topic,
                partition,
                lastOffset,
                continuesAfter);
        require(
                startOffset >= 0 && startOffset <= lastOffset + 1,
                "%s-%d: read from %d to %d",
                topic,
                partition,
                startOffset,
                lastOffset);
    }

    /** This report and a later one as one; where the topic has dropped records between the two, reading began behind these. */
    public SourceProgress then(SourceProgress later) {
        require(
                topic.equals(later.topic) && partition == later.partition,
                "%s and %s are of two partitions",
                this,
                later);
        return new SourceProgress(
                topic,
                partition,
                later.topicId,
                Math.min(continuesAfter, later.continuesAfter),
                later.startOffset > lastOffset + 1 ? later.startOffset : Math.min(startOffset, later.startOffset),
                Math.max(lastOffset, later.lastOffset));
    }
}
