package io.spindrift.sinks.commit;

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
     * @throws IOException when it could not be applied, after retries; nothing of it is visible then, or the ledger has it
     */
    Outcome commit(Commit commit, long epoch) throws IOException;

    /** Another committer holds the pipeline. */
    final class FencedException extends IOException {
        private static final long serialVersionUID = 1;

        public FencedException(String message) {
            super(message);
        }
    }
}
