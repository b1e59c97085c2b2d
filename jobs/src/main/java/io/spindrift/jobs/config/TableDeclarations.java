package io.spindrift.jobs.config;

import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.route.SourceTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The list {@code tables} of pipeline.yaml → declared tables, or what is wrong with each. */
record TableDeclarations(HandlingModes modes, List<String> problems) {

    private static final Pattern NAME = Pattern.compile("([^.]+)\\.([^.]+)");

    List<DeclaredTables.Table> read(Object section) {
        if (!(section instanceof List<?> list)) {
            problems.add("'tables' must be a list of table, columns and key");
            return List.of();
        }
        List<DeclaredTables.Table> tables = new ArrayList<>();
        Set<SourceTable> seen = new LinkedHashSet<>();
        for (int i = 0; i < list.size(); i++) {
            String where = "tables[" + i + "]";
            Optional<DeclaredTables.Table> table = table(where, list.get(i));
            if (table.isPresent() && !seen.add(table.get().name())) {
                problems.add("'%s.table' is %s, which is declared already"
                        .formatted(where, table.get().name()));
            } else {
                table.ifPresent(tables::add);
            }
        }
        return tables;
    }

    private Optional<DeclaredTables.Table> table(String where, @Nullable Object item) {
        if (!(item instanceof Map<?, ?> map)) {
            problems.add("'%s' must have table and columns".formatted(where));
            return Optional.empty();
        }
        for (Object key : map.keySet()) {
            if (!List.of("table", "columns", "key").contains(String.valueOf(key))) {
                problems.add("unknown key '%s.%s'".formatted(where, key));
            }
        }
        Object name = map.get("table");
        Matcher matcher = NAME.matcher(String.valueOf(name));
        if (name == null || !matcher.matches()) {
            problems.add("'%s.table' is %s: write schema.table".formatted(where, name));
            return Optional.empty();
        }
        List<DeclaredTables.Column> columns = columns(where, map.get("columns"));
        List<String> key = key(where, map.get("key"), columns);
        return Optional.of(new DeclaredTables.Table(new SourceTable(matcher.group(1), matcher.group(2)), columns, key));
    }

    private List<DeclaredTables.Column> columns(String where, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map) || map.isEmpty()) {
            problems.add("'%s.columns' must be a map of each column to its type".formatted(where));
            return List.of();
        }
        List<DeclaredTables.Column> columns = new ArrayList<>();
        map.forEach((name, type) -> {
            DeclaredTables.Column column =
                    DeclaredTables.Column.parse(String.valueOf(name), type == null ? "" : type.toString());
            column.problem(modes)
                    .ifPresent(problem -> problems.add("'%s.columns.%s': %s".formatted(where, name, problem)));
            columns.add(column);
        });
        return columns;
    }

    private List<String> key(String where, @Nullable Object value, List<DeclaredTables.Column> columns) {
        if (value == null) {
            return List.of();
        }
        List<String> key = value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of(value.toString());
        for (String name : key) {
            if (columns.stream().noneMatch(column -> column.name().equals(name))) {
                problems.add("'%s.key' names %s, which is none of its columns".formatted(where, name));
            }
        }
        return key;
    }
}
