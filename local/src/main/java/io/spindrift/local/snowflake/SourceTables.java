package io.spindrift.local.snowflake;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which declared table stands behind an alias, so that its columns' types are known without asking the engine. An alias of anything
 * else, of two things, or with names of its own for the columns stands for nothing known.
 */
final class SourceTables {
    private final Map<String, Optional<Table>> byAlias = new HashMap<>();

    /** What one level of a statement reads. */
    static final class Query {
        private int selects;
        private boolean star;
        private int reads;
        private Optional<Table> latest = Optional.empty();
        private Optional<Table> unnamed = Optional.empty();

        void selects() {
            selects++;
            unnamed = Optional.empty();
        }

        void selectsEverything() {
            selects();
            star = true;
        }

        void reads(Table table) {
            reads++;
            latest = Optional.of(table);
            unnamed = latest;
        }

        void readsOther() {
            reads++;
            latest = Optional.empty();
            unnamed = latest;
        }

        /** Reads what is in parentheses. */
        void reads(Query inner) {
            inner.everythingOf().ifPresentOrElse(this::reads, this::readsOther);
        }

        /** No alias can follow what was read last. */
        void clause() {
            unnamed = Optional.empty();
        }

        /** The one table whose columns, all of them and unchanged, are those of this query. */
        private Optional<Table> everythingOf() {
            return selects == 1 && star && reads == 1 ? latest : Optional.empty();
        }

        private Optional<Table> named() {
            return unnamed;
        }
    }

    /** A name for what the query read last. */
    void name(String alias, Query query) {
        byAlias.merge(alias, query.named(), (one, other) -> one.equals(other) ? one : Optional.empty());
    }

    void forget(String alias) {
        byAlias.put(alias, Optional.empty());
    }

    Optional<Column> column(String alias, String column) {
        return byAlias.getOrDefault(alias, Optional.empty()).flatMap(table -> table.column(column));
    }
}
