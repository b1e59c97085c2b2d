package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.PublishedTable;
import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Slot;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.TableKind;
import io.spindrift.cli.check.Catalog.Type;
import io.spindrift.cli.check.Catalog.TypeKind;
import io.spindrift.cli.check.Catalog.UniqueKey;
import io.spindrift.jobs.config.PipelineConfig.Upstream;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.warehouse.Secret;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** pg_catalog → {@link Catalog}. Reads no row of any table, in a transaction that may not write. */
final class CatalogReader {

    private static final int OLDEST = 130000;
    private static final int COLUMN_LISTS = 150000;
    private static final int GENERATED_COLUMNS = 180000;
    private static final String TIMEOUT_SECONDS = "30";

    private static final String SERVER = """
            SELECT current_database(), current_setting('server_version_num')::int, current_setting('wal_level'),
                   (SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size')""";

    private static final String SLOTS = """
            SELECT slot_name, active, wal_status,
                   pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                                   restart_lsn)::bigint
            FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()""";

    private static final String PUBLICATIONS = """
            SELECT p.pubname, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot, %s FROM pg_publication p""";

    private static final String PUBLISHED = "SELECT pubname, schemaname, tablename, %s FROM pg_publication_tables";

    private static final String ROLES = "SELECT rolname FROM pg_roles WHERE rolsuper OR rolbypassrls";

    private static final String OWN_TABLES = """
            c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'""";

    private static final String TABLES = """
            SELECT c.oid::bigint, n.nspname, c.relname, c.relkind, c.relispartition, c.relreplident, c.relrowsecurity
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE\s""" + OWN_TABLES + " ORDER BY n.nspname, c.relname";

    private static final String KEYS = """
            SELECT i.indrelid::bigint, x.relname, i.indisprimary, i.indisreplident, bool_and(a.attnotnull),
                   array_agg(a.attname::text ORDER BY k.place)
            FROM pg_index i
            JOIN pg_class x ON x.oid = i.indexrelid
            JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
            WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
              AND\s""" + OWN_TABLES + """

            GROUP BY i.indrelid, x.relname, i.indisprimary, i.indisreplident ORDER BY i.indisprimary DESC, x.relname""";

    /** A domain is what it stands on, with the innermost modifier that there is; an array is its element, with dimensions. */
    private static final String COLUMNS = """
            WITH RECURSIVE resolved (oid, root, modifier) AS (
                SELECT oid, oid, -1 FROM pg_type WHERE typtype <> 'd'
                UNION ALL
                SELECT t.oid, r.root, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE r.modifier END
                FROM pg_type t JOIN resolved r ON r.oid = t.typbasetype WHERE t.typtype = 'd')
            SELECT a.attrelid::bigint, a.attname, coalesce(e.typname, t.typname), coalesce(e.typtype, t.typtype),
                   CASE WHEN e.oid IS NULL THEN 0 ELSE greatest(a.attndims, t.typndims, 1) END,
                   CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE r.modifier END,
                   format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef, a.attgenerated <> '', a.attstorage <> 'p',
                   CASE WHEN coalesce(e.typtype, t.typtype) = 'e' THEN CASE WHEN e.oid IS NULL THEN 'enum' ELSE 'enum[]' END
                        WHEN own.typtype = 'd' AND base.typtype <> 'd' THEN format_type(own.typbasetype, own.typtypmod)
                        ELSE format_type(a.atttypid, a.atttypmod) END
            FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_type own ON own.oid = a.atttypid
            LEFT JOIN pg_type base ON base.oid = own.typbasetype
            JOIN resolved r ON r.oid = a.atttypid
            JOIN pg_type t ON t.oid = r.root
            LEFT JOIN pg_type e ON e.typarray = t.oid
            WHERE a.attnum > 0 AND NOT a.attisdropped AND\s""" + OWN_TABLES + " ORDER BY a.attrelid, a.attnum";

