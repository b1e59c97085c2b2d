package io.spindrift.jobs.config;

/** Where a job without state begins to read. */
public enum StartingOffsets {
    /** The oldest record that the topics still hold; what the warehouse has already is found and not doubled. */
    EARLIEST,
    /** Only what comes from now on: earlier changes are not in the warehouse. */
    LATEST
}
