package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.SnowflakeType.Kind;
import io.spindrift.local.snowflake.Storing.Value;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** CURRENT_TIMESTAMP, CURRENT_DATABASE and their like. Time stands still within a statement. */
final class ContextFunctions {
    static final String VERSION = "9.0.0";
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    /** For defaults and views, evaluated whenever they are used. */
    static final Map<String, String> LASTING = Map.of(
            "CURRENT_TIMESTAMP", "now()",
            "LOCALTIMESTAMP", "now()",
            "SYSTIMESTAMP", "now()",
            "GETDATE", "now()",
            "SYSDATE", "timezone('UTC', now())",
            "CURRENT_DATE", "CAST(now() AS DATE)",
            "CURRENT_TIME", "CAST(now() AS TIME)");

    private ContextFunctions() {}

    static Value typed(String name, String sql) {
        return switch (name) {
            case "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "SYSTIMESTAMP", "GETDATE" -> Value.of(sql, Kind.TIMESTAMP_LTZ);
            case "SYSDATE" -> Value.of(sql, Kind.TIMESTAMP_NTZ);
            case "CURRENT_DATE" -> Value.of(sql, Kind.DATE);
            case "CURRENT_TIME" -> Value.of(sql, Kind.TIME);
            default -> Value.of(sql, Kind.TEXT);
        };
    }

    static Map<String, String> of(Session session, Instant now) {
        String utc = MICROS.format(now.atOffset(ZoneOffset.UTC));
        String timestamp = "TIMESTAMPTZ '" + utc + "+00'";
        Map<String, String> values = new HashMap<>();
        LASTING.forEach((name, sql) -> values.put(name, sql.replace("now()", timestamp)));
        values.put("CURRENT_DATABASE", text(session.database()));
        values.put("CURRENT_SCHEMA", text(session.schema()));
        values.put("CURRENT_WAREHOUSE", text(session.warehouse()));
        values.put("CURRENT_ROLE", text(Optional.of(session.role())));
        values.put("CURRENT_USER", text(Optional.of(session.user())));
        values.put("CURRENT_SESSION", "'" + session.id() + "'");
        values.put("CURRENT_ACCOUNT", "'LOCAL'");
        values.put("CURRENT_REGION", "'LOCAL'");
        values.put("CURRENT_VERSION", "'" + VERSION + "'");
        values.put("CURRENT_TRANSACTION", session.transaction().isOpen() ? "'" + session.id() + "'" : "NULL::VARCHAR");
        return values;
    }

    private static String text(Optional<String> value) {
        return value.map(QualifiedName::literal).orElse("NULL::VARCHAR");
    }
}
