package io.spindrift.jobs.config;

import io.spindrift.jobs.config.PipelineConfig.DeadLetters;
import io.spindrift.jobs.config.PipelineConfig.Decoding;
import io.spindrift.jobs.config.PipelineConfig.Ordering;
import io.spindrift.jobs.config.PipelineConfig.Pipeline;
import io.spindrift.jobs.config.PipelineConfig.Postgres;
import io.spindrift.jobs.config.PipelineConfig.ReorderBuffer;
import io.spindrift.jobs.config.PipelineConfig.Source;
import io.spindrift.jobs.config.PipelineConfig.Upstream;
import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.Router;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.CommitCadence;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.warehouse.Secret;
import io.spindrift.sinks.warehouse.WarehouseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.DuplicateKeyException;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** pipeline.yaml and {@code --set} → {@link PipelineConfig}, or every problem that there is. */
public final class PipelineFile {

    /** Sections that may be named and must be empty for now; anything in them would be ignored silently otherwise. */
    private static final String TRANSFORM = "transform";

    private static final String ROUTE = "route";

    /** Of keys {@code columns.schema.table.column.setting}. */
    private static final String COLUMNS = "columns.";

    private static final Pattern COLUMN = Pattern.compile("[^.]+\\.[^.]+\\..+");

    private static final String OF_POSTGRES = "source.postgres.";

    private static final Pattern PLAIN_TABLE = Pattern.compile("[A-Za-z0-9_]+\\.[A-Za-z0-9_]+");

    private static final Pattern SLOT = Pattern.compile("[a-z0-9_]{1,63}");

    private static final String TABLES = "tables";

    private static final Set<String> LISTS = Set.of(ROUTE, TABLES);

    private static final Duration SHORTEST_ROW_STATE_TTL = Duration.ofHours(1);

    private final Map<String, Object> values = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> routes = new LinkedHashMap<>();
    private final Map<String, ColumnSettings.Choice> columns = new TreeMap<>();
    private Object tables = List.of();

    private PipelineFile() {}

    /**
     * @param overrides {@code key=value}, of higher rank than the file
     * @param environment for {@code ${env:NAME}}
     */
    public static PipelineConfig read(Path file, List<String> overrides, Function<String, @Nullable String> environment)
            throws ConfigException {
        PipelineFile pipeline = new PipelineFile();
        pipeline.load(file, overrides, environment);
        Optional<PipelineConfig> config = pipeline.validate();
        if (config.isEmpty() || !pipeline.problems.isEmpty()) {
            throw new ConfigException(file.toString(), pipeline.problems);
        }
        return config.get();
    }

    private void load(Path file, List<String> overrides, Function<String, @Nullable String> environment) {
        try {
            Object document = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
            if (document instanceof Map<?, ?> map) {
                flatten("", map, new Placeholders(environment));
            } else {
                problems.add("the file is not a YAML map with the sections source, sink, route and pipeline");
            }
        } catch (IOException e) {
            problems.add("the file cannot be read: " + e);
        } catch (YamlEngineException e) {
            problems.add("the file is not YAML: " + place(e));
        }
        overrides.forEach(override -> override(override, new Placeholders(environment)));
        routes();
        columns();
        Object declared = values.remove(TABLES);
        tables = declared == null ? List.of() : declared;
        unknownKeys();
    }

    /** Without the parser's own words, as they quote the file, and a secret may stand there. */
    private static String place(YamlEngineException e) {
        if (!(e instanceof MarkedYamlEngineException marked)) {
            return String.valueOf(e.getMessage());
        }
        String what = e instanceof DuplicateKeyException ? marked.getProblem() : "it cannot be read";
        return marked.getProblemMark()
                .map(mark -> "%s at line %d, column %d".formatted(what, mark.getLine() + 1, mark.getColumn() + 1))
                .orElse(what);
    }

