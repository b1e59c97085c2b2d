package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.UniqueKey;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Whether a change says of which row it is. */
final class KeyRules {

    private KeyRules() {}

    static Stream<Finding> findings(Facts facts) {
        Stream<Finding> unknown = facts.catalog().isPresent()
                ? Stream.empty()
                : facts.connector().stream()
                        .filter(connector -> connector.isSet("message.key.columns"))
                        .map(connector -> Rule.MESSAGE_KEY
                                .at(
                                        connector.place(),
                                        connector.shown("message.key.columns")
                                                + "; whether they are unique was not checked")
                                .as(Severity.RISK));
        Stream<Finding> known = facts.sentTables().stream().flatMap(table -> Stream.of(
                        key(facts, table, messageKey(facts, table)),
                        identity(facts, table, messageKey(facts, table)),
                        excluded(facts, table))
                .flatMap(findings -> findings));
        return Stream.concat(unknown, known);
    }

    /** The columns that a change's key names; empty: it has none. */
    static Optional<List<String>> keyColumns(Facts facts, Table table) {
        return messageKey(facts, table).or(() -> table.uniqueKeys().stream()
                .filter(UniqueKey::notNull)
                .findFirst()
                .map(UniqueKey::columns));
    }

    /** The job refuses the table then. */
    private static Stream<Finding> excluded(Facts facts, Table table) {
        List<String> left = keyColumns(facts, table).orElse(List.of()).stream()
                .filter(column -> facts.choice(table, column).equals(Optional.of(Choice.EXCLUDE)))
                .toList();
        return left.isEmpty()
                ? Stream.empty()
                : Stream.of(Rule.COLUMNS_EXCLUDED
                        .at(table.name().toString(), "the pipeline file excludes key columns: " + Columns.list(left))
                        .setting("columns.%s.<column>.exclude left out".formatted(table.name())));
    }

    /** The columns that {@code message.key.columns} gives the table: {@code schema.table:column,column;…}, tables by expression. */
    static Optional<List<String>> messageKey(Facts facts, Table table) {
        String setting =
                facts.connector().map(one -> one.setting("message.key.columns")).orElse("");
        for (String entry : setting.split(";")) {
            int colon = entry.lastIndexOf(':');
            if (colon > 0
                    && Connector.matches(entry.substring(0, colon), table.name().toString())) {
                return Optional.of(Arrays.stream(entry.substring(colon + 1).split(","))
                        .map(String::strip)
                        .toList());
            }
        }
        return Optional.empty();
    }

    static Stream<Finding> key(Facts facts, Table table, Optional<List<String>> messageKey) {
        String where = table.name().toString();
        if (facts.decoding().keyless().multisets().contains(table.name())) {
            return multiset(facts, table, messageKey);
        }
        if (messageKey.isPresent()) {
            return messageKeyed(table, messageKey.get()).stream();
        }
        if (table.primaryKey().isPresent()
                || facts.decoding().keyless().logOnly().contains(table.name())) {
            return Stream.empty();
        }
        Optional<UniqueKey> other =
                table.uniqueKeys().stream().filter(UniqueKey::notNull).findFirst();
        String identity = "; REPLICA IDENTITY " + table.replicaIdentity();
        return Stream.of(other.map(key -> Rule.KEY_FROM_INDEX.at(
                        where, "no primary key; unique index " + key.index() + " " + key.columns() + identity))
                .orElseGet(() -> Rule.NO_KEY
                        .at(where, "no primary key, and no unique index over NOT NULL columns" + identity)
                        .setting("ALTER TABLE %s ADD PRIMARY KEY (…)".formatted(TypeRules.quoted(table)))));
    }

