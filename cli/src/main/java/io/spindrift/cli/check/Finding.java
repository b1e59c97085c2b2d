package io.spindrift.cli.check;

import static java.util.Comparator.comparing;

import java.util.Comparator;

/**
 * Something that the guarantee cannot stand on.
 *
 * @param where a connector, table, column, topic, slot … by name
 * @param seen what was read there; settings and names, never a row's value
 * @param set what to change
 */
record Finding(Rule rule, Severity severity, String where, String seen, String set) {

    /** The worst first, then by place. */
    static final Comparator<Finding> ORDER =
            comparing(Finding::severity).thenComparing(Finding::where).thenComparing(Finding::rule);

    /** The same, less grave: the facts say that it does not apply to anything yet, or do not say. */
    Finding as(Severity other) {
        return new Finding(rule, other, where, seen, set);
    }

    Finding noting(String more) {
        return new Finding(rule, severity, where, seen + "; " + more, set);
    }

    Finding setting(String other) {
        return new Finding(rule, severity, where, seen, other);
    }
}
