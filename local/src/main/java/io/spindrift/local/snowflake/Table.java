package io.spindrift.local.snowflake;

import java.util.List;
import java.util.Optional;

/** A declared table, view or dynamic table. */
record Table(Entry entry) {
    QualifiedName name() {
        return entry.name();
    }

    ObjectKind kind() {
        return entry.kind();
    }

    List<Column> columns() {
        return entry.columns();
    }

    Optional<Column> column(String columnName) {
        return columns().stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }

    /** @throws SnowflakeError 000904 when there is no such column in exactly this case */
    Column require(String columnName) {
        return column(columnName).orElseThrow(() -> SnowflakeError.invalidIdentifier(QualifiedName.quote(columnName)));
    }
}
