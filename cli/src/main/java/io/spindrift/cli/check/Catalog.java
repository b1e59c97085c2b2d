package io.spindrift.cli.check;

import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.route.SourceTable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the source's pg_catalog says.
 *
 * @param version as {@code server_version_num}: 170011
 * @param slotKeepBytes {@code max_slot_wal_keep_size}; absent: no limit
 * @param rolesBeyondRowSecurity superusers, and roles with BYPASSRLS
 */
record Catalog(
        String database,
        int version,
        String walLevel,
        Optional<Long> slotKeepBytes,
        List<Slot> slots,
        List<Publication> publications,
        List<Table> tables,
        Set<String> rolesBeyondRowSecurity) {

    Optional<Publication> publication(String name) {
        return publications.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    /**
     * A logical replication slot of this database.
     *
     * @param walStatus reserved, extended, unreserved or lost
     * @param retainedBytes of the log; absent when the slot has lost its place
     */
    record Slot(String name, boolean active, String walStatus, Optional<Long> retainedBytes) {}

    /**
     * @param operations those published: insert, update, delete, truncate
     * @param generatedColumns whether stored ones are published
     */
    record Publication(
            String name,
            Set<String> operations,
            boolean viaPartitionRoot,
            boolean generatedColumns,
            List<PublishedTable> tables) {

        Optional<PublishedTable> table(SourceTable name) {
            return tables.stream().filter(one -> one.table().equals(name)).findFirst();
        }
    }

    /** @param columns those published; empty: the server is too old for column lists */
    record PublishedTable(SourceTable table, Set<String> columns, boolean rowFilter) {}

    enum TableKind {
        ORDINARY,
        PARTITIONED,
        PARTITION
    }

    enum ReplicaIdentity {
        DEFAULT,
        FULL,
        INDEX,
        NOTHING
    }

    /** @param uniqueKeys of plain columns, valid, for all rows; the primary key first */
    record Table(
            SourceTable name,
            TableKind kind,
            ReplicaIdentity replicaIdentity,
            boolean rowSecurity,
            List<UniqueKey> uniqueKeys,
            List<Column> columns) {

        Optional<UniqueKey> primaryKey() {
            return uniqueKeys.stream().filter(UniqueKey::primary).findFirst();
        }

        Table with(Predicate<Column> kept) {
            return new Table(
                    name,
                    kind,
                    replicaIdentity,
                    rowSecurity,
                    uniqueKeys,
                    columns.stream().filter(kept).toList());
        }
    }

    /** @param notNull of all its columns */
    record UniqueKey(String index, boolean primary, boolean replicaIdentity, boolean notNull, List<String> columns) {}

    enum TypeKind {
        BASE,
        ENUM,
        COMPOSITE,
        RANGE,
        MULTIRANGE,
        DOMAIN
    }

    /**
     * A type, its domains taken off; of an array, its element's.
     *
     * @param name as pg_type has it: int4, timestamptz
     * @param dimensions as declared; 0: no array
     * @param modifier {@code atttypmod}; -1: none
     * @param text as PostgreSQL writes the column's own type
     * @param declared as {@code tables} in the pipeline file names it: an enum has no name there, and a domain is sent as its base type.
     *     Of a domain of a domain Debezium loses the modifier, so that it stands there as itself, and is refused
     */
    record Type(String name, TypeKind kind, int dimensions, int modifier, String text, String declared) {

        boolean isArray() {
            return dimensions > 0;
        }

        /** A plain column of one of these types. */
        boolean isOne(String... names) {
            return !isArray() && kind == TypeKind.BASE && List.of(names).contains(name);
        }

        /** Of a numeric; absent: any. */
        Optional<Integer> precision() {
            return modifier < 4 ? Optional.empty() : Optional.of(modifier - 4 >> 16 & 0xffff);
        }

        int scale() {
            return modifier < 4 ? 0 : (modifier - 4 & 0x7ff ^ 0x400) - 0x400;
        }

        /** Of a bit string; absent: any. */
        Optional<Integer> bits() {
            return modifier < 0 ? Optional.empty() : Optional.of(modifier);
        }
    }

    /**
     * @param toastable its storage is not plain: PostgreSQL may move a long value out of its row
     * @param generated virtual or stored
     */
    record Column(String name, Type type, boolean notNull, boolean hasDefault, boolean generated, boolean toastable) {

        DeclaredTables.Column declaration() {
            return new DeclaredTables.Column(name, type.declared(), notNull);
        }
    }
}
