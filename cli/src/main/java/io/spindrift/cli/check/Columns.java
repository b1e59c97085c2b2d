package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Table;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Findings that concern columns, named in them. */
final class Columns {

    private static final int SHOWN = 8;

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
        return found.isEmpty() ? Stream.empty() : Stream.of(rule.at(table.name().toString(), list(found) + seen));
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
