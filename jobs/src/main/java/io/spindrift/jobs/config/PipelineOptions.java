package io.spindrift.jobs.config;

import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.HandlingModes;
import io.spindrift.jobs.debezium.RecordFormat;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.warehouse.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Every key of pipeline.yaml but the lists {@code tables} and {@code route} and the map {@code columns}. */
final class PipelineOptions {

    static final Option<String> SOURCE_TYPE = Option.withDefault(
            "source.type",
            Types.TEXT,
            "kafka",
            "`kafka`: Debezium's topics. `postgres`: the database itself, without Kafka ([direct](direct.md)); it takes `source.postgres` and, of the rest of `source`, `max-out-of-orderness`, `idle-timeout` and `epochs`.");
    static final Option<String> POSTGRES_HOSTNAME = Option.optional(
            "source.postgres.hostname", Types.TEXT, "Host of the database. `source.type: postgres` needs it.");
    static final Option<Integer> POSTGRES_PORT =
            Option.withDefault("source.postgres.port", Types.COUNT, "5432", "Its port.");
    static final Option<String> POSTGRES_DATABASE =
            Option.optional("source.postgres.database", Types.TEXT, "The database. `source.type: postgres` needs it.");
    static final Option<String> POSTGRES_USER = Option.optional(
            "source.postgres.username",
            Types.TEXT,
            "User with the right to replicate and to read the tables. `source.type: postgres` needs it.");
    static final Option<Secret> POSTGRES_PASSWORD = Option.optional(
            "source.postgres.password",
            Types.SECRET,
            "Its password, never in clear: `${env:NAME}` or `${file:PATH}`. `source.type: postgres` needs it.");
    static final Option<Set<SourceTable>> POSTGRES_TABLES = Option.optional(
            "source.postgres.tables",
            Types.TABLES,
            "The tables to read, by name. `source.type: postgres` needs it. A job that goes on from state refuses another list: a table that comes later would have no snapshot.");
    static final Option<String> POSTGRES_SLOT = Option.optional(
            "source.postgres.slot-name",
            Types.NAME,
            "Replication slot, of this pipeline alone; made when it is not there. It retains the log for as long as it exists, also while no job runs. `source.type: postgres` needs it.");
    static final Option<String> POSTGRES_PUBLICATION = Option.optional(
            "source.postgres.publication",
            Types.NAME,
            "Existing publication with all of the tables and all operations. `source.type: postgres` needs it.");
    static final Option<String> POSTGRES_SERVER_NAME = Option.optional(
            "source.postgres.server-name",
            Types.NAME,
            "Stands for the connector's `topic.prefix`: changes are known as `<server-name>.<schema>.<table>`. A job that starts without state where another one has been needs another name. Default: the pipeline's name.");
    static final Option<String> BOOTSTRAP_SERVERS = Option.optional(
            "source.bootstrap-servers",
            Types.TEXT,
            "Kafka brokers, `host:port`, separated by commas. `source.type: kafka` needs it.");
    static final Option<List<String>> TOPICS = Option.optional(
            "source.topics", Types.TEXTS, "Debezium topics to read. Give either this or `source.topic-pattern`.");
    static final Option<Pattern> TOPIC_PATTERN = Option.optional(
            "source.topic-pattern",
            Types.PATTERN,
            "Reads every topic whose whole name matches, also those that appear later.");
    static final Option<String> GROUP_ID = Option.optional(
            "source.group-id",
            Types.TEXT,
            "Kafka consumer group under which progress shows; the job itself goes by its checkpoints. Default: the pipeline's name.");
    static final Option<StartingOffsets> STARTING_OFFSETS = Option.withDefault(
            "source.starting-offsets",
            Types.STARTING_OFFSETS,
            "earliest",
            "Where a job without state begins. With `latest`, earlier changes never reach the warehouse.");
    static final Option<RecordFormat> FORMAT = Option.withDefault(
            "source.format",
            Types.FORMAT,
            "auto",
            "`avro` (Confluent wire format), `json` (with schema), `json-plain` (without; its tables are declared in `tables`), or `auto`: as each record shows. [Formats](formats.md) says how.");
    static final Option<RecordFormat> KEY_FORMAT =
            Option.optional("source.key-format", Types.FORMAT, "Format of the keys. Default: `source.format`.");
    static final Option<RecordFormat> VALUE_FORMAT =
            Option.optional("source.value-format", Types.FORMAT, "Format of the values. Default: `source.format`.");
    static final Option<String> REGISTRY_URL = Option.optional(
            "source.schema-registry.url", Types.HTTP_URL, "Schema registry with Confluent's API. Needed for Avro.");
    static final Option<Map<String, String>> REGISTRY_PROPERTIES = Option.optional(
            "source.schema-registry.properties",
            Types.PROPERTIES,
            "Settings of the registry client. Basic authentication: `basic.auth.credentials.source: USER_INFO` and `basic.auth.user.info: user:password`. A token: `bearer.auth.credentials.source: STATIC_TOKEN` and `bearer.auth.token`. An authority of your own: `schema.registry.ssl.truststore.location`, `.password` and `.type` (`PKCS12`, `JKS` or `PEM`). A client's certificate: `schema.registry.ssl.keystore.location`, `.password` and `.type`, and `schema.registry.ssl.key.password`. Stores are paths on every node of the cluster; secrets are given as `${env:NAME}` or `${file:PATH}`, and never shown.");
    static final Option<HandlingModes.Decimals> DECIMAL_MODE = Option.withDefault(
            "source.connector.decimal-handling-mode",
            Types.DECIMALS,
            "precise",
            "The connector's `decimal.handling.mode`. This and the other `source.connector` settings are read for records without schema alone, and must say what the connector does.");
    static final Option<HandlingModes.Times> TIME_MODE = Option.withDefault(
            "source.connector.time-precision-mode", Types.TIMES, "adaptive", "The connector's `time.precision.mode`.");
    static final Option<HandlingModes.Binaries> BINARY_MODE = Option.withDefault(
            "source.connector.binary-handling-mode",
            Types.BINARIES,
            "bytes",
            "The connector's `binary.handling.mode`.");
    static final Option<HandlingModes.Intervals> INTERVAL_MODE = Option.withDefault(
            "source.connector.interval-handling-mode",
            Types.INTERVALS,
            "numeric",
            "The connector's `interval.handling.mode`.");
    static final Option<HandlingModes.Hstores> HSTORE_MODE = Option.withDefault(
            "source.connector.hstore-handling-mode", Types.HSTORES, "json", "The connector's `hstore.handling.mode`.");
    static final Option<Integer> MONEY_DIGITS = Option.withDefault(
            "source.connector.money-fraction-digits", Types.COUNT, "2", "The connector's `money.fraction.digits`.");
    static final Option<Map<String, String>> KAFKA_PROPERTIES = Option.optional(
            "source.properties", Types.PROPERTIES, "Settings of the Kafka clients, for example `security.protocol`.");
    static final Option<Duration> MAX_OUT_OF_ORDERNESS = Option.withDefault(
            "source.max-out-of-orderness",
            Types.DURATION,
            "1 s",
            "How far commit times within one partition may step back before the watermark counts them as late. Late changes are applied all the same.");
    static final Option<Duration> IDLE_TIMEOUT = Option.withDefault(
            "source.idle-timeout",
            Types.DURATION,
            "5 s",
            "A partition without records for this long no longer holds the watermark back.");
    static final Option<SourceEpochs> EPOCHS = Option.optional(
            "source.epochs",
            Types.EPOCHS,
            "When the source's log began anew, by its restore or failover: instants such as `\"2026-11-28T09:30:00Z\"`, ascending, each behind the last commit of the old log and not behind the first commit of the new one. LSNs are compared within a log alone. Without it a log that goes back ends the job. See [semantics](semantics.md).");
    static final Option<String> CONNECT_URL = Option.optional(
            "source.connect.url",
            Types.HTTP_URL,
            "Kafka Connect's REST API, for `bin/spindrift check` and `connector` alone: the job never asks it.");
    static final Option<String> CONNECTOR = Option.optional(
            "source.connect.connector",
            Types.TEXT,
            "Name of the Debezium connector, for `bin/spindrift check` and `connector` alone. Default: the only PostgreSQL connector whose topics the pipeline reads.");
    static final Option<String> SOURCE_DATABASE_URL = Option.optional(
            "source.database.url",
            Types.POSTGRES_URL,
            "`jdbc:postgresql://<host>:<port>/<database>`, without credentials, for `bin/spindrift check` and `connector` alone: they read the catalog, never a row.");
    static final Option<String> SOURCE_DATABASE_USER = Option.optional(
            "source.database.user", Types.TEXT, "User of the source database; any that may log in sees the catalog.");
    static final Option<Secret> SOURCE_DATABASE_PASSWORD = Option.optional(
            "source.database.password", Types.SECRET, "Its password, never in clear: `${env:NAME}` or `${file:PATH}`.");
    static final Option<String> SINK_TYPE =
            Option.withDefault("sink.type", Types.TEXT, "snowflake", "The only sink: `snowflake`.");
    static final Option<String> URL = Option.required(
            "sink.url",
            Types.SNOWFLAKE_URL,
            "`jdbc:snowflake://<account>.snowflakecomputing.com/`, without credentials.");
    static final Option<String> USER = Option.required("sink.user", Types.TEXT, "Snowflake user.");
    static final Option<Secret> PASSWORD = Option.optional(
            "sink.password",
            Types.SECRET,
            "Its password. Give either this or `sink.private-key-file`; never in clear: `${env:NAME}` or `${file:PATH}`.");
    static final Option<String> PRIVATE_KEY_FILE = Option.optional(
            "sink.private-key-file",
            Types.TEXT,
            "PKCS#8 private key for key-pair authentication: a path on every node of the cluster.");
    static final Option<String> DATABASE = Option.required(
            "sink.database", Types.TEXT, "Existing database; the schemas RAW, MIRROR and SPINDRIFT are made in it.");
    static final Option<String> ROLE = Option.optional("sink.role", Types.TEXT, "Role to use. Default: the user's.");
    static final Option<String> WAREHOUSE =
            Option.optional("sink.warehouse", Types.TEXT, "Warehouse that loads and merges. Default: the user's.");
    static final Option<Integer> COMMIT_CHECKPOINTS = Option.optional(
            "sink.commit.every-checkpoints",
            Types.COUNT,
            "Commit after this many checkpoints together. Of the three `sink.commit` settings the one that is reached first counts; with none of them each checkpoint is a commit. A stop with savepoint commits what waits.");
    static final Option<Integer> COMMIT_ROWS = Option.optional(
            "sink.commit.every-rows", Types.COUNT, "Commit at the checkpoint that has brought this many rows.");
    static final Option<Duration> COMMIT_INTERVAL = Option.optional(
            "sink.commit.interval",
            Types.DURATION,
            "Commit at the first checkpoint after this time. Longer intervals let the warehouse sleep in between, and make its tables that much older.");
    static final Option<Map<String, String>> CONSISTENCY_GROUPS = Option.optional(
            "sink.consistency-groups",
            Types.PROPERTIES,
            "Map of a group's name to a regular expression of its tables, for pipelines with very many of them: a commit is one transaction a group, and groups commit side by side. Tables that no group takes are the group `default`. Without it all tables of a commit become visible together.");
    static final Option<Long> FILE_SIZE = Option.withDefault(
            "sink.file-size",
            Types.SIZE,
            "128 MB",
            "Compressed size at which a writer ends a staged file and begins the next.");
    static final Option<Duration> STAGED_FILE_RETENTION = Option.withDefault(
            "sink.staged-file-retention",
            Types.DURATION,
            "168 h",
            "How long files stay in the stage, committed or left behind by a failed attempt; at least 1 h. Keep it longer than the age of the oldest savepoint that you would go back to: a savepoint may hold a commit that never happened, and needs its files.");
    static final Option<String> NAME = Option.required(
            "pipeline.name",
            Types.NAME,
            "Identifies the pipeline in the ledger, in the stage and in Flink. Two running jobs of one name fence each other off.");
    static final Option<Integer> PARALLELISM = Option.optional(
            "pipeline.parallelism", Types.COUNT, "Parallelism of the job. Default: Flink's `parallelism.default`.");
    static final Option<Duration> CHECKPOINT_INTERVAL = Option.optional(
            "pipeline.checkpoint-interval",
            Types.DURATION,
            "How often changes are committed; rows wait in the job for up to this long. Default: Flink's `execution.checkpointing.interval`, or else 10 s.");
    static final Option<Duration> LIVENESS_TIMEOUT = Option.withDefault(
            "pipeline.liveness-timeout",
            Types.DURATION,
            "10 min",
            "How long records may have been read without a completed checkpoint before the metric `stalled` is 1 and the log says so every minute.");
    static final Option<String> DEAD_LETTER_TOPIC = Option.optional(
            "pipeline.dead-letter-topic",
            Types.TEXT,
            "Topic for records that cannot become changes. Default: `<pipeline.name>.dead-letters`. They stand in `SPINDRIFT.DEAD_LETTERS`, too, each once.");
    static final Option<DeadLetterDelivery> DEAD_LETTER_DELIVERY = Option.withDefault(
            "pipeline.dead-letter-delivery",
            Types.DEAD_LETTER_DELIVERY,
            "exactly-once",
            "How dead letters come to their topic. `exactly-once`: in Kafka transactions, seen by readers with `isolation.level=read_committed` after the checkpoint; the brokers must allow transactions of 15 min (`transaction.max.timeout.ms`), or `source.properties` name a shorter `transaction.timeout.ms`. A job that stands still for longer than that between a checkpoint and its end loses the letters from the topic; the ledger has them. `at-least-once`: at once, and perhaps again after a restart.");
    static final Option<Map<String, String>> ON_DEAD_LETTER = Option.optional(
            "pipeline.on-dead-letter",
            Types.PROPERTIES,
            "Map of a reason to `dead-letter` (the default of all), `stop-table` or `fail`. `stop-table`: MIRROR keeps the table as it was before the commit that holds the letter, until `bin/spindrift stopped-tables resume`; everything else goes on ([dead letters](dead-letters.md#a-table-that-stops)). `fail`: the job ends before anything that was read with the record is committed. Reasons: `undecodable`, `not-an-envelope`, `undeclared-table`, `unsupported-type`, `unrepresentable-value`, `no-primary-key`, `lsn-regressed`, `unknown-toast-value`, `repeated-snapshot`.");
    static final Option<Set<SourceTable>> LOG_ONLY_TABLES = Option.optional(
            "pipeline.log-only-tables",
            Types.TABLES,
            "Tables, as PostgreSQL names them, whose changes are logged in RAW and not mirrored: for tables without a primary key, whose changes are dead letters otherwise ([semantics](semantics.md)). A listed table that has a key is logged only, too. A table that is not to be logged only any longer needs a route to another name, and a snapshot.");
    static final Option<Set<SourceTable>> MULTISET_TABLES = Option.optional(
            "pipeline.multiset-tables",
            Types.TABLES,
            "Tables without a primary key, as PostgreSQL names them, that are mirrored by their rows' values: MIRROR has each row once, and in `_CDC_COUNT` how often it is there. They need REPLICA IDENTITY FULL, and `provide.transaction.metadata=true` in the connector ([semantics](semantics.md#mirrored-by-values)).");

