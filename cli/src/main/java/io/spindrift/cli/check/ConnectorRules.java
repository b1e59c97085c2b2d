package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.UniqueKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the connector's settings do to changes as a whole. */
final class ConnectorRules {

    private static final String DEFAULT_PLACEHOLDER = "__debezium_unavailable_value";

    private ConnectorRules() {}

    static Stream<Finding> findings(Facts facts) {
        return facts.connector().stream().flatMap(connector -> Stream.of(
                        state(connector),
                        version(connector),
                        cluster(facts, connector),
                        database(facts, connector),
                        operations(connector),
                        failures(connector),
                        snapshot(connector),
                        slot(connector),
                        publication(connector),
                        values(connector),
                        columns(facts, connector),
                        notes(facts, connector),
                        Transforms.findings(connector))
                .flatMap(findings -> findings));
    }

    private static Stream<Finding> when(boolean seen, Rule rule, Connector connector, String... settings) {
        if (!seen) {
            return Stream.empty();
        }
        List<String> shown = new ArrayList<>();
        for (String setting : settings) {
            shown.add(connector.shown(setting));
        }
        return Stream.of(rule.at(connector.place(), String.join(", ", shown)));
    }

    static Stream<Finding> state(Connector connector) {
        return connector.states().entrySet().stream()
                .filter(part -> !part.getValue().equals("RUNNING"))
                .map(part -> Rule.CONNECTOR_NOT_RUNNING.at(
                        connector.place(), "%s is %s".formatted(part.getKey(), part.getValue())));
    }

    static Stream<Finding> version(Connector connector) {
        return connector.isBefore(3, 7)
                ? Stream.of(Rule.CONNECTOR_VERSION.at(
                        connector.place(), "Debezium " + connector.version().orElse("")))
                : Stream.empty();
    }

    static Stream<Finding> cluster(Facts facts, Connector connector) {
        return facts.broker().stream()
                .filter(broker -> connector
                        .kafkaClusterId()
                        .map(id -> !id.equals(broker.clusterId()))
                        .orElse(false))
                .map(broker -> Rule.OTHER_KAFKA.at(
                        connector.place(),
                        "it writes to %s, the pipeline reads %s"
                                .formatted(connector.kafkaClusterId().orElse(""), broker.clusterId())));
    }

    static Stream<Finding> database(Facts facts, Connector connector) {
        return facts.catalog().stream()
                .filter(catalog -> connector.isSet("database.dbname")
                        && !connector.setting("database.dbname").equals(catalog.database()))
                .map(catalog -> Rule.OTHER_DATABASE.at(
                        connector.place(),
                        "it reads %s, source.database.url names %s"
                                .formatted(connector.setting("database.dbname"), catalog.database())));
    }

    static Stream<Finding> operations(Connector connector) {
        String skipped = connector.setting("skipped.operations");
        boolean none = connector.is("skipped.operations", "none");
        return when(!none && !skipped.isEmpty(), Rule.SKIPPED_OPERATIONS, connector, "skipped.operations");
    }

    static Stream<Finding> failures(Connector connector) {
        return Stream.of(
                        when(
                                connector.is("event.processing.failure.handling.mode", "warn", "skip", "ignore"),
                                Rule.FAILURES_SKIPPED,
                                connector,
                                "event.processing.failure.handling.mode"),
                        when(
                                connector.is("errors.tolerance", "all"),
                                Rule.FAILURES_SKIPPED,
                                connector,
                                "errors.tolerance"),
                        when(
                                connector.is("event.converting.failure.handling.mode", "warn", "skip"),
                                Rule.CONVERSION_FAILURES,
                                connector,
                                "event.converting.failure.handling.mode"))
                .flatMap(findings -> findings);
    }

    static Stream<Finding> snapshot(Connector connector) {
        boolean never = connector.is("snapshot.mode", "initial_only");
        boolean unusual = !connector.is("snapshot.mode", "initial", "");
        return Stream.of(
                        when(never, Rule.SNAPSHOT_MODE, connector, "snapshot.mode"),
                        when(unusual && !never, Rule.SNAPSHOT_MODE, connector, "snapshot.mode")
                                .map(finding -> finding.as(Severity.RISK)),
                        Stream.of("snapshot.include.collection.list", "snapshot.select.statement.overrides")
                                .filter(connector::isSet)
                                .map(key -> Rule.SNAPSHOT_MODE
                                        .at(connector.place(), key + " is set")
                                        .as(Severity.RISK)),
                        when(
                                connector.is("snapshot.isolation.mode", "read_committed", "read_uncommitted"),
                                Rule.SNAPSHOT_ISOLATION,
                                connector,
                                "snapshot.isolation.mode"))
                .flatMap(findings -> findings);
    }

