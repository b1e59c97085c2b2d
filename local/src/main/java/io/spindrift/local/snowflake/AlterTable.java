package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Column.Nullability;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** ALTER TABLE: columns added, dropped, renamed and widened; tables renamed. One statement's changes are one transaction. */
final class AlterTable {
    private static final String DONE = "Statement executed successfully.";

    /** One step: what DuckDB runs, and the table's declaration after it. */
    private record Step(List<String> duckSql, Table after) {}

    Result run(Request request) {
        Tokens in = request.tokens();
        in.expect("ALTER");
        if (!in.accept("TABLE")) {
            throw SnowflakeError.unsupported(in.sql());
        }
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = request.object();
        if (optional && request.catalog().table(name).isEmpty()) {
            return Result.done(Result.DDL, DONE);
        }
        Table table = request.catalog().require(name);
        if (in.accept("RENAME", "TO")) {
            return rename(request, table, request.object());
        }
        if (in.accept("ADD")) {
            in.accept("COLUMN");
            return add(request, table);
        }
        Step step = step(in, table);
        in.expectEnd();
        return Ddl.apply(request, connection -> apply(connection, request, step), DONE);
    }

    private static Runnable apply(Connection connection, Request request, Step step) throws SQLException {
        for (String duckSql : step.duckSql()) {
            Transaction.command(connection, duckSql);
        }
        return request.catalog().save(connection, step.after());
    }

    private static Step step(Tokens in, Table table) {
        if (in.accept("DROP")) {
            in.accept("COLUMN");
            return drop(in, table);
        }
        if (in.accept("RENAME", "COLUMN")) {
            return renameColumn(in, table);
        }
        if (in.accept("ALTER") || in.accept("MODIFY")) {
            return modify(in, table);
        }
        if (in.accept("SET", "COMMENT")) {
            in.expectSymbol("=");
            return new Step(List.of(), new Table(table.name(), table.kind(), table.columns(), in.string()));
        }
        throw SnowflakeError.unsupported(in.sql());
    }

    private static String alter(Table table) {
        return "ALTER TABLE " + table.name().duck() + " ";
    }

    /**
     * NOT NULL follows in a second transaction: DuckDB cannot check a column that the same transaction has filled. In between, the
     * columns are there and nullable.
     */
    private static Result add(Request request, Table table) {
        List<Column> added = addedColumns(request.tokens(), table);
        request.tokens().expectEnd();
        boolean unfilled = added.stream().anyMatch(column -> column.notNull() && column.defaultSql() == null);
        if (unfilled && hasRows(request, table)) {
            throw SnowflakeError.compilation(
                    "002213",
                    "42601",
                    "non-nullable column cannot be added to non-empty table '"
                            + table.name().name() + "' unless it has a non-null default value.");
        }
        List<String> sql = new ArrayList<>();
        List<String> notNull = new ArrayList<>();
        List<Column> columns = new ArrayList<>(table.columns());
        for (Column column : added) {
            columns.add(column);
            String quoted = QualifiedName.quote(column.name());
            sql.add(alter(table) + "ADD COLUMN " + quoted + " " + column.type().duck()
                    + Ddl.duckDefault(request, column));
            if (column.notNull()) {
                notNull.add(alter(table) + "ALTER COLUMN " + quoted + " SET NOT NULL");
            }
        }
        Step adding = new Step(sql, table.withColumns(columns));
        Result result = Ddl.apply(request, connection -> apply(connection, request, adding), DONE);
        if (!notNull.isEmpty()) {
            Ddl.apply(request, connection -> apply(connection, request, new Step(notNull, adding.after())), DONE);
        }
        return result;
    }

    /** The columns that are not there yet. */
    private static List<Column> addedColumns(Tokens in, Table table) {
        List<Column> added = new ArrayList<>();
        do {
            boolean optional = in.accept("IF", "NOT", "EXISTS");
            Column column = Ddl.column(in);
            boolean there = table.columns().stream().anyMatch(c -> c.name().equalsIgnoreCase(column.name()));
            if (there && !optional) {
                throw SnowflakeError.compilation("001430", "42601", "column '" + column.name() + "' already exists");
            }
            if (!there) {
                added.add(column);
            }
            in.acceptSymbol(",");
            in.accept("COLUMN");
        } while (in.peek().isName());
        return added;
    }