    private void flatten(String prefix, Map<?, ?> section, Placeholders placeholders) {
        section.forEach((name, value) -> {
            String key = prefix + name;
            if (value instanceof Map<?, ?> nested && !isMapOption(key) && !LISTS.contains(key)) {
                flatten(key + ".", nested, placeholders);
            } else if (value != null) {
                values.put(key, placeholders.resolve(key, value, problems));
            }
        });
    }

    private static boolean isMapOption(String key) {
        return PipelineOptions.ALL.stream()
                .anyMatch(option -> option.key().equals(key) && option.type() == Types.PROPERTIES);
    }

    private void override(String override, Placeholders placeholders) {
        int equals = override.indexOf('=');
        if (equals < 1) {
            problems.add("--set %s: write --set key=value".formatted(override));
        } else {
            String key = override.substring(0, equals).strip();
            put(key, placeholders.resolve(key, override.substring(equals + 1), problems));
        }
    }

    /** {@code source.properties.retries} is one entry of the map {@code source.properties}. */
    private void put(String key, Object value) {
        for (Option<?> option : PipelineOptions.ALL) {
            String prefix = option.key() + ".";
            if (option.type() == Types.PROPERTIES && key.startsWith(prefix)) {
                Map<Object, Object> entries = new LinkedHashMap<>();
                if (values.get(option.key()) instanceof Map<?, ?> inFile) {
                    entries.putAll(inFile);
                }
                entries.put(key.substring(prefix.length()), value);
                values.put(option.key(), entries);
                return;
            }
        }
        values.put(key, value);
    }

    private void routes() {
        Object value = values.remove(ROUTE);
        if (value == null) {
            return;
        }
        if (!(value instanceof List<?> list)) {
            problems.add("'route' must be a list of source-table and sink-table");
            return;
        }
        for (int i = 0; i < list.size(); i++) {
            route("route[" + i + "]", list.get(i));
        }
    }

    private void route(String where, @Nullable Object item) {
        if (!(item instanceof Map<?, ?> map)) {
            problems.add("'%s' must have source-table and sink-table".formatted(where));
            return;
        }
        for (Object key : map.keySet()) {
            if (!List.of("source-table", "sink-table", "description").contains(String.valueOf(key))) {
                problems.add("unknown key '%s.%s'".formatted(where, key));
            }
        }
        Object source = map.get("source-table");
        Object sink = map.get("sink-table");
        if (source == null || !source.toString().matches("[^.]+\\.[^.]+")) {
            problems.add("'%s.source-table' is %s: write schema.table".formatted(where, source));
        } else if (sink == null || sink.toString().isBlank()) {
            problems.add("'%s.sink-table' is missing".formatted(where));
        } else if (DeadLetterTable.is(TableName.ofUnquoted(sink.toString()))) {
            problems.add("'%s.sink-table' is %s, the ledger's own table: choose another".formatted(where, sink));
        } else if (routes.put(source.toString(), sink.toString()) != null) {
            problems.add("'%s.source-table' is %s, which has a route already".formatted(where, source));
        }
    }

    /** Excluding a column beats its type. */
    private void columns() {
        for (String key : List.copyOf(values.keySet())) {
            int last = key.lastIndexOf('.');
            if (key.startsWith(COLUMNS) && last > COLUMNS.length()) {
                column(key, key.substring(COLUMNS.length(), last), key.substring(last + 1));
            }
        }
    }

    private void column(String key, String column, String setting) {
        if (!COLUMN.matcher(column).matches() || !List.of("type", "exclude").contains(setting)) {
            return;
        }
        String value = String.valueOf(values.remove(key));
        if (setting.equals("exclude") && value.equals("true")) {
            columns.put(column, ColumnSettings.Choice.EXCLUDE);
        } else if (setting.equals("exclude") && !value.equals("false")) {
            problems.add("'%s' is '%s': true or false".formatted(key, value));
        } else if (setting.equals("type") && value.equals("text")) {
            columns.putIfAbsent(column, ColumnSettings.Choice.TEXT);
        } else if (setting.equals("type")) {
            problems.add("'%s' is '%s': the only one is text".formatted(key, value));
        }
    }

