package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the pipeline file says of tables whose records carry no schema.
 *
 * @param modes how the connector was told to write their values
 */
public record DeclaredTables(HandlingModes modes, List<Table> tables) implements Serializable {

    public static final DeclaredTables NONE = new DeclaredTables(HandlingModes.DEFAULTS, List.of());

    public DeclaredTables {
        tables = List.copyOf(tables);
    }

    /**
     * A table as it is declared.
     *
     * @param columns every one that the connector sends
     * @param key the primary key's columns; empty: those that each Kafka key names
     */
    public record Table(SourceTable name, List<Column> columns, List<String> key) implements Serializable {
        public Table {
            columns = List.copyOf(columns);
            key = List.copyOf(key);
        }
    }

    /**
     * A column as it is declared.
     *
     * @param type PostgreSQL's, with its modifier: {@code numeric(12,2)}
     */
    public record Column(String name, String type, boolean notNull) implements Serializable {

        private static final Pattern NOT_NULL = Pattern.compile("(.*?)\\s+not\\s+null");

        /** Reads {@code bigint} or {@code bigint not null}. */
        public static Column parse(String name, String declaration) {
            Matcher matcher = NOT_NULL.matcher(declaration.strip().toLowerCase(Locale.ROOT));
            return matcher.matches()
                    ? new Column(name, matcher.group(1), true)
                    : new Column(name, declaration.strip(), false);
        }

        /** Why such a column cannot be read without a schema, and what to do. */
        public Optional<String> problem(HandlingModes modes) {
            try {
                FieldTypes.of(schema(modes));
                return Optional.empty();
            } catch (Refused refused) {
                return Optional.of(refused.detail());
            }
        }

        /** Whether the values of a column of the other type, written under the other modes, are read for what they are. */
        public boolean reads(Column other, HandlingModes modes, HandlingModes otherModes) {
            try {
                return isOneForm(PostgresTypes.of(type, modes), PostgresTypes.of(other.type, otherModes));
            } catch (Refused refused) {
                return false;
            }
        }

        private static boolean isOneForm(ConnectSchema one, ConnectSchema other) throws Refused {
            if (one.type() != other.type()) {
                return false;
            }
            return one.type() == ConnectSchema.Type.ARRAY
                    ? isOneForm(one.items().get(0), other.items().get(0))
                    : FieldTypes.of(one).column().equals(FieldTypes.of(other).column());
        }

        ConnectSchema schema(HandlingModes modes) throws Refused {
            ConnectSchema schema = PostgresTypes.of(type, modes);
            return notNull ? schema.asRequired() : schema;
        }
    }

    Map<SourceTable, Table> byName() {
        return tables.stream().collect(Collectors.toMap(Table::name, Function.identity()));
    }

    List<ConnectSchema.Field> fields(Table table) throws Refused {
        List<ConnectSchema.Field> fields = new ArrayList<>();
        for (Column column : table.columns()) {
            fields.add(new ConnectSchema.Field(column.name(), column.schema(modes)));
        }
        return fields;
    }
}