    static final Option<Duration> ROW_STATE_TTL = Option.optional(
            "pipeline.row-state-ttl",
            Types.DURATION,
            "Forgets a row in the job's state when it has not changed for this long, at least 1 h; by default nothing is forgotten. Each commit then asks RAW whether a change has come before and whether it is older than what RAW has, which reads the key of every row of the tables that it is about. Make it longer than a connector may stand still, than the lag between partitions that share rows, and than the time after which records are sent again. Not with `sink.commit`; it can be switched on and off by a job without state alone. See [semantics](semantics.md#rows-that-the-job-forgets).");
    static final Option<Duration> REORDER_DELAY = Option.optional(
            "pipeline.reorder-buffer.delay",
            Types.DURATION,
            "Holds each change back until event time has passed its commit time by this much, or the next checkpoint comes, so that changes of one row that come through several partitions are logged in their order, and not as superseded. Without it nothing is held back. The mirror is the same with and without. See [semantics](semantics.md#changes-of-one-row-in-several-partitions).");
    static final Option<Integer> REORDER_MAX_RECORDS = Option.withDefault(
            "pipeline.reorder-buffer.max-records",
            Types.COUNT,
            "10000",
            "How many changes a subtask holds back at most, and no more than 64 MiB of their values; the oldest go on when there are more.");

