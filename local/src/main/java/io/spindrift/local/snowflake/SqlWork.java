package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.SQLException;

/** Work on a session's DuckDB connection. */
interface SqlWork<T> {
    T run(Connection connection) throws SQLException;
}
