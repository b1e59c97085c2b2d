package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.Slot;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.TableKind;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The source's server, the connector's slot and publication. */
final class SourceRules {

    private static final long GIBIBYTE = 1L << 30;
    private static final List<String> OPERATIONS = List.of("insert", "update", "delete", "truncate");

    private SourceRules() {}

    static Stream<Finding> findings(Facts facts) {
        return facts.catalog().stream().flatMap(catalog -> Stream.of(
                        server(catalog),
                        facts.connector().stream().flatMap(connector -> slot(catalog, connector)),
                        facts.connector().stream().flatMap(connector -> publication(facts, catalog, connector)),
                        facts.publication().stream().flatMap(one -> published(facts, one)),
                        facts.connector().stream().flatMap(connector -> rowSecurity(facts, catalog, connector)),
                        facts.connector().stream().flatMap(connector -> left(facts, connector)))
                .flatMap(findings -> findings));
    }

    static Stream<Finding> server(Catalog catalog) {
        return catalog.walLevel().equals("logical")
                ? Stream.empty()
                : Stream.of(Rule.WAL_LEVEL.at("database " + catalog.database(), "wal_level=" + catalog.walLevel()));
    }

    static Stream<Finding> slot(Catalog catalog, Connector connector) {
        String name = connector.setting("slot.name").isEmpty() ? "debezium" : connector.setting("slot.name");
        String where = "slot " + name;
        Stream<Finding> unbounded = catalog.slotKeepBytes().isPresent()
                ? Stream.empty()
                : Stream.of(Rule.SLOT_UNBOUNDED.at("database " + catalog.database(), "max_slot_wal_keep_size=-1"));
        Stream<Finding> slot = catalog.slots().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .map(one -> slot(catalog, one, where))
                .orElseGet(() -> Stream.of(Rule.SLOT_MISSING.at(where, "no logical slot of this name")));
        return Stream.concat(unbounded, slot);
    }

    private static Stream<Finding> slot(Catalog catalog, Slot slot, String where) {
        Stream.Builder<Finding> findings = Stream.builder();
        if (Set.of("lost", "unreserved").contains(slot.walStatus())) {
            findings.add(Rule.SLOT_LOST.at(where, "wal_status=" + slot.walStatus()));
        }
        if (!slot.active()) {
            findings.add(Rule.SLOT_BEHIND.at(where, "nobody reads it"));
        }
        long retained = slot.retainedBytes().orElse(0L);
        long limit = Math.min(GIBIBYTE, catalog.slotKeepBytes().orElse(Long.MAX_VALUE) / 2);
        if (retained > limit) {
            findings.add(Rule.SLOT_BEHIND.at(where, "it holds back %,d MB of log".formatted(retained / 1_000_000)));
        }
        return findings.build();
    }

    static Stream<Finding> publication(Facts facts, Catalog catalog, Connector connector) {
        if (facts.publication().isPresent() || connector.is("plugin.name", "decoderbufs")) {
            return Stream.empty();
        }
        String name = connector.setting("publication.name");
        return Stream.of(Rule.PUBLICATION_MISSING.at(
                "publication " + (name.isEmpty() ? "dbz_publication" : name),
                "database %s has none of this name".formatted(catalog.database())));
    }

    static Stream<Finding> published(Facts facts, Publication publication) {
        String where = "publication " + publication.name();
        List<String> missing = OPERATIONS.stream()
                .filter(operation -> !publication.operations().contains(operation))
                .toList();
        Stream<Finding> operations = missing.isEmpty()
                ? Stream.empty()
                : Stream.of(Rule.OPERATIONS_NOT_PUBLISHED.at(where, "it lacks " + String.join(", ", missing)));
        return Stream.of(
                        operations,
                        facts.tables().stream().flatMap(table -> table(publication, where, table)),
                        partitions(publication, where, facts.tables()))
                .flatMap(findings -> findings);
    }

    private static Stream<Finding> table(Publication publication, String where, Table table) {
        String name = TypeRules.quoted(table);
        return publication
                .table(table.name())
                .map(published -> {
                    Stream.Builder<Finding> findings = Stream.builder();
                    if (published.rowFilter()) {
                        findings.add(Rule.ROWS_NOT_PUBLISHED.at(where, table.name() + " has a row filter"));
                    }
                    List<String> left = table.columns().stream()
                            .filter(column -> !column.generated())
                            .map(Column::name)
                            .filter(column -> !published.columns().contains(column))
                            .toList();
                    if (!published.columns().isEmpty() && !left.isEmpty()) {
                        findings.add(Rule.COLUMNS_NOT_PUBLISHED.at(
                                where, "%s without %s".formatted(table.name(), Columns.list(left))));
                    }
                    return findings.build();
                })
                .orElseGet(() -> Stream.of(Rule.TABLE_NOT_PUBLISHED
                        .at(where, "it lacks " + table.name())
                        .setting("ALTER PUBLICATION %s ADD TABLE %s".formatted(publication.name(), name))));
    }

    private static Stream<Finding> partitions(Publication publication, String where, List<Table> tables) {
        List<String> partitions = tables.stream()
                .filter(table -> table.kind() == TableKind.PARTITION)
                .map(table -> table.name().toString())
                .toList();
        return partitions.isEmpty() || publication.viaPartitionRoot()
                ? Stream.empty()
                : Stream.of(Rule.PARTITIONS_PUBLISHED.at(where, Columns.list(partitions)));
    }

    private static Stream<Finding> left(Facts facts, Connector connector) {
        List<String> left = facts.leftTables().stream()
                .map(table -> table.name().toString())
                .toList();
        return left.isEmpty()
                ? Stream.empty()
                : Stream.of(Rule.TABLE_NOT_CAPTURED.at(connector.place(), Columns.list(left)));
    }

    static Stream<Finding> rowSecurity(Facts facts, Catalog catalog, Connector connector) {
        String user = connector.setting("database.user");
        return facts.tables().stream()
                .filter(table ->
                        table.rowSecurity() && !catalog.rolesBeyondRowSecurity().contains(user))
                .map(table -> Rule.ROW_SECURITY.at(table.name().toString(), "the connector's user is " + user));
    }
}