    private void unknownKeys() {
        Object transform = values.remove(TRANSFORM);
        if (transform instanceof List<?> list && !list.isEmpty()) {
            problems.add("'transform' has entries, and this version transforms nothing: remove them");
        }
        List<String> known = PipelineOptions.ALL.stream().map(Option::key).toList();
        for (String key : values.keySet()) {
            if (key.startsWith(COLUMNS)) {
                problems.add(
                        "unknown key '%s': write columns.<schema>.<table>.<column>.type or .exclude".formatted(key));
            } else if (!known.contains(key)) {
                problems.add("unknown key '%s'%s".formatted(key, Suggestion.of(key, known)));
            }
        }
    }

    private Optional<PipelineConfig> validate() {
        only(PipelineOptions.SINK_TYPE, "snowflake");
        Optional<String> name = required(PipelineOptions.NAME);
        Map<DeadLetter.Reason, DeadLetterAction> letters = onDeadLetter();
        Pipeline pipeline = pipeline(name.orElse(""), letters);
        Optional<Source> source = sourceOfType(name.orElse(""));
        Upstream upstream = upstream();
        Optional<WarehouseOptions> sink = sink();
        StopPolicy stops = stops(
                letters, source.map(some -> some.decoding().keyless().logOnly()).orElse(Set.of()));
        Optional<DeliveryOptions> delivery = delivery(stops, reasons(letters, DeadLetterAction.FAIL));
        if (!problems.isEmpty() || source.isEmpty() || sink.isEmpty() || delivery.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new PipelineConfig(pipeline, source.get(), upstream, new Router(routes), sink.get(), delivery.get()));
    }

    private Pipeline pipeline(String name, Map<DeadLetter.Reason, DeadLetterAction> letters) {
        Optional<Duration> checkpoints = optional(PipelineOptions.CHECKPOINT_INTERVAL);
        return new Pipeline(
                name,
                optional(PipelineOptions.PARALLELISM),
                checkpoints,
                optional(PipelineOptions.LIVENESS_TIMEOUT).orElse(Duration.ofMinutes(10)),
                deadLetters(name, letters),
                ordering(checkpoints));
    }

    /** What a change leaves out may stand in the change before it; within a commit, the job must know that. */
    private Ordering ordering(Optional<Duration> checkpoints) {
        String key = PipelineOptions.ROW_STATE_TTL.key();
        Optional<Duration> ttl = optional(PipelineOptions.ROW_STATE_TTL);
        ttl.filter(time -> time.compareTo(SHORTEST_ROW_STATE_TTL) < 0)
                .ifPresent(time -> problems.add(
                        "'%s' is %d s: write at least 1 h, and more than a connector may stand still, or leave it out to forget nothing"
                                .formatted(key, time.toSeconds())));
        ttl.filter(time -> checkpoints
                        .filter(interval -> interval.multipliedBy(2).compareTo(time) > 0)
                        .isPresent())
                .ifPresent(time -> problems.add(
                        "'%s' is less than twice 'pipeline.checkpoint-interval': a row would be forgotten within a commit"
                                .formatted(key)));
        needs(PipelineOptions.REORDER_MAX_RECORDS, PipelineOptions.REORDER_DELAY);
        Optional<Integer> maxRecords = optional(PipelineOptions.REORDER_MAX_RECORDS);
        return new Ordering(
                ttl,
                optional(PipelineOptions.REORDER_DELAY)
                        .flatMap(delay -> maxRecords.map(records -> new ReorderBuffer(delay, records))));
    }

    private Map<DeadLetter.Reason, DeadLetterAction> onDeadLetter() {
        Map<DeadLetter.Reason, DeadLetterAction> actions = new EnumMap<>(DeadLetter.Reason.class);
        optional(PipelineOptions.ON_DEAD_LETTER).orElse(Map.of()).forEach((reason, action) -> {
            String key = PipelineOptions.ON_DEAD_LETTER.key();
            Optional<DeadLetter.Reason> known = parsed("'%s' has a reason that".formatted(key), reason, Types::reason);
            Optional<DeadLetterAction> wanted = parsed("'%s.%s'".formatted(key, reason), action, Types::action);
            known.ifPresent(some -> wanted.ifPresent(what -> actions.put(some, what)));
        });
        return actions;
    }

