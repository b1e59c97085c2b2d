package io.spindrift.jobs.config;

/** How often a dead letter comes to its topic. To the ledger it comes once. */
public enum DeadLetterDelivery {
    EXACTLY_ONCE,
    AT_LEAST_ONCE
}