    static final Option<OnUnsupportedType> ON_UNSUPPORTED_TYPE = Option.withDefault(
            "pipeline.on-unsupported-type",
            Types.ON_UNSUPPORTED_TYPE,
            "dead-letter",
            "What becomes of a table with a column whose type has no exact form in Snowflake ([types](types.md)): `dead-letter` sends each of its records to the dead letters, `exclude-column` goes on without the column and names it in the log, `fail` stops the job. `columns` decides for single columns.");
    static final Option<OnUnrepresentableValue> ON_UNREPRESENTABLE_VALUE = Option.withDefault(
            "pipeline.on-unrepresentable-value",
            Types.ON_UNREPRESENTABLE_VALUE,
            "raw-column",
            "What becomes of a value that its column's type does not hold: infinity, 24:00, a date before 1582 or after 9999, a number of too many digits, JSON that VARIANT would bend. `raw-column` makes the column NULL and keeps the value as text in `<COLUMN>__RAW` beside it, which is made when the first such value comes; `dead-letter` sends the record to the dead letters, `fail` stops the job. A key's column, and an array with such a value, goes to the dead letters under `raw-column` too.");

    static final List<Option<?>> ALL = List.of(
            SOURCE_TYPE,
            POSTGRES_HOSTNAME,
            POSTGRES_PORT,
            POSTGRES_DATABASE,
            POSTGRES_USER,
            POSTGRES_PASSWORD,
            POSTGRES_TABLES,
            POSTGRES_SLOT,
            POSTGRES_PUBLICATION,
            POSTGRES_SERVER_NAME,
            BOOTSTRAP_SERVERS,
            TOPICS,
            TOPIC_PATTERN,
            GROUP_ID,
            STARTING_OFFSETS,
            FORMAT,
            KEY_FORMAT,
            VALUE_FORMAT,
            REGISTRY_URL,
            REGISTRY_PROPERTIES,
            DECIMAL_MODE,
            TIME_MODE,
            BINARY_MODE,
            INTERVAL_MODE,
            HSTORE_MODE,
            MONEY_DIGITS,
            KAFKA_PROPERTIES,
            MAX_OUT_OF_ORDERNESS,
            IDLE_TIMEOUT,
            EPOCHS,
            CONNECT_URL,
            CONNECTOR,
            SOURCE_DATABASE_URL,
            SOURCE_DATABASE_USER,
            SOURCE_DATABASE_PASSWORD,
            SINK_TYPE,
            URL,
            USER,
            PASSWORD,
            PRIVATE_KEY_FILE,
            DATABASE,
            ROLE,
            WAREHOUSE,
            COMMIT_CHECKPOINTS,
            COMMIT_ROWS,
            COMMIT_INTERVAL,
            CONSISTENCY_GROUPS,
            FILE_SIZE,
            STAGED_FILE_RETENTION,
            NAME,
            PARALLELISM,
            CHECKPOINT_INTERVAL,
            LIVENESS_TIMEOUT,
            DEAD_LETTER_TOPIC,
            DEAD_LETTER_DELIVERY,
            ON_DEAD_LETTER,
            LOG_ONLY_TABLES,
            MULTISET_TABLES,
            ROW_STATE_TTL,
            REORDER_DELAY,
            REORDER_MAX_RECORDS,
            ON_UNSUPPORTED_TYPE,
            ON_UNREPRESENTABLE_VALUE);

    /** Of {@code source}, what belongs to both its types. */
    static final Set<Option<?>> OF_EVERY_SOURCE = Set.of(SOURCE_TYPE, MAX_OUT_OF_ORDERNESS, IDLE_TIMEOUT, EPOCHS);

    private PipelineOptions() {}
}
