package io.spindrift.sinks.warehouse;

import java.io.IOException;
import java.sql.SQLException;

/** The warehouse refused a statement, and would refuse it again. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String what, SQLException e) {
        super(
                "%s was refused: %s (SQL state %s, code %d)"
                        .formatted(what, e.getMessage(), e.getSQLState(), e.getErrorCode()),
                e);
    }
}
