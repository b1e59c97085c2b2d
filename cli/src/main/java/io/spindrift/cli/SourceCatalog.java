package io.spindrift.cli;

import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Tables as PostgreSQL's catalog describes them → declarations for the pipeline file, in the order of their columns. */
final class SourceCatalog {

    /** An enum has no name in a pipeline file, and a domain is sent as its base type; of a domain of a domain Debezium loses the modifier. */
    private static final String COLUMNS = """
        SELECT n.nspname, c.relname, a.attname, a.attnotnull, a.attgenerated <> '' AS generated,
               COALESCE(a.attnum = ANY (i.indkey), FALSE) AS key,
               CASE
                 WHEN t.typtype = 'e' OR b.typtype = 'e' THEN 'enum'
                 WHEN e.typtype = 'e' THEN 'enum[]'
                 WHEN t.typtype = 'd' AND b.typtype <> 'd' THEN format_type(t.typbasetype, t.typtypmod)
                 ELSE format_type(a.atttypid, a.atttypmod)
               END AS type
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
          LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
          LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
          LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
         WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (?)
         ORDER BY n.nspname, c.relname, a.attnum\
        """;

    /** Under these every type is read that is read under any. */
    private static final HandlingModes MOST = new HandlingModes(
            HandlingModes.Decimals.STRING,
            HandlingModes.Times.MICROSECONDS,
            HandlingModes.Binaries.BYTES,
            HandlingModes.Intervals.STRING,
            HandlingModes.Hstores.JSON,
            2);

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Set<String> YAML_WORDS = Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n");

    private SourceCatalog() {}

    record Table(String schema, String name, List<Column> columns) {}

    record Column(DeclaredTables.Column declaration, boolean generated, boolean key) {

        /** Why it cannot be declared. */
        Optional<String> problem() {
            return generated
                    ? Optional.of("generated, and sent by snapshots alone: exclude it with column.exclude.list")
                    : declaration.problem(MOST);
        }
    }

    static List<Table> read(Connection connection, List<String> schemas) throws SQLException {
        Array names = connection.createArrayOf("text", schemas.toArray());
        List<Table> tables = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setArray(1, names);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String schema = rows.getString("nspname");
                    String name = rows.getString("relname");
                    Table last = tables.isEmpty() ? new Table("", "", List.of()) : tables.get(tables.size() - 1);
                    if (!last.schema.equals(schema) || !last.name.equals(name)) {
                        last = new Table(schema, name, new ArrayList<>());
                        tables.add(last);
                    }
                    last.columns.add(column(rows));
                }
            }
        }
        return tables;
    }

    private static Column column(ResultSet row) throws SQLException {
        DeclaredTables.Column declaration = new DeclaredTables.Column(
                row.getString("attname"), row.getString("type"), row.getBoolean("attnotnull"));
        return new Column(declaration, row.getBoolean("generated"), row.getBoolean("key"));
    }

    /** A column that cannot be declared stands in a comment, with the reason. */
    static String yaml(List<Table> tables) {
        StringBuilder yaml = new StringBuilder("tables:\n");
        for (Table table : tables) {
            if (table.schema.contains(".") || table.name.contains(".")) {
                yaml.append("  # ").append(quoted(table.schema + "." + table.name));
                yaml.append(": a name with a dot cannot be declared\n");
            } else {
                append(table, yaml);
            }
        }
        return yaml.toString();
    }

    private static void append(Table table, StringBuilder yaml) {
        List<String> key = new ArrayList<>();
        yaml.append("  - table: ").append(text(table.schema, table.name)).append("\n    columns:\n");
        for (Column column : table.columns) {
            DeclaredTables.Column declaration = column.declaration;
            String type = declaration.type() + (declaration.notNull() ? " not null" : "");
            Optional<String> problem = column.problem();
            if (problem.isPresent()) {
                yaml.append("      # ")
                        .append(text(declaration.name()))
                        .append(": ")
                        .append(type);
                yaml.append("  # ").append(problem.get()).append('\n');
            } else {
                yaml.append("      ")
                        .append(text(declaration.name()))
                        .append(": ")
                        .append(type)
                        .append('\n');
            }
            if (column.key) {
                key.add(text(declaration.name()));
            }
        }
        yaml.append(
                key.isEmpty()
                        ? "    # no primary key: the Kafka key must name columns that are one (message.key.columns)\n"
                        : "    key: [%s]%n".formatted(String.join(", ", key)));
    }

    private static String text(String... parts) {
        for (String part : parts) {
            if (!PLAIN.matcher(part).matches() || YAML_WORDS.contains(part.toLowerCase(Locale.ROOT))) {
                return quoted(String.join(".", parts));
            }
        }
        return String.join(".", parts);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append("\\x%02x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
