package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was declared: one {@link Entry} for each object, of every kind. Kept in {@code _LOCAL.objects} of the DuckDB file, written in
 * the transaction that changes DuckDB's own objects, so that a crash leaves both or neither; mirrored in memory once that has
 * committed. All DDL commits at once, so the mirror is what every session sees.
 */
final class Catalog {
    /** Of the tables in {@code _LOCAL}; a directory with another one is refused. */
    private static final String LAYOUT = "3";

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private final Map<ObjectKind, Map<QualifiedName, Entry>> spaces = new EnumMap<>(ObjectKind.class);
    private final Set<String> suspended = ConcurrentHashMap.newKeySet();
    private final Path stages;

    private Catalog(Path stages) {
        this.stages = stages;
        Arrays.stream(ObjectKind.values()).forEach(kind -> spaces.put(kind, new ConcurrentSkipListMap<>()));
    }

    /** Several changes as one: they are in DuckDB together or not at all, and in memory after that. */
    interface Change<T> {
        T apply(Edit edit) throws SQLException;
    }

    /** Reads only. @throws SQLException when the data is not of this version */
    static void requireLayout(Connection connection) throws SQLException {
        var tables = rows(connection, "SELECT schema_name || '.' || table_name FROM duckdb_tables()");
        boolean known = tables.contains(List.of("_LOCAL.layout"));
        var layout = known ? rows(connection, "SELECT version FROM _LOCAL.layout") : List.of(List.of("unknown"));
        Object found = layout.get(0).get(0);
        if (!tables.isEmpty() && !LAYOUT.equals(found)) {
            throw new SQLException("the data was written by another version of the local Snowflake, with layout "
                    + found + " instead of " + LAYOUT + ": use another data directory, or delete this one");
        }
    }

    /** What was declared in a database of this layout, or a new one, without the temporary objects of sessions that have crashed. */
    static Catalog load(Connection connection, Path stages) throws SQLException {
        Catalog catalog = new Catalog(stages);
        Edit edit = catalog.new Edit(connection);
        Transaction.command(connection, "BEGIN TRANSACTION");
        if (rows(connection, "SELECT 1 FROM duckdb_tables()").isEmpty()) {
            LocalSchema.create(connection, LAYOUT);
        }
        String all = "SELECT kind, database_name, schema_name, object_name, session,"
                + " strftime(created AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), body FROM _LOCAL.objects";
        for (List<@Nullable String> row : rows(connection, all)) {
            Entry entry = entry(row.stream().map(String::valueOf).toList());
            catalog.space(entry.kind()).put(entry.name(), entry);
        }
        catalog.entries().map(e -> e.name().session()).distinct().toList().forEach(edit::removeSession);
        Transaction.command(connection, "COMMIT");
        edit.mirror();
        return catalog;
    }

