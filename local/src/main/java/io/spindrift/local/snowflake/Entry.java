package io.spindrift.local.snowflake;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An object of any kind as it was declared. Only relations have columns, only tables constraints. */
record Entry(ObjectKind kind, QualifiedName name, Instant created, Body body) {
    static final String OWNER = "OWNER";

    /** What is kept as JSON. */
    record Body(Map<String, String> attributes, List<Column> columns, List<Constraint> constraints) {
        Body {
            attributes = Map.copyOf(attributes);
            columns = List.copyOf(columns);
            constraints = List.copyOf(constraints);
        }
    }

    List<Column> columns() {
        return body.columns();
    }

    Optional<String> attribute(String key) {
        return Optional.ofNullable(body.attributes().get(key));
    }

    Entry with(String key, String value) {
        return withAll(Map.of(key, value));
    }

    Entry withAll(Map<String, String> others) {
        Map<String, String> attributes = new TreeMap<>(body.attributes());
        attributes.putAll(others);
        return withBody(attributes, body.columns(), body.constraints());
    }

    Entry without(String key) {
        Map<String, String> attributes = new TreeMap<>(body.attributes());
        attributes.remove(key);
        return withBody(attributes, body.columns(), body.constraints());
    }

    Entry withColumns(List<Column> columns) {
        return withBody(body.attributes(), columns, body.constraints());
    }

    Entry withConstraints(List<Constraint> constraints) {
        return withBody(body.attributes(), body.columns(), constraints);
    }

    Entry withName(QualifiedName other) {
        return new Entry(kind, other, created, body);
    }

    private Entry withBody(Map<String, String> attributes, List<Column> columns, List<Constraint> constraints) {
        return new Entry(kind, name, created, new Body(attributes, columns, constraints));
    }
}
