package io.spindrift.sinks.model;

import static io.spindrift.sinks.model.Require.require;

/** A column as it stands in the warehouse; {@code key} when it belongs to the primary key. */
public record Column(String name, ColumnType type, boolean key) {

    /** Of a raw column. */
    public static final ColumnType RAW_TYPE = new ColumnType.Text(ColumnType.Text.MAX_LENGTH);

    private static final String RAW_SUFFIX = "__RAW";

    public Column {
        require(!name.isBlank() && name.length() <= 255, "column name must have 1 to 255 characters: '%s'", name);
    }

    /** The column beside the given one that has the text of a value which the given one does not hold. */
    public static String rawOf(String column) {
        return column + RAW_SUFFIX;
    }
}
