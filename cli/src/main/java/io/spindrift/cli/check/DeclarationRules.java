package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether the pipeline file says of records without schema what the connector and the source do: nothing in these records can. */
final class DeclarationRules {

    /** Of {@code time.precision.mode}: what the pipeline file has no word for. */
    private static final Set<String> UNDECLARABLE = Set.of("isostring", "connect", "structured");

    private DeclarationRules() {}

    static Stream<Finding> findings(Facts facts) {
        if (!facts.readsDeclarations()) {
            return Stream.empty();
        }
        return Stream.of(
                        facts.connector().stream().flatMap(connector -> withoutSchema(connector)),
                        facts.connector().stream().flatMap(connector -> modes(facts, connector)),
                        undeclared(facts),
                        facts.sentTables().stream().flatMap(table -> differing(facts, table)))
                .flatMap(findings -> findings);
    }

    /** A note where no value's form depends on a type's modifier: few changes of a table can bend anything there. */
    static Stream<Finding> withoutSchema(Connector connector) {
        if (!connector.is("value.converter.schemas.enable", "false")) {
            return Stream.empty();
        }
        Finding finding =
                Rule.JSON_WITHOUT_SCHEMA.at(connector.place(), connector.shown("value.converter.schemas.enable"));
        boolean robust =
                connector.is("decimal.handling.mode", "string") && connector.is("time.precision.mode", "microseconds");
        return Stream.of(robust ? finding.as(Severity.NOTE) : finding);
    }

    static Stream<Finding> modes(Facts facts, Connector connector) {
        HandlingModes file = facts.decoding().declared().modes();
        return Stream.of(
                        mode(facts, connector, "decimal.handling.mode", file.decimals(), "numeric", "money"),
                        mode(facts, connector, "money.fraction.digits", file.moneyFractionDigits(), "money"),
                        mode(facts, connector, "time.precision.mode", file.times(), "date", "time", "timestamp"),
                        mode(facts, connector, "binary.handling.mode", file.binaries(), "bytea"),
                        mode(facts, connector, "interval.handling.mode", file.intervals(), "interval"),
                        mode(facts, connector, "hstore.handling.mode", file.hstores(), "hstore"))
                .flatMap(findings -> findings);
    }

    private static Stream<Finding> mode(
            Facts facts, Connector connector, String key, Object declared, String... types) {
        if (canonical(connector.setting(key)).equals(canonical(declared))) {
            return Stream.empty();
        }
        Set<String> names = Set.of(types);
        HandlingModes file = facts.decoding().declared().modes();
        HandlingModes real = modes(connector);
        String option = "source.connector." + key.replace('.', '-');
        String value = canonical(declared).replace("base64_", "base64-").replace("url_", "url-");
        String inConnector = "%s=%s in the connector".formatted(key, value);
        String set = UNDECLARABLE.contains(connector.setting(key))
                ? inConnector
                : "one value for both: %s: %s in the pipeline file, or %s"
                        .formatted(option, connector.setting(key), inConnector);
        return Columns.setting(
                        facts,
                        connector,
                        Rule.DECLARED_MODE_DIFFERS,
                        "%s, and the pipeline file has %s: %s".formatted(connector.shown(key), option, value),
                        column -> names.contains(column.type().name())
                                && !column.declaration().reads(column.declaration(), file, real))
                .map(finding -> finding.setting(set));
    }

