package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Storing.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
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
        static Field of(Column column) {
            return new Field(column.name(), Optional.of(column.type()));
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
            Optional<Value> found = alias.isPresent() ? at.of(alias.get(), name, sql) : at.unqualified(name, sql);
            if (found.isPresent()) {
                return found.get();
            }
        }
        String shown = String.join(".", parts);
        throw SnowflakeError.invalidIdentifier(shown.equals(shown.toUpperCase(java.util.Locale.ROOT)) ? shown : sql);
    }

    private Optional<Value> of(String alias, String name, String sql) {
        for (Relation relation : relations) {
            if (relation.alias().equals(alias) && relation.fields().isEmpty()) {
                return Optional.of(Value.untyped(sql));
            }
            if (relation.alias().equals(alias) && !relation.named(name).isEmpty()) {
                return Optional.of(new Value(
                        sql, distinguishable(relation, name).named(name).get(0).type()));
            }
        }
        return Optional.empty();
    }

    private Optional<Value> unqualified(String name, String sql) {
        List<Relation> having =
                relations.stream().filter(r -> !r.named(name).isEmpty()).toList();
        if (having.size() > 1 && !joined.contains(name)) {
            throw SnowflakeError.compilation("002028", "42601", "ambiguous column name '" + name + "'");
        }
        if (!having.isEmpty()) {
            Relation one = distinguishable(having.get(0), name);
            if (relations.stream().anyMatch(relation -> hasSimilar(relation, name))) {
                throw SnowflakeError.unsupported("columns that differ in case only: " + sql);
            }
            return Optional.of(new Value(sql, one.named(name).get(0).type()));
        }
        Optional<SnowflakeType> label = labels.get(name);
        if (label != null) {
            return Optional.of(new Value(sql, label));
        }
        return relations.stream().anyMatch(r -> r.fields().isEmpty())
                ? Optional.of(Value.untyped(sql))
                : Optional.empty();
    }

    private static boolean hasSimilar(Relation relation, String name) {
        return relation.fields().stream()
                .anyMatch(f -> f.name().equalsIgnoreCase(name) && !f.name().equals(name));
    }

    private static Relation distinguishable(Relation relation, String name) {
        if (hasSimilar(relation, name)) {
            throw SnowflakeError.unsupported("columns that differ in case only: " + QualifiedName.quote(name));
        }
        return relation;
    }

    /** What {@code *} or {@code alias.*} stands for, if all of it is known. */
    List<Field> everything(Optional<String> alias) {
        Map<String, Field> once = new LinkedHashMap<>();
        List<Field> all = new ArrayList<>();
        for (Relation relation : relations) {
            if (alias.isPresent() && !relation.alias().equals(alias.get())) {
                continue;
            }
            if (relation.fields().isEmpty()) {
                return List.of();
            }
            for (Field field : relation.fields()) {
                boolean again = once.putIfAbsent(field.name(), field) != null;
                if (!again || alias.isPresent() || !joined.contains(field.name())) {
                    all.add(field);
                }
            }
        }
        return all;
    }
}
