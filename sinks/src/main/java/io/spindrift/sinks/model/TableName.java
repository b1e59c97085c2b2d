package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

import java.io.Serializable;
import java.util.Locale;

/**
 * The name of a table in the warehouse, as Snowflake stores it: {@code RAW.<name>} is its change log, {@code MIRROR.<name>} its current
 * state. At most 255 characters (Snowflake: Identifier requirements).
 */
public record TableName(String value) implements Comparable<TableName>, Serializable {

    public TableName {
        require(!value.isBlank() && value.length() <= 255, "table name must have 1 to 255 characters: '%s'", value);
    }

    /** The name that an unquoted identifier in a query refers to. */
    public static TableName ofUnquoted(String name) {
        return new TableName(name.toUpperCase(Locale.ROOT));
    }

    @Override
    public int compareTo(TableName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
