package io.spindrift.sinks.model;

import java.io.Serializable;
import java.util.Optional;
import java.util.Set;

/**
 * Which dead letters stop the table that they are about: its mirror stays as it was before the commit that holds the letter, until somebody
 * resumes it.
 *
 * @param reasons of such letters
 * @param logOnly tables that have no mirror, so none that could be stopped
 */
public record StopPolicy(Set<DeadLetter.Reason> reasons, Set<TableName> logOnly) implements Serializable {

    /** No letter stops any table. */
    public static final StopPolicy NONE = new StopPolicy(Set.of(), Set.of());

    public StopPolicy {
        reasons = Set.copyOf(reasons);
        logOnly = Set.copyOf(logOnly);
    }

    /** The table that the letter stops. */
    public Optional<TableName> stoppedBy(DeadLetter letter) {
        return Optional.ofNullable(letter.table())
                .filter(table -> reasons.contains(letter.reason()) && !logOnly.contains(table));
    }

    /** Whether the letter should stop a table and nobody knows which. */
    public boolean cannotTell(DeadLetter letter) {
        return letter.table() == null && reasons.contains(letter.reason());
    }
}
