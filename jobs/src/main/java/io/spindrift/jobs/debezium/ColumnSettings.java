package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;

/**
 * What the pipeline file says of columns, and of what the warehouse has no exact form for.
 *
 * @param choices by {@code schema.table.column}, as PostgreSQL names them
 */
public record ColumnSettings(
        Map<String, Choice> choices, OnUnsupportedType onUnsupportedType, OnUnrepresentableValue onUnrepresentableValue)
        implements Serializable {

    public static final ColumnSettings DEFAULT =
            new ColumnSettings(Map.of(), OnUnsupportedType.DEAD_LETTER, OnUnrepresentableValue.RAW_COLUMN);

    public ColumnSettings {
        choices = Map.copyOf(choices);
    }

    public enum Choice {
        /** VARCHAR, whatever the source's type is: every value as text. */
        TEXT,
        /** No column at all. */
        EXCLUDE
    }

    /** For a column whose type has no exact form in the warehouse. */
    public enum OnUnsupportedType {
        /** Every record of the table. */
        DEAD_LETTER,
        /** The table goes on without the column, which is named in the log. */
        EXCLUDE_COLUMN,
        FAIL
    }

    /** For a single value that its column's type does not hold: infinity, 24:00, a date before 1582, a number of too many digits. */
    public enum OnUnrepresentableValue {
        /** The column is NULL, and a text column beside it has the value as Debezium sent it. */
        RAW_COLUMN,
        /** The record. */
        DEAD_LETTER,
        FAIL
    }

    Optional<Choice> choice(SourceTable table, String column) {
        return choices.isEmpty() ? Optional.empty() : Optional.ofNullable(choices.get(table + "." + column));
    }

    /** For messages: the key that leaves the column out. */
    static String excluding(SourceTable table, String column) {
        return "columns." + table + "." + column + ".exclude: true";
    }
}