    private static String canonical(Object value) {
        return value.toString().toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /** As the connector is set; the default where a setting is none that was looked at, which another rule says. */
    static HandlingModes modes(Connector connector) {
        HandlingModes none = HandlingModes.DEFAULTS;
        String digits = connector.setting("money.fraction.digits");
        return new HandlingModes(
                one(HandlingModes.Decimals.values(), connector, "decimal.handling.mode", none.decimals()),
                one(HandlingModes.Times.values(), connector, "time.precision.mode", none.times()),
                one(HandlingModes.Binaries.values(), connector, "binary.handling.mode", none.binaries()),
                one(HandlingModes.Intervals.values(), connector, "interval.handling.mode", none.intervals()),
                one(HandlingModes.Hstores.values(), connector, "hstore.handling.mode", none.hstores()),
                digits.matches("[0-9]{1,4}") ? Integer.parseInt(digits) : none.moneyFractionDigits());
    }

    private static <E extends Enum<E>> E one(E[] values, Connector connector, String key, E otherwise) {
        for (E value : values) {
            if (canonical(value).equals(canonical(connector.setting(key)))) {
                return value;
            }
        }
        return otherwise;
    }

    static Stream<Finding> undeclared(Facts facts) {
        List<DeclaredTables.Table> declared = facts.decoding().declared().tables();
        if (declared.isEmpty()) {
            return Stream.of(Rule.TABLE_NOT_DECLARED.at("tables", "the pipeline file declares none"));
        }
        return facts.sentTables().stream()
                .filter(table -> declaration(facts, table).isEmpty())
                .map(table -> Rule.TABLE_NOT_DECLARED.at(table.name().toString(), "'tables' does not declare it"));
    }

    private static Optional<DeclaredTables.Table> declaration(Facts facts, Table table) {
        return facts.decoding().declared().tables().stream()
                .filter(one -> one.name().equals(table.name()))
                .findFirst();
    }

    private static Stream<Finding> differing(Facts facts, Table table) {
        return declaration(facts, table).stream().flatMap(declared -> Stream.of(
                        columns(facts, table, declared), gone(table, declared), key(facts, table, declared).stream())
                .flatMap(findings -> findings));
    }

    /** One finding a column. */
    private static Stream<Finding> columns(Facts facts, Table table, DeclaredTables.Table declared) {
        Map<String, DeclaredTables.Column> byName = declared.columns().stream()
                .collect(Collectors.toMap(DeclaredTables.Column::name, Function.identity(), (one, other) -> other));
        return table.columns().stream().flatMap(column -> {
            DeclaredTables.Column said = byName.get(column.name());
            boolean arrives = arrives(facts, column);
            if (said == null) {
                return arrives ? Stream.of(missing(table, column)) : Stream.empty();
            }
            return arrives
                    ? stale(facts, table, said, column.declaration()).stream()
                    : Stream.of(left(
                            table, said, column.generated() ? "changes do not carry it" : "Debezium leaves it out"));
        });
    }

    /** In every record, whatever wrote it; unknown types under {@code include.unknown.datatypes} are not told here. */
    private static boolean arrives(Facts facts, Column column) {
        return !column.generated() && TypeRules.isSent(column.type(), TypeRules.isSince37(facts));
    }

    private static Finding missing(Table table, Column column) {
        String real = TablesSection.text(column.declaration());
        return Rule.DECLARED_COLUMNS_DIFFER
                .at(place(table, column.name()), "not declared; the source has " + real)
                .setting(
                        TablesSection.problem(column).isEmpty()
                                ? declare(column.declaration())
                                : "column.exclude.list with it, in the connector: such a type cannot be declared");
    }

    private static Finding left(Table table, DeclaredTables.Column said, String why) {
        return Rule.DECLARED_COLUMNS_DIFFER
                .at(place(table, said.name()), "declared %s, and %s".formatted(TablesSection.text(said), why))
                .setting("tables without it"
                        + (why.startsWith("changes") ? ", and column.exclude.list with it, in the connector" : ""));
    }

    /** The type by the form that its values have, as the file says that the connector writes them and as it does. */
    private static Optional<Finding> stale(
            Facts facts, Table table, DeclaredTables.Column said, DeclaredTables.Column real) {
        HandlingModes file = facts.decoding().declared().modes();
        HandlingModes written = facts.connector().map(DeclarationRules::modes).orElse(file);
        boolean bent = !said.type().equals(real.type())
                && Stream.of(file, written).anyMatch(modes -> !said.reads(real, modes, modes));
        if (!bent && (!said.notNull() || real.notNull())) {
            return Optional.empty();
        }
        String seen = "declared %s; the source has %s".formatted(TablesSection.text(said), TablesSection.text(real));
        Rule rule = bent ? Rule.DECLARED_TYPE_DIFFERS : Rule.DECLARED_COLUMNS_DIFFER;
        return Optional.of(rule.at(place(table, real.name()), seen).setting(declare(real)));
    }

    private static Stream<Finding> gone(Table table, DeclaredTables.Table declared) {
        Set<String> real = table.columns().stream().map(Column::name).collect(Collectors.toSet());
        return declared.columns().stream()
                .filter(column -> !real.contains(column.name()))
                .map(column -> left(table, column, "the connector sends no such column"));
    }

    private static Optional<Finding> key(Facts facts, Table table, DeclaredTables.Table declared) {
        Optional<List<String>> real = KeyRules.keyColumns(facts, table);
        return declared.key().isEmpty()
                        || real.isEmpty()
                        || Set.copyOf(real.get()).equals(Set.copyOf(declared.key()))
                ? Optional.empty()
                : Optional.of(Rule.DECLARED_COLUMNS_DIFFER
                        .at(
                                table.name().toString(),
                                "declared the key %s; records have %s".formatted(declared.key(), real.get()))
                        .setting("tables, %s: key: %s".formatted(table.name(), real.get())));
    }

    private static String declare(DeclaredTables.Column column) {
        return "in tables: %s: %s".formatted(column.name(), TablesSection.text(column));
    }

    private static String place(Table table, String column) {
        return table.name() + "." + column;
    }
}
