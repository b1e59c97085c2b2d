package io.spindrift.local.snowflake;

import java.util.List;

/** A key: recorded and, as in Snowflake, not enforced. Only a foreign key has a table and columns that it refers to. */
record Constraint(Kind kind, String name, List<String> columns, List<QualifiedName> table, List<String> referenced) {
    enum Kind {
        PRIMARY_KEY,
        UNIQUE,
        FOREIGN_KEY
    }

    Constraint {
        columns = List.copyOf(columns);
        table = List.copyOf(table);
        referenced = List.copyOf(referenced);
    }

    /** A foreign key refers to the primary key of its table unless it says otherwise. */
    Constraint complete(Catalog catalog, Entry owner) {
        if (kind != Kind.FOREIGN_KEY || !referenced.isEmpty()) {
            return this;
        }
        QualifiedName other = table.get(0);
        Entry target = other.equals(owner.name()) ? owner : catalog.require(ObjectKind.TABLE, other);
        List<String> key = target.constraints().stream()
                .filter(constraint -> constraint.kind == Kind.PRIMARY_KEY)
                .findFirst()
                .orElseThrow(
                        () -> SnowflakeError.unsupported("a foreign key to " + other.display() + ", which has no key"))
                .columns;
        return new Constraint(kind, name, columns, table, key);
    }

    Constraint renamed(String from, String to) {
        return new Constraint(
                kind,
                name,
                columns.stream()
                        .map(column -> column.equals(from) ? to : column)
                        .toList(),
                table,
                referenced);
    }

    boolean mentions(String column) {
        return columns.contains(column);
    }
}