    private static Stream<Finding> multiset(Facts facts, Table table, Optional<List<String>> messageKey) {
        String where = table.name().toString();
        Stream.Builder<Finding> findings = Stream.builder();
        Optional<List<String>> key = keyColumns(facts, table);
        if (key.isPresent()) {
            findings.add(Rule.MULTISET_TABLE
                    .at(where, "the table has a key: " + key.get())
                    .setting(
                            messageKey.isPresent()
                                    ? "message.key.columns without it, or pipeline.multiset-tables"
                                    : "pipeline.multiset-tables without it"));
        }
        if (table.replicaIdentity() != ReplicaIdentity.FULL) {
            findings.add(Rule.MULTISET_TABLE
                    .at(where, "REPLICA IDENTITY " + table.replicaIdentity())
                    .setting("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(TypeRules.quoted(table))));
        }
        if (facts.connector()
                .map(one -> one.is("provide.transaction.metadata", "false", ""))
                .orElse(false)) {
            findings.add(Rule.MULTISET_TABLE
                    .at(where, "provide.transaction.metadata=false")
                    .setting("provide.transaction.metadata=true"));
        }
        return findings.build();
    }

    private static Optional<Finding> messageKeyed(Table table, List<String> columns) {
        String where = table.name().toString();
        String seen = "message.key.columns gives " + columns;
        boolean unique = table.uniqueKeys().stream()
                .anyMatch(key -> key.notNull() && new HashSet<>(columns).containsAll(key.columns()));
        if (!unique) {
            return Optional.of(Rule.MESSAGE_KEY.at(where, seen + ", which are not unique"));
        }
        boolean old = table.replicaIdentity() == ReplicaIdentity.FULL
                || identityColumns(table)
                        .map(known -> known.containsAll(columns))
                        .orElse(false);
        return old
                ? Optional.empty()
                : Optional.of(Rule.MESSAGE_KEY
                        .at(where, seen + ", whose old values are not in the log")
                        .as(Severity.BENDS_VALUES)
                        .setting("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(TypeRules.quoted(table))));
    }

    /** What the log has of a row before its change; empty: nothing. Of FULL not to be asked. */
    private static Optional<Set<String>> identityColumns(Table table) {
        return switch (table.replicaIdentity()) {
            case FULL, NOTHING -> Optional.empty();
            case DEFAULT -> table.primaryKey().map(key -> Set.copyOf(key.columns()));
            case INDEX ->
                table.uniqueKeys().stream()
                        .filter(UniqueKey::replicaIdentity)
                        .findFirst()
                        .map(key -> Set.copyOf(key.columns()));
        };
    }

    static Stream<Finding> identity(Facts facts, Table table, Optional<List<String>> messageKey) {
        if (table.replicaIdentity() == ReplicaIdentity.FULL) {
            return Stream.empty();
        }
        Optional<List<String>> key = keyColumns(facts, table);
        String where = table.name().toString();
        String alter = "ALTER TABLE %s REPLICA IDENTITY ".formatted(TypeRules.quoted(table));
        Optional<Set<String>> known = identityColumns(table);
        if (known.isEmpty()) {
            // Without any key NO_KEY has said it.
            return key.isEmpty() && table.replicaIdentity() == ReplicaIdentity.DEFAULT
                    ? Stream.empty()
                    : Stream.of(Rule.IDENTITY_NOTHING
                            .at(where, nothing(table))
                            .setting(alter + (table.primaryKey().isPresent() ? "DEFAULT" : "FULL")));
        }
        boolean covers = key.map(columns -> known.get().containsAll(columns)).orElse(true);
        return covers || messageKey.isPresent()
                ? Stream.empty()
                : Stream.of(Rule.IDENTITY_OTHER_INDEX
                        .at(
                                where,
                                "the log has %s of an old row, the key is %s"
                                        .formatted(known.get().stream().sorted().toList(), key.orElse(List.of())))
                        .setting(alter + "DEFAULT, or FULL"));
    }

    private static String nothing(Table table) {
        return switch (table.replicaIdentity()) {
            case NOTHING -> "REPLICA IDENTITY NOTHING";
            case INDEX -> "REPLICA IDENTITY USING INDEX, and the index is gone";
            case DEFAULT -> "REPLICA IDENTITY DEFAULT without a primary key: nothing";
            case FULL -> "REPLICA IDENTITY FULL";
        };
    }
}
