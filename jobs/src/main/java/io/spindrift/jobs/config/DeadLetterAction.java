package io.spindrift.jobs.config;

/** What a dead letter of some reason does. */
enum DeadLetterAction {
    /** It is kept, and the job goes on. */
    DEAD_LETTER,
    /** The job ends. */
    FAIL
}
