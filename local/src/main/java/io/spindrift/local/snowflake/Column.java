package io.spindrift.local.snowflake;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A declared column: its properties by name, {@code NOT NULL}, {@code DEFAULT} and the like, as they were written. */
record Column(String name, SnowflakeType type, Map<String, String> properties) {
    static final String NOT_NULL = "NOT NULL";
    static final String DEFAULT = "DEFAULT";
    static final String COMMENT = "COMMENT";

    Column {
        properties = Map.copyOf(properties);
    }

    static Column nullable(String name, SnowflakeType type) {
        return new Column(name, type, Map.of());
    }

    boolean notNull() {
        return properties.containsKey(NOT_NULL);
    }

    Optional<String> property(String key) {
        return Optional.ofNullable(properties.get(key));
    }

    Column with(String key, String value) {
        Map<String, String> more = new TreeMap<>(properties);
        more.put(key, value);
        return new Column(name, type, more);
    }

    Column withType(SnowflakeType other) {
        return new Column(name, other, properties);
    }

    // For the views over what is kept: the type as DESCRIBE, SHOW COLUMNS and INFORMATION_SCHEMA show it.

    @JsonProperty
    String sqlType() {
        return type.sql();
    }

    @JsonProperty
    String shown() {
        return type.showJson(String.valueOf(!notNull()));
    }

    @JsonProperty
    String dataType() {
        return type.kind().schemaName();
    }
}
