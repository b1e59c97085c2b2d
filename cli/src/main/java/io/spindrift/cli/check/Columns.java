package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Table;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Findings that concern columns, named in them. */
final class Columns {

    private static final int SHOWN = 8;
    /** In a rule's remedy, for the names of what was found. */
    private static final String TABLE = "<schema.table>";

    private static final String COLUMN = "<column>";

    private Columns() {}

    /** One finding a table that has such columns. */
    static Stream<Finding> byTable(Facts facts, Rule rule, Predicate<Column> concerned, String seen) {
        return facts.tables().stream().flatMap(table -> in(table, rule, concerned, seen));
    }

    static Stream<Finding> in(Table table, Rule rule, Predicate<Column> concerned, String seen) {
        List<String> found = table.columns().stream()
                .filter(concerned)
                .map(column -> column.name() + " " + column.type().text())
                .toList();
        if (found.isEmpty()) {
            return Stream.empty();
        }
        String column = found.size() > 1 ? COLUMN : name(table, concerned);
        String set = rule.set().replace(TABLE, table.name().toString()).replace(COLUMN, column);
        return Stream.of(rule.at(table.name().toString(), list(found) + seen).setting(set));
    }

    private static String name(Table table, Predicate<Column> only) {
        return table.columns().stream()
                .filter(only)
                .map(Column::name)
                .findFirst()
                .orElse(COLUMN);
    }

    /** One finding a table that has columns of a type that the job refuses. */
    static Stream<Finding> refused(Facts facts, Rule rule, Predicate<Column> concerned, String seen) {
        return refused(facts, rule, (table, column) -> concerned.test(column), seen);
    }

    static Stream<Finding> refused(Facts facts, Rule rule, BiPredicate<Table, Column> concerned, String seen) {
        return facts.tables().stream().flatMap(table -> {
            Predicate<Column> here = column -> concerned.test(table, column);
            return in(table, rule, here, seen).map(finding -> byPolicy(facts, finding, List.of(table), here));
        });
    }

    /** A setting of the connector that gives columns of some kind a form which the job refuses. */
    static Stream<Finding> refusedBySetting(
            Facts facts, Connector connector, Rule rule, String seen, Predicate<Column> concerned) {
        return setting(facts, connector, rule, seen, concerned)
                .map(finding -> byPolicy(facts, finding, facts.tables(), concerned));
    }

    /** What pipeline.on-unsupported-type makes of it. A column of the key is never left out. */
    private static Finding byPolicy(Facts facts, Finding finding, List<Table> tables, Predicate<Column> concerned) {
        if (!finding.severity().isHarm()) {
            return finding;
        }
        boolean ofKey = tables.stream().anyMatch(table -> table.columns().stream()
                .anyMatch(column -> concerned.test(column)
                        && KeyRules.keyColumns(facts, table).orElse(List.of()).contains(column.name())));
        return switch (facts.decoding().columns().onUnsupportedType()) {
            case DEAD_LETTER -> finding;
            case EXCLUDE_COLUMN ->
                ofKey
                        ? finding.noting("a column of the key is not left out")
                        : finding.as(Severity.NOTE)
                                .noting("left out, as pipeline.on-unsupported-type is exclude-column");
            case FAIL ->
                finding.as(Severity.RISK).noting("the job stops there, as pipeline.on-unsupported-type is fail");
        };
    }

    /**
     * A setting of the connector that harms columns of some kind: as grave as its rule where there are some, a note where there are none
     * yet, a risk where nobody could look.
     */
    static Stream<Finding> setting(Facts facts, Connector connector, Rule rule, String seen, Predicate<Column> harmed) {
        Finding finding = rule.at(connector.place(), seen);
        if (facts.catalog().isEmpty()) {
            Severity mild = rule.severity().isHarm() ? Severity.RISK : rule.severity();
            return Stream.of(rule.at(connector.place(), seen + "; whether a column is concerned was not checked")
                    .as(mild));
        }
        List<String> found = facts.tables().stream()
                .flatMap(table ->
                        table.columns().stream().filter(harmed).map(column -> table.name() + "." + column.name()))
                .toList();
        return Stream.of(
                found.isEmpty()
                        ? rule.at(connector.place(), seen + "; no column of today is concerned")
                                .as(Severity.NOTE)
                        : rule.at(connector.place(), finding.seen() + ": " + list(found)));
    }

    static String list(List<String> names) {
        String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() > SHOWN ? shown + " and %d more".formatted(names.size() - SHOWN) : shown;
    }
}
