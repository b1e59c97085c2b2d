package io.spindrift.sinks.model;

/** How long the job knows what came of a row. */
public enum RowMemory {
    /** As long as the job's state lives. */
    LASTING,
    /** A row that does not change is forgotten: a change of it that comes again, or late, looks new, and the change log must tell. */
    EXPIRING
}
