package io.spindrift.cli.check;

import io.spindrift.cli.check.Facts.Warehouse;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** A login as the job makes it → {@link Warehouse}. */
final class WarehouseReader {

    private static final String SESSION = "SELECT CURRENT_ROLE(), CURRENT_DATABASE(), CURRENT_WAREHOUSE()";

    private WarehouseReader() {}

    static Warehouse read(WarehouseOptions options) {
        try (Connection connection = options.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SESSION)) {
            row.next();
            return new Warehouse(
                    options.user(),
                    options.database(),
                    Optional.empty(),
                    Optional.ofNullable(row.getString(1)),
                    row.getString(2) != null,
                    row.getString(3) != null);
        } catch (SQLException e) {
            String failure = "%s (SQL state %s, code %d)"
                    .formatted(String.valueOf(e.getMessage()).strip(), e.getSQLState(), e.getErrorCode());
            return new Warehouse(
                    options.user(), options.database(), Optional.of(failure), Optional.empty(), false, false);
        }
    }
}
