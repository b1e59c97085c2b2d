package io.spindrift.local.workload;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** Row changes by table, those of triggers and cascades included. */
public record ChangeCounts(Map<String, TableChanges> tables) {
    public static final ChangeCounts NONE = new ChangeCounts(Map.of());

    public ChangeCounts {
        tables = Map.copyOf(tables);
    }

    public TableChanges of(String table) {
        return tables.getOrDefault(table, TableChanges.NONE);
    }

    public long total() {
        return tables.values().stream().mapToLong(TableChanges::total).sum();
    }

    public ChangeCounts plus(ChangeCounts other) {
        return combined(other, TableChanges::plus);
    }

    ChangeCounts minus(ChangeCounts other) {
        return combined(other, TableChanges::minus);
    }

    ChangeCounts withKeyChanges(String table, long keyChanges) {
        Map<String, TableChanges> result = new TreeMap<>(tables);
        result.put(table, of(table).withKeyChanges(keyChanges));
        return new ChangeCounts(result);
    }

    private ChangeCounts combined(ChangeCounts other, BinaryOperator<TableChanges> operator) {
        Map<String, TableChanges> result = new TreeMap<>(tables);
        other.tables.keySet().forEach(table -> result.put(table, operator.apply(of(table), other.of(table))));
        return new ChangeCounts(result);
    }
}
