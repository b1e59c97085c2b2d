package io.spindrift.local.snowflake;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A declared table or view. */
record Table(
        QualifiedName name,
        Kind kind,
        List<Column> columns,
        @Nullable String comment) {
    enum Kind {
        TABLE("BASE TABLE"),
        VIEW("VIEW");

        private final String schemaName;

        Kind(String schemaName) {
            this.schemaName = schemaName;
        }

        String schemaName() {
            return schemaName;
        }
    }

    Table {
        columns = List.copyOf(columns);
    }

    Optional<Column> column(String columnName) {
        return columns.stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }

    /** @throws SnowflakeError 000904 when there is no such column in exactly this case */
    Column require(String columnName) {
        return column(columnName).orElseThrow(() -> SnowflakeError.invalidIdentifier(QualifiedName.quote(columnName)));
    }

    Table withColumns(List<Column> others) {
        return new Table(name, kind, others, comment);
    }
}
