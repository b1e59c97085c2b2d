package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Scope.Field;
import io.spindrift.local.snowflake.Storing.Value;
import io.spindrift.local.snowflake.Transaction.Access;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * INSERT, UPDATE, DELETE, MERGE, TRUNCATE. All but INSERT lock their table to the end of the transaction before DuckDB takes its
 * snapshot, so that the later of two updates of one row waits and then sees the earlier one's result.
 */
final class Dml {
    Result run(Request request) {
        Queries.implicitBegin(request);
        String verb = request.tokens().peek().upper();
        return switch (verb) {
            case "INSERT" -> insert(request);
            case "TRUNCATE" -> truncate(request);
            default -> change(request, verb);
        };
    }

    private static Table target(Request request, String... before) {
        Tokens in = new Tokens(request.tokens().sql());
        in.expect(before);
        Table table = request.catalog().require(request.names().resolve(in.name()));
        if (table.kind() != ObjectKind.TABLE) {
            throw SnowflakeError.compilation(
                    "001471", "42601", "View '" + table.name().name() + "' is not updatable.");
        }
        return table;
    }

    private static void lock(Request request, Table table) {
        request.transaction().lock(List.of(table.name()), request.session().lockTimeout());
    }

    private Result insert(Request request) {
        if (!request.tokens().peek(1).isWord("INTO")) {
            throw SnowflakeError.unsupported(request.tokens().sql());
        }
        Table table = target(request, "INSERT", "INTO");
        long count =
                request.binds().isBatch() ? insertBatch(request, table) : write(request, insertOnce(request, table));
        return Result.counts(Result.INSERT, List.of("number of rows inserted"), List.of(count));
    }

    private static String insertOnce(Request request, Table table) {
        List<Column> columns = insertColumns(request.tokens(), table);
        Rewriter rewriter = request.rewriter();
        return insert(table, columns, rewriter.query(), rewriter.fields());
    }

    /** One statement for all rows of a batch, whose bound values are columns. */
    private static long insertBatch(Request request, Table table) {
        Tokens in = request.tokens();
        List<Column> columns = insertColumns(in, table);
        in.expect("VALUES");
        in.expectSymbol("(");
        Rewriter rewriter = request.rewriter();
        List<CopyInto.Item> items = CopyInto.items(
                in, columns, column -> new CopyInto.Item(column, rewriter.expressionOf(")"), Optional.empty()));
        in.expectSymbol(")");
        in.expectEnd();
        Transaction transaction = request.transaction();
        try {
            long count = transaction.run(Access.WRITE, connection -> {
                try (OutsideRows rows = request.binds().rows();
                        PreparedStatement statement = transaction.running(
                                connection.prepareStatement(CopyInto.insert(table, items, rows.sql())))) {
                    return (long) statement.executeUpdate();
                }
            });
            transaction.atEnd(request.binds()::delete);
            return count;
        } catch (RuntimeException e) {
            request.binds().delete();
            throw e;
        }
    }

    private static List<Column> insertColumns(Tokens in, Table table) {
        in.expect("INSERT", "INTO");
        in.name();
        return columnList(in, table);
    }

    /**
     * The rows pass through a subquery, so that each value is stored by the rules of its column, which are stricter than DuckDB's.
     */
    static String insert(Table table, List<Column> columns, String rows, List<Field> fields) {
        if (!fields.isEmpty()) {
            requireAsMany(columns, fields.size());
        }
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (Column column : columns) {
            String name = QualifiedName.quote(column.name());
            values.add(Storing.value(new Value(name, Scope.type(fields, names.size())), column));
            names.add(name);
        }
        String list = String.join(", ", names);
        return "INSERT INTO " + table.name().duck() + " (" + list + ") SELECT " + String.join(", ", values) + " FROM ("
                + rows + ") AS rows_in(" + list + ")";
    }

    static void requireAsMany(List<Column> columns, int values) {
        if (columns.size() != values) {
            String counts = "expecting " + columns.size() + " but got " + values;
            throw SnowflakeError.compilation(
                    "002020", "21S01", "Insert value list does not match column list " + counts);
        }
    }

    static List<Column> columnList(Tokens in, Table table) {
        boolean query = in.peek(1).isWord("SELECT") || in.peek(1).isWord("WITH");
        return in.atSymbol("(") && !query ? in.parenthesized(() -> table.require(in.identifier())) : table.columns();
    }

    private static long write(Request request, String sql) {
        return run(request, sql, statement -> (long) statement.executeUpdate());
    }

    private interface Work<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    private static <T> T run(Request request, String sql, Work<T> work) {
        Transaction transaction = request.transaction();
        return transaction.run(Access.WRITE, connection -> {
            try (PreparedStatement statement = transaction.running(connection.prepareStatement(sql))) {
                return work.of(statement);
            }
        });
    }

    private static Result change(Request request, String verb) {
        Table table = verb.equals("UPDATE")
                ? target(request, verb)
                : target(request, verb, verb.equals("MERGE") ? "INTO" : "FROM");
        lock(request, table);
        boolean strict = request.session().flag("ERROR_ON_NONDETERMINISTIC_UPDATE");
        String sql = request.rewriter().dml(table, strict);
        return switch (verb) {
            case "MERGE" -> merge(run(request, sql + " RETURNING merge_action", Dml::actions), sql);
            case "UPDATE" -> {
                List<String> names = List.of("number of rows updated", "number of multi-joined rows updated");
                yield Result.counts(Result.UPDATE, names, List.of(write(request, sql), 0L));
            }
            default -> Result.counts(Result.DELETE, List.of("number of rows deleted"), List.of(write(request, sql)));
        };
    }

    /** Only the columns of actions that the statement has. */
    private static Result merge(Map<String, Long> counts, String sql) {
        List<String> actions = Stream.of("INSERT", "UPDATE", "DELETE")
                .filter(action -> sql.contains(" THEN " + action))
                .toList();
        List<String> names = actions.stream()
                .map(action ->
                        "number of rows " + action.toLowerCase(Locale.ROOT).replaceAll("e?$", "ed"))
                .toList();
        List<Long> values =
                actions.stream().map(action -> counts.getOrDefault(action, 0L)).toList();
        return Result.counts(Result.MERGE, names, values);
    }

    private static Map<String, Long> actions(PreparedStatement statement) throws SQLException {
        Map<String, Long> counts = new HashMap<>();
        try (ResultSet actions = statement.executeQuery()) {
            while (actions.next()) {
                counts.merge(actions.getString(1), 1L, Long::sum);
            }
        }
        return counts;
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
