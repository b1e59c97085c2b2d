package io.spindrift.cli.check;

import io.spindrift.cli.check.Connector.Transform;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What stands between Debezium and the topic. */
final class Transforms {

    private static final String FLATTENING = "ExtractNewRecordState";
    private static final Set<String> FILTERS = Set.of("Filter", "SchemaChangeEventFilter");
    private static final Set<String> ROUTERS = Set.of(
            "ByLogicalTableRouter",
            "ToLogicalTopicRouter",
            "RegexRouter",
            "TimestampRouter",
            "ContentBasedRouter",
            "PartitionRouting",
            "EventRouter");
    /** Without one of each the job refuses the record; the first is the one to recommend. */
    private static final List<List<String>> NEEDED_FIELDS = List.of(
            List.of("op"),
            List.of("source.lsn", "lsn"),
            List.of("source.ts_us", "ts_us", "source.ts_ns", "ts_ns", "source.ts_ms"));
    /** Without these the topic's name must tell the table, and reads and transactions are told apart less well. */
    private static final List<List<String>> WANTED_FIELDS = List.of(
            List.of("table", "source.table"), List.of("source.txId", "txId"), List.of("source.snapshot", "snapshot"));

    private Transforms() {}

    static boolean mayReroute(Transform transform) {
        return !FILTERS.contains(transform.simpleType())
                && !transform.simpleType().equals(FLATTENING);
    }

    static Stream<Finding> findings(Connector connector) {
        return connector.transforms().stream().flatMap(transform -> {
            String where = connector.place() + ", transform " + transform.alias();
            if (transform.simpleType().equals(FLATTENING)) {
                return flattened(connector, transform, where);
            }
            if (FILTERS.contains(transform.simpleType())) {
                return Stream.of(Rule.RECORDS_FILTERED.at(where, transform.type()));
            }
            Rule rule = ROUTERS.contains(transform.simpleType()) ? Rule.RECORDS_REROUTED : Rule.RECORDS_TRANSFORMED;
            return Stream.of(rule.at(where, transform.type()));
        });
    }

    private static Stream<Finding> flattened(Connector connector, Transform transform, String where) {
        Stream.Builder<Finding> findings = Stream.builder();
        findings.add(Rule.FLATTENED
                .at(where, "a TRUNCATE at the source is dropped, whatever is set")
                .as(Severity.RISK));
        // A renamed field, or one under another prefix, is taken for a column of the row.
        Set<String> fields = Set.copyOf(
                Arrays.stream(connector.setting(transform.key("add.fields")).split(","))
                        .map(String::strip)
                        .filter(field -> !field.contains(":"))
                        .toList());
        String prefix = transform.key("add.fields.prefix");
        if (connector.config().containsKey(prefix) && !connector.setting(prefix).equals("__")) {
            findings.add(Rule.FLATTENED.at(where, connector.shown(prefix)));
        }
        lacking(fields, NEEDED_FIELDS).ifPresent(lacking -> findings.add(Rule.FLATTENED.at(where, lacking)));
        lacking(fields, WANTED_FIELDS)
                .ifPresent(lacking ->
                        findings.add(Rule.FLATTENED.at(where, lacking).as(Severity.RISK)));
        String deletes = connector.setting(transform.key("delete.tombstone.handling.mode"));
        String older = connector.setting(transform.key("delete.handling.mode"));
        if (!deletes.startsWith("rewrite") && !older.equals("rewrite")) {
            findings.add(Rule.FLATTENED.at(
                    where,
                    "deletes become tombstones or nothing: delete.tombstone.handling.mode is "
                            + (deletes.isEmpty() ? "not set" : deletes)));
        }
        return findings.build();
    }

    private static Optional<String> lacking(Set<String> fields, List<List<String>> asked) {
        List<String> missing = asked.stream()
                .filter(any -> any.stream().noneMatch(fields::contains))
                .map(any -> any.get(0))
                .toList();
        return missing.isEmpty() ? Optional.empty() : Optional.of("add.fields lacks " + String.join(", ", missing));
    }
}
