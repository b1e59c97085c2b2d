package io.spindrift.local.snowflake;

/**
 * A fully qualified Snowflake object name. DuckDB writes one attached database a transaction, so every Snowflake schema is a DuckDB
 * schema named {@code DATABASE.SCHEMA} of the one file.
 */
record QualifiedName(String database, String schema, String name) implements Comparable<QualifiedName> {
    QualifiedName {
        if (database.contains(".") || schema.contains(".")) {
            throw SnowflakeError.unsupported("a dot in the name of a database or schema: " + database + ", " + schema);
        }
    }

    static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    String duckSchema() {
        return quote(database + "." + schema);
    }

    String duck() {
        return duckSchema() + "." + quote(name);
    }

    String display() {
        return database + "." + schema + "." + name;
    }

    @Override
    public int compareTo(QualifiedName other) {
        return display().compareTo(other.display());
    }
}
