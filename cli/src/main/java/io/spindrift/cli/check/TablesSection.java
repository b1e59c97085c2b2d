package io.spindrift.cli.check;

import static java.util.stream.Collectors.joining;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Tables as PostgreSQL's catalog describes them → the section {@code tables} of a pipeline file, in the order of their columns. */
public final class TablesSection {

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

    private TablesSection() {}

    /** For the tables of these schemas; empty when there are none that the connection may see. */
    public static Optional<String> of(Connection connection, List<String> schemas) throws SQLException {
        List<Table> tables = CatalogReader.tables(connection).stream()
                .filter(table -> schemas.contains(table.name().schema()))
                .toList();
        return tables.isEmpty() ? Optional.empty() : Optional.of(yaml(tables));
    }

    /** Why a column cannot be declared. */
    static Optional<String> problem(Column column) {
        return column.generated()
                ? Optional.of("generated, and sent by snapshots alone: exclude it with column.exclude.list")
                : column.declaration().problem(MOST);
    }

    /** {@code numeric(12,2) not null} */
    static String text(DeclaredTables.Column declaration) {
        return declaration.type() + (declaration.notNull() ? " not null" : "");
    }

    /** A column that cannot be declared stands in a comment, with the reason. */
    private static String yaml(List<Table> tables) {
        StringBuilder yaml = new StringBuilder("tables:\n");
        for (Table table : tables) {
            String name = table.name().toString();
            if (name.indexOf('.') != name.lastIndexOf('.')) {
                yaml.append("  # ").append(quoted(name)).append(": a name with a dot cannot be declared\n");
            } else {
                append(table, yaml);
            }
        }
        return yaml.toString();
    }

    private static void append(Table table, StringBuilder yaml) {
        Set<String> key =
                table.primaryKey().map(one -> Set.copyOf(one.columns())).orElse(Set.of());
        yaml.append("  - table: ")
                .append(text(table.name().schema(), table.name().table()));
        yaml.append("\n    columns:\n");
        for (Column column : table.columns()) {
            Optional<String> problem = problem(column);
            yaml.append(problem.isPresent() ? "      # " : "      ")
                    .append(text(column.name()))
                    .append(": ")
                    .append(text(column.declaration()));
            problem.ifPresent(why -> yaml.append("  # ").append(why));
            yaml.append('\n');
        }
        yaml.append(
                key.isEmpty()
                        ? "    # no primary key: the Kafka key must name columns that are one (message.key.columns)\n"
                        : "    key: [%s]%n"
                                .formatted(table.columns().stream()
                                        .map(Column::name)
                                        .filter(key::contains)
                                        .map(name -> text(name))
                                        .collect(joining(", "))));
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
