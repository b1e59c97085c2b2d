package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Storing.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the names in one query mean: the columns of what it reads, the labels of its own items, and the queries around it. DuckDB
 * ignores the case of identifiers, Snowflake does not, so every name is looked up here first, in its exact case.
 */
final class Scope {
    /** A column of a query or table; its type when that is certain. */
    record Field(String name, Optional<SnowflakeType> type) {
        static List<Field> of(Table table) {
            return table.columns().stream()
                    .map(column -> new Field(column.name(), Optional.of(column.type())))
                    .toList();
        }
    }

    /** What FROM reads, under a name. Without fields it can have any. */
    private record Relation(String alias, List<Field> fields) {
        List<Field> named(String name) {
            return fields.stream().filter(field -> field.name().equals(name)).toList();
        }
    }

    private final @Nullable Scope outer;
    private final List<Relation> relations = new ArrayList<>();
    private final Map<String, Optional<SnowflakeType>> labels = new HashMap<>();
    private final Set<String> joined = new HashSet<>();

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    @Nullable
    Scope outer() {
        return outer;
    }

    static Optional<SnowflakeType> type(List<Field> fields, int index) {
        return index < fields.size() ? fields.get(index).type() : Optional.empty();
    }

    void reads(String alias, List<Field> fields) {
        relations.add(new Relation(alias, fields));
    }

    /** The target of a statement and one thing more. */
    void requireTwo() {
        if (relations.size() != 2) {
            throw SnowflakeError.unsupported("UPDATE from several tables, with ERROR_ON_NONDETERMINISTIC_UPDATE");
        }
    }

    void label(Field item) {
        labels.putIfAbsent(item.name(), item.type());
    }

    /** These columns of a join count once. */
    void joins(List<String> columns) {
        joined.addAll(columns);
    }

    /** {@code name} or {@code alias.name}; further qualification needs no look. */
    Value column(List<String> parts) {
        String name = parts.get(parts.size() - 1);
        Optional<String> alias = parts.size() == 1 ? Optional.empty() : Optional.of(parts.get(parts.size() - 2));
        String sql = alias.map(a -> QualifiedName.quote(a) + ".").orElse("") + QualifiedName.quote(name);
        for (Scope at = this; at != null; at = at.outer) {
            Optional<Value> found = at.find(alias, name, sql);
            if (found.isPresent()) {
                return found.get();
            }
        }
        String shown = String.join(".", parts);
        throw SnowflakeError.invalidIdentifier(shown.equals(shown.toUpperCase(Locale.ROOT)) ? shown : sql);
    }

    private Optional<Value> find(Optional<String> alias, String name, String sql) {
        List<Relation> asked = relations.stream()
                .filter(relation -> relation.alias().equals(alias.orElse(relation.alias())))
                .toList();
        List<Field> found = asked.stream()
                .flatMap(relation -> relation.named(name).stream())
                .toList();
        if (alias.isEmpty() && found.size() > 1 && !joined.contains(name)) {
            throw SnowflakeError.compilation("002028", "42601", "ambiguous column name '" + name + "'");
        }
        if (!found.isEmpty()) {
            if (asked.stream().anyMatch(relation -> hasSimilar(relation, name))) {
                throw SnowflakeError.unsupported("columns that differ in case only: " + sql);
            }
            return Optional.of(new Value(sql, found.get(0).type()));
        }
        Optional<SnowflakeType> label = labels.get(name);
        if (alias.isEmpty() && label != null) {
            return Optional.of(new Value(sql, label));
        }
        boolean open = asked.stream().anyMatch(relation -> relation.fields().isEmpty());
        return open ? Optional.of(Value.untyped(sql)) : Optional.empty();
    }

    private static boolean hasSimilar(Relation relation, String name) {
        return relation.fields().stream()
                .anyMatch(f -> f.name().equalsIgnoreCase(name) && !f.name().equals(name));
    }

    /** What {@code *} or {@code alias.*} stands for, if all of it is known. */
    List<Field> everything(Optional<String> alias) {
        Set<String> before = new HashSet<>();
        List<Field> all = new ArrayList<>();
        for (Relation relation : relations) {
            if (!relation.alias().equals(alias.orElse(relation.alias()))) {
                continue;
            }
            if (relation.fields().isEmpty()) {
                return List.of();
            }
            for (Field field : relation.fields()) {
                if (before.add(field.name()) || alias.isPresent() || !joined.contains(field.name())) {
                    all.add(field);
                }
            }
        }
        return all;
    }
}