    private static Set<DeadLetter.Reason> reasons(
            Map<DeadLetter.Reason, DeadLetterAction> letters, DeadLetterAction action) {
        return letters.entrySet().stream()
                .filter(letter -> letter.getValue() == action)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private StopPolicy stops(Map<DeadLetter.Reason, DeadLetterAction> letters, Set<SourceTable> logOnly) {
        Router router = new Router(routes);
        return new StopPolicy(
                reasons(letters, DeadLetterAction.STOP_TABLE),
                logOnly.stream().flatMap(table -> router.apply(table).stream()).collect(Collectors.toSet()));
    }

    private DeadLetters deadLetters(String name, Map<DeadLetter.Reason, DeadLetterAction> letters) {
        return new DeadLetters(
                optional(PipelineOptions.DEAD_LETTER_TOPIC).orElse(name + ".dead-letters"),
                optional(PipelineOptions.DEAD_LETTER_DELIVERY).orElse(DeadLetterDelivery.EXACTLY_ONCE),
                reasons(letters, DeadLetterAction.FAIL));
    }

    private Optional<Source> sourceOfType(String name) {
        String type = optional(PipelineOptions.SOURCE_TYPE).orElse("kafka");
        if (type.equals("postgres")) {
            return postgres(name);
        }
        if (!type.equals("kafka")) {
            problems.add("'source.type' is '%s': kafka or postgres".formatted(type));
        }
        refuseForeign(values.keySet().stream().filter(key -> key.startsWith(OF_POSTGRES)), "postgres");
        return source(name);
    }

    private void refuseForeign(Stream<String> keys, String type) {
        keys.forEach(key -> problems.add("'%s' belongs to 'source.type: %s'".formatted(key, type)));
    }

    private Optional<Source> postgres(String name) {
        Set<String> ofBoth =
                PipelineOptions.OF_EVERY_SOURCE.stream().map(Option::key).collect(Collectors.toSet());
        Set<String> ofKafka = Set.of(
                PipelineOptions.DEAD_LETTER_TOPIC.key(),
                PipelineOptions.DEAD_LETTER_DELIVERY.key(),
                PipelineOptions.MULTISET_TABLES.key());
        refuseForeign(
                values.keySet().stream()
                        .filter(key -> ofKafka.contains(key)
                                || (key.startsWith("source.")
                                        && !key.startsWith(OF_POSTGRES)
                                        && !ofBoth.contains(key))),
                "kafka");
        Optional<Postgres> database = database(name);
        Optional<Decoding> decoding = decoding();
        Optional<Duration> outOfOrderness = optional(PipelineOptions.MAX_OUT_OF_ORDERNESS);
        Optional<Duration> idle = optional(PipelineOptions.IDLE_TIMEOUT);
        return database.filter(valid -> problems.isEmpty())
                .map(valid -> Source.postgres(
                        valid, decoding.orElseThrow(), outOfOrderness.orElseThrow(), idle.orElseThrow()));
    }

    private Optional<Postgres> database(String name) {
        Optional<Set<SourceTable>> tables = required(PipelineOptions.POSTGRES_TABLES);
        tables.stream()
                .flatMap(Set::stream)
                .filter(table -> !PLAIN_TABLE.matcher(table.toString()).matches())
                .forEach(table ->
                        problems.add("'%s' has '%s': names of letters, digits and _ alone can be read without Kafka"
                                .formatted(PipelineOptions.POSTGRES_TABLES.key(), table)));
        Optional<String> host = required(PipelineOptions.POSTGRES_HOSTNAME);
        Optional<Integer> port = optional(PipelineOptions.POSTGRES_PORT);
        Optional<String> database = required(PipelineOptions.POSTGRES_DATABASE);
        Optional<String> user = required(PipelineOptions.POSTGRES_USER);
        Optional<Secret> password = required(PipelineOptions.POSTGRES_PASSWORD);
        Optional<String> slot = required(PipelineOptions.POSTGRES_SLOT);
        slot.filter(given -> !SLOT.matcher(given).matches())
                .ifPresent(given -> problems.add("'%s' is '%s': PostgreSQL takes small letters, digits and _, up to 63"
                        .formatted(PipelineOptions.POSTGRES_SLOT.key(), given)));
        Optional<String> publication = required(PipelineOptions.POSTGRES_PUBLICATION);
        String server = optional(PipelineOptions.POSTGRES_SERVER_NAME).orElse(name);
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Postgres(
                host.orElseThrow(),
                port.orElseThrow(),
                database.orElseThrow(),
                user.orElseThrow(),
                password.orElseThrow(),
                tables.orElseThrow(),
                slot.orElseThrow(),
                publication.orElseThrow(),
                server));
    }

