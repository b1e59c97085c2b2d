package io.spindrift.local.snowflake;

import java.util.Locale;

/** An error as Snowflake reports it: its code, its SQLSTATE and its message. */
final class SnowflakeError extends RuntimeException {
    private static final int BEGINNING = 120;
    private final String code;
    private final String sqlState;

    SnowflakeError(String code, String sqlState, String message) {
        super(message);
        this.code = code;
        this.sqlState = sqlState;
    }

    SnowflakeError(String code, String sqlState, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.sqlState = sqlState;
    }

    String code() {
        return code;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    String sqlState() {
        return sqlState;
    }

    /** What the stand-in does not know must never look as if it had worked. */
    static SnowflakeError unsupported(String what) {
        String beginning = what.strip().replaceAll("\\s+", " ");
        if (beginning.length() > BEGINNING) {
            beginning = beginning.substring(0, BEGINNING) + "…";
        }
        return new SnowflakeError("000002", "0A000", "not supported by the local Snowflake: " + beginning);
    }

    static SnowflakeError syntax(int position, String unexpected) {
        return compilation(
                "001003",
                "42000",
                String.format(Locale.ROOT, "syntax error at position %d unexpected '%s'.", position, unexpected));
    }

    static SnowflakeError compilation(String code, String sqlState, String detail) {
        return new SnowflakeError(code, sqlState, "SQL compilation error:\n" + detail);
    }

    static SnowflakeError missing(String kind, String name) {
        String sqlState = kind.equals("Table") || kind.equals("Object") ? "42S02" : "02000";
        return compilation("002003", sqlState, kind + " '" + name + "' does not exist or not authorized.");
    }

    static SnowflakeError exists(String name) {
        return compilation("002002", "42710", "Object '" + name + "' already exists.");
    }

    static SnowflakeError invalidIdentifier(String name) {
        return compilation("000904", "42000", "error: invalid identifier '" + name + "'");
    }

    static SnowflakeError internal(RuntimeException cause) {
        return new SnowflakeError("000603", "XX000", "SQL execution internal error: " + cause, cause);
    }

    static SnowflakeError noWarehouse() {
        return new SnowflakeError(
                "000606",
                "57P03",
                "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.");
    }

    static SnowflakeError timedOut(long seconds) {
        return new SnowflakeError(
                "000630",
                "57014",
                "Statement reached its statement or warehouse timeout of " + seconds + " second(s) and was canceled.");
    }

    static SnowflakeError canceled() {
        return new SnowflakeError("000604", "57014", "SQL execution canceled");
    }
}
