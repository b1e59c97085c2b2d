package io.spindrift.local.snowflake;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A fully qualified Snowflake object name; the parts that its kind does not have are empty. DuckDB writes one attached database a
 * transaction, so every Snowflake schema is a DuckDB schema named {@code DATABASE.SCHEMA} of the one file. The temporary objects of
 * a session lie in a DuckDB schema of their own; session 0 stands for what is permanent.
 */
record QualifiedName(String database, String schema, String name, long session) implements Comparable<QualifiedName> {
    private static final Comparator<QualifiedName> ORDER = Comparator.comparing(QualifiedName::database)
            .thenComparing(QualifiedName::schema)
            .thenComparing(QualifiedName::name)
            .thenComparing(QualifiedName::session);

    /** What is not the name of a directory of an object's own. */
    private static final String NO_DIRECTORY = "(?s)\\.{1,2}|_USERS|SYSTEM\\$BIND|.*[/~\0].*";

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

    QualifiedName(String database, String schema, String name) {
        this(database, schema, name, 0);
    }

    static QualifiedName ofAccount(String name) {
        return new QualifiedName("", "", name);
    }

    static QualifiedName ofSchema(String database, String schema) {
        return new QualifiedName(database, "", schema);
    }

    QualifiedName inSession(long id) {
        return new QualifiedName(database, schema, name, id);
    }

    QualifiedName named(String other) {
        return new QualifiedName(database, schema, other, session);
    }

    /** The schema or database in which it is. */
    QualifiedName container() {
        return schema.isEmpty() ? ofAccount(database) : ofSchema(database, schema);
    }

    /**
     * Where the files of this stage lie beneath that directory, or those of what is in this schema, database or session; nowhere when a
     * part cannot name a directory of its own. No database has the name of a session's directory.
     */
    Optional<Path> directory(Path root) {
        Path own = session == 0 ? root : root.resolve("_SESSION." + session);
        return parts().anyMatch(part -> part.matches(NO_DIRECTORY))
                ? Optional.empty()
                : Optional.of(own.resolve(parts().collect(Collectors.joining("/"))));
    }

    static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    String duckSchema() {
        return quote(session == 0 ? database + "." + schema : "_SESSION." + session);
    }

    String duckName() {
        return quote(session == 0 ? name : display());
    }

    String duck() {
        return duckSchema() + "." + duckName();
    }

    String display() {
        return parts().collect(Collectors.joining("."));
    }

    private Stream<String> parts() {
        return Stream.of(database, schema, name).filter(part -> !part.isEmpty());
    }

    @Override
    public int compareTo(QualifiedName other) {
        return ORDER.compare(this, other);
    }
}
