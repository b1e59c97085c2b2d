package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Ddl.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What only tables can be altered in: columns added, dropped, renamed and widened. */
final class AlterTable {
    private AlterTable() {}

    static Step step(Request request) {
        Tokens in = request.tokens();
        boolean add = in.accept("ADD");
        if (add || in.accept("DROP")) {
            if (ColumnList.atConstraint(in)) {
                throw SnowflakeError.unsupported(in.sql());
            }
            in.accept("COLUMN");
            return add ? add(request) : drop(in);
        }
        if (in.accept("RENAME", "COLUMN")) {
            return rename(in);
        }
        if (in.accept("ALTER") || in.accept("MODIFY")) {
            return modify(in);
        }
        throw SnowflakeError.unsupported(in.sql());
    }

    private static String alter(Entry table) {
        return "ALTER TABLE " + table.name().duck() + " ";
    }

    /** @throws SnowflakeError 000904 when there is no such column */
    private static Entry replaced(Entry table, String name, UnaryOperator<Column> change) {
        Column column = new Table(table).require(name);
        List<Column> columns = new ArrayList<>(table.columns());
        columns.set(columns.indexOf(column), change.apply(column));
        return table.withColumns(columns);
    }

    private static SnowflakeError exists(String column) {
        return SnowflakeError.compilation("001430", "42601", "column '" + column + "' already exists");
    }

    private static Step add(Request request) {
        Tokens in = request.tokens();
        boolean optional = in.accept("IF", "NOT", "EXISTS");
        ColumnList list = new ColumnList(request);
        Column column = list.column();
        if (column.notNull() || !list.typed() || !list.constraints.isEmpty()) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return (edit, table) -> {
            if (new Table(table).column(column.name()).isPresent()) {
                if (!optional) {
                    throw exists(column.name());
                }
                return table;
            }
            List<Column> columns = new ArrayList<>(table.columns());
            columns.add(column);
            Relations.requireDistinct(columns);
            edit.sql(alter(table) + "ADD COLUMN " + Relations.declaration(request, column));
            return table.withColumns(columns);
        };
    }

    private static Step drop(Tokens in) {
        boolean optional = in.accept("IF", "EXISTS");
        String name = in.identifier();
        return (edit, table) -> {
            if (optional && new Table(table).column(name).isEmpty()) {
                return table;
            }
            List<Column> columns = new ArrayList<>(table.columns());
            columns.remove(new Table(table).require(name));
            List<Constraint> constraints = new ArrayList<>(table.constraints());
            constraints.removeIf(constraint -> constraint.columns().contains(name));
            edit.sql(alter(table) + "DROP COLUMN " + QualifiedName.quote(name));
            return table.with(columns, constraints);
        };
    }

    private static Step rename(Tokens in) {
        String from = in.identifier();
        in.expect("TO");
        String to = in.identifier();
        return (edit, table) -> {
            if (new Table(table).column(to).isPresent()) {
                throw exists(to);
            }
            Entry after = replaced(table, from, old -> old.withName(to));
            Relations.requireDistinct(after.columns());
            edit.sql(alter(table) + "RENAME COLUMN " + QualifiedName.quote(from) + " TO " + QualifiedName.quote(to));
            List<Constraint> constraints = new ArrayList<>(table.constraints());
            constraints.replaceAll(constraint -> constraint.renamed(from, to));
            return after.with(after.columns(), constraints);
        };
    }

    /** A change to one column: what follows its name in DuckDB's ALTER COLUMN, if anything, and how it is declared afterwards. */
    private interface ColumnStep {
        Column apply(Consumer<String> alter, Column column);
    }

    private static Step modify(Tokens in) {
        in.accept("COLUMN");
        String name = in.identifier();
        ColumnStep step = columnStep(in);
        return (edit, table) -> {
            String start = alter(table) + "ALTER COLUMN " + QualifiedName.quote(name) + " ";
            return replaced(table, name, old -> step.apply(change -> edit.sql(start + change), old));
        };
    }

    private static ColumnStep columnStep(Tokens in) {
        if (in.accept("COMMENT")) {
            String comment = in.string();
            return (alter, column) -> column.with(Column.COMMENT, comment);
        }
        boolean drop = in.accept("DROP", "NOT", "NULL");
        if (drop || in.accept("SET", "NOT", "NULL")) {
            return (alter, column) -> {
                alter.accept(drop ? "DROP NOT NULL" : "SET NOT NULL");
                return drop ? column.without(Column.NOT_NULL) : column.with(Column.NOT_NULL, "");
            };
        }
        if (!in.accept("SET", "DATA", "TYPE") && !in.accept("TYPE")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return widen(SnowflakeType.parse(in));
    }

    private static ColumnStep widen(SnowflakeType type) {
        return (alter, column) -> {
            SnowflakeType old = column.type();
            if (!old.widensTo(type)) {
                String what = "cannot change column " + column.name() + " from type " + old.sql() + " to " + type.sql();
                throw SnowflakeError.compilation("002108", "22000", what);
            }
            if (!old.duck().equals(type.duck())) {
                alter.accept("SET DATA TYPE " + type.duck());
            }
            return column.withType(type);
        };
    }
}
