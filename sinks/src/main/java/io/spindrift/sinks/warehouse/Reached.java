package io.spindrift.sinks.warehouse;

/**
 * How far a topic-partition has come, in the ledger or with a commit.
 *
 * @param topicId the broker's; empty: not known
 * @param appliedOffset the highest offset of a row in the log, or {@link #NOTHING}
 * @param readOffset the highest offset that was read, whatever became of it
 */
record Reached(String topic, int partition, String topicId, long appliedOffset, long readOffset) {

    /** No row yet. */
    static final long NOTHING = -1;

    boolean samePartition(String otherTopic, int otherPartition) {
        return partition == otherPartition && topic.equals(otherTopic);
    }
}