    private CatalogReader() {}

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    static Catalog read(Upstream.Database database) throws NotChecked {
        Properties properties = new Properties();
        properties.put("user", database.user());
        database.password().map(Secret::reveal).ifPresent(password -> properties.put("password", password));
        properties.put("loginTimeout", TIMEOUT_SECONDS);
        properties.put("socketTimeout", "60");
        properties.put("ApplicationName", "spindrift check");
        try (Connection connection = DriverManager.getConnection(database.url(), properties)) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            return read(connection, database.url());
        } catch (SQLException e) {
            throw new NotChecked(
                    "the source's catalog at %s: %s (SQL state %s)"
                            .formatted(database.url(), e.getMessage(), e.getSQLState()),
                    e);
        }
    }

    private static Catalog read(Connection connection, String url) throws SQLException, NotChecked {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SERVER)) {
            row.next();
            int version = row.getInt(2);
            if (version < OLDEST) {
                throw new NotChecked(
                        "the source's catalog at %s: PostgreSQL %s, and 13 is the oldest that was looked at"
                                .formatted(url, version / 10_000));
            }
            long keepMegabytes = row.getLong(4);
            return new Catalog(
                    row.getString(1),
                    version,
                    row.getString(3),
                    keepMegabytes < 0 ? Optional.empty() : Optional.of(keepMegabytes << 20),
                    slots(connection),
                    publications(connection, version),
                    tables(connection),
                    roles(connection));
        }
    }

    private static void each(Connection connection, String sql, RowReader reader) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(rows);
            }
        }
    }

    private static List<Slot> slots(Connection connection) throws SQLException {
        List<Slot> slots = new ArrayList<>();
        each(connection, SLOTS, row -> {
            long retained = row.getLong(4);
            Optional<Long> known = row.wasNull() ? Optional.empty() : Optional.of(retained);
            String walStatus = row.getString(3);
            slots.add(new Slot(row.getString(1), row.getBoolean(2), walStatus == null ? "lost" : walStatus, known));
        });
        return slots;
    }

    private static List<Publication> publications(Connection connection, int version) throws SQLException {
        Map<String, List<PublishedTable>> tables = new HashMap<>();
        String lists = version < COLUMN_LISTS ? "ARRAY[]::text[], false" : "attnames::text[], rowfilter IS NOT NULL";
        each(connection, PUBLISHED.formatted(lists), row -> tables.computeIfAbsent(
                        row.getString(1), name -> new ArrayList<>())
                .add(new PublishedTable(
                        new SourceTable(row.getString(2), row.getString(3)),
                        Set.copyOf(texts(row.getArray(4))),
                        row.getBoolean(5))));
        List<Publication> publications = new ArrayList<>();
        String generated = version < GENERATED_COLUMNS ? "false" : "p.pubgencols = 's'";
        each(
                connection,
                PUBLICATIONS.formatted(generated),
                row -> publications.add(new Publication(
                        row.getString(1),
                        operations(row),
                        row.getBoolean(6),
                        row.getBoolean(7),
                        tables.getOrDefault(row.getString(1), List.of()))));
        return publications;
    }

    private static Set<String> operations(ResultSet row) throws SQLException {
        List<String> names = List.of("insert", "update", "delete", "truncate");
        Set<String> operations = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            if (row.getBoolean(i + 2)) {
                operations.add(names.get(i));
            }
        }
        return operations;
    }

    private static Set<String> roles(Connection connection) throws SQLException {
        Set<String> roles = new HashSet<>();
        each(connection, ROLES, row -> roles.add(row.getString(1)));
        return roles;
    }

    /** In the order of their names, their columns in their own. */
    static List<Table> tables(Connection connection) throws SQLException {
        Map<Long, List<UniqueKey>> keys = new HashMap<>();
        each(connection, KEYS, row -> keys.computeIfAbsent(row.getLong(1), table -> new ArrayList<>())
                .add(new UniqueKey(
                        row.getString(2),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        texts(row.getArray(6)))));
        Map<Long, List<Column>> columns = new HashMap<>();
        each(connection, COLUMNS, row -> columns.computeIfAbsent(row.getLong(1), table -> new ArrayList<>())
                .add(column(row)));
        List<Table> tables = new ArrayList<>();
        each(
                connection,
                TABLES,
                row -> tables.add(new Table(
                        new SourceTable(row.getString(2), row.getString(3)),
                        kind(row.getString(4), row.getBoolean(5)),
                        identity(row.getString(6)),
                        row.getBoolean(7),
                        keys.getOrDefault(row.getLong(1), List.of()),
                        columns.getOrDefault(row.getLong(1), List.of()))));
        return tables;
    }

    private static Column column(ResultSet row) throws SQLException {
        Type type = new Type(
                row.getString(3),
                typeKind(row.getString(4)),
                row.getInt(5),
                row.getInt(6),
                row.getString(7),
                row.getString(12));
        return new Column(
                row.getString(2), type, row.getBoolean(8), row.getBoolean(9), row.getBoolean(10), row.getBoolean(11));
    }

    private static TableKind kind(String relkind, boolean partition) {
        if (relkind.equals("p")) {
            return TableKind.PARTITIONED;
        }
        return partition ? TableKind.PARTITION : TableKind.ORDINARY;
    }

    private static ReplicaIdentity identity(String relreplident) {
        return switch (relreplident) {
            case "f" -> ReplicaIdentity.FULL;
            case "i" -> ReplicaIdentity.INDEX;
            case "n" -> ReplicaIdentity.NOTHING;
            default -> ReplicaIdentity.DEFAULT;
        };
    }

    private static TypeKind typeKind(String typtype) {
        return switch (typtype) {
            case "e" -> TypeKind.ENUM;
            case "c" -> TypeKind.COMPOSITE;
            case "r" -> TypeKind.RANGE;
            case "m" -> TypeKind.MULTIRANGE;
            case "d" -> TypeKind.DOMAIN;
            default -> TypeKind.BASE;
        };
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
