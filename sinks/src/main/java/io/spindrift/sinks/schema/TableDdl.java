package io.spindrift.sinks.schema;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.TableShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a shape asks of one warehouse table: all columns of the row, then those of {@link MetaColumn}. Widening only: a column is never
 * dropped, shortened or given another type (Snowflake: ALTER TABLE … ALTER COLUMN).
 */
public final class TableDdl {

    private TableDdl() {}

    /** A column as a table must have it; {@code type} in SQL. */
    public record ColumnDefinition(String name, String type, boolean key) {}

    /** The change log's columns. */
    public static List<ColumnDefinition> rawColumns(TableShape shape) {
        return columns(shape, shape.columns(), Arrays.asList(MetaColumn.values()), false);
    }

    /** The current state's columns; the primary key is declared, and Snowflake does not enforce it. */
    public static List<ColumnDefinition> mirrorColumns(TableShape shape) {
        return columns(
                shape,
                mirrored(shape),
                Arrays.stream(MetaColumn.values()).filter(MetaColumn::inMirror).toList(),
                true);
    }

    /** The columns of the shape that the mirror has; of rows without a key also their number. */
    public static List<Column> mirrored(TableShape shape) {
        if (!shape.isMultiset()) {
            return shape.columns();
        }
        List<Column> columns = new ArrayList<>(shape.columns());
        columns.removeAll(List.of(Multiset.ROW_BEFORE, Multiset.ORDER));
        columns.add(Multiset.COUNT);
        return columns;
    }

    private static List<ColumnDefinition> columns(
            TableShape shape, List<Column> own, List<MetaColumn> metaColumns, boolean keyed) {
        Map<String, ColumnDefinition> definitions = new LinkedHashMap<>();
        for (Column column : own) {
            definitions.put(column.name(), definition(column, keyed));
        }
        for (MetaColumn meta : metaColumns) {
            ColumnDefinition definition =
                    new ColumnDefinition(meta.columnName(), meta.type().sql(), false);
            if (definitions.put(definition.name(), definition) != null) {
                throw new SchemaConflictException(
                        "source column %s.%s has a name that the warehouse needs itself: rename it or exclude it"
                                .formatted(shape.table(), definition.name()));
            }
        }
        return List.copyOf(definitions.values());
    }

    private static ColumnDefinition definition(Column column, boolean keyed) {
        return new ColumnDefinition(column.name(), column.type().sql(), keyed && column.key());
    }

    /** Columns that a table of the given name needs and lacks, and columns to widen. */
    public record Changes(List<ColumnDefinition> add, List<ColumnDefinition> widen) {
        public boolean isEmpty() {
            return add.isEmpty() && widen.isEmpty();
        }
    }

    /**
     * @param existing the table's columns: name to type, both as Snowflake describes them
     * @throws SchemaConflictException when a column has a type that cannot be widened to the shape's
     */
    public static Changes changes(
            String table, Map<String, ColumnType> existing, List<ColumnDefinition> wanted, TableShape shape) {
        List<ColumnDefinition> add = new ArrayList<>();
        List<ColumnDefinition> widen = new ArrayList<>();
        Map<String, ColumnType> types = typesOf(shape);
        for (ColumnDefinition column : wanted) {
            ColumnType has = existing.get(column.name());
            ColumnType needs = types.get(column.name());
            if (has == null) {
                add.add(column);
            } else if (needs != null && !holds(has, needs)) {
                if (!widens(has, needs)) {
                    throw new SchemaConflictException(
                            "%s.%s is %s in the warehouse and %s in the source: Snowflake cannot change that in place. Rename or drop the warehouse's column, or rebuild the table."
                                    .formatted(table, column.name(), has.sql(), needs.sql()));
                }
                widen.add(column);
            }
        }
        return new Changes(add, widen);
    }

    private static Map<String, ColumnType> typesOf(TableShape shape) {
        Map<String, ColumnType> types = new LinkedHashMap<>();
        shape.columns().forEach(column -> types.put(column.name(), column.type()));
        return types;
    }

    /** Every value of the one type has the same text in the other. */
    static boolean holds(ColumnType has, ColumnType needs) {
        if (has instanceof ColumnType.Number h && needs instanceof ColumnType.Number n) {
            return h.scale() == n.scale() && h.precision() >= n.precision();
        }
        if (has instanceof ColumnType.Text h && needs instanceof ColumnType.Text n) {
            return h.length() >= n.length();
        }
        if (has instanceof ColumnType.Binary h && needs instanceof ColumnType.Binary n) {
            return h.length() >= n.length();
        }
        if (has instanceof ColumnType.Time h && needs instanceof ColumnType.Time n) {
            return h.fractionDigits() >= n.fractionDigits();
        }
        if (has instanceof ColumnType.TimestampNtz h && needs instanceof ColumnType.TimestampNtz n) {
            return h.fractionDigits() >= n.fractionDigits();
        }
        if (has instanceof ColumnType.TimestampTz h && needs instanceof ColumnType.TimestampTz n) {
            return h.fractionDigits() >= n.fractionDigits();
        }
        return has.equals(needs);
    }

    /** Snowflake alters in place: longer texts and binaries, more digits at the same scale. */
    private static boolean widens(ColumnType has, ColumnType needs) {
        return holds(needs, has)
                && (needs instanceof ColumnType.Number
                        || needs instanceof ColumnType.Text
                        || needs instanceof ColumnType.Binary);
    }

    /** The warehouse's table and the source's cannot be brought together without losing something. */
    public static final class SchemaConflictException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public SchemaConflictException(String message) {
            super(message);
        }
    }
}
