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
        return target.constraints().stream()
                .filter(key -> key.kind == Kind.PRIMARY_KEY)
                .map(key -> new Constraint(kind, name, columns, table, key.columns))
                .findFirst()
                .orElseThrow(() -> SnowflakeError.unsupported("a key to " + other.display() + ", which has none"));
    }
}