    private static Entry entry(List<String> row) {
        QualifiedName name = new QualifiedName(row.get(1), row.get(2), row.get(3), Long.parseLong(row.get(4)));
        try {
            Entry.Body body = JSON.readValue(row.get(6), Entry.Body.class);
            return new Entry(ObjectKind.valueOf(row.get(0)), name, Instant.parse(row.get(5)), body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("unreadable: " + name, e);
        }
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

    static void execute(Connection connection, String duckSql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(duckSql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }

    // What there is.

    private Map<QualifiedName, Entry> space(ObjectKind kind) {
        return Objects.requireNonNull(spaces.get(kind.space()));
    }

    Stream<Entry> entries() {
        return spaces.values().stream().flatMap(space -> space.values().stream());
    }

    /** What has this name among the objects of this kind, and those that share their names with it. */
    Optional<Entry> find(ObjectKind kind, QualifiedName name) {
        return Optional.ofNullable(space(kind).get(name));
    }

    /** @throws SnowflakeError 002003 when there is nothing of this name, in exactly this case; 002203 when it is of another kind */
    Entry require(ObjectKind kind, QualifiedName name) {
        Entry entry = find(kind, name).orElseThrow(() -> SnowflakeError.missing(kind.title(), name.display()));
        if (entry.kind() != kind) {
            String what = "Object found is of type '%s', not specified type '%s'.";
            throw SnowflakeError.compilation(
                    "002203", "02000", what.formatted(entry.kind().label(), kind.label()));
        }
        return entry;
    }

    boolean hasDatabase(String database) {
        return find(ObjectKind.DATABASE, QualifiedName.ofAccount(database)).isPresent();
    }

    boolean hasSchema(String database, String schema) {
        return find(ObjectKind.SCHEMA, QualifiedName.ofSchema(database, schema)).isPresent();
    }

    Optional<Table> table(QualifiedName name) {
        return find(ObjectKind.TABLE, name).map(Table::new);
    }

    /** @throws SnowflakeError 002003 when there is no such relation in exactly this case */
    Table require(QualifiedName name) {
        return table(name).orElseThrow(() -> SnowflakeError.missing("Object", name.display()));
    }

    /** The options of a stage or file format, as text. */
    Optional<String> options(ObjectKind kind, QualifiedName name) {
        return find(kind, name).map(Catalog::options);
    }

    static String options(Entry entry) {
        return new TreeMap<>(entry.without(List.of("COMMENT", "TEMPORARY", Entry.OWNER))
                        .attributes())
                .entrySet().stream()
                        .map(option -> option.getKey() + " = " + option.getValue())
                        .collect(Collectors.joining(" "));
    }

    /** The properties of a user by upper-case name, PASSWORD and RSA_PUBLIC_KEY among them. */
    Optional<Map<String, String>> user(String name) {
        return find(ObjectKind.USER, QualifiedName.ofAccount(name)).map(Entry::attributes);
    }

    /** The name of a role or warehouse to use. @throws SnowflakeError 002043 when there is none */
    String usable(ObjectKind kind, String name) {
        if (find(kind, QualifiedName.ofAccount(name)).isEmpty()) {
            String what = "Object does not exist, or operation cannot be performed.";
            throw SnowflakeError.compilation("002043", "02000", what);
        }
        return name;
    }

    /** A session's temporary object hides the permanent one of the same name; for relations before other kinds. */
    QualifiedName visible(QualifiedName name, long session) {
        QualifiedName own = name.inSession(session);
        boolean permanent = find(ObjectKind.TABLE, own).isEmpty()
                && (find(ObjectKind.TABLE, name).isPresent()
                        || spaces.values().stream().noneMatch(space -> space.containsKey(own)));
        return permanent ? name : own;
    }

    /** The warehouses that are suspended. A state of the running service: after a restart they are all started. */
    Set<String> suspended() {
        return suspended;
    }

    /** Conditions on the names in the tables of {@code _LOCAL} that say what belongs to a table. */
    static String where(QualifiedName table) {
        return "database_name = " + QualifiedName.literal(table.database())
                + " AND schema_name = " + QualifiedName.literal(table.schema())
                + " AND table_name = " + QualifiedName.literal(table.name())
                + " AND session = " + table.session();
    }

    // Changes.

    /** Commits what is open, then changes in a transaction of its own, one at a time. */
    synchronized <T> T change(Transaction transaction, Change<T> change) {
        List<Edit> edits = new ArrayList<>();
        T result = transaction.runAlone(connection -> {
            Edit edit = new Edit(connection);
            edits.add(edit);
            return change.apply(edit);
        });
        edits.forEach(Edit::mirror);
        return result;
    }

    /** The session has ended, and its temporary objects with it. */
    void endSession(Transaction transaction, long session) {
        if (session != 0 && entries().anyMatch(entry -> entry.name().session() == session)) {
            change(transaction, edit -> {
                edit.removeSession(session);
                return session;
            });
        }
    }

    /** A change under way, over the connection of its transaction. */
    final class Edit {
        private final Connection connection;
        private final List<Runnable> mirrored = new ArrayList<>();
        private final List<Runnable> afterwards = new ArrayList<>();

        private Edit(Connection connection) {
            this.connection = connection;
        }

        Connection connection() {
            return connection;
        }

        Catalog catalog() {
            return Catalog.this;
        }

        void sql(String duckSql, @Nullable Object... values) {
            try {
                Catalog.execute(connection, duckSql, values);
            } catch (SQLException e) {
                throw DuckDbErrors.translate(e);
            }
        }

        /** An entry as it is from now on. What it is in DuckDB is the caller's to change. */
        void put(Entry entry) {
            forget(entry);
            List<Object> row = key(entry);
            try {
                row.addAll(List.of(
                        entry.kind().name(), entry.created().toString(), JSON.writeValueAsString(entry.body())));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
            sql("INSERT INTO _LOCAL.objects VALUES (?, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ, ?)", row.toArray());
            mirrored.add(() -> space(entry.kind()).put(entry.name(), entry));
        }

        void forget(Entry entry) {
            String key = "(space, database_name, schema_name, object_name, session)";
            sql(
                    "DELETE FROM _LOCAL.objects WHERE " + key + " = (?, ?, ?, ?, ?)",
                    key(entry).toArray());
            mirrored.add(() -> space(entry.kind()).remove(entry.name()));
        }

        private static List<Object> key(Entry entry) {
            QualifiedName name = entry.name();
            String space = entry.kind().space().name();
            return new ArrayList<>(List.of(space, name.database(), name.schema(), name.name(), name.session()));
        }

        /** Drops an object with all that is in it and all that is granted on it; its files go once that has committed. */
        void remove(Entry entry) {
            QualifiedName name = entry.name();
            switch (entry.kind()) {
                case DATABASE, SCHEMA -> {
                    entries()
                            .filter(each -> each.name().container().equals(name))
                            .forEach(this::remove);
                    sql("DROP SCHEMA " + duckSchema(name) + " CASCADE");
                    deleteFiles(name);
                }
                case TABLE, VIEW, DYNAMIC_TABLE -> {
                    sql("DROP " + entry.kind().duck() + " " + name.duck());
                    sql("DELETE FROM _LOCAL.loads WHERE " + where(name));
                }
                case STAGE -> deleteFiles(name);
                case WAREHOUSE -> afterwards(() -> suspended.remove(name.name()));
                case FILE_FORMAT, ROLE, USER, GRANT -> {}
            }
            entries().filter(grant -> Grants.concerns(grant, entry)).forEach(this::forget);
            forget(entry);
        }

        /** Deletes what is in this stage, schema or database, once this has committed. */
        void deleteFiles(QualifiedName name) {
            name.directory(stages).ifPresent(directory -> afterwards(() -> Stages.deleteAll(directory)));
        }

        /** What is in a schema, or the INFORMATION_SCHEMA of a database, lies here in DuckDB. */
        private static String duckSchema(QualifiedName name) {
            String schema = name.database().isEmpty() ? "INFORMATION_SCHEMA" : name.name();
            String database = name.database().isEmpty() ? name.name() : name.database();
            return new QualifiedName(database, schema, "").duckSchema();
        }

        void createSchema(QualifiedName name) {
            sql("CREATE SCHEMA " + duckSchema(name));
        }

        /** A database has two schemas from its beginning. */
        void createDatabase(Entry database) {
            QualifiedName name = database.name();
            createSchema(name);
            LocalSchema.informationSchema(name.name(), duckSchema(name)).forEach(this::sql);
            QualifiedName schema = QualifiedName.ofSchema(name.name(), "PUBLIC");
            createSchema(schema);
            Map<String, String> attributes =
                    database.without(List.of("COMMENT")).attributes();
            put(Entry.of(ObjectKind.SCHEMA, schema, database.created(), attributes));
        }

        /** Once this has committed. */
        void afterwards(Runnable action) {
            afterwards.add(action);
        }

        /** The place of a session's temporary objects, and the mark by which the views over the catalog show them. */
        void openSession(QualifiedName name) {
            sql("CREATE SCHEMA IF NOT EXISTS " + name.duckSchema());
            sql("SET VARIABLE session = " + name.session());
        }

        private void removeSession(long session) {
            if (session != 0) {
                QualifiedName place = new QualifiedName("", "", "", session);
                entries().filter(entry -> entry.name().session() == session).forEach(this::remove);
                sql("DROP SCHEMA IF EXISTS " + place.duckSchema() + " CASCADE");
                deleteFiles(place);
            }
        }

        private void mirror() {
            mirrored.forEach(Runnable::run);
            afterwards.forEach(Runnable::run);
        }
    }
}
