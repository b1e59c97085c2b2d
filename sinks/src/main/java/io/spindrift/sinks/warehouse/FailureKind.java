package io.spindrift.sinks.warehouse;

import java.sql.SQLException;
import java.util.Set;

/**
 * What to make of a failed statement, by Snowflake's vendor code; where a code is not known here, by the class of its SQL state. A commit that
 * failed is looked up in the ledger first, whatever its code: only the ledger knows whether it went through, and who holds the pipeline.
 */
enum FailureKind {
    /** May pass: connections, sessions, locks, limits, a warehouse that is not running. Also every code that nothing is known of. */
    RETRY,
    /** Stays what it is: bad SQL, bad data, missing objects and rights, wrong credentials. */
    FAIL;

    /** These pass although the class of their SQL state says otherwise. */
    private static final Set<Integer> PASSING = Set.of(
            604, // statement canceled (57014)
            606, // no active warehouse: it was suspended or is being resized (57P03)
            625, // lock not granted within LOCK_TIMEOUT, or too many waiters
            630, // statement timeout
            390111, // session no longer exists
            390112, // session token expired
            390114); // master token expired

    /** These stay although their SQL state (08001, XX000, P0001) looks like a passing one. */
    private static final Set<Integer> LASTING = Set.of(
            1003, // SQL compilation: syntax
            2003, // object does not exist or not authorized
            2043, // likewise
            3001, // insufficient privileges
            90073, // resource monitor has suspended the warehouse
            100035, // a value out of the representable range
            100038, // numeric value not recognized: our assertions end so too
            100090, // nondeterministic MERGE
            390100, // incorrect user name or password
            390144, // JWT token is invalid
            390189); // role does not exist or not authorized

    private static final Set<String> LASTING_STATES = Set.of("02", "0A", "22", "28", "42");

    static FailureKind of(SQLException e) {
        if (PASSING.contains(e.getErrorCode())) {
            return RETRY;
        }
        if (LASTING.contains(e.getErrorCode())) {
            return FAIL;
        }
        String state = e.getSQLState();
        return state != null && state.length() == 5 && LASTING_STATES.contains(state.substring(0, 2)) ? FAIL : RETRY;
    }
}
