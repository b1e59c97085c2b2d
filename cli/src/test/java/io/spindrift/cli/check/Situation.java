package io.spindrift.cli.check;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.PublishedTable;
import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Slot;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.TableKind;
import io.spindrift.cli.check.Catalog.Type;
import io.spindrift.cli.check.Catalog.TypeKind;
import io.spindrift.cli.check.Catalog.UniqueKey;
import io.spindrift.cli.check.Facts.Broker;
import io.spindrift.cli.check.Facts.Reads;
import io.spindrift.cli.check.Facts.Topic;
import io.spindrift.cli.check.Facts.Warehouse;
import io.spindrift.jobs.config.PipelineConfig.Decoding;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.Router;
import io.spindrift.jobs.route.SourceTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Facts to state: begins sound, with one table, and nothing to be found. */
final class Situation {

    static final Column ID = new Column("id", type("int8"), true, false, false, false);

    private Set<SourceTable> logOnly = Set.of();
    private Set<SourceTable> multisets = Set.of();
    private final Map<String, String> config = new HashMap<>(Map.ofEntries(
            Map.entry("topic.prefix", "shop"),
            Map.entry("database.dbname", "shop"),
            Map.entry("database.user", "cdc"),
            Map.entry("plugin.name", "pgoutput"),
            Map.entry("slot.name", "shop_slot"),
            Map.entry("publication.name", "shop_pub"),
            Map.entry("publication.autocreate.mode", "disabled"),
            Map.entry("skipped.operations", "none"),
            Map.entry("interval.handling.mode", "string"),
            Map.entry("time.precision.mode", "microseconds"),
            Map.entry("decimal.handling.mode", "precise"),
            Map.entry("binary.handling.mode", "bytes"),
            Map.entry("provide.transaction.metadata", "true"),
            Map.entry("heartbeat.interval.ms", "10000"),
            Map.entry("event.converting.failure.handling.mode", "fail"),
            Map.entry("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
            Map.entry("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
            Map.entry("value.converter.replace.null.with.default", "false")));
    private final Map<String, String> defaults = new HashMap<>(
            Map.of("unavailable.value.placeholder", "__debezium_unavailable_value", "snapshot.mode", "initial"));
    private final Map<String, String> states = new TreeMap<>(Map.of("the connector", "RUNNING", "task 0", "RUNNING"));
    private final List<Table> tables = new ArrayList<>();
    private final List<Topic> topics = new ArrayList<>();
    private final Map<String, String> routes = new HashMap<>();
    private Reads reads =
            new Reads(List.of(), Optional.of(Pattern.compile("shop\\.public\\..*")), "dlq", new Router(Map.of()));
    private RecordFormat keyFormat = RecordFormat.AUTO;
    private RecordFormat valueFormat = RecordFormat.AUTO;
    private String registryUrl = "http://registry:8081";
    private HandlingModes modes = HandlingModes.DEFAULTS;
    private final List<DeclaredTables.Table> declared = new ArrayList<>();
    private final Map<String, Choice> choices = new HashMap<>();
    private OnUnsupportedType onUnsupportedType = OnUnsupportedType.DEAD_LETTER;
    private String version = "3.7.0.Final";
    private String connectorsKafka = "kafka-1";
    private boolean hasConnector = true;
    private boolean hasCatalog = true;
    private boolean hasPublication = true;
    private boolean hasSlot = true;
    private String walLevel = "logical";
    private Optional<Long> slotKeepBytes = Optional.of(4L << 30);
    private Slot slot = new Slot("shop_slot", true, "reserved", Optional.of(1_000L));
    private UnaryOperator<Publication> publication = UnaryOperator.identity();
    private Warehouse warehouse = new Warehouse("LOADER", "SHOP", Optional.empty(), Optional.of("LOAD"), true, true);

    private Situation() {
        topics.add(topic("dlq", 3, "retention.ms", "-1"));
    }

    static Situation sound() {
        return new Situation().table("users", ID, column("email", "text"));
    }

    /** Without a table. */
    static Situation empty() {
        return new Situation();
    }

    static Type type(String name) {
        return new Type(name, TypeKind.BASE, 0, -1, name, name);
    }

    static Type type(TypeKind kind, String name) {
        return new Type(name, kind, 0, -1, name, kind == TypeKind.ENUM ? "enum" : name);
    }

    static Type array(Type element) {
        return new Type(
                element.name(),
                element.kind(),
                1,
                element.modifier(),
                element.text() + "[]",
                element.declared() + "[]");
    }

    static Type numeric(int precision, int scale) {
        String text = "numeric(%d,%d)".formatted(precision, scale);
        return new Type("numeric", TypeKind.BASE, 0, (precision << 16 | scale & 0x7ff) + 4, text, text);
    }

    static Type modified(String name, int modifier) {
        String text = name + "(" + modifier + ")";
        return new Type(name, TypeKind.BASE, 0, modifier, text, text);
    }

    /** Nullable, without default; long values leave their row. */
    static Column column(String name, String type) {
        return column(name, type(type));
    }

    static Column column(String name, Type type) {
        return new Column(name, type, false, false, false, true);
    }

    static UniqueKey unique(String index, String... columns) {
        return new UniqueKey(index, false, false, true, List.of(columns));
    }

    static Topic topic(String name, int copies, String... settings) {
        Map<String, String> config = new HashMap<>(Map.of("cleanup.policy", "delete", "retention.ms", "604800000"));
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        return new Topic(name, copies, config);
    }

    Situation set(String key, String value) {
        config.put(key, value);
        return this;
    }

    /** All that the connector says, and nothing of what it said before. */
    Situation connector(Map<String, String> settings) {
        config.clear();
        config.putAll(settings);
        return this;
    }

    Situation unset(String key) {
        config.remove(key);
        return this;
    }

    Situation standard(String key, String value) {
        config.remove(key);
        defaults.put(key, value);
        return this;
    }

    Situation state(String part, String state) {
        states.put(part, state);
        return this;
    }

    Situation version(String other) {
        version = other;
        return this;
    }

    Situation connectorsKafka(String id) {
        connectorsKafka = id;
        return this;
    }

    Situation multisets(SourceTable... tables) {
        multisets = Set.of(tables);
        return this;
    }

    Situation logOnly(SourceTable... tables) {
        logOnly = Set.of(tables);
        return this;
    }

    Situation withoutConnector() {
        hasConnector = false;
        return this;
    }

    Situation withoutCatalog() {
        hasCatalog = false;
        return this;
    }

    Situation walLevel(String level) {
        walLevel = level;
        return this;
    }

    Situation slotKeepBytes(Optional<Long> bytes) {
        slotKeepBytes = bytes;
        return this;
    }

    Situation withoutSlot() {
        hasSlot = false;
        return this;
    }

    Situation slot(boolean active, String walStatus, long retainedBytes) {
        slot = new Slot("shop_slot", active, walStatus, Optional.of(retainedBytes));
        return this;
    }

    Situation withoutPublication() {
        hasPublication = false;
        return this;
    }

    Situation publication(UnaryOperator<Publication> change) {
        publication = change;
        return this;
    }

    Situation warehouse(Warehouse other) {
        warehouse = other;
        return this;
    }

    Situation reads(String... named) {
        reads = new Reads(List.of(named), Optional.empty(), "dlq", reads.router());
        return this;
    }

    Situation readsPattern(String pattern) {
        reads = new Reads(List.of(), Optional.of(Pattern.compile(pattern)), "dlq", reads.router());
        return this;
    }

    Situation formats(RecordFormat key, RecordFormat value) {
        keyFormat = key;
        valueFormat = value;
        return this;
    }

    Situation withoutRegistry() {
        registryUrl = "";
        return this;
    }

    Situation modes(HandlingModes declaredModes) {
        modes = declaredModes;
        return this;
    }

    /** {@code name: type} each. */
    Situation declare(String table, List<String> key, String... columns) {
        List<DeclaredTables.Column> parsed = Arrays.stream(columns)
                .map(column -> column.split(": ", 2))
                .map(parts -> DeclaredTables.Column.parse(parts[0], parts[1]))
                .toList();
        declared.add(new DeclaredTables.Table(new SourceTable("public", table), parsed, key));
        return this;
    }

    /** @param column {@code schema.table.column} */
    Situation choose(String column, Choice choice) {
        choices.put(column, choice);
        return this;
    }

    Situation onUnsupportedType(OnUnsupportedType policy) {
        onUnsupportedType = policy;
        return this;
    }

    Situation route(String source, String target) {
        routes.put(source, target);
        return this;
    }

    /** In the schema public, with the primary key id; with its topic. */
    Situation table(String name, Column... columns) {
        return table(keyed(name, columns));
    }

    static Table keyed(String name, Column... columns) {
        return new Table(
                new SourceTable("public", name),
                TableKind.ORDINARY,
                ReplicaIdentity.DEFAULT,
                false,
                List.of(new UniqueKey(name + "_pkey", true, false, true, List.of("id"))),
                List.of(columns));
    }

    static Table identified(Table table, ReplicaIdentity identity, UniqueKey... keys) {
        return new Table(table.name(), table.kind(), identity, table.rowSecurity(), List.of(keys), table.columns());
    }

    Situation table(Table table) {
        tables.add(table);
        topics.add(topic("shop.public." + table.name().table(), 3));
        return this;
    }

    Situation topic(Topic topic) {
        topics.removeIf(one -> one.name().equals(topic.name()));
        topics.add(topic);
        return this;
    }

    Situation withoutTopic(String name) {
        topics.removeIf(one -> one.name().equals(name));
        return this;
    }

    Facts facts() {
        Publication published = publication.apply(new Publication(
                "shop_pub",
                Set.of("insert", "update", "delete", "truncate"),
                false,
                false,
                tables.stream()
                        .map(table -> new PublishedTable(
                                table.name(),
                                table.columns().stream().map(Column::name).collect(Collectors.toSet()),
                                false))
                        .toList()));
        return new Facts(
                new Reads(reads.topics(), reads.pattern(), reads.deadLetterTopic(), new Router(routes)),
                new Decoding(
                        keyFormat,
                        valueFormat,
                        registryUrl,
                        Map.of(),
                        new DeclaredTables(modes, declared),
                        new KeylessTables(logOnly, multisets),
                        new ColumnSettings(choices, onUnsupportedType, OnUnrepresentableValue.RAW_COLUMN)),
                hasConnector
                        ? Optional.of(new Connector(
                                "shop", config, defaults, Optional.of(version), states, Optional.of(connectorsKafka)))
                        : Optional.empty(),
                hasCatalog
                        ? Optional.of(new Catalog(
                                "shop",
                                170_000,
                                walLevel,
                                slotKeepBytes,
                                hasSlot ? List.of(slot) : List.of(),
                                hasPublication ? List.of(published) : List.of(),
                                tables,
                                Set.of("postgres")))
                        : Optional.empty(),
                Optional.of(new Broker("kafka-1", topics)),
                Optional.of(warehouse));
    }

    /** {@code rule: severity}, in the report's order; the whole of them. */
    List<String> found() {
        return Checkup.findings(facts()).stream()
                .map(finding -> finding.rule().id() + ": " + finding.severity().text())
                .toList();
    }

    /** The worst. */
    Finding first() {
        return Checkup.findings(facts()).get(0);
    }

    /** The one finding there is. */
    Finding only() {
        List<Finding> findings = Checkup.findings(facts());
        if (findings.size() != 1) {
            throw new AssertionError("not one finding: " + findings);
        }
        return findings.get(0);
    }
}
