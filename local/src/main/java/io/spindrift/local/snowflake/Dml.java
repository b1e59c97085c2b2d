package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Scope.Field;
import io.spindrift.local.snowflake.Storing.Value;
import io.spindrift.local.snowflake.Transaction.Access;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * INSERT, UPDATE, DELETE, MERGE, TRUNCATE. All but INSERT lock their table to the end of the transaction before DuckDB takes its
 * snapshot, so that the later of two updates of one row waits and then sees the earlier one's result.
 */
final class Dml {
    Result run(Request request) {
        Tokens in = request.tokens();
        Queries.implicitBegin(request);
        return switch (in.peek().upper()) {
            case "INSERT" -> insert(request);
            case "UPDATE" -> perRow(request, Result.UPDATE, "UPDATE");
            case "DELETE" -> perRow(request, Result.DELETE, "DELETE", "FROM");
            case "MERGE" -> merge(request);
            default -> truncate(request);
        };
    }

    private static Table target(Request request, String... before) {
        Tokens in = new Tokens(request.tokens().sql());
        in.expect(before);
        Table table = request.catalog().require(request.names().resolve(in.name()));
        if (table.kind() == Table.Kind.VIEW) {
            throw SnowflakeError.compilation(
                    "001471", "42601", "View '" + table.name().name() + "' is not updatable.");
        }
        return table;
    }

    private static void lock(Request request, Table table) {
        request.transaction().lock(List.of(table.name()), request.session().lockTimeout());
    }

    private Result insert(Request request) {
        if (request.tokens().peek(1).isWord("OVERWRITE")) {
            throw SnowflakeError.unsupported(request.tokens().sql());
        }
        Table table = target(request, "INSERT", "INTO");
        long count =
                write(request, request.binds().isBatch() ? insertBatch(request, table) : insertOnce(request, table));
        return Result.counts(Result.INSERT, List.of("number of rows inserted"), List.of(count));
    }

    private static String insertOnce(Request request, Table table) {
        List<Column> columns = insertColumns(request.tokens(), table);
        Rewriter rewriter = request.rewriter();
        String rows = rewriter.query();
        return insert(table, columns, rows, rewriter.fields());
    }

    /** One statement for all rows of a batch: DuckDB then plans once. */
    private static String insertBatch(Request request, Table table) {
        List<Column> columns = List.of();
        List<String> rows = new ArrayList<>();
        Optional<List<Field>> fields = Optional.empty();
        for (int i = 0; i < request.binds().rows(); i++) {
            Request row = request.row(i);
            columns = insertColumns(row.tokens(), table);
            row.tokens().expect("VALUES");
            Rewriter rewriter = row.rewriter();
            rows.add(rewriter.valuesOnly().substring("VALUES ".length()));
            fields = i == 0 ? rewriter.fields() : Rewriter.common(fields, rewriter.fields());
        }
        return insert(table, columns, "VALUES " + String.join(", ", rows), fields);
    }

    private static List<Column> insertColumns(Tokens in, Table table) {
        in.expect("INSERT", "INTO");
        in.name();
        return columnList(in, table);
    }

    /**
     * The rows pass through a subquery, so that each value is stored by the rules of its column, which are stricter than DuckDB's.
     */
    static String insert(Table table, List<Column> columns, String rows, Optional<List<Field>> fields) {
        fields.ifPresent(found -> requireAsMany(columns, found.size()));
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (Column column : columns) {
            int at = names.size();
            String name = QualifiedName.quote(column.name());
            values.add(
                    Storing.value(new Value(name, fields.flatMap(f -> f.get(at).type())), column));
            names.add(name);
        }
        String list = String.join(", ", names);
        return "INSERT INTO " + table.name().duck() + " (" + list + ") SELECT " + String.join(", ", values) + " FROM ("
                + rows + ") AS rows_in(" + list + ")";
    }

    static void requireAsMany(List<Column> columns, int values) {
        if (columns.size() != values) {
            throw SnowflakeError.compilation(
                    "002020",
                    "21S01",
                    "Insert value list does not match column list expecting " + columns.size() + " but got " + values);
        }
    }

