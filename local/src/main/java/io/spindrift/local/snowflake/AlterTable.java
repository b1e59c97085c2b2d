package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Catalog.Edit;
import io.spindrift.local.snowflake.Ddl.Step;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    static Entry replaced(Entry table, Column from, UnaryOperator<Column> change) {
        List<Column> columns = new ArrayList<>(table.columns());
        columns.replaceAll(column -> column.equals(from) ? change.apply(column) : column);
        return table.withColumns(columns);
    }

    private static SnowflakeError exists(String column) {
        return SnowflakeError.compilation("001430", "42601", "column '" + column + "' already exists");
    }

    private static Step add(Request request) {
        Tokens in = request.tokens();
        ColumnList list = new ColumnList(request);
        Set<String> optional = new HashSet<>();
        do {
            in.accept("COLUMN");
            boolean ifNotExists = in.accept("IF", "NOT", "EXISTS");
            String name = list.column().name();
            if (ifNotExists) {
                optional.add(name);
            }
        } while (in.acceptSymbol(",") || in.peek().isName());
        if (!list.typed() || !list.constraints.isEmpty()) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return (edit, table) -> {
            List<Column> columns = new ArrayList<>(table.columns());
            for (Column column : list.columns) {
                if (new Table(table).column(column.name()).isEmpty()) {
                    columns.add(column);
                } else if (!optional.contains(column.name())) {
                    throw exists(column.name());
                }
            }
            Relations.requireDistinct(columns);
            addInDuck(edit, request, table, columns);
            return table.withColumns(columns);
        };
    }

    /** DuckDB cannot make a column NOT NULL in the transaction that adds it: then the whole table is made anew. */
    private static void addInDuck(Edit edit, Request request, Entry table, List<Column> columns) throws SQLException {
        List<Column> old = table.columns();
        List<Column> added = columns.subList(old.size(), columns.size());
        if (added.stream().noneMatch(Column::notNull)) {
            added.forEach(column -> edit.sql(alter(table) + "ADD COLUMN " + Relations.declaration(request, column)));
            return;
        }
        boolean unfilled = added.stream()
                .anyMatch(column -> column.notNull() && !column.properties().containsKey(Column.DEFAULT));
        String any = "SELECT 1 FROM " + table.name().duck() + " LIMIT 1";
        if (unfilled && !Catalog.rows(edit.connection(), any).isEmpty()) {
            String what = "non-nullable column cannot be added to non-empty table '"
                    + table.name().name();
            throw SnowflakeError.compilation("002213", "42601", what + "' unless it has a non-null default value.");
        }
        Relations.remake(edit, request, table.withColumns(columns), old);
    }

    private static Step drop(Tokens in) {
        boolean optional = in.accept("IF", "EXISTS");
        List<String> names = new ArrayList<>();
        do {
            names.add(in.identifier());
        } while (in.acceptSymbol(","));
        return (edit, table) -> {
            List<Column> columns = new ArrayList<>(table.columns());
            List<Constraint> constraints = new ArrayList<>(table.constraints());
            for (String name : names) {
                if (!optional || new Table(table).column(name).isPresent()) {
                    columns.remove(new Table(table).require(name));
                    constraints.removeIf(constraint -> constraint.columns().contains(name));
                    edit.sql(alter(table) + "DROP COLUMN " + QualifiedName.quote(name));
                }
            }
            return table.with(columns, constraints);
        };
    }

    private static Step rename(Tokens in) {
        String from = in.identifier();
        in.expect("TO");
        String to = in.identifier();
        return (edit, table) -> {
            Column column = new Table(table).require(from);
            if (new Table(table).column(to).isPresent()) {
                throw exists(to);
            }
            Entry after = replaced(table, column, old -> old.withName(to));
            Relations.requireDistinct(after.columns());
            edit.sql(alter(table) + "RENAME COLUMN " + QualifiedName.quote(from) + " TO " + QualifiedName.quote(to));
            List<Constraint> constraints = new ArrayList<>(table.constraints());
            constraints.replaceAll(constraint -> constraint.renamed(from, to));
            return after.with(after.columns(), constraints);
        };
    }

    /** A change to one column: how it is declared afterwards, and what happens to it in DuckDB, if anything. */
    private interface ColumnStep {
        Column apply(Edit edit, String alter, Column column);
    }

    private static Step modify(Tokens in) {
        boolean parenthesised = in.acceptSymbol("(");
        Step all = (edit, table) -> table;
        do {
            in.accept("COLUMN");
            String name = in.identifier();
            ColumnStep step = columnStep(in);
            Step before = all;
            all = (edit, table) -> {
                Entry entry = before.apply(edit, table);
                String alter = alter(table) + "ALTER COLUMN " + QualifiedName.quote(name) + " ";
                return replaced(entry, new Table(entry).require(name), old -> step.apply(edit, alter, old));
            };
        } while (in.acceptSymbol(","));
        if (parenthesised) {
            in.expectSymbol(")");
        }
        return all;
    }

    private static ColumnStep columnStep(Tokens in) {
        if (in.accept("COMMENT")) {
            String comment = in.string();
            return (edit, alter, column) -> column.with(Column.COMMENT, comment);
        }
        if (in.accept("DROP", "DEFAULT")) {
            return (edit, alter, column) -> {
                edit.sql(alter + "DROP DEFAULT");
                return column.without(Column.DEFAULT);
            };
        }
        boolean drop = in.accept("DROP", "NOT", "NULL");
        if (drop || in.accept("SET", "NOT", "NULL")) {
            return (edit, alter, column) -> {
                edit.sql(alter + (drop ? "DROP NOT NULL" : "SET NOT NULL"));
                return drop ? column.without(Column.NOT_NULL) : column.with(Column.NOT_NULL, "");
            };
        }
        if (!in.accept("SET", "DATA", "TYPE") && !in.accept("TYPE")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        return widen(SnowflakeType.parse(in));
    }

    private static ColumnStep widen(SnowflakeType type) {
        return (edit, alter, column) -> {
            SnowflakeType old = column.type();
            if (!old.widensTo(type)) {
                String what = "cannot change column " + column.name() + " from type " + old.sql() + " to " + type.sql();
                throw SnowflakeError.compilation("002108", "22000", what);
            }
            if (!old.duck().equals(type.duck())) {
                edit.sql(alter + "SET DATA TYPE " + type.duck());
            }
            return column.withType(type);
        };
    }
}
