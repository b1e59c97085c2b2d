package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

/** A column as it stands in the warehouse; {@code key} when it belongs to the primary key. */
public record Column(String name, ColumnType type, boolean key) {

    public Column {
        require(!name.isBlank() && name.length() <= 255, "column name must have 1 to 255 characters: '%s'", name);
    }
}