    static List<Column> columnList(Tokens in, Table table) {
        if (!in.atSymbol("(") || in.peek(1).isWord("SELECT") || in.peek(1).isWord("WITH")) {
            return table.columns();
        }
        in.expectSymbol("(");
        List<Column> columns = new ArrayList<>();
        do {
            columns.add(table.require(in.identifier()));
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return columns;
    }

    private static long write(Request request, String sql) {
        Transaction transaction = request.transaction();
        transaction.rehearse(sql);
        return transaction.run(Access.WRITE, connection -> {
            try (PreparedStatement statement = transaction.running(connection.prepareStatement(sql))) {
                return (long) statement.executeUpdate();
            }
        });
    }

    private Result perRow(Request request, int type, String... before) {
        Table table = target(request, before);
        lock(request, table);
        long count = 0;
        for (int i = 0; i < request.binds().rows(); i++) {
            count += write(request, request.row(i).rewriter().dml(table));
        }
        return type == Result.UPDATE
                ? Result.counts(
                        type,
                        List.of("number of rows updated", "number of multi-joined rows updated"),
                        List.of(count, 0L))
                : Result.counts(type, List.of("number of rows deleted"), List.of(count));
    }

    private Result merge(Request request) {
        Table table = target(request, "MERGE", "INTO");
        lock(request, table);
        String text = request.tokens().sql();
        String sql = request.rewriter().dml(table) + " RETURNING merge_action";
        Transaction transaction = request.transaction();
        transaction.rehearse(sql);
        MergeCounts counts = transaction.run(Access.WRITE, connection -> {
            try (PreparedStatement statement = transaction.running(connection.prepareStatement(sql))) {
                return MergeCounts.of(statement);
            }
        });
        return counts.result(new Tokens(text));
    }

    private record MergeCounts(long inserted, long updated, long deleted) {
        static MergeCounts of(PreparedStatement statement) throws SQLException {
            long inserted = 0;
            long updated = 0;
            long deleted = 0;
            try (ResultSet actions = statement.executeQuery()) {
                while (actions.next()) {
                    switch (actions.getString(1)) {
                        case "INSERT" -> inserted++;
                        case "UPDATE" -> updated++;
                        default -> deleted++;
                    }
                }
            }
            return new MergeCounts(inserted, updated, deleted);
        }

        /** Only the columns of actions that the statement has. */
        Result result(Tokens statement) {
            List<String> names = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            List<String> actions = List.of("INSERT", "UPDATE", "DELETE");
            List<Long> all = List.of(inserted, updated, deleted);
            for (int i = 0; i < actions.size(); i++) {
                if (mentions(statement, actions.get(i))) {
                    names.add("number of rows "
                            + List.of("inserted", "updated", "deleted").get(i));
                    counts.add(all.get(i));
                }
            }
            return Result.counts(Result.MERGE, names, counts);
        }

        private static boolean mentions(Tokens statement, String action) {
            for (statement.moveTo(0); !statement.atEnd(); statement.next()) {
                if (statement.atWord(action) && statement.previous(1).isWord("THEN")) {
                    return true;
                }
            }
            return false;
        }
    }

    private Result truncate(Request request) {
        Tokens in = request.tokens();
        in.expect("TRUNCATE");
        in.accept("TABLE");
        boolean optional = in.accept("IF", "EXISTS");
        QualifiedName name = request.object();
        in.expectEnd();
        if (!optional || request.catalog().table(name).isPresent()) {
            Table table = request.catalog().require(name);
            lock(request, table);
            request.transaction().run(Access.WRITE, connection -> {
                Transaction.command(connection, "DELETE FROM " + table.name().duck());
                Transaction.command(connection, "DELETE FROM _LOCAL.loads WHERE " + Catalog.where(name));
                return name;
            });
        }
        return Result.done(Result.DDL, "Statement executed successfully.");
    }
}
