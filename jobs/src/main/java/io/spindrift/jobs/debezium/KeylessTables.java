package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import java.io.Serializable;
import java.util.Set;

/**
 * The tables whose rows have no key, whatever their records say; they have none in common.
 *
 * @param logOnly those that have no mirror
 * @param multisets those whose mirror has each row by its values, and how often it is there
 */
public record KeylessTables(Set<SourceTable> logOnly, Set<SourceTable> multisets) implements Serializable {

    public static final KeylessTables NONE = new KeylessTables(Set.of(), Set.of());

    public KeylessTables {
        logOnly = Set.copyOf(logOnly);
        multisets = Set.copyOf(multisets);
    }

    /** What a row of a table is known by. */
    enum Identity {
        KEY,
        VALUES,
        /** It is logged, and no more. */
        NONE
    }

    Identity of(SourceTable table) {
        if (logOnly.contains(table)) {
            return Identity.NONE;
        }
        return multisets.contains(table) ? Identity.VALUES : Identity.KEY;
    }
}
