package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Column.Key;
import io.spindrift.local.snowflake.Column.Nullability;
import io.spindrift.local.snowflake.Result.ResultColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** CREATE, DROP, COMMENT, and ALTER through {@link AlterTable}. Every statement commits the open transaction, then itself. */
final class Ddl {
    private static final Set<String> TABLE_OPTIONS = Set.of(
            "DATA_RETENTION_TIME_IN_DAYS",
            "MAX_DATA_EXTENSION_TIME_IN_DAYS",
            "CHANGE_TRACKING",
            "ENABLE_SCHEMA_EVOLUTION",
            "DEFAULT_DDL_COLLATION");
    private final AlterTable alter = new AlterTable();

    /** How CREATE treats what is there, and DROP what is not. */
    private enum Mode {
        STRICT,
        IF_EXISTENCE_ALLOWS,
        REPLACE
    }

    /** A change to the catalog: writes it, and returns what to do in memory once it is committed. */
    interface Change {
        Runnable apply(Connection connection) throws SQLException;
    }

    Result run(Request request) {
        Tokens in = request.tokens();
        return switch (in.peek().upper()) {
            case "CREATE" -> create(request);
            case "DROP" -> drop(request);
            case "ALTER" -> alter.run(request);
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    /** Applies a change in a transaction of its own and mirrors it once it is committed. */
    static Result.Rows apply(Request request, Change change, String message) {
        Runnable mirror = request.transaction().runAlone(change::apply);
        mirror.run();
        request.session().forgetDropped();
        return Result.done(Result.DDL, message);
    }

    private Result create(Request request) {
        Tokens in = request.tokens();
        in.expect("CREATE");
        Mode mode = in.accept("OR", "REPLACE") ? Mode.REPLACE : Mode.STRICT;
        while (in.accept("TRANSIENT") || in.accept("SECURE") || in.accept("LOCAL") || in.accept("GLOBAL")) {
            continue;
        }
        if (in.accept("FILE", "FORMAT")) {
            return createNamed(request, Catalog.Named.FILE_FORMAT, ifNotExists(in, mode));
        }
        String kind = in.identifier();
        return switch (kind) {
            case "DATABASE" -> createDatabase(request, ifNotExists(in, mode));
            case "SCHEMA" -> createSchema(request, ifNotExists(in, mode));
            case "TABLE" -> createTable(request, ifNotExists(in, mode));
            case "VIEW" -> createView(request, ifNotExists(in, mode));
            case "STAGE" -> createNamed(request, Catalog.Named.STAGE, ifNotExists(in, mode));
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    private static Mode ifNotExists(Tokens in, Mode mode) {
        return in.accept("IF", "NOT", "EXISTS") ? Mode.IF_EXISTENCE_ALLOWS : mode;
    }

    private static Result there(Mode mode, String name) {
        if (mode == Mode.STRICT) {
            throw SnowflakeError.exists(name);
        }
        return Result.done(Result.DDL, name + " already exists, statement succeeded.");
    }

    private static Result createDatabase(Request request, Mode mode) {
        String name = request.tokens().identifier();
        comment(request.tokens());
        request.tokens().expectEnd();
        Catalog catalog = request.catalog();
        if (catalog.hasDatabase(name) && mode != Mode.REPLACE) {
            return there(mode, name);
        }
        Result.Rows created = apply(
                request,
                connection -> {
                    Runnable dropped = catalog.hasDatabase(name) ? catalog.dropDatabase(connection, name) : () -> {};
                    Runnable database = catalog.addDatabase(connection, name);
                    Runnable schema = catalog.addSchema(connection, name, "PUBLIC");
                    return () -> List.of(dropped, database, schema).forEach(Runnable::run);
                },
                "Database " + name + " successfully created.");
        request.session().useDatabase(name);
        return created;
    }

    private static Result createSchema(Request request, Mode mode) {
        List<String> parts = request.tokens().name();
        comment(request.tokens());
        request.tokens().expectEnd();
        Catalog catalog = request.catalog();
        String name = parts.get(parts.size() - 1);
        String database = parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
        if (!catalog.hasDatabase(database)) {
            throw SnowflakeError.missing("Database", database);
        }
        boolean there = catalog.hasSchema(database, name);
        if (there && mode != Mode.REPLACE) {
            return there(mode, name);
        }
        Result.Rows created = apply(
                request,
                connection -> {
                    Runnable dropped = there ? catalog.dropSchema(connection, database, name) : () -> {};
                    Runnable added = catalog.addSchema(connection, database, name);
                    return () -> List.of(dropped, added).forEach(Runnable::run);
                },
                "Schema " + name + " successfully created.");
        request.session().useSchema(List.of(database, name));
        return created;
    }

    /** Stages and file formats are kept as their options were written. */
    private static Result createNamed(Request request, Catalog.Named kind, Mode mode) {
        Tokens in = request.tokens();
        QualifiedName name = request.object();
        String options = in.sql().substring(in.peek().start());
        Options.parse(new Tokens(options)).values().forEach((key, value) -> {
            if (kind == Catalog.Named.STAGE && !Options.STAGE.contains(key)) {
                throw SnowflakeError.unsupported("the stage option " + key + " in " + in.sql());
            }
        });
        Catalog catalog = request.catalog();
        if (catalog.options(kind, name).isPresent() && mode != Mode.REPLACE) {
            return there(mode, name.name());
        }
        return apply(
                request,
                connection -> catalog.saveNamed(connection, kind, name, options),
                (kind == Catalog.Named.STAGE ? "Stage area " : "File format ") + name.name()
                        + " successfully created.");
    }

    private Result createTable(Request request, Mode mode) {
        Tokens in = request.tokens();
        QualifiedName name = request.object();
        Catalog catalog = request.catalog();
        boolean there = catalog.table(name).isPresent();
        if (there && mode != Mode.REPLACE) {
            return there(mode, name.name());
        }
        List<Column> columns = in.acceptSymbol("(") ? columns(request) : List.of();
        String comment = tableOptions(in);
        if (in.accept("AS")) {
            return createAs(request, new Table(name, Table.Kind.TABLE, columns, comment));
        }
        in.expectEnd();
        if (columns.isEmpty()) {
            throw in.unexpected();
        }
        Table table = new Table(name, Table.Kind.TABLE, columns, comment);
        return apply(
                request,
                connection -> createTable(connection, request, table),
                "Table " + name.name() + " successfully created.");
    }

    private static Runnable createTable(Connection connection, Request request, Table table) throws SQLException {
        dropAny(connection, table.name(), request.catalog());
        List<String> columns = table.columns().stream()
                .map(column -> declaration(request, column))
                .toList();
        Transaction.command(
                connection, "CREATE TABLE " + table.name().duck() + " (" + String.join(", ", columns) + ")");
        return request.catalog().save(connection, table);
    }

    private static void dropAny(Connection connection, QualifiedName name, Catalog catalog) throws SQLException {
        Table.Kind kind = catalog.table(name).map(Table::kind).orElse(Table.Kind.TABLE);
        Transaction.command(connection, "DROP " + kind.name() + " IF EXISTS " + name.duck());
        catalog.drop(connection, name);
    }

    static String declaration(Request request, Column column) {
        return QualifiedName.quote(column.name()) + " " + column.type().duck() + (column.notNull() ? " NOT NULL" : "")
                + duckDefault(request, column);
    }

    static String duckDefault(Request request, Column column) {
        String written = column.defaultSql();
        if (written == null) {
            return "";
        }
        Rewriter rewriter = new Rewriter(
                new Tokens(written),
                request.session().lastingNames(request.names().now()),
                Binds.unbound());
        return " DEFAULT (" + Storing.value(rewriter.expression(), column) + ")";
    }

    /** Column definitions up to the closing parenthesis; key constraints are recorded and not enforced. */
    static List<Column> columns(Request request) {
        Tokens in = request.tokens();
        List<Column> columns = new ArrayList<>();
        List<String> primary = new ArrayList<>();
        do {
            if (in.accept("CONSTRAINT")) {
                in.identifier();
            }
            if (in.accept("PRIMARY", "KEY")) {
                primary.addAll(nameList(in));
            } else if (in.accept("UNIQUE")) {
                nameList(in);
            } else if (in.atWord("FOREIGN")) {
                throw SnowflakeError.unsupported("FOREIGN KEY in " + in.sql());
            } else {
                columns.add(column(in));
            }
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return columns.stream()
                .map(column -> primary.contains(column.name()) ? keyed(column) : column)
                .toList();
    }

    private static Column keyed(Column column) {
        return new Column(
                column.name(), column.type(), Nullability.NOT_NULL, column.defaultSql(), Key.PRIMARY, column.comment());
    }

    private static List<String> nameList(Tokens in) {
        in.expectSymbol("(");
        List<String> names = new ArrayList<>();
        do {
            names.add(in.identifier());
        } while (in.acceptSymbol(","));
        in.expectSymbol(")");
        return names;
    }

    static Column column(Tokens in) {
        Column column = Column.nullable(in.identifier(), SnowflakeType.parse(in));
        while (!in.atEnd() && !in.atSymbol(",") && !in.atSymbol(")")) {
            column = property(in, column);
        }
        return column;
    }

    private static Column property(Tokens in, Column column) {
        if (in.accept("NOT", "NULL")) {
            return column.withNullability(Nullability.NOT_NULL);
        }
        if (in.accept("NULL")) {
            return column;
        }
        if (in.accept("PRIMARY", "KEY")) {
            return keyed(column);
        }
        if (in.accept("UNIQUE")) {
            return column;
        }
        if (in.accept("COMMENT")) {
            in.acceptSymbol("=");
            String comment = in.string();
            return new Column(
                    column.name(), column.type(), column.nullability(), column.defaultSql(), column.key(), comment);
        }
        if (in.accept("DEFAULT")) {
            String written = defaultExpression(in);
            return new Column(
                    column.name(), column.type(), column.nullability(), written, column.key(), column.comment());
        }
        throw SnowflakeError.unsupported(in.peek().text() + " in " + in.sql());
    }

    /** The text of a default: to the next comma, property or closing parenthesis outside parentheses of its own. */
    private static String defaultExpression(Tokens in) {
        int start = in.peek().start();
        int end = start;
        int depth = 0;
        while (!in.atEnd() && (depth > 0 || !endsDefault(in))) {
            depth += in.atSymbol("(") ? 1 : in.atSymbol(")") ? -1 : 0;
            end = in.next().end();
        }
        return in.sql().substring(start, end);
    }

    private static boolean endsDefault(Tokens in) {
        return in.atSymbol(",")
                || in.atSymbol(")")
                || in.atWord("NOT")
                || in.atWord("COMMENT")
                || in.atWord("PRIMARY")
                || in.atWord("UNIQUE");
    }

    private static @Nullable String tableOptions(Tokens in) {
        String comment = null;
        while (!in.atEnd() && !in.atWord("AS")) {
            if (in.accept("COMMENT")) {
                in.expectSymbol("=");
                comment = in.string();
            } else if (in.accept("CLUSTER", "BY")) {
                nameList(in);
            } else if (TABLE_OPTIONS.contains(in.peek().upper())) {
                in.next();
                in.expectSymbol("=");
                in.next();
            } else {
                throw SnowflakeError.unsupported(in.peek().text() + " in " + in.sql());
            }
        }
        return comment;
    }

    private static @Nullable String comment(Tokens in) {
        return tableOptions(in);
    }

    private static Result createAs(Request request, Table declared) {
        Rewriter rewriter = request.rewriter();
        String query = rewriter.query();
        List<ResultColumn> found = request.transaction().rehearse(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                return ResultReader.columns(statement.getMetaData(), rewriter.fields());
            }
        });
        Table table = declared.columns().isEmpty()
                ? declared.withColumns(found.stream()
                        .map(c -> Column.nullable(c.name(), c.type()))
                        .toList())
                : declared;
        return apply(
                request,
                connection -> {
                    Runnable created = createTable(connection, request, table);
                    Transaction.command(connection, Dml.insert(table, table.columns(), query, rewriter.fields()));
                    return created;
                },
                "Table " + table.name().name() + " successfully created.");
    }

    private static Result createView(Request request, Mode mode) {
        Tokens in = request.tokens();
        QualifiedName name = request.object();
        if (request.catalog().table(name).isPresent() && mode != Mode.REPLACE) {
            return there(mode, name.name());
        }
        List<String> labels = in.atSymbol("(") ? nameList(in) : List.of();
        String comment = tableOptions(in);
        in.expect("AS");
        Rewriter rewriter =
                new Rewriter(in, request.session().lastingNames(request.names().now()), request.binds());
        String query = rewriter.query();
        List<Column> columns = request.transaction().rehearse(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                return viewColumns(ResultReader.columns(statement.getMetaData(), rewriter.fields()), labels);
            }
        });
        Table view = new Table(name, Table.Kind.VIEW, columns, comment);
        String list = String.join(
                ", ", columns.stream().map(c -> QualifiedName.quote(c.name())).toList());
        return apply(
                request,
                connection -> {
                    dropAny(connection, name, request.catalog());
                    Transaction.command(connection, "CREATE VIEW " + name.duck() + " (" + list + ") AS " + query);
                    return request.catalog().save(connection, view);
                },
                "View " + name.name() + " successfully created.");
    }

    private static List<Column> viewColumns(List<ResultColumn> found, List<String> labels) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            columns.add(Column.nullable(
                    labels.isEmpty() ? found.get(i).name() : labels.get(i),
                    found.get(i).type()));
        }
        return columns;
    }

    private Result drop(Request request) {
        Tokens in = request.tokens();
        in.expect("DROP");
        if (in.accept("FILE", "FORMAT")) {
            return dropNamed(request, Catalog.Named.FILE_FORMAT);
        }
        String kind = in.identifier();
        return switch (kind) {
            case "DATABASE" -> dropDatabase(request);
            case "SCHEMA" -> dropSchema(request);
            case "TABLE" -> dropTable(request, Table.Kind.TABLE);
            case "VIEW" -> dropTable(request, Table.Kind.VIEW);
            case "STAGE" -> dropNamed(request, Catalog.Named.STAGE);
            default -> throw SnowflakeError.unsupported(in.sql());
        };
    }

    private static Mode ifExists(Tokens in) {
        return in.accept("IF", "EXISTS") ? Mode.IF_EXISTENCE_ALLOWS : Mode.STRICT;
    }

    private static void endOfDrop(Tokens in) {
        if (!in.accept("CASCADE")) {
            in.accept("RESTRICT");
        }
        in.expectEnd();
    }

    private static Result gone(Mode mode, String kind, String name) {
        if (mode == Mode.STRICT) {
            throw SnowflakeError.missing(kind, name);
        }
        return Result.done(Result.DDL, "Drop statement executed successfully (" + name + " already dropped).");
    }

    private static Result dropDatabase(Request request) {
        Mode mode = ifExists(request.tokens());
        String name = request.tokens().identifier();
        endOfDrop(request.tokens());
        if (!request.catalog().hasDatabase(name)) {
            return gone(mode, "Database", name);
        }
        return apply(
                request,
                connection -> request.catalog().dropDatabase(connection, name),
                name + " successfully dropped.");
    }

    private static Result dropSchema(Request request) {
        Mode mode = ifExists(request.tokens());
        List<String> parts = request.tokens().name();
        endOfDrop(request.tokens());
        String database = parts.size() == 2 ? parts.get(0) : request.session().requireDatabase();
        String name = parts.get(parts.size() - 1);
        if (!request.catalog().hasSchema(database, name)) {
            return gone(mode, "Schema", name);
        }
        return apply(
                request,
                connection -> request.catalog().dropSchema(connection, database, name),
                name + " successfully dropped.");
    }

    private static Result dropTable(Request request, Table.Kind kind) {
        Mode mode = ifExists(request.tokens());
        QualifiedName name = request.object();
        endOfDrop(request.tokens());
        if (request.catalog().table(name).filter(table -> table.kind() == kind).isEmpty()) {
            return gone(mode, "Table", name.display());
        }
        return apply(
                request,
                connection -> {
                    Transaction.command(connection, "DROP " + kind.name() + " " + name.duck());
                    return request.catalog().drop(connection, name);
                },
                name.name() + " successfully dropped.");
    }

    private static Result dropNamed(Request request, Catalog.Named kind) {
        Mode mode = ifExists(request.tokens());
        QualifiedName name = request.object();
        request.tokens().expectEnd();
        if (request.catalog().options(kind, name).isEmpty()) {
            return gone(mode, kind == Catalog.Named.STAGE ? "Stage" : "File format", name.display());
        }
        return apply(
                request,
                connection -> request.catalog().dropNamed(connection, kind, name),
                name.name() + " successfully dropped.");
    }
}
