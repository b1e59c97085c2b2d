package io.spindrift.sinks.commit;

import io.spindrift.sinks.model.SourceProgress;
import java.io.Closeable;
import java.io.IOException;

/** Where commits go. Every call may be repeated; the target's ledger tells what is done already. */
public interface CommitTarget extends Closeable {

    /** Three endings: these two, or an exception. */
    enum Outcome {
        COMMITTED,
        ALREADY_COMMITTED
    }

    /**
     * Takes the pipeline over: every committer that holds an older epoch can commit no more.
     *
     * @return the new epoch
     */
    long raiseEpoch() throws IOException;

    /**
     * Applies the commit in one transaction, or finds it applied.
     *
     * @throws FencedException when a newer committer has taken the pipeline over
     * @throws UnsafeSourceException when the commit does not go on where the ledger ends
     * @throws FailingLetterException when the commit would write a dead letter that ends the job; nothing of its consistency group is visible then
     * @throws IOException when it could not be applied, after retries; nothing of it is visible then, or the ledger has it
     */
    Outcome commit(Commit commit, long epoch) throws IOException;

    /** The source has lost something, or is another one: nobody but a person can tell whether that may be. */
    final class UnsafeSourceException extends IOException {
        private static final long serialVersionUID = 1;

        /** @param message as {@link #gap} and {@link #newTopic} write it, a line each */
        public UnsafeSourceException(String message) {
            super(message);
        }

        public static String gap(SourceProgress report, long first, long last) {
            return "offsets %d to %d of %s-%d never reached the warehouse, and the job goes on behind them: the topic has dropped them, or the job's state is another warehouse's. If they may be missing: bin/spindrift accept gap --config <pipeline.yaml> --topic %s --partition %d --up-to %d"
                    .formatted(
                            first, last, report.topic(), report.partition(), report.topic(), report.partition(), last);
        }

        public static String newTopic(SourceProgress report, String was) {
            return "topic %s was made anew: its id is %s and was %s, so that its offsets mean other records. If the new topic goes on where the old one ended: bin/spindrift accept topic --config <pipeline.yaml> --topic %s, then start the job without state"
                    .formatted(report.topic(), report.topicId(), was, report.topic());
        }
    }

    /** A dead letter that ends the job, by the pipeline file. */
    final class FailingLetterException extends IOException {
        private static final long serialVersionUID = 1;

        public FailingLetterException(String message) {
            super(message);
        }
    }

    /** Another committer holds the pipeline. */
    final class FencedException extends IOException {
        private static final long serialVersionUID = 1;

        private final boolean byOwnJob;

        /** @param byOwnJob the holder is another attempt of the same job */
        public FencedException(String message, boolean byOwnJob) {
            super(message);
            this.byOwnJob = byOwnJob;
        }

        /** An attempt that froze while it started, and took the pipeline over when nobody waited for it any more. */
        public boolean byOwnJob() {
            return byOwnJob;
        }
    }
}
