package io.spindrift.local.snowflake;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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

        /** Without the values of the attributes, as a user's password is among them. */
        @Override
        public String toString() {
            return attributes.keySet() + " " + columns + " " + constraints;
        }
    }

    static Entry of(ObjectKind kind, QualifiedName name, Instant created, Map<String, String> attributes) {
        return new Entry(kind, name, created, new Body(attributes, List.of(), List.of()));
    }

    Map<String, String> attributes() {
        return body.attributes();
    }

    List<Constraint> constraints() {
        return body.constraints();
    }

    List<Column> columns() {
        return body.columns();
    }

    Entry with(String key, String value) {
        return withAll(Map.of(key, value));
    }

    Entry withAll(Map<String, String> others) {
        Map<String, String> attributes = new TreeMap<>(attributes());
        attributes.putAll(others);
        return with(new Body(attributes, columns(), constraints()));
    }

    Entry without(Collection<String> keys) {
        Map<String, String> attributes = new TreeMap<>(attributes());
        attributes.keySet().removeAll(keys);
        return with(new Body(attributes, columns(), constraints()));
    }

    Entry with(List<Column> columns, List<Constraint> constraints) {
        return with(new Body(attributes(), columns, constraints));
    }

    Entry withColumns(List<Column> columns) {
        return with(columns, constraints());
    }

    private Entry with(Body other) {
        return new Entry(kind, name, created, other);
    }

    Entry withName(QualifiedName other) {
        return new Entry(kind, other, created, body);
    }
}
