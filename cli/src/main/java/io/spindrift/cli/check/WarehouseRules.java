package io.spindrift.cli.check;

import io.spindrift.cli.check.Facts.Warehouse;
import java.util.stream.Stream;

/** Whether the job could commit. */
final class WarehouseRules {

    private WarehouseRules() {}

    static Stream<Finding> findings(Facts facts) {
        return facts.warehouse().stream().flatMap(WarehouseRules::session);
    }

    private static Stream<Finding> session(Warehouse warehouse) {
        String where = "Snowflake user " + warehouse.user();
        if (warehouse.failure().isPresent()) {
            return Stream.of(Rule.WAREHOUSE_LOGIN.at(where, warehouse.failure().get()));
        }
        String role = "role " + warehouse.role().orElse("(none)");
        return Stream.concat(
                warehouse.seesDatabase()
                        ? Stream.empty()
                        : Stream.of(Rule.WAREHOUSE_DATABASE.at(
                                where, "%s has no database %s".formatted(role, warehouse.database()))),
                warehouse.hasWarehouse()
                        ? Stream.empty()
                        : Stream.of(Rule.WAREHOUSE_NONE.at(where, role + " has no warehouse")));
    }
}