    static Stream<Finding> slot(Connector connector) {
        boolean silent = connector.is("heartbeat.interval.ms", "", "0")
                && !connector.is("lsn.flush.mode", "connector_and_driver");
        boolean manual = connector.is("lsn.flush.mode", "manual") || connector.is("flush.lsn.source", "false");
        return Stream.of(
                        when(
                                connector.is("slot.drop.on.stop", "true"),
                                Rule.SLOT_DROPPED_ON_STOP,
                                connector,
                                "slot.drop.on.stop"),
                        when(
                                connector.is("offset.mismatch.strategy", "trust_slot", "trust_greater_lsn"),
                                Rule.OFFSET_MISMATCH,
                                connector,
                                "offset.mismatch.strategy"),
                        when(silent, Rule.WAL_NOT_RELEASED, connector, "heartbeat.interval.ms"),
                        when(manual, Rule.WAL_NOT_RELEASED, connector, "lsn.flush.mode", "flush.lsn.source"))
                .flatMap(findings -> findings);
    }

    static Stream<Finding> publication(Connector connector) {
        boolean own = connector.is("publication.autocreate.mode", "disabled", "");
        return Stream.of(
                        when(!connector.is("plugin.name", "pgoutput"), Rule.PLUGIN, connector, "plugin.name"),
                        when(!own, Rule.PUBLICATION_MADE_BY_DEBEZIUM, connector, "publication.autocreate.mode"))
                .flatMap(findings -> findings);
    }

    /** What changes values, whatever their column's type. */
    static Stream<Finding> values(Connector connector) {
        String placeholder = connector.setting("unavailable.value.placeholder");
        Stream<Finding> changing = connector.config().keySet().stream()
                .filter(key -> key.startsWith("column.truncate.to.") || key.startsWith("column.mask."))
                .map(key -> key.replaceFirst("(?<=\\.salt\\.).*", "…"))
                .map(key -> {
                    Finding finding = Rule.VALUES_CHANGED_BY_CONNECTOR.at(connector.place(), key + " is set");
                    return key.startsWith("column.mask.") ? finding.as(Severity.NOTE) : finding;
                });
        Stream<Finding> foreign = Stream.of("converters", "post.processors")
                .filter(connector::isSet)
                .map(key -> Rule.VALUES_CHANGED_BY_CONNECTOR
                        .at(connector.place(), connector.shown(key))
                        .as(Severity.RISK));
        return Stream.of(
                        when(
                                !placeholder.isEmpty() && !placeholder.equals(DEFAULT_PLACEHOLDER),
                                Rule.PLACEHOLDER,
                                connector,
                                "unavailable.value.placeholder"),
                        changing,
                        foreign)
                .flatMap(findings -> findings);
    }

    /** Left-out columns are a note; a left-out key column is not. */
    static Stream<Finding> columns(Facts facts, Connector connector) {
        if (!connector.isSet("column.exclude.list") && !connector.isSet("column.include.list")) {
            return Stream.empty();
        }
        List<String> keys = new ArrayList<>();
        for (Table table : facts.capturedTables()) {
            table.primaryKey().map(UniqueKey::columns).orElse(List.of()).stream()
                    .filter(column ->
                            !connector.sends(table.name().schema(), table.name().table(), column))
                    .forEach(column -> keys.add(table.name() + "." + column));
        }
        if (!keys.isEmpty()) {
            return Stream.of(
                    Rule.COLUMNS_EXCLUDED.at(connector.place(), "key columns are left out: " + Columns.list(keys)));
        }
        String key = connector.isSet("column.exclude.list") ? "column.exclude.list" : "column.include.list";
        return Stream.of(Rule.COLUMNS_EXCLUDED
                .at(connector.place(), key + " is set")
                .setting("nothing, if the warehouse should not have them")
                .as(Severity.NOTE));
    }

    static Stream<Finding> notes(Facts facts, Connector connector) {
        String signals = connector.setting("signal.data.collection");
        boolean captured = facts.tables().stream()
                .anyMatch(table -> signals.equals(table.name().toString()) || signals.endsWith("." + table.name()));
        return Stream.of(
                        when(
                                connector.is("provide.transaction.metadata", "false", ""),
                                Rule.NO_TRANSACTION_METADATA,
                                connector,
                                "provide.transaction.metadata"),
                        when(
                                connector.is("include.unknown.datatypes", "true"),
                                Rule.UNKNOWN_DATATYPES,
                                connector,
                                "include.unknown.datatypes"),
                        when(!signals.isEmpty() && captured, Rule.SIGNAL_TABLE, connector, "signal.data.collection"))
                .flatMap(findings -> findings);
    }
}
