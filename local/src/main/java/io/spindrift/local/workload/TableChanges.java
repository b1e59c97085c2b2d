package io.spindrift.local.workload;

/** Row changes of one table. An update of a row's key counts as a delete and an insert, as in the change stream. */
public record TableChanges(long inserts, long updates, long deletes) {
    public static final TableChanges NONE = new TableChanges(0, 0, 0);

    public TableChanges {
        if (inserts < 0 || updates < 0 || deletes < 0) {
            throw new IllegalArgumentException(
                    "negative count of changes: %d, %d, %d".formatted(inserts, updates, deletes));
        }
    }

    public long total() {
        return inserts + updates + deletes;
    }

    TableChanges plus(TableChanges other) {
        return new TableChanges(inserts + other.inserts, updates + other.updates, deletes + other.deletes);
    }

    TableChanges minus(TableChanges other) {
        return new TableChanges(inserts - other.inserts, updates - other.updates, deletes - other.deletes);
    }

    TableChanges withKeyChanges(long keyChanges) {
        return new TableChanges(inserts + keyChanges, updates - keyChanges, deletes + keyChanges);
    }
}