    private static boolean hasRows(Request request, Table table) {
        String sql = "SELECT 1 FROM " + table.name().duck() + " LIMIT 1";
        return request.transaction()
                .rehearse(connection -> !Catalog.rows(connection, sql).isEmpty());
    }

    private static Step drop(Tokens in, Table table) {
        List<String> sql = new ArrayList<>();
        List<Column> columns = new ArrayList<>(table.columns());
        boolean optional = in.accept("IF", "EXISTS");
        do {
            String name = in.identifier();
            if (table.column(name).isEmpty() && optional) {
                continue;
            }
            columns.remove(table.require(name));
            sql.add(alter(table) + "DROP COLUMN " + QualifiedName.quote(name));
        } while (in.acceptSymbol(","));
        return new Step(sql, table.withColumns(columns));
    }

    private static Step renameColumn(Tokens in, Table table) {
        Column from = table.require(in.identifier());
        in.expect("TO");
        String to = in.identifier();
        if (table.column(to).isPresent()) {
            throw SnowflakeError.compilation("001430", "42601", "column '" + to + "' already exists");
        }
        String sql =
                alter(table) + "RENAME COLUMN " + QualifiedName.quote(from.name()) + " TO " + QualifiedName.quote(to);
        return new Step(List.of(sql), replaced(table, from, from.withName(to)));
    }

    private static Table replaced(Table table, Column from, Column to) {
        return table.withColumns(table.columns().stream()
                .map(column -> column.equals(from) ? to : column)
                .toList());
    }

    private static Step modify(Tokens in, Table table) {
        boolean parenthesised = in.acceptSymbol("(");
        List<String> sql = new ArrayList<>();
        Table after = table;
        do {
            in.accept("COLUMN");
            Column column = after.require(in.identifier());
            Step step = modifyColumn(in, after, column);
            sql.addAll(step.duckSql());
            after = step.after();
        } while (in.acceptSymbol(","));
        if (parenthesised) {
            in.expectSymbol(")");
        }
        return new Step(sql, after);
    }

    private static Step modifyColumn(Tokens in, Table table, Column column) {
        String start = alter(table) + "ALTER COLUMN " + QualifiedName.quote(column.name());
        if (in.accept("DROP", "NOT", "NULL")) {
            return new Step(
                    List.of(start + " DROP NOT NULL"),
                    replaced(table, column, column.withNullability(Nullability.NULLABLE)));
        }
        if (in.accept("SET", "NOT", "NULL")) {
            return new Step(
                    List.of(start + " SET NOT NULL"),
                    replaced(table, column, column.withNullability(Nullability.NOT_NULL)));
        }
        if (in.accept("COMMENT")) {
            Column commented = new Column(
                    column.name(), column.type(), column.nullability(), column.defaultSql(), column.key(), in.string());
            return new Step(List.of(), replaced(table, column, commented));
        }
        if (!in.accept("SET", "DATA", "TYPE")) {
            in.accept("TYPE");
        }
        return widen(start, table, column, SnowflakeType.parse(in));
    }

    private static Step widen(String start, Table table, Column column, SnowflakeType type) {
        if (!column.type().widensTo(type)) {
            throw SnowflakeError.compilation(
                    "002108",
                    "22000",
                    "cannot change column " + column.name() + " from type "
                            + column.type().sql() + " to " + type.sql());
        }
        boolean stored = column.type().duck().equals(type.duck());
        List<String> sql = stored ? List.of() : List.of(start + " SET DATA TYPE " + type.duck());
        return new Step(sql, replaced(table, column, column.withType(type)));
    }

    private static Result rename(Request request, Table table, QualifiedName to) {
        Tokens in = request.tokens();
        in.expectEnd();
        if (request.catalog().table(to).isPresent()) {
            throw SnowflakeError.exists(to.display());
        }
        if (!to.duckSchema().equals(table.name().duckSchema())) {
            throw SnowflakeError.unsupported("RENAME to another schema: " + in.sql());
        }
        Table after = new Table(to, table.kind(), table.columns(), table.comment());
        return Ddl.apply(
                request,
                connection -> {
                    Transaction.command(connection, alter(table) + "RENAME TO " + QualifiedName.quote(to.name()));
                    Runnable dropped = request.catalog().drop(connection, table.name());
                    Runnable saved = request.catalog().save(connection, after);
                    return () -> List.of(dropped, saved).forEach(Runnable::run);
                },
                DONE);
    }
}
