package io.spindrift.local.snowflake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
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
    private static final String LAYOUT = "2";

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private final Map<ObjectKind, Map<QualifiedName, Entry>> spaces = new EnumMap<>(ObjectKind.class);
    private final Set<String> suspended = ConcurrentHashMap.newKeySet();

    private Catalog() {
        Arrays.stream(ObjectKind.values()).forEach(kind -> spaces.put(kind, new ConcurrentSkipListMap<>()));
    }

    /** Several changes as one: they are in DuckDB together or not at all, and in memory after that. */
    interface Change<T> {
        T apply(Edit edit) throws SQLException;
    }

    static Catalog load(Connection connection) throws SQLException {
        List<List<@Nullable String>> tables =
                rows(connection, "SELECT table_name FROM duckdb_tables() WHERE schema_name = '_LOCAL'");
        if (tables.isEmpty()) {
            LocalSchema.create(connection, LAYOUT);
        } else {
            requireLayout(tables.contains(List.of("layout")) ? layout(connection) : "1");
        }
        Catalog catalog = new Catalog();
        String all = "SELECT kind, database_name, schema_name, object_name, session,"
                + " strftime(created AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), body FROM _LOCAL.objects";
        for (List<@Nullable String> row : rows(connection, all)) {
            Entry entry = entry(row.stream().map(String::valueOf).toList());
            catalog.space(entry.kind()).put(entry.name(), entry);
        }
        Edit edit = catalog.new Edit(connection);
        catalog.entries().map(e -> e.name().session()).distinct().toList().forEach(edit::removeSession);
        if (tables.isEmpty()) {
            edit.addAccount();
        }
        edit.mirror();
        return catalog;
    }

    private static String layout(Connection connection) throws SQLException {
        return String.valueOf(
                rows(connection, "SELECT version FROM _LOCAL.layout").get(0).get(0));
    }

    private static void requireLayout(String found) throws SQLException {
        if (!found.equals(LAYOUT)) {
            throw new SQLException("the data was written by another version of the local Snowflake, with layout "
                    + found + " instead of " + LAYOUT + ": use another data directory, or delete this one");
        }
    }

    private static Entry entry(List<String> row) {
        QualifiedName name = new QualifiedName(row.get(1), row.get(2), row.get(3), Long.parseLong(row.get(4)));
        try {
            Entry.Body body = JSON.readValue(row.get(6), Entry.Body.class);
            return new Entry(ObjectKind.valueOf(row.get(0)), name, Instant.parse(row.get(5)), body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("unreadable: " + row, e);
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
            throw SnowflakeError.compilation(
                    "002203",
                    "02000",
                    "Object found is of type '" + entry.kind().label() + "', not specified type '" + kind.label()
                            + "'.");
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
        return new TreeMap<>(entry.attributes())
                .entrySet().stream()
                        .filter(option ->
                                !Set.of("COMMENT", "TEMPORARY", Entry.OWNER).contains(option.getKey()))
                        .map(option -> option.getKey() + " = " + option.getValue())
                        .collect(Collectors.joining(" "));
    }

    /** The properties of a user by upper-case name, PASSWORD and RSA_PUBLIC_KEY among them. */
    Optional<Map<String, String>> user(String name) {
        return find(ObjectKind.USER, QualifiedName.ofAccount(name)).map(Entry::attributes);
    }

    /** The name of a role or warehouse to use. @throws SnowflakeError 002043 when there is none */
    String usable(ObjectKind kind, String name) {
        return find(kind, QualifiedName.ofAccount(name))
                .map(entry -> name)
                .orElseThrow(() -> SnowflakeError.compilation(
                        "002043", "02000", "Object does not exist, or operation cannot be performed."));
    }

    /** A session's temporary object hides the permanent one of the same name; for relations before other kinds. */
    QualifiedName visible(QualifiedName name, long session) {
        QualifiedName own = name.inSession(session);
        boolean permanent = find(ObjectKind.TABLE, own).isEmpty()
                && (find(ObjectKind.TABLE, name).isPresent()
                        || spaces.values().stream().noneMatch(space -> space.containsKey(own)));
        return permanent ? name : own;
    }

    /** Whether a warehouse is suspended. A state of the running service: after a restart they are all started. */
    boolean isSuspended(String warehouse) {
        return suspended.contains(warehouse);
    }

    Set<String> suspended() {
        return Set.copyOf(suspended);
    }

    void suspend(String warehouse) {
        suspended.add(warehouse);
    }

    /** Whether it was suspended. */
    boolean resume(String warehouse) {
        return suspended.remove(warehouse);
    }

    /** Conditions on the names in the tables of {@code _LOCAL} that say what belongs to a table. */
    static String where(QualifiedName table) {
        return "database_name = " + QualifiedName.literal(table.database())
                + " AND schema_name = " + QualifiedName.literal(table.schema())
                + " AND table_name = " + QualifiedName.literal(table.name())
                + " AND session = " + table.session();
    }

    // Changes.

    /** Commits what is open, then changes in a transaction of its own. */
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
            QualifiedName name = entry.name();
            try {
                sql(
                        "INSERT INTO _LOCAL.objects VALUES (?, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ, ?)",
                        entry.kind().space().name(),
                        entry.kind().name(),
                        name.database(),
                        name.schema(),
                        name.name(),
                        name.session(),
                        entry.created().toString(),
                        JSON.writeValueAsString(entry.body()));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
            mirrored.add(() -> space(entry.kind()).put(name, entry));
        }

        /** The load history goes with the table. */
        void moveLoads(QualifiedName from, QualifiedName to) {
            sql("UPDATE _LOCAL.loads SET table_name = ? WHERE " + where(from), to.name());
        }

        void forget(Entry entry) {
            QualifiedName name = entry.name();
            sql(
                    "DELETE FROM _LOCAL.objects WHERE space = ? AND database_name = ? AND schema_name = ? AND object_name = ?"
                            + " AND session = ?",
                    entry.kind().space().name(),
                    name.database(),
                    name.schema(),
                    name.name(),
                    name.session());
            mirrored.add(() -> space(entry.kind()).remove(name));
        }

        /** Drops an object with all that is in it and all that is granted on it. */
        void remove(Entry entry) {
            QualifiedName name = entry.name();
            switch (entry.kind()) {
                case DATABASE -> {
                    space(ObjectKind.SCHEMA).values().stream()
                            .filter(schema -> schema.name().database().equals(name.name()))
                            .forEach(this::remove);
                    sql("DROP SCHEMA " + informationSchema(name.name()) + " CASCADE");
                }
                case SCHEMA -> {
                    entries()
                            .filter(each -> each.name().database().equals(name.database())
                                    && each.name().schema().equals(name.name()))
                            .forEach(this::remove);
                    sql("DROP SCHEMA " + contents(name).duckSchema() + " CASCADE");
                }
                case TABLE, VIEW, DYNAMIC_TABLE -> {
                    sql("DROP " + entry.kind().duck() + " " + name.duck());
                    entry.columns().stream()
                            .flatMap(column -> column.property(Column.SEQUENCE).stream())
                            .forEach(sequence ->
                                    sql("DROP SEQUENCE " + name.named(sequence).duck()));
                    sql("DELETE FROM _LOCAL.loads WHERE " + where(name));
                }
                case WAREHOUSE -> afterwards(() -> resume(name.name()));
                case STAGE, FILE_FORMAT, ROLE, USER, RESOURCE_MONITOR, GRANT -> {}
            }
            space(ObjectKind.GRANT).values().stream()
                    .filter(grant -> Grants.concerns(grant, entry))
                    .forEach(this::forget);
            forget(entry);
        }

        /** What lies in a schema has this name's DuckDB schema. */
        private static QualifiedName contents(QualifiedName schema) {
            return new QualifiedName(schema.database(), schema.name(), "");
        }

        private static String informationSchema(String database) {
            return contents(QualifiedName.ofSchema(database, "INFORMATION_SCHEMA"))
                    .duckSchema();
        }

        void createSchema(QualifiedName name) {
            sql("CREATE SCHEMA " + contents(name).duckSchema());
        }

        /** A database has two schemas from its beginning. */
        void createDatabase(Entry database) {
            String name = database.name().name();
            sql("CREATE SCHEMA " + informationSchema(name));
            LocalSchema.informationSchema(name, informationSchema(name)).forEach(this::sql);
            QualifiedName schema = QualifiedName.ofSchema(name, "PUBLIC");
            createSchema(schema);
            Map<String, String> attributes = new TreeMap<>(database.attributes());
            attributes.remove("COMMENT");
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
                entries().filter(entry -> entry.name().session() == session).forEach(this::remove);
                sql("DROP SCHEMA IF EXISTS " + new QualifiedName("", "", "", session).duckSchema() + " CASCADE");
            }
        }

        /** What every account has, and the user of the stand-in. */
        private void addAccount() {
            Map<String, String> owner = Map.of(Entry.OWNER, "ACCOUNTADMIN");
            for (String role : new String[] {"ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC"}) {
                put(account(ObjectKind.ROLE, role, Map.of()));
            }
            put(account(ObjectKind.WAREHOUSE, "LOCAL", owner));
            put(account(ObjectKind.USER, LocalSnowflake.USER, owner));
        }

        private static Entry account(ObjectKind kind, String name, Map<String, String> attributes) {
            return Entry.of(kind, QualifiedName.ofAccount(name), Instant.EPOCH, attributes);
        }

        private void mirror() {
            mirrored.forEach(Runnable::run);
            afterwards.forEach(Runnable::run);
        }
    }
}
