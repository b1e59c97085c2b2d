package io.spindrift.jobs.config;

/** What a dead letter of some reason does. */
enum DeadLetterAction {
    /** It is kept, and the job goes on. */
    DEAD_LETTER,
    /** Likewise, and its table's mirror stays as it is. */
    STOP_TABLE,
    /** The job ends. */
    FAIL
}