    private Optional<Source> source(String name) {
        Optional<String> servers = required(PipelineOptions.BOOTSTRAP_SERVERS);
        Optional<List<String>> topics = optional(PipelineOptions.TOPICS);
        Optional<Pattern> pattern = optional(PipelineOptions.TOPIC_PATTERN);
        boolean given = values.containsKey(PipelineOptions.TOPICS.key());
        if (given == values.containsKey(PipelineOptions.TOPIC_PATTERN.key())) {
            problems.add(
                    given
                            ? "'source.topics' and 'source.topic-pattern' are both given: give one"
                            : "'source.topics' or 'source.topic-pattern' is missing");
        }
        Optional<Decoding> decoding = decoding();
        Optional<StartingOffsets> offsets = optional(PipelineOptions.STARTING_OFFSETS);
        Optional<Duration> outOfOrderness = optional(PipelineOptions.MAX_OUT_OF_ORDERNESS);
        Optional<Duration> idle = optional(PipelineOptions.IDLE_TIMEOUT);
        String group = optional(PipelineOptions.GROUP_ID).orElse(name);
        Map<String, String> properties =
                optional(PipelineOptions.KAFKA_PROPERTIES).orElse(Map.of());
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Source(
                servers.orElseThrow(),
                topics.orElse(List.of()),
                pattern,
                group,
                offsets.orElseThrow(),
                decoding.orElseThrow(),
                properties,
                outOfOrderness.orElseThrow(),
                idle.orElseThrow()));
    }

    private Upstream upstream() {
        Optional<String> connect = optional(PipelineOptions.CONNECT_URL);
        Optional<String> connector = optional(PipelineOptions.CONNECTOR);
        Optional<String> database = optional(PipelineOptions.SOURCE_DATABASE_URL);
        Optional<String> user = optional(PipelineOptions.SOURCE_DATABASE_USER);
        Optional<Secret> password = optional(PipelineOptions.SOURCE_DATABASE_PASSWORD);
        needs(PipelineOptions.CONNECTOR, PipelineOptions.CONNECT_URL);
        needs(PipelineOptions.SOURCE_DATABASE_URL, PipelineOptions.SOURCE_DATABASE_USER);
        needs(PipelineOptions.SOURCE_DATABASE_USER, PipelineOptions.SOURCE_DATABASE_URL);
        needs(PipelineOptions.SOURCE_DATABASE_PASSWORD, PipelineOptions.SOURCE_DATABASE_URL);
        return new Upstream(
                connect.map(url -> new Upstream.Connect(url, connector)),
                database.flatMap(url -> user.map(name -> new Upstream.Database(url, name, password))));
    }

    private void needs(Option<?> given, Option<?> other) {
        if (values.containsKey(given.key()) && !values.containsKey(other.key())) {
            problems.add("'%s' is missing: %s needs it".formatted(other.key(), given.key()));
        }
    }

    private Optional<Decoding> decoding() {
        Optional<String> url = optional(PipelineOptions.REGISTRY_URL);
        Map<String, String> properties =
                optional(PipelineOptions.REGISTRY_PROPERTIES).orElse(Map.of());
        Optional<RecordFormat> format = optional(PipelineOptions.FORMAT);
        Optional<RecordFormat> keys = optional(PipelineOptions.KEY_FORMAT).or(() -> format);
        Optional<RecordFormat> values = optional(PipelineOptions.VALUE_FORMAT).or(() -> format);
        if (keys.isEmpty() || values.isEmpty()) {
            return Optional.empty();
        }
        if (url.isEmpty() && (keys.get() == RecordFormat.AVRO || values.get() == RecordFormat.AVRO)) {
            problems.add("'source.schema-registry.url' is missing: the format avro needs it");
        }
        return Optional.of(new Decoding(
                keys.get(), values.get(), url.orElse(""), properties, declared(), keyless(), columnSettings()));
    }

    private KeylessTables keyless() {
        Set<SourceTable> logOnly = optional(PipelineOptions.LOG_ONLY_TABLES).orElse(Set.of());
        Set<SourceTable> multisets = optional(PipelineOptions.MULTISET_TABLES).orElse(Set.of());
        multisets.stream()
                .filter(logOnly::contains)
                .forEach(table -> problems.add(
                        "'pipeline.multiset-tables' and 'pipeline.log-only-tables' both have '%s': the one mirrors it, the other one does not"
                                .formatted(table)));
        return new KeylessTables(logOnly, multisets);
    }

    private DeclaredTables declared() {
        HandlingModes none = HandlingModes.DEFAULTS;
        HandlingModes modes = new HandlingModes(
                optional(PipelineOptions.DECIMAL_MODE).orElse(none.decimals()),
                optional(PipelineOptions.TIME_MODE).orElse(none.times()),
                optional(PipelineOptions.BINARY_MODE).orElse(none.binaries()),
                optional(PipelineOptions.INTERVAL_MODE).orElse(none.intervals()),
                optional(PipelineOptions.HSTORE_MODE).orElse(none.hstores()),
                optional(PipelineOptions.MONEY_DIGITS).orElse(none.moneyFractionDigits()));
        return new DeclaredTables(modes, new TableDeclarations(modes, problems).read(tables));
    }

    private ColumnSettings columnSettings() {
        ColumnSettings defaults = ColumnSettings.DEFAULT;
        return new ColumnSettings(
                columns,
                optional(PipelineOptions.ON_UNSUPPORTED_TYPE).orElse(defaults.onUnsupportedType()),
                optional(PipelineOptions.ON_UNREPRESENTABLE_VALUE).orElse(defaults.onUnrepresentableValue()));
    }

    private Optional<WarehouseOptions> sink() {
        Optional<String> url = required(PipelineOptions.URL);
        Optional<String> user = required(PipelineOptions.USER);
        Optional<String> database = required(PipelineOptions.DATABASE);
        boolean password = values.containsKey(PipelineOptions.PASSWORD.key());
        if (password == values.containsKey(PipelineOptions.PRIVATE_KEY_FILE.key())) {
            problems.add(
                    password
                            ? "'sink.password' and 'sink.private-key-file' are both given: give one"
                            : "'sink.password' or 'sink.private-key-file' is missing");
        }
        Optional<Secret> secret = optional(PipelineOptions.PASSWORD);
        Optional<String> keyFile = optional(PipelineOptions.PRIVATE_KEY_FILE);
        Optional<String> role = optional(PipelineOptions.ROLE);
        Optional<String> warehouse = optional(PipelineOptions.WAREHOUSE);
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new WarehouseOptions(
                url.orElseThrow(),
                user.orElseThrow(),
                secret.orElse(null),
                keyFile.orElse(null),
                database.orElseThrow(),
                role.orElse(null),
                warehouse.orElse(null)));
    }

    private Optional<DeliveryOptions> delivery(StopPolicy stops, Set<DeadLetter.Reason> failing) {
        Optional<Integer> checkpoints = optional(PipelineOptions.COMMIT_CHECKPOINTS);
        Optional<Integer> rows = optional(PipelineOptions.COMMIT_ROWS);
        Optional<Duration> interval = optional(PipelineOptions.COMMIT_INTERVAL);
        boolean every = checkpoints.isEmpty() && rows.isEmpty() && interval.isEmpty();
        boolean forgetful = values.containsKey(PipelineOptions.ROW_STATE_TTL.key());
        if (forgetful && !every) {
            problems.add(
                    "'%s' and 'sink.commit' are both given: where rows are forgotten, each checkpoint must be a commit. For fewer commits set a longer 'pipeline.checkpoint-interval'"
                            .formatted(PipelineOptions.ROW_STATE_TTL.key()));
            return Optional.empty();
        }
        CommitCadence cadence = every
                ? CommitCadence.EVERY_CHECKPOINT
                : new CommitCadence(
                        checkpoints.orElse(Integer.MAX_VALUE),
                        rows.map(Integer::longValue).orElse(Long.MAX_VALUE),
                        interval.orElse(Duration.ofMillis(Long.MAX_VALUE)));
        Optional<Long> fileBytes = optional(PipelineOptions.FILE_SIZE);
        Optional<Duration> retention = optional(PipelineOptions.STAGED_FILE_RETENTION);
        if (fileBytes.isEmpty() || retention.isEmpty()) {
            return Optional.empty();
        }
        if (interval.isPresent() && interval.get().multipliedBy(2).compareTo(retention.get()) > 0) {
            problems.add(
                    "'sink.commit.interval' is more than half of 'sink.staged-file-retention': files would go before"
                            + " they are committed");
        }
        try {
            return Optional.of(new DeliveryOptions(
                    cadence,
                    groups(),
                    optional(PipelineOptions.EPOCHS).orElse(SourceEpochs.NONE),
                    fileBytes.get(),
                    retention.get(),
                    forgetful ? RowMemory.EXPIRING : RowMemory.LASTING,
                    stops,
                    failing));
        } catch (IllegalArgumentException e) {
            problems.add("'sink': " + e.getMessage());
            return Optional.empty();
        }
    }

    private ConsistencyGroups groups() {
        List<ConsistencyGroups.Group> groups = new ArrayList<>();
        optional(PipelineOptions.CONSISTENCY_GROUPS).orElse(Map.of()).forEach((name, tables) -> {
            try {
                groups.add(new ConsistencyGroups.Group(name, Pattern.compile(tables)));
            } catch (IllegalArgumentException e) {
                problems.add("'%s.%s': %s".formatted(PipelineOptions.CONSISTENCY_GROUPS.key(), name, e.getMessage()));
            }
        });
        return new ConsistencyGroups(groups);
    }

    private void only(Option<String> option, String value) {
        Optional<String> given = optional(option);
        if (given.isPresent() && !given.get().equals(value)) {
            problems.add("'%s' is '%s': the only one is %s".formatted(option.key(), given.get(), value));
        }
    }

    private <T> Optional<T> required(Option<T> option) {
        if (!values.containsKey(option.key())) {
            problems.add("'%s' is missing".formatted(option.key()));
        }
        return optional(option);
    }

    private <T> Optional<T> optional(Option<T> option) {
        Object value = values.get(option.key());
        if (value == null) {
            value = option.defaultValue();
        }
        if (value == null) {
            return Optional.empty();
        }
        return parsed("'%s'".formatted(option.key()), value, option.type().parser());
    }

    private <T> Optional<T> parsed(String what, Object value, Option.Type.Parser<T> parser) {
        try {
            return Optional.of(parser.parse(value));
        } catch (IllegalArgumentException e) {
            problems.add("%s %s".formatted(what, e.getMessage()));
            return Optional.empty();
        }
    }
}
