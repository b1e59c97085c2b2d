package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Ddl.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What only tables can be altered in: columns added, dropped and widened. */
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
                    throw SnowflakeError.compilation(
                            "001430", "42601", "column '" + column.name() + "' already exists");
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

    private static Step modify(Tokens in) {
        in.accept("COLUMN");
        String name = in.identifier();
        if (in.accept("COMMENT")) {
            String comment = in.string();
            return (edit, table) -> replaced(table, name, column -> column.with(Column.COMMENT, comment));
        }
        if (!in.accept("SET", "DATA", "TYPE") && !in.accept("TYPE")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        SnowflakeType type = SnowflakeType.parse(in);
        return (edit, table) -> {
            SnowflakeType old = new Table(table).require(name).type();
            if (!old.widensTo(type)) {
                String what = "cannot change column " + name + " from type " + old.sql() + " to " + type.sql();
                throw SnowflakeError.compilation("002108", "22000", what);
            }
            if (!old.duck().equals(type.duck())) {
                String column = "ALTER COLUMN " + QualifiedName.quote(name);
                edit.sql(alter(table) + column + " SET DATA TYPE " + type.duck());
            }
            return replaced(table, name, column -> column.withType(type));
        };
    }
}
