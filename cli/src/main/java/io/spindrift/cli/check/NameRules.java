package io.spindrift.cli.check;

import static java.util.stream.Collectors.groupingBy;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.sinks.schema.MetaColumn;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether everything has a name of its own in the warehouse. */
final class NameRules {

    private static final Set<String> TAKEN =
            Arrays.stream(MetaColumn.values()).map(MetaColumn::columnName).collect(Collectors.toUnmodifiableSet());

    private NameRules() {}

    static Stream<Finding> findings(Facts facts) {
        return Stream.of(
                        columns(facts),
                        tables(facts),
                        Columns.byTable(
                                facts,
                                Rule.COLUMN_NAME_TAKEN,
                                column -> TAKEN.contains(column.name().toUpperCase(Locale.ROOT)),
                                ""))
                .flatMap(findings -> findings);
    }

    static Stream<Finding> columns(Facts facts) {
        return facts.tables().stream().flatMap(table -> table.columns().stream()
                .map(Column::name)
                .collect(groupingBy(name -> name.toUpperCase(Locale.ROOT)))
                .values()
                .stream()
                .filter(names -> names.size() > 1)
                .map(names -> Rule.COLUMN_NAMES_COLLIDE.at(table.name().toString(), String.join(", ", names))));
    }

    static Stream<Finding> tables(Facts facts) {
        return facts.tables().stream()
                .map(Catalog.Table::name)
                .filter(name -> facts.reads().router().apply(name).isPresent())
                .collect(groupingBy(name -> facts.reads().router().apply(name).orElseThrow()))
                .entrySet()
                .stream()
                .filter(target -> target.getValue().size() > 1)
                .map(target -> Rule.TABLE_NAMES_COLLIDE.at(
                        Columns.list(target.getValue().stream()
                                .map(Object::toString)
                                .sorted()
                                .toList()),
                        "all go to MIRROR." + target.getKey()));
    }
}
