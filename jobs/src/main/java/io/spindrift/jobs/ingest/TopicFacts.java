package io.spindrift.jobs.ingest;

import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;

/** What the broker knows of its topics. */
public interface TopicFacts extends AutoCloseable {

    record Partition(String topic, int number) {}

    /**
     * @param topicId a topic that was made anew has another; empty when the broker gives none
     * @param earliestOffset the first that the broker still has
     * @param endOffset the next one to be written
     */
    record Fact(String topicId, long earliestOffset, long endOffset) {
        /** Whether reading can go on there. */
        boolean has(long offset) {
            return earliestOffset <= offset && offset <= endOffset;
        }
    }

    /** Of a source that is no broker: it forgets nothing on its own account, and has no ids. */
    Factory NO_BROKER = () -> new TopicFacts() {
        @Override
        public Map<Partition, Fact> of(Set<String> topics) {
            return Map.of();
        }

        @Override
        public void close() {}
    };

    /** Of every partition of those topics that exist. */
    Map<Partition, Fact> of(Set<String> topics) throws IOException;

    @Override
    void close();

    /** Travels to the task and opens there. */
    interface Factory extends Serializable {
        TopicFacts open();
    }
}
