package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * What was declared: databases, schemas, tables with their Snowflake types, stages, file formats. Kept in the schema {@code _LOCAL}
 * of the DuckDB file, in the transaction of the DDL itself, and mirrored in memory once that is committed. All DDL commits at
 * once, so the mirror is what every session sees.
 */
final class Catalog {
    private final Set<String> databases = new ConcurrentSkipListSet<>();
    private final Set<QualifiedName> schemas = new ConcurrentSkipListSet<>();
    private final Map<QualifiedName, Table> tables = new ConcurrentSkipListMap<>();
    private final Map<QualifiedName, String> stages = new ConcurrentHashMap<>();
    private final Map<QualifiedName, String> formats = new ConcurrentHashMap<>();

    /** Objects that are nothing but a name and their options. */
    enum Named {
        STAGE,
        FILE_FORMAT
    }

    static Catalog load(Connection connection) throws SQLException {
        for (String ddl : LocalSchema.TABLES) {
            Transaction.command(connection, ddl);
        }
        Catalog catalog = new Catalog();
        catalog.read(connection);
        return catalog;
    }

    private void read(Connection connection) throws SQLException {
        for (List<@Nullable String> row : rows(connection, "SELECT database_name FROM _LOCAL.databases")) {
            databases.add(text(row, 0));
        }
        for (List<@Nullable String> row : rows(connection, "SELECT database_name, schema_name FROM _LOCAL.schemas")) {
            schemas.add(new QualifiedName(text(row, 0), text(row, 1), ""));
        }
        String named = "SELECT kind, database_name, schema_name, object_name, options FROM _LOCAL.named_objects";
        for (List<@Nullable String> row : rows(connection, named)) {
            QualifiedName name = new QualifiedName(text(row, 1), text(row, 2), text(row, 3));
            objects(Named.valueOf(text(row, 0))).put(name, text(row, 4));
        }
        String all = "SELECT database_name, schema_name, table_name, kind, comment FROM _LOCAL.tables";
        for (List<@Nullable String> row : rows(connection, all)) {
            QualifiedName name = new QualifiedName(text(row, 0), text(row, 1), text(row, 2));
            Table.Kind kind = Table.Kind.valueOf(text(row, 3));
            tables.put(name, new Table(name, kind, columns(connection, name), row.get(4)));
        }
    }

    private static List<Column> columns(Connection connection, QualifiedName table) throws SQLException {
        String sql = "SELECT column_name, type, nullability, default_sql, key, comment FROM _LOCAL.columns WHERE "
                + where(table) + " ORDER BY ordinal";
        List<Column> columns = new ArrayList<>();
        for (List<@Nullable String> row : rows(connection, sql)) {
            columns.add(new Column(
                    text(row, 0),
                    SnowflakeType.parse(new Tokens(text(row, 1))),
                    Column.Nullability.valueOf(text(row, 2)),
                    row.get(3),
                    Column.Key.valueOf(text(row, 4)),
                    row.get(5)));
        }
        return columns;
    }

    static List<List<@Nullable String>> rows(Connection connection, String duckSql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(duckSql);
                ResultSet result = statement.executeQuery()) {
            List<List<@Nullable String>> rows = new ArrayList<>();
            while (result.next()) {
                List<@Nullable String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
            return rows;
        }
    }

    private static String text(List<@Nullable String> row, int index) {
        String value = row.get(index);
        return value == null ? "" : value;
    }

