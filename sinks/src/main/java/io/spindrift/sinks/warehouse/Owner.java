package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.model.Require.require;

/**
 * Who commits.
 *
 * @param jobId Flink's: all attempts of one job have the same
 * @param description for the people who read that somebody else commits: job, host, process
 */
public record Owner(String jobId, String description) {
    public Owner {
        require(!jobId.isBlank(), "an owner has a job id: '%s'", jobId);
    }
}
