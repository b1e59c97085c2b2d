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

    /** {@code DATABASE.SCHEMA.NAME}, as the catalog has them. */
    static QualifiedName parse(String display) {
        String[] parts = display.split("\\.", 3);
        if (parts.length != 3) {
            throw SnowflakeError.unsupported("the name " + display + ": give DATABASE.SCHEMA.NAME");
        }
        return new QualifiedName(parts[0], parts[1], parts[2]);
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
