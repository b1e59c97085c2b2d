package io.spindrift.local.snowflake;

import org.jspecify.annotations.Nullable;

/** A declared column. The default is kept as it was written in Snowflake's SQL. */
record Column(
        String name,
        SnowflakeType type,
        Nullability nullability,
        @Nullable String defaultSql,
        Key key,
        @Nullable String comment) {
    enum Nullability {
        NULLABLE,
        NOT_NULL
    }

    /** Snowflake records primary keys and does not enforce them; neither does the stand-in. */
    enum Key {
        PRIMARY,
        NONE
    }

    static Column nullable(String name, SnowflakeType type) {
        return new Column(name, type, Nullability.NULLABLE, null, Key.NONE, null);
    }

    boolean notNull() {
        return nullability == Nullability.NOT_NULL;
    }

    Column withType(SnowflakeType other) {
        return new Column(name, other, nullability, defaultSql, key, comment);
    }

    Column withName(String other) {
        return new Column(other, type, nullability, defaultSql, key, comment);
    }

    Column withNullability(Nullability other) {
        return new Column(name, type, other, defaultSql, key, comment);
    }
}