    static void execute(Connection connection, String duckSql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(duckSql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }

    boolean hasDatabase(String database) {
        return databases.contains(database);
    }

    boolean hasSchema(String database, String schema) {
        return schemas.contains(new QualifiedName(database, schema, ""));
    }

    List<String> schemasOf(String database) {
        return schemas.stream()
                .filter(schema -> schema.database().equals(database))
                .map(QualifiedName::schema)
                .toList();
    }

    Optional<Table> table(QualifiedName name) {
        return Optional.ofNullable(tables.get(name));
    }

    /** @throws SnowflakeError 002003 when there is no such table in exactly this case */
    Table require(QualifiedName name) {
        return table(name).orElseThrow(() -> SnowflakeError.missing("Object", name.display()));
    }

    List<Table> tables() {
        return List.copyOf(tables.values());
    }

    Optional<String> options(Named kind, QualifiedName name) {
        return Optional.ofNullable(objects(kind).get(name));
    }

    private Map<QualifiedName, String> objects(Named kind) {
        return switch (kind) {
            case STAGE -> stages;
            case FILE_FORMAT -> formats;
        };
    }

    Runnable addDatabase(Connection connection, String database) throws SQLException {
        execute(connection, "INSERT INTO _LOCAL.databases VALUES (?, now())", database);
        Transaction.command(connection, "CREATE SCHEMA " + QualifiedName.quote(database + ".INFORMATION_SCHEMA"));
        for (String view : LocalSchema.informationSchema(database)) {
            Transaction.command(connection, view);
        }
        return () -> databases.add(database);
    }

    Runnable addSchema(Connection connection, String database, String schema) throws SQLException {
        QualifiedName name = new QualifiedName(database, schema, "");
        execute(connection, "INSERT INTO _LOCAL.schemas VALUES (?, ?, now())", database, schema);
        Transaction.command(connection, "CREATE SCHEMA " + name.duckSchema());
        return () -> schemas.add(name);
    }

    Runnable dropSchema(Connection connection, String database, String schema) throws SQLException {
        QualifiedName name = new QualifiedName(database, schema, "");
        for (String table : List.of("schemas", "tables", "columns", "named_objects", "loads")) {
            execute(
                    connection,
                    "DELETE FROM _LOCAL." + table + " WHERE database_name = ? AND schema_name = ?",
                    database,
                    schema);
        }
        Transaction.command(connection, "DROP SCHEMA " + name.duckSchema() + " CASCADE");
        return () -> {
            schemas.remove(name);
            List.of(tables, stages, formats).forEach(map -> map.keySet()
                    .removeIf(key ->
                            key.database().equals(database) && key.schema().equals(schema)));
        };
    }

    Runnable dropDatabase(Connection connection, String database) throws SQLException {
        List<Runnable> after = new ArrayList<>();
        for (String schema : schemasOf(database)) {
            after.add(dropSchema(connection, database, schema));
        }
        execute(connection, "DELETE FROM _LOCAL.databases WHERE database_name = ?", database);
        Transaction.command(
                connection, "DROP SCHEMA " + QualifiedName.quote(database + ".INFORMATION_SCHEMA") + " CASCADE");
        after.add(() -> databases.remove(database));
        return () -> after.forEach(Runnable::run);
    }

    /** Writes the declaration of a table, new or changed. */
    Runnable save(Connection connection, Table table) throws SQLException {
        forget(connection, table.name());
        QualifiedName name = table.name();
        execute(
                connection,
                "INSERT INTO _LOCAL.tables VALUES (?, ?, ?, ?, ?, now())",
                name.database(),
                name.schema(),
                name.name(),
                table.kind().name(),
                table.comment());
        for (int i = 0; i < table.columns().size(); i++) {
            insert(connection, name, i + 1, table.columns().get(i));
        }
        return () -> tables.put(name, table);
    }

    private static void insert(Connection connection, QualifiedName table, int ordinal, Column column)
            throws SQLException {
        SnowflakeType type = column.type();
        execute(
                connection,
                "INSERT INTO _LOCAL.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                table.database(),
                table.schema(),
                table.name(),
                ordinal,
                column.name(),
                type.sql(),
                column.nullability().name(),
                column.defaultSql(),
                column.key().name(),
                column.comment(),
                type.kind().schemaName(),
                type.length(),
                type.precision(),
                type.scale(),
                type.showJson(String.valueOf(!column.notNull())));
    }

    Runnable drop(Connection connection, QualifiedName table) throws SQLException {
        forget(connection, table);
        execute(connection, "DELETE FROM _LOCAL.loads WHERE " + where(table));
        return () -> tables.remove(table);
    }

    private static void forget(Connection connection, QualifiedName table) throws SQLException {
        execute(connection, "DELETE FROM _LOCAL.tables WHERE " + where(table));
        execute(connection, "DELETE FROM _LOCAL.columns WHERE " + where(table));
    }

    static String where(QualifiedName table) {
        return "database_name = " + QualifiedName.literal(table.database())
                + " AND schema_name = " + QualifiedName.literal(table.schema())
                + " AND table_name = " + QualifiedName.literal(table.name());
    }

    Runnable saveNamed(Connection connection, Named kind, QualifiedName name, String options) throws SQLException {
        dropNamed(connection, kind, name);
        execute(
                connection,
                "INSERT INTO _LOCAL.named_objects VALUES (?, ?, ?, ?, ?, now())",
                kind.name(),
                name.database(),
                name.schema(),
                name.name(),
                options);
        return () -> objects(kind).put(name, options);
    }

    Runnable dropNamed(Connection connection, Named kind, QualifiedName name) throws SQLException {
        execute(
                connection,
                "DELETE FROM _LOCAL.named_objects"
                        + " WHERE kind = ? AND database_name = ? AND schema_name = ? AND object_name = ?",
                kind.name(),
                name.database(),
                name.schema(),
                name.name());
        return () -> objects(kind).remove(name);
    }

    Optional<Map<String, String>> user(String name) {
        return Optional.empty();
    }

    /** Whether that warehouse was suspended; it is running then. */
    boolean resume(String warehouse) {
        return false;
    }
}
