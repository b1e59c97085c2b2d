package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.model.TableName;

/** The only way from a name to SQL text: quoted, so that case and every character are kept (Snowflake: Double-quoted identifiers). */
public final class Identifier {

    private Identifier() {}

    public static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    public static String quoted(String schema, TableName table) {
        return quoted(schema) + "." + quoted(table.value());
    }

    /** A string constant: quotes doubled, backslashes doubled (Snowflake reads escapes in single-quoted constants). */
    public static String literal(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
