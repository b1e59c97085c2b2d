package io.spindrift.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.spindrift.jobs.debezium.ColumnSettings;
import io.spindrift.jobs.debezium.DeclaredTables;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.KeylessTables;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.DeliveryOptions;
import io.spindrift.sinks.commit.CommitCadence;
import io.spindrift.sinks.commit.ConsistencyGroups;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowMemory;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.StopPolicy;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.warehouse.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineFileTest {

    private static final String SOURCE = """
            source:
              bootstrap-servers: broker:9092
              topics: shop.public.users
            """;
    private static final String SINK = """
            sink:
              url: jdbc:snowflake://acme.snowflakecomputing.com/
              user: loader
              password: ${env:PASSWORD}
              database: SHOP
            """;
    private static final String PIPELINE = """
            pipeline:
              name: shop
            """;
    private static final String MINIMAL = SOURCE + SINK + PIPELINE;

    private final Map<String, String> environment = new HashMap<>(Map.of("PASSWORD", "hunter2"));
    private Path file = Path.of("pipeline.yaml");

    @BeforeEach
    void open(@TempDir Path directory) {
        file = directory.resolve("pipeline.yaml");
    }

    private PipelineConfig read(String yaml, String... overrides) throws Exception {
        Files.writeString(file, yaml);
        return PipelineFile.read(file, Arrays.asList(overrides), environment::get);
    }

    private List<String> problems(String yaml, String... overrides) {
        return failure(yaml, overrides).problems();
    }

    private ConfigException failure(String yaml, String... overrides) {
        return catchThrowableOfType(ConfigException.class, () -> read(yaml, overrides));
    }

    @Test
    void anOverrideOfAMapsEntryLeavesTheOthers() throws Exception {
        PipelineConfig config = read(
                MINIMAL + "source.properties:\n  retries: 3\n",
                "source.properties.retries=4",
                "source.properties.security.protocol=SSL",
                "sink.consistency-groups.people=USERS|A=B");
        assertThat(config.source().kafkaProperties()).isEqualTo(Map.of("retries", "4", "security.protocol", "SSL"));
        assertThat(config.delivery().groups().names()).contains("people");
    }

    @Test
    void columnsHaveSettingsOfTheirOwn() throws Exception {
        PipelineConfig config = read(MINIMAL + """
                  on-unsupported-type: exclude-column
                  on-unrepresentable-value: fail
                columns:
                  public.users.born: {type: text}
                  public.users.a.b:
                    exclude: true
                    type: text
                  sales.orders.kept: {exclude: false}
                """, "columns.public.users.type.exclude=true");
        assertThat(config.source().decoding().columns())
                .isEqualTo(new ColumnSettings(
                        Map.of(
                                "public.users.born", ColumnSettings.Choice.TEXT,
                                "public.users.a.b", ColumnSettings.Choice.EXCLUDE,
                                "public.users.type", ColumnSettings.Choice.EXCLUDE),
                        ColumnSettings.OnUnsupportedType.EXCLUDE_COLUMN,
                        ColumnSettings.OnUnrepresentableValue.FAIL));
    }

    @Test
    void aMistakeInColumnsIsToldWithItsKey() {
        assertThat(problems(MINIMAL + """
                          on-unsupported-type: ignore
                        columns:
                          public.users.a: {type: number}
                          public.users.b: {exclude: maybe}
                          public.users.c: {ecxlude: true}
                          public.users: {type: text}
                          users: text
                        """))
                .containsExactlyInAnyOrder(
                        "'columns.public.users.a.type' is 'number': the only one is text",
                        "'columns.public.users.b.exclude' is 'maybe': true or false",
                        "unknown key 'columns.public.users.c.ecxlude': write columns.<schema>.<table>.<column>.type or .exclude",
                        "unknown key 'columns.public.users.type': write columns.<schema>.<table>.<column>.type or .exclude",
                        "unknown key 'columns.users': write columns.<schema>.<table>.<column>.type or .exclude",
                        "'pipeline.on-unsupported-type' is 'ignore': one of [dead-letter, exclude-column, fail]");
    }

    @Test
    void everyKeyReachesTheConfiguration() throws Exception {
        Path secret = Files.writeString(file.resolveSibling("secret"), "user:pass\n");
        PipelineConfig config = read("""
                source:
                  type: kafka
                  bootstrap-servers: a:9092,b:9092
                  topic-pattern: shop\\.public\\..*
                  group-id: readers
                  starting-offsets: latest
                  format: avro
                  key-format: json
                  schema-registry:
                    url: https://registry:8081/
                    properties:
                      basic.auth.user.info: ${file:%s}
                  connector:
                    decimal-handling-mode: string
                    time-precision-mode: microseconds
                    binary-handling-mode: base64-url-safe
                    interval-handling-mode: string
                    hstore-handling-mode: map
                    money-fraction-digits: 3
                  properties:
                    security.protocol: SSL
                    retries: 3
                  max-out-of-orderness: 250 ms
                  idle-timeout: 2min
                sink:
                  type: snowflake
                  url: jdbc:snowflake://acme.snowflakecomputing.com/
                  user: loader
                  private-key-file: /etc/key.p8
                  database: SHOP
                  role: LOADER
                  warehouse: LOAD_WH
                  commit:
                    every-checkpoints: 3
                    every-rows: 1000
                    interval: 5 min
                  consistency-groups:
                    sales: ORDERS|ITEMS
                    people: USERS
                  file-size: 64 MB
                  staged-file-retention: 24 h
                tables:
                  - table: public.orders
                    columns:
                      id: BIGINT NOT NULL
                      total: numeric(12,2)
                    key: [id]
                route:
                  - source-table: public.order_items
                    sink-table: items
                    description: shorter
                transform: []
                pipeline:
                  name: shop-1
                  parallelism: 4
                  checkpoint-interval: 1 h
                  liveness-timeout: 3 min
                  dead-letter-topic: dlq
                  dead-letter-delivery: at-least-once
                  on-dead-letter: {undecodable: fail, NO_PRIMARY_KEY: dead-letter}
                  log-only-tables: [public.Audit, log.clicks, public.Audit]
                  multiset-tables: [public.visits]
                  reorder-buffer: {delay: 3 s, max-records: 500}
                """.formatted(secret));
        assertThat(config.pipeline().toString())
                .isEqualTo(
                        "Pipeline[name=shop-1, parallelism=Optional[4], checkpointInterval=Optional[PT1H], livenessTimeout=PT3M, deadLetters=DeadLetters[topic=dlq, delivery=AT_LEAST_ONCE, failing=[UNDECODABLE]], ordering=Ordering[rowStateTtl=Optional.empty, reorderBuffer=Optional[ReorderBuffer[delay=PT3S, maxRecords=500]]]]");
        PipelineConfig.Source source = config.source();
        assertThat(source.bootstrapServers()).isEqualTo("a:9092,b:9092");
        assertThat(source.topics()).isEmpty();
        assertThat(source.topicPattern()).map(Pattern::pattern).contains("shop\\.public\\..*");
        assertThat(source.groupId()).isEqualTo("readers");
        assertThat(source.startingOffsets()).isEqualTo(StartingOffsets.LATEST);
        assertThat(source.kafkaProperties())
                .containsExactlyInAnyOrderEntriesOf(Map.of("security.protocol", "SSL", "retries", "3"));
        assertThat(source.maxOutOfOrderness()).isEqualTo(Duration.ofMillis(250));
        assertThat(source.idleTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(source.decoding())
                .isEqualTo(new PipelineConfig.Decoding(
                        RecordFormat.JSON,
                        RecordFormat.AVRO,
                        "https://registry:8081",
                        Map.of("basic.auth.user.info", "user:pass"),
                        declared(),
                        new KeylessTables(
                                Set.of(new SourceTable("public", "Audit"), new SourceTable("log", "clicks")),
                                Set.of(new SourceTable("public", "visits"))),
                        ColumnSettings.DEFAULT));
        assertThat(config.router().apply(new SourceTable("public", "order_items")))
                .contains(new TableName("ITEMS"));
        assertThat(config.sink().toString())
                .isEqualTo(
                        "WarehouseOptions[url=jdbc:snowflake://acme.snowflakecomputing.com/, user=loader, password=null,"
                                + " privateKeyFile=/etc/key.p8, database=SHOP, role=LOADER, warehouse=LOAD_WH]");
        DeliveryOptions delivery = config.delivery();
        assertThat(delivery.cadence()).isEqualTo(new CommitCadence(3, 1000, Duration.ofMinutes(5)));
        assertThat(delivery.groups().names()).containsExactly("sales", "people", "default");
        assertThat(delivery.fileBytes()).isEqualTo(64_000_000);
        assertThat(delivery.stagedFileRetention()).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void oneSettingOfTheCadenceLeavesTheOthersOpen() throws Exception {
        CommitCadence cadence =
                read(MINIMAL, "sink.commit.interval=2 min").delivery().cadence();
        assertThat(cadence.checkpoints()).isEqualTo(Integer.MAX_VALUE);
        assertThat(cadence.rows()).isEqualTo(Long.MAX_VALUE);
        assertThat(cadence.interval()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void aDeliveryThatCannotWorkIsRefused() {
        assertThat(problems(MINIMAL, "sink.file-size=12 bytes"))
                .containsExactly("'sink.file-size' is '12 bytes': write a size above zero such as 64 MB or 1 GB");
        assertThat(problems(MINIMAL, "sink.staged-file-retention=59 min"))
                .singleElement(STRING)
                .contains("staged files are kept for at least an hour, not for PT59M");
        assertThat(problems(MINIMAL, "sink.staged-file-retention=2 h", "sink.commit.interval=61 min"))
                .singleElement(STRING)
                .contains("is more than half of 'sink.staged-file-retention'");
    }

    @Test
    void groupsThatCannotWorkAreRefused() {
        assertThat(problems(MINIMAL.replace("sink:\n", "sink:\n  consistency-groups:\n    default: A\n    b: '('\n")))
                .hasSize(2)
                .anyMatch(problem -> problem.contains(
                        "'sink.consistency-groups.default': 'default' is the group of all other tables"))
                .anyMatch(problem -> problem.contains("'sink.consistency-groups.b': "));
    }

    @Test
    void whatIsLeftOutHasItsDefault() throws Exception {
        PipelineConfig config = read(MINIMAL);
        assertThat(config.pipeline().toString())
                .isEqualTo(
                        "Pipeline[name=shop, parallelism=Optional.empty, checkpointInterval=Optional.empty, livenessTimeout=PT10M, deadLetters=DeadLetters[topic=shop.dead-letters, delivery=EXACTLY_ONCE, failing=[]], ordering=Ordering[rowStateTtl=Optional.empty, reorderBuffer=Optional.empty]]");
        PipelineConfig.Source source = config.source();
        assertThat(source.topics()).containsExactly("shop.public.users");
        assertThat(source.groupId()).isEqualTo("shop");
        assertThat(source.startingOffsets()).isEqualTo(StartingOffsets.EARLIEST);
        assertThat(source.kafkaProperties()).isEmpty();
        assertThat(source.maxOutOfOrderness()).isEqualTo(Duration.ofSeconds(1));
        assertThat(source.idleTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(source.decoding())
                .isEqualTo(new PipelineConfig.Decoding(
                        RecordFormat.AUTO,
                        RecordFormat.AUTO,
                        "",
                        Map.of(),
                        DeclaredTables.NONE,
                        KeylessTables.NONE,
                        ColumnSettings.DEFAULT));
        assertThat(config.sink().password()).extracting(Secret::reveal).isEqualTo("hunter2");
        assertThat(config.delivery())
                .isEqualTo(new DeliveryOptions(
                        CommitCadence.EVERY_CHECKPOINT,
                        ConsistencyGroups.NONE,
                        SourceEpochs.NONE,
                        128_000_000,
                        Duration.ofDays(7),
                        RowMemory.LASTING,
                        StopPolicy.NONE,
                        Set.of()));
    }

    @Test
    void rowsAreForgottenAndChangesHeldBackOnlyWhereTheFileSaysSo() throws Exception {
        String file = MINIMAL + "\n  row-state-ttl: 72 h\n  reorder-buffer: {delay: 3 s, max-records: 500}\n";
        PipelineConfig config = read(file);
        assertThat(config.pipeline().ordering())
                .isEqualTo(new PipelineConfig.Ordering(
                        Optional.of(Duration.ofHours(72)),
                        Optional.of(new PipelineConfig.ReorderBuffer(Duration.ofSeconds(3), 500))));
        assertThat(config.delivery().rowMemory()).isEqualTo(RowMemory.EXPIRING);
        assertThat(read(MINIMAL, "pipeline.reorder-buffer.delay=2 s")
                        .pipeline()
                        .ordering()
                        .reorderBuffer())
                .contains(new PipelineConfig.ReorderBuffer(Duration.ofSeconds(2), 10_000));
        assertThat(problems(MINIMAL, "pipeline.row-state-ttl=59 min", "pipeline.reorder-buffer.max-records=5"))
                .containsExactly(
                        "'pipeline.row-state-ttl' is 3540 s: write at least 1 h, and more than a connector may stand still, or leave it out to forget nothing",
                        "'pipeline.reorder-buffer.delay' is missing: pipeline.reorder-buffer.max-records needs it");
        assertThat(problems(file, "pipeline.checkpoint-interval=37 h", "sink.commit.every-rows=5"))
                .containsExactly(
                        "'pipeline.row-state-ttl' is less than twice 'pipeline.checkpoint-interval': a row would be forgotten within a commit",
                        "'pipeline.row-state-ttl' and 'sink.commit' are both given: where rows are forgotten, each checkpoint must be a commit. For fewer commits set a longer 'pipeline.checkpoint-interval'");
    }

    @Test
    void epochsAreInstants() throws Exception {
        String file = """
                source: {bootstrap-servers: "b:1", topics: [t], epochs: [2026-11-01T10:00:00+02:00, "2026-11-28T09:30:00.5Z"]}
                sink: {url: "jdbc:snowflake://a.example/", user: u, password: p, database: d}
                pipeline: {name: shop}
                """;
        assertThat(read(file).delivery().sourceEpochs())
                .isEqualTo(new SourceEpochs(
                        List.of(Instant.parse("2026-11-01T08:00:00Z"), Instant.parse("2026-11-28T09:30:00.5Z"))));
        assertThat(problems(file.replace("11-28", "10-28")))
                .containsExactly(
                        "'source.epochs' source epochs are not ascending: 2026-11-01T08:00:00Z comes ahead of 2026-10-28T09:30:00.500Z");
        assertThat(problems(file.replace("+02:00", "")))
                .containsExactly(
                        "'source.epochs' has '2026-11-01T10:00:00': write instants such as \"2026-11-28T09:30:00Z\", in quotes");
    }

    @Test
    void everyProblemIsToldAtOnce() {
        ConfigException failure = failure("""
                source:
                  type: pulsar
                  topics: []
                  topic-pattern: "("
                  format: xml
                  starting-offsets: newest
                  max-out-of-orderness: 0 s
                  idle-timeout: 5
                  schema-registry:
                    url: registry:8081
                    properties: none
                  flie-size: 3
                sink:
                  type: bigquery
                  url: jdbc:postgresql://x
                  user: ""
                  password: [a]
                  private-key-file: /k
                pipeline:
                  name: a b
                  parallelism: 0
                  checkpoint-interval: 10 sec
                  paralelism: 3
                transform: [x]
                """);
        assertThat(failure.problems())
                .containsExactlyInAnyOrder(
                        "'transform' has entries, and this version transforms nothing: remove them",
                        "unknown key 'pipeline.paralelism': did you mean 'pipeline.parallelism'?",
                        "unknown key 'source.flie-size'",
                        "'source.type' is 'pulsar': kafka or postgres",
                        "'sink.type' is 'bigquery': the only one is snowflake",
                        "'source.bootstrap-servers' is missing",
                        "'source.topics' and 'source.topic-pattern' are both given: give one",
                        "'source.topics' is an empty list",
                        "'source.topic-pattern' is '(': not a regular expression (Unclosed group)",
                        "'source.format' is 'xml': one of [avro, json, json-plain, auto]",
                        "'source.starting-offsets' is 'newest': one of [earliest, latest]",
                        "'source.max-out-of-orderness' is '0 s': write a duration above zero such as 500 ms, 10 s or 2 min",
                        "'source.idle-timeout' is '5': write a duration above zero such as 500 ms, 10 s or 2 min",
                        "'source.schema-registry.url' is 'registry:8081': not an http or https URL",
                        "'source.schema-registry.properties' must be a map of names to values",
                        "'sink.url' is not a Snowflake JDBC URL: write jdbc:snowflake://<account>.snowflakecomputing.com/",
                        "'sink.user' is blank",
                        "'sink.database' is missing",
                        "'sink.password' must be one value, not a list or a map",
                        "'sink.password' and 'sink.private-key-file' are both given: give one",
                        "'pipeline.name' is 'a b': use letters, digits, '-' and '_', at most 100, beginning with a letter or digit",
                        "'pipeline.parallelism' is '0': not a whole number above 0",
                        "'pipeline.checkpoint-interval' is '10 sec': write a duration above zero such as 500 ms, 10 s or 2 min");
        assertThat(failure).hasMessageStartingWith("23 problems in " + file + ":\n  - ");
    }

    @Test
    void neitherOfTwoAlternativesIsAProblem() {
        assertThat(problems("source: {bootstrap-servers: b}\nsink: {url: 'jdbc:snowflake://a/', user: u, database: d}\n"
                        + PIPELINE))
                .containsExactlyInAnyOrder(
                        "'source.topics' or 'source.topic-pattern' is missing",
                        "'sink.password' or 'sink.private-key-file' is missing");
    }

    @Test
    void whatStandsBeforeTheTopicsMayBeGiven() throws Exception {
        assertThat(read(MINIMAL).upstream()).isEqualTo(new PipelineConfig.Upstream(Optional.empty(), Optional.empty()));
        PipelineConfig.Upstream upstream = read(
                        MINIMAL,
                        "source.connect.url=http://connect:8083/",
                        "source.connect.connector=shop-cdc",
                        "source.database.url=jdbc:postgresql://db:5432/shop",
                        "source.database.user=reader",
                        "source.database.password=${env:PASSWORD}")
                .upstream();
        assertThat(upstream.connect())
                .contains(new PipelineConfig.Upstream.Connect("http://connect:8083", Optional.of("shop-cdc")));
        assertThat(upstream.database().orElseThrow().password())
                .map(Secret::reveal)
                .contains("hunter2");
        assertThat(upstream.toString())
                .contains("jdbc:postgresql://db:5432/shop", "reader")
                .doesNotContain("hunter2");
    }

    @Test
    void whatStandsBeforeTheTopicsIsGivenWhole() {
        assertThat(problems(
                        MINIMAL,
                        "source.connect.connector=shop-cdc",
                        "source.database.user=reader",
                        "source.database.password=x"))
                .containsExactlyInAnyOrder(
                        "'source.connect.url' is missing: source.connect.connector needs it",
                        "'source.database.url' is missing: source.database.user needs it",
                        "'source.database.url' is missing: source.database.password needs it");
        assertThat(problems(MINIMAL, "source.database.url=jdbc:mysql://db/shop"))
                .containsExactlyInAnyOrder(
                        "'source.database.url' is not a PostgreSQL JDBC URL: write jdbc:postgresql://<host>:<port>/<database>",
                        "'source.database.user' is missing: source.database.url needs it");
        assertThat(failure(
                        MINIMAL,
                        "source.database.user=reader",
                        "source.database.url=jdbc:postgresql://db/shop?password=hunter2"))
                .hasMessageContaining("'source.database.url' carries a password")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void avroNeedsARegistry() {
        for (String format : List.of("source.format=avro", "source.key-format=avro", "source.value-format=avro")) {
            assertThat(problems(MINIMAL, format))
                    .containsExactly("'source.schema-registry.url' is missing: the format avro needs it");
        }
    }

    private static DeclaredTables declared() {
        return new DeclaredTables(
                new HandlingModes(
                        HandlingModes.Decimals.STRING,
                        HandlingModes.Times.MICROSECONDS,
                        HandlingModes.Binaries.BASE64_URL_SAFE,
                        HandlingModes.Intervals.STRING,
                        HandlingModes.Hstores.MAP,
                        3),
                List.of(new DeclaredTables.Table(
                        new SourceTable("public", "orders"),
                        List.of(
                                new DeclaredTables.Column("id", "bigint", true),
                                new DeclaredTables.Column("total", "numeric(12,2)", false)),
                        List.of("id"))));
    }

    @Test
    void declaredTablesAreChecked() {
        String tables = """
                tables:
                  - {table: public.a, columns: {id: bigint}}
                  - {table: public.a, columns: {id: bigint}}
                  - {table: b, columns: {id: bigint}}
                  - {table: public.c, columns: {}}
                  - {table: public.d, columns: {id: bigint}, key: [id, no], keys: [id]}
                  - {table: public.e, columns: {id: , a: mood, b: "numeric(60,2)", c: interval, d: bit varying(3), e: "int(3)"}}
                  - public.f
                """;
        List<String> problems = problems(MINIMAL + tables);
        assertThat(problems).hasSize(12);
        assertThat(problems.subList(0, 5))
                .containsExactly(
                        "'tables[1].table' is public.a, which is declared already",
                        "'tables[2].table' is b: write schema.table",
                        "'tables[3].columns' must be a map of each column to its type",
                        "unknown key 'tables[4].keys'",
                        "'tables[4].key' names no, which is none of its columns");
        assertThat(problems.get(5)).startsWith("'tables[5].columns.id': no type of PostgreSQL");
        assertThat(problems.get(6)).startsWith("'tables[5].columns.a': no type of PostgreSQL that Debezium sends");
        assertThat(problems.get(7))
                .startsWith("'tables[5].columns.b': NUMERIC(60,2) exceeds Snowflake's NUMBER(38,37)");
        assertThat(problems.get(8)).endsWith("set interval.handling.mode=string");
        assertThat(problems.get(9)).startsWith("'tables[5].columns.d': no column type for bytes io.debezium.data.Bits");
        assertThat(problems.get(10)).startsWith("'tables[5].columns.e': no type of PostgreSQL");
        assertThat(problems.get(11)).isEqualTo("'tables[6]' must have table and columns");
        assertThat(problems(MINIMAL + "tables: {public.a: A}"))
                .containsExactly("'tables' must be a list of table, columns and key");
        assertThat(problems(MINIMAL, "source.connector.time-precision-mode=exact"))
                .containsExactly("'source.connector.time-precision-mode' is 'exact': one of [adaptive,"
                        + " adaptive-time-microseconds, microseconds, nanoseconds, isostring, connect]");
    }

    @Test
    void anOverrideBeatsTheFileAndMayFillWhatItLacks() throws Exception {
        environment.put("HOST", "other");
        PipelineConfig config = read(
                MINIMAL,
                "source.bootstrap-servers=${env:HOST}:1",
                "sink.role=a=b",
                "source.topics=x, y",
                "pipeline.name=n");
        assertThat(config.source().bootstrapServers()).isEqualTo("other:1");
        assertThat(config.sink().role()).isEqualTo("a=b");
        assertThat(config.source().topics()).containsExactly("x", "y");
        assertThat(config.pipeline().deadLetters().topic()).isEqualTo("n.dead-letters");
    }

    @Test
    void anOverrideThatIsNoneIsAProblem() {
        assertThat(problems(MINIMAL, "pipeline.name", "=x", "sink.rolle=x"))
                .containsExactly(
                        "--set pipeline.name: write --set key=value",
                        "--set =x: write --set key=value",
                        "unknown key 'sink.rolle': did you mean 'sink.role'?");
    }

    @Test
    void placeholdersThatLeadNowhereAreProblems() {
        assertThat(problems(
                        MINIMAL + "route: [{source-table: a.b, sink-table: '${env:GONE}'}]",
                        "source.group-id=${env:NOT_SET}",
                        "sink.role=${file:/no/such}",
                        "sink.user=${vault:x}"))
                .containsExactlyInAnyOrder(
                        "'source.group-id' names the environment variable NOT_SET, which is not set",
                        "'sink.role' names the file /no/such, which cannot be read",
                        "'sink.user' has ${vault:…}: known are ${env:NAME} and ${file:PATH}",
                        "'route[0].sink-table' names the environment variable GONE, which is not set");
    }

    @ParameterizedTest
    @CsvSource({"'x\n', x", "'x\r\n', x", "'x', x", "'x \n', 'x '", "'x\n\n', 'x\n'"})
    void ofAFileOnlyTheLastLineEndIsLeftOut(String content, String secret) throws Exception {
        Path password = Files.writeString(file.resolveSibling("password"), content);
        assertThat(read(MINIMAL, "sink.password=${file:" + password + "}")
                        .sink()
                        .password())
                .extracting(Secret::reveal)
                .isEqualTo(secret);
    }

    @Test
    void routesAreChecked() {
        String routes = """
                route:
                  - {source-table: public.a, sink-table: A}
                  - {source-table: public.a, sink-table: B}
                  - {source-table: users, sink-table: C}
                  - {source-table: public.b}
                  - {source-table: public.c, sink-table: C, filter: x}
                  - public.d
                """;
        assertThat(problems(MINIMAL + routes))
                .containsExactly(
                        "'route[1].source-table' is public.a, which has a route already",
                        "'route[2].source-table' is users: write schema.table",
                        "'route[3].sink-table' is missing",
                        "unknown key 'route[4].filter'",
                        "'route[5]' must have source-table and sink-table");
        assertThat(problems(MINIMAL + "route: {public.a: A}"))
                .containsExactly("'route' must be a list of source-table and sink-table");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "just text", "- a list"})
    void aFileThatIsNoMapIsAProblem(String yaml) {
        assertThat(problems(yaml))
                .contains("the file is not a YAML map with the sections source, sink, route and pipeline");
    }

    @Test
    void aFileThatIsNotThereIsAProblem() {
        ConfigException failure =
                catchThrowableOfType(ConfigException.class, () -> PipelineFile.read(file, List.of(), environment::get));
        assertThat(failure.problems().get(0))
                .startsWith("the file cannot be read: ")
                .contains("pipeline.yaml");
    }

    @Test
    void brokenYamlIsToldByItsPlaceAndNotByItsText() {
        assertThat(problems("sink:\n  password: *hunter2\n").get(0))
                .isEqualTo("the file is not YAML: it cannot be read at line 2, column 13");
        List<String> problems = problems("sink:\n  password: \"hunter2\n  user: loader\n");
        assertThat(problems.get(0)).isEqualTo("the file is not YAML: it cannot be read at line 4, column 1");
        assertThat(String.join("\n", problems)).doesNotContain("hunter2");
    }

    /** The same key twice: the one that does not count may be the one that its writer means. */
    @Test
    void aKeyGivenTwiceIsAProblem() {
        assertThat(problems(MINIMAL + "pipeline:\n  name: other\n").get(0))
                .isEqualTo("the file is not YAML: found duplicate key pipeline at line 11, column 1");
    }

    @Test
    void secretsStandInNoMessageAndNoToString() throws Exception {
        environment.put("JAAS", "secret-jaas");
        String secrets = MINIMAL.replace(
                SOURCE,
                SOURCE
                        + "  properties: {sasl.jaas.config: '${env:JAAS}'}\n"
                        + "  schema-registry: {url: 'http://r', properties: {basic.auth.user.info: '${env:JAAS}'}}\n");
        assertThat(read(secrets).toString()).contains("sasl.jaas.config").doesNotContain("hunter2", "secret-jaas");
        List<ConfigException> failures = new ArrayList<>();
        failures.add(failure(secrets, "sink.private-key-file=/k"));
        failures.add(failure(secrets, "sink.url=jdbc:snowflake://a/?password=hunter2"));
        failures.add(failure(secrets, "sink.url=https://a/?password=hunter2"));
        failures.add(failure(secrets, "source.schema-registry.url=https://ann:hunter2@registry:8081"));
        for (ConfigException failure : failures) {
            assertThat(failure).hasMessageStartingWith("1 problem in ");
            assertThat(failure.toString()).doesNotContain("hunter2", "secret-jaas");
        }
    }

    @Test
    void theProblemsOfAFileThatCannotBeReadAtAllAreStillOneList() throws IOException {
        Files.createDirectory(file);
        ConfigException failure = catchThrowableOfType(
                ConfigException.class, () -> PipelineFile.read(file, List.of("x"), environment::get));
        assertThat(failure.problems()).hasSizeGreaterThan(2).contains("--set x: write --set key=value");
    }

    /** Tables that are logged only have no mirror to stop, by their names in the warehouse. */
    @Test
    void aReasonMayStopTheTable() throws Exception {
        PipelineConfig config = read(
                MINIMAL + "route: [{source-table: log.clicks, sink-table: hits}]\n",
                "pipeline.on-dead-letter.undecodable=stop-table",
                "pipeline.on-dead-letter.no-primary-key=fail",
                "pipeline.log-only-tables=log.clicks,public.audit");
        assertThat(config.delivery().stops())
                .isEqualTo(new StopPolicy(
                        Set.of(DeadLetter.Reason.UNDECODABLE), Set.of(new TableName("HITS"), new TableName("AUDIT"))));
        assertThat(config.pipeline().deadLetters().failing()).containsExactly(DeadLetter.Reason.NO_PRIMARY_KEY);
        assertThat(config.delivery().failing()).containsExactly(DeadLetter.Reason.NO_PRIMARY_KEY);
    }

    @Test
    void aPolicyForAReasonThatIsNoneNamesThem() {
        assertThat(problems(
                        MINIMAL, "pipeline.on-dead-letter.too-big=fail", "pipeline.on-dead-letter.undecodable=ignore"))
                .containsExactlyInAnyOrder(
                        "'pipeline.on-dead-letter' has a reason that is 'too-big': one of [undecodable, not-an-envelope, undeclared-table, unsupported-type, unrepresentable-value, no-primary-key, lsn-regressed, unknown-toast-value, repeated-snapshot]",
                        "'pipeline.on-dead-letter.undecodable' is 'ignore': one of [dead-letter, stop-table, fail]");
        assertThat(problems(MINIMAL, "pipeline.dead-letter-delivery=twice"))
                .containsExactly("'pipeline.dead-letter-delivery' is 'twice': one of [exactly-once, at-least-once]");
    }

    @Test
    void aLogOnlyTableIsNamedWithItsSchema() {
        assertThat(problems(MINIMAL, "pipeline.log-only-tables=public.a, b"))
                .containsExactly("'pipeline.log-only-tables' has 'b': write schema.table");
        assertThat(problems(MINIMAL, "pipeline.log-only-tables=public.a.b"))
                .containsExactly("'pipeline.log-only-tables' has 'public.a.b': write schema.table");
        assertThat(problems(MINIMAL + "  log-only-tables: [public.]\n"))
                .containsExactly("'pipeline.log-only-tables' has 'public.': write schema.table");
    }

    @Test
    void aTableIsMirroredByItsRowsValuesOrNotAtAll() {
        assertThat(problems(MINIMAL, "pipeline.log-only-tables=public.a,public.b", "pipeline.multiset-tables=public.b"))
                .containsExactly(
                        "'pipeline.multiset-tables' and 'pipeline.log-only-tables' both have 'public.b': the one mirrors it, the other one does not");
    }

    @Test
    void aRouteToTheLedgersTableIsAProblem() {
        assertThat(problems(MINIMAL + "route: [{source-table: public.t, sink-table: spindrift.dead_letters}]\n"))
                .containsExactly(
                        "'route[0].sink-table' is spindrift.dead_letters, the ledger's own table: choose another");
    }

    private static final String POSTGRES = """
            source:
              type: postgres
              postgres:
                hostname: db
                database: shop
                username: cdc
                password: ${env:PASSWORD}
                tables: [public.users, public.orders]
                slot-name: spindrift_shop
                publication: spindrift
            """;

    @Test
    void theDatabaseItselfCanBeTheSource() throws Exception {
        PipelineConfig.Source source = read(POSTGRES + SINK + PIPELINE).source();
        PipelineConfig.Postgres database = source.postgres().orElseThrow();
        assertThat(database.port()).isEqualTo(5432);
        assertThat(database.password().reveal()).isEqualTo("hunter2");
        assertThat(database.tables())
                .containsExactlyInAnyOrder(new SourceTable("public", "users"), new SourceTable("public", "orders"));
        assertThat(database.serverName()).isEqualTo("shop");
        assertThat(source.toString()).doesNotContain("hunter2");
    }

    @Test
    void whatBelongsToTheOtherSourceIsRefused() {
        assertThat(problems(
                        POSTGRES + SINK + PIPELINE,
                        "source.topics=t",
                        "pipeline.dead-letter-topic=t",
                        "pipeline.multiset-tables=a.b",
                        "source.postgres.slot-name=Shop-1",
                        "source.postgres.tables=public.a-b"))
                .containsExactlyInAnyOrder(
                        "'source.topics' belongs to 'source.type: kafka'",
                        "'pipeline.dead-letter-topic' belongs to 'source.type: kafka'",
                        "'pipeline.multiset-tables' belongs to 'source.type: kafka'",
                        "'source.postgres.slot-name' is 'Shop-1': PostgreSQL takes small letters, digits and _, up to 63",
                        "'source.postgres.tables' has 'public.a-b': names of letters, digits and _ alone can be read without Kafka");
        assertThat(problems(MINIMAL, "source.postgres.port=1"))
                .containsExactly("'source.postgres.port' belongs to 'source.type: postgres'");
        assertThat(problems("source: {type: postgres}\n" + SINK + PIPELINE))
                .contains("'source.postgres.hostname' is missing", "'source.postgres.tables' is missing");
    }
}
