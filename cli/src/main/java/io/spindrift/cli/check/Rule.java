package io.spindrift.cli.check;

import java.util.Locale;

/** Every rule: how grave its findings are at worst, what they mean, and what to set. The page docs/check.md is made from this. */
enum Rule {
    // The connector as a whole
    CONNECTOR_NOT_RUNNING(
            Severity.RISK,
            "The connector, or a task of it, does not run. Its replication slot keeps what is changed meanwhile, as long as the disk, or"
                    + " `max_slot_wal_keep_size`, allows.",
            "look at GET /connectors/<name>/status, cure the reason and restart it"),
    CONNECTOR_VERSION(
            Severity.RISK,
            "Debezium before 3.7 may lose rows that share one LSN (COPY, INSERT of many rows) when it is restarted amid them (debezium#7531).",
            "Debezium 3.7 or newer"),
    OTHER_KAFKA(
            Severity.RISK,
            "The connector writes to another Kafka cluster than the pipeline reads.",
            "source.bootstrap-servers of the connector's cluster, or source.connect.url of the right Connect"),
    OTHER_DATABASE(
            Severity.RISK,
            "The connector reads another database than `source.database.url` names: findings on tables may not be the connector's.",
            "source.database.url with the connector's database"),
    SKIPPED_OPERATIONS(
            Severity.LOSES_DATA,
            "Debezium leaves operations out. By default that is TRUNCATE: the mirror then keeps rows that the source has not.",
            "skipped.operations=none"),
    FAILURES_SKIPPED(
            Severity.LOSES_DATA,
            "The connector goes on without a change that it cannot process or convert.",
            "event.processing.failure.handling.mode=fail and errors.tolerance=none"),
    CONVERSION_FAILURES(
            Severity.RISK,
            "A value that Debezium cannot convert becomes NULL, with a line in Connect's log alone. That is its default.",
            "event.converting.failure.handling.mode=fail"),
    SNAPSHOT_MODE(
            Severity.LOSES_DATA,
            "`initial_only` never streams. `no_data`, `never` and snapshots of some tables or rows leave out rows that nobody changes any more;"
                    + " `always` and `when_needed` read all rows again without telling what was deleted in between.",
            "snapshot.mode=initial, without overrides"),
    SNAPSHOT_ISOLATION(
            Severity.RISK,
            "The snapshot does not see the tables as of one moment: rows may be missing in it, or be there twice.",
            "snapshot.isolation.mode=repeatable_read"),
    SLOT_DROPPED_ON_STOP(
            Severity.LOSES_DATA,
            "The replication slot goes when the connector stops, and with it every change until it starts again.",
            "slot.drop.on.stop=false"),
    OFFSET_MISMATCH(
            Severity.RISK,
            "The connector starts from its slot where its offset is older, and leaves out what is in between.",
            "offset.mismatch.strategy=trust_offset"),
    WAL_NOT_RELEASED(
            Severity.RISK,
            "Without heartbeats a connector whose tables are quiet lets the log of a busy server grow until the disk is full, or until the slot"
                    + " is lost. With `lsn.flush.mode=manual` nobody tells the slot at all.",
            "heartbeat.interval.ms=10000 (and heartbeat.action.query where the whole database is quiet); lsn.flush.mode=connector"),
    PLUGIN(
            Severity.RISK,
            "Only `pgoutput` was looked at. `decoderbufs`, Debezium's default, is a plugin to install, and knows no publications.",
            "plugin.name=pgoutput"),
    PUBLICATION_MADE_BY_DEBEZIUM(
            Severity.NOTE,
            "Debezium makes the publication: with `all_tables` every table of the database travels through the slot, with `filtered` those that"
                    + " the connector's lists named when it was made.",
            "a publication of your own, and publication.autocreate.mode=disabled"),
    PLACEHOLDER(
            Severity.BENDS_VALUES,
            "The job knows Debezium's own placeholder for an unchanged value. Any other is loaded as if the source held it.",
            "unavailable.value.placeholder left out"),
    NO_TRANSACTION_METADATA(
            Severity.NOTE,
            "Events do not tell the order within their transaction; without it changes that share an LSN have their partition's order alone.",
            "provide.transaction.metadata=true"),
    VALUES_CHANGED_BY_CONNECTOR(
            Severity.BENDS_VALUES,
            "The connector cuts, masks or converts values by settings of its own; that includes custom converters and post processors.",
            "leave it out, or be sure that the warehouse should have the changed value"),
    COLUMNS_EXCLUDED(
            Severity.LOSES_DATA,
            "Columns are left out, by the connector or by the pipeline file. Where they belong to the key, the job refuses the table's changes.",
            "column.exclude.list, or column.include.list, that keeps every key column"),
    UNKNOWN_DATATYPES(
            Severity.NOTE,
            "Types that Debezium does not know arrive, where they do, as the bytes of PostgreSQL's text, and become a BINARY: nothing tells them from"
                    + " bytea.",
            "include.unknown.datatypes=false"),
    SIGNAL_TABLE(
            Severity.NOTE,
            "The connector's signal table is captured, and becomes a table of the warehouse.",
            "a topic list or pattern without it"),
    // How records are written
    NULL_BECOMES_DEFAULT(
            Severity.BENDS_VALUES,
            "A NULL in a column that has a DEFAULT arrives as the default. Kafka's JSON converter does so unless told otherwise, Confluent's Avro"
                    + " converter too, and Apicurio's has no working setting against it.",
            "value.converter.replace.null.with.default=false (JSON), value.converter.ignore.default.for.nullables=true (Confluent's Avro); in"
                    + " place of Apicurio's converter one that has such a setting"),
    VALUE_CONVERTER(
            Severity.LOSES_DATA,
            "The job reads Avro, and JSON with and without schema. Records of another converter go to the dead letters, every one of them.",
            "value.converter=io.confluent.connect.avro.AvroConverter or org.apache.kafka.connect.json.JsonConverter"),
    CONVERTER_OF_THE_WORKER(
            Severity.RISK,
            "The connector leaves the converter to the worker, whose settings Connect does not show: that its NULLs stay NULL could not be checked.",
            "value.converter and key.converter, with their settings, on the connector"),
    JSON_WITHOUT_SCHEMA(
            Severity.RISK,
            "Records without schema are read by what `tables` and `source.connector` in the pipeline file say. An ALTER TABLE makes that wrong, and"
                    + " nothing in a record tells: run this check after each one. It is a note where no value's form depends on a type's modifier.",
            "value.converter.schemas.enable=true, or Avro; or decimal.handling.mode=string and time.precision.mode=microseconds, and the same at"
                    + " source.connector"),
    TABLE_NOT_DECLARED(
            Severity.LOSES_DATA,
            "The table's records are JSON without schema, and the pipeline file does not declare the table: they go to the dead letters, every one of"
                    + " them.",
            "in the pipeline file the section that bin/spindrift tables prints; or value.converter.schemas.enable=true"),
    DECLARED_MODE_DIFFERS(
            Severity.BENDS_VALUES,
            "Records without schema are read as `source.connector` in the pipeline file says that the connector writes them, and it writes them"
                    + " otherwise: a value is read as another one, or refused.",
            "source.connector as the connector is set"),
    DECLARED_TYPE_DIFFERS(
            Severity.BENDS_VALUES,
            "`tables` in the pipeline file declares another type than the source's column has: values are read as others, or refused. (Records that"
                    + " were written before an ALTER TABLE have the old form: let the job read them before the declaration changes.)",
            "tables as bin/spindrift tables prints it"),
    DECLARED_COLUMNS_DIFFER(
            Severity.LOSES_DATA,
            "`tables` in the pipeline file has other columns, or another key, than the records have, or does not allow a NULL that the source allows:"
                    + " such records go to the dead letters.",
            "tables as bin/spindrift tables prints it"),
    JSON_DECIMAL_AS_NUMBER(
            Severity.LOSES_DATA,
            "The JSON converter writes decimals as numbers. The job knows their exact form alone, Base64, and refuses others.",
            "value.converter.decimal.format=BASE64"),
    KEY_CONVERTER(
            Severity.LOSES_DATA,
            "The record's key must name its columns. As Avro or JSON, with or without schema, it does; otherwise the job refuses the change.",
            "key.converter with its settings as value.converter"),
    FORMAT_DIFFERS(
            Severity.LOSES_DATA,
            "The pipeline file declares another format than the connector's converter writes: every record goes to the dead letters. Without a"
                    + " registry's URL the job stops at the first Avro record.",
            "source.format: auto, or source.key-format and source.value-format as the converters write"),
    APICURIO_FRAMING(
            Severity.RISK,
            "Apicurio's converter does not write the Confluent wire format by itself: schema ids in headers, or of eight bytes, cannot be read.",
            "apicurio.registry.as-confluent=true, apicurio.registry.use-id=contentId, apicurio.registry.headers.enabled=false, for key and value"),
    NAMES_NOT_AVRO(
            Severity.LOSES_DATA,
            "Avro has names of letters, digits and `_` alone. Without adjustment the connector fails on others; with `avro` two names may become"
                    + " one, and each becomes another than the source's.",
            "field.name.adjustment.mode=avro_unicode and schema.name.adjustment.mode=avro_unicode, with column.propagate.source.type=.*"),
    FLATTENED(
            Severity.LOSES_DATA,
            "ExtractNewRecordState drops every TRUNCATE, whatever is set: a risk. By default it also drops every delete, and what tells the order of"
                    + " changes: the job refuses such records.",
            "records without it; or, with add.fields.prefix left out and no field renamed, add.fields=op,table,source.schema,source.lsn,source.txId,source.ts_us,source.snapshot and"
                    + " delete.tombstone.handling.mode=rewrite, and no TRUNCATE at the source"),
    RECORDS_FILTERED(
            Severity.RISK,
            "A transform takes records out: what it takes never arrives.",
            "records without it; a publication or the connector's lists say which tables travel"),
    RECORDS_REROUTED(
            Severity.RISK,
            "A transform sends records to other topics or partitions. The pipeline must read these, and ByLogicalTableRouter must not add a field to"
                    + " the key.",
            "source.topics or source.topic-pattern as renamed; key.enforce.uniqueness=false"),
    RECORDS_TRANSFORMED(
            Severity.RISK,
            "A transform changes records in ways that were not looked at.",
            "records as Debezium writes them"),
    // How types travel
    DECIMAL_AS_DOUBLE(
            Severity.BENDS_VALUES,
            "NUMERIC and money arrive as floating point, rounded to about 15 digits.",
            "decimal.handling.mode=precise"),
    DECIMAL_AS_TEXT(
            Severity.NOTE,
            "NUMERIC arrives as text: exact, NaN included, and a VARCHAR in the warehouse.",
            "decimal.handling.mode=precise, with columns.<schema.table>.<column>.type: text for columns that do not fit NUMBER(38,37)"),
    DECIMAL_TOO_WIDE(
            Severity.LOSES_DATA,
            "A NUMERIC of more than 38 digits, or 37 decimals, fits no NUMBER: the job refuses the table's rows, unless it is told to load the"
                    + " column as text.",
            "columns.<schema.table>.<column>.type: text, in the pipeline file; of an array decimal.handling.mode=string"),
    NAN_BECOMES_NULL(
            Severity.NOTE,
            "With `precise`, a NUMERIC that is NaN or infinite arrives as NULL.",
            "a CHECK against NaN at the source, or decimal.handling.mode=string"),
    INTERVAL_AS_NUMBER(
            Severity.LOSES_DATA,
            "An interval arrives as microseconds, its months as 30.4375 days each: the interval cannot be known again, and the job refuses it.",
            "interval.handling.mode=string"),
    TIME_MODE_REFUSED(
            Severity.LOSES_DATA,
            "`time.precision.mode=connect` cuts times and timestamps to milliseconds, and `structured` is a form that the job does not know: it"
                    + " refuses both.",
            "time.precision.mode=microseconds"),
    TIME_AS_NANOS(
            Severity.BENDS_VALUES,
            "Nanoseconds of a timestamp before 1677 or after 2262, such as 9999-12-31, do not fit 64 bits: another moment arrives.",
            "time.precision.mode=microseconds"),
    TIME_AS_TEXT(
            Severity.BENDS_VALUES,
            "`time.precision.mode=isostring` turns the time 24:00:00 into 00:00:00.",
            "time.precision.mode=microseconds"),
    BINARY_AS_TEXT(
            Severity.NOTE,
            "bytea arrives as text in another alphabet and becomes a VARCHAR, not a BINARY.",
            "binary.handling.mode=bytes"),
    UNCHANGED_ARRIVES_AS_NULL(
            Severity.LOSES_DATA,
            "An update that leaves a long value alone does not carry it, and for these types Debezium has no placeholder: NULL arrives. The job cannot"
                    + " tell such a NULL from a true one, and the change becomes a dead letter; of bytea in the base64 modes, of NUMERIC as double"
                    + " and of bit strings it cannot even suspect it, and the NULL overwrites. (In a NOT NULL column its DEFAULT arrives, or the connector fails.) Types: arrays but those of text,"
                    + " varchar, char, json, jsonb, bytea, integer, bigint, date and uuid; NUMERIC without precision; bytea in the base64 modes;"
                    + " bit strings; geometries; vectors.",
            "ALTER TABLE … REPLICA IDENTITY FULL"),
    TEXT_ARRAY_WITHOUT_TYPE(
            Severity.RISK,
            "An array of texts looks like one of a type whose unchanged values arrive as NULL, unless the source's type travels along. An update that"
                    + " sets it to NULL, in a row of which PostgreSQL may leave values out, is then a dead letter.",
            "column.propagate.source.type with the column, or ALTER TABLE … REPLICA IDENTITY FULL"),
    COLUMN_ABSENT(
            Severity.LOSES_DATA,
            "Debezium leaves columns of this type out of its events: composite types, domain arrays, multiranges, pg_lsn, tsquery, arrays of money,"
                    + " interval, xml, point, varbit and name, types of most extensions; box, lseg, path, polygon, circle and line before 3.7.",
            "a column of another type beside it, filled by a trigger; or, so that it is said, columns.<schema.table>.<column>.exclude: true in the"
                    + " pipeline file"),
    COLUMN_REFUSED(
            Severity.LOSES_DATA,
            "The job refuses rows with a column of this type, `sparsevec`: they go to the dead letters.",
            "columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    ARRAY_OF_ARRAYS(
            Severity.LOSES_DATA,
            "Arrays of more than one dimension arrive as arrays of NULL; the job refuses the rows that have one. (A column's declared dimensions bind"
                    + " nobody: a column without them may hold such an array too.)",
            "a jsonb column in its place; or columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    NAME_COLUMN(
            Severity.BENDS_VALUES,
            "Columns of the type `name` arrive in the snapshot, and as NULL in every change. Where the source's type travels along, the job refuses"
                    + " them.",
            "ALTER TABLE … ALTER COLUMN … TYPE text; or columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    BIT_VARYING(
            Severity.LOSES_DATA,
            "Debezium cuts the leading zeros of a `bit varying`: the job refuses it.",
            "a text column in its place; or columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    BIT_WITHOUT_TYPE(
            Severity.LOSES_DATA,
            "A bit(n) looks like a bit varying unless the source's type travels along, and is refused.",
            "column.propagate.source.type with the column, in the connector"),
    GENERATED_COLUMN(
            Severity.BENDS_VALUES,
            "A generated column is in the snapshot and absent from changes, which makes it NULL. (From PostgreSQL 18 on a publication may carry"
                    + " stored ones.)",
            "columns.<schema.table>.<column>.exclude: true in the pipeline file, and compute it in the warehouse; or publish_generated_columns=stored"),
    TIMETZ_COLUMN(
            Severity.NOTE, "A `time with time zone` arrives in UTC: its offset is lost.", "nothing, or a text column"),
    // Keys and replica identity
    NO_KEY(
            Severity.LOSES_DATA,
            "A table without a primary key, or a unique index over NOT NULL columns, has changes without a key: the job refuses them. Unless its"
                    + " REPLICA IDENTITY is FULL, PostgreSQL itself refuses updates and deletes of a published table.",
            "ALTER TABLE … ADD PRIMARY KEY; or, for a log without a mirror, pipeline.log-only-tables with it, or, for a mirror by its rows' values, pipeline.multiset-tables; both with REPLICA IDENTITY FULL"),
    MULTISET_TABLE(
            Severity.LOSES_DATA,
            "The changes of a table in `pipeline.multiset-tables` are dead letters unless its records have no key, the rows before updates and deletes"
                    + " are whole, and each change has its number in its transaction.",
            "REPLICA IDENTITY FULL, provide.transaction.metadata=true, and no key"),
    KEY_FROM_INDEX(
            Severity.RISK,
            "Without a primary key Debezium takes the first unique index that it finds; another index may come first one day, and rows then have"
                    + " another key.",
            "ALTER TABLE … ADD PRIMARY KEY USING INDEX …, or message.key.columns"),
    MESSAGE_KEY(
            Severity.LOSES_DATA,
            "`message.key.columns` names columns that are not unique: rows of one key become one row in the mirror. Where they are unique and not"
                    + " in the replica identity, a change of the key leaves the old row behind.",
            "message.key.columns with the columns of a unique index over NOT NULL columns, and REPLICA IDENTITY FULL; or leave it out"),
    IDENTITY_NOTHING(
            Severity.LOSES_DATA,
            "With REPLICA IDENTITY NOTHING, or an index that is gone, deletes and key changes do not say which row. PostgreSQL refuses them while"
                    + " a publication publishes them.",
            "ALTER TABLE … REPLICA IDENTITY DEFAULT"),
    IDENTITY_OTHER_INDEX(
            Severity.LOSES_DATA,
            "With REPLICA IDENTITY USING INDEX a delete carries that index's columns, and not the primary key: the mirror keeps the row, or loses"
                    + " another.",
            "ALTER TABLE … REPLICA IDENTITY DEFAULT, or FULL"),
    // Names
    COLUMN_NAMES_COLLIDE(
            Severity.LOSES_DATA,
            "Columns that differ in case alone have one name in the warehouse, where the job refuses the table's rows; Debezium 3.6 does not even"
                    + " start with them.",
            "rename one; or columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    TABLE_NAMES_COLLIDE(
            Severity.BENDS_VALUES,
            "Two source tables go to one table of the warehouse, where rows of one key overwrite each other.",
            "a route for one of them"),
    COLUMN_NAME_TAKEN(
            Severity.RISK,
            "The column has the name of one that Spindrift adds.",
            "rename it; or columns.<schema.table>.<column>.exclude: true, in the pipeline file"),
    // The source's server, slot, publication
    WAL_LEVEL(
            Severity.LOSES_DATA,
            "The server writes no logical log: nothing can be streamed.",
            "wal_level=logical, and restart it"),
    SLOT_MISSING(
            Severity.RISK,
            "The connector's replication slot is not there. If there was one, what was changed since is in no topic.",
            "start the connector; after a lost slot take a new snapshot"),
    SLOT_LOST(
            Severity.LOSES_DATA,
            "The slot has lost log that it needs, or is about to: `wal_status` is lost or unreserved.",
            "max_slot_wal_keep_size larger; a new slot and a new snapshot when it is lost"),
    SLOT_BEHIND(
            Severity.RISK,
            "Nobody reads the slot, or it holds back more than a gigabyte of log, or more than half of what the server will keep.",
            "a running connector; max_slot_wal_keep_size larger"),
    SLOT_UNBOUNDED(
            Severity.NOTE,
            "`max_slot_wal_keep_size` is -1: nothing is lost, and a connector that stands still fills the source's disk.",
            "max_slot_wal_keep_size, and an alarm long before it"),
    PUBLICATION_MISSING(
            Severity.RISK,
            "The connector's publication is not there.",
            "CREATE PUBLICATION … FOR TABLE …, with each table that is wanted"),
    TABLE_NOT_PUBLISHED(
            Severity.LOSES_DATA,
            "A table that the connector captures, or a topic names, is not in the publication: its changes are not streamed.",
            "ALTER PUBLICATION … ADD TABLE …"),
    TABLE_NOT_CAPTURED(
            Severity.NOTE,
            "The database has tables beside the captured ones that the connector's lists leave out: none of their rows reaches the warehouse.",
            "table.include.list with them, and the publication, if they are wanted"),
    OPERATIONS_NOT_PUBLISHED(
            Severity.LOSES_DATA,
            "The publication leaves operations out.",
            "ALTER PUBLICATION … SET (publish = 'insert, update, delete, truncate')"),
    ROWS_NOT_PUBLISHED(
            Severity.LOSES_DATA,
            "The publication has a row filter: the snapshot reads all rows, changes come for some.",
            "ALTER PUBLICATION … SET TABLE …, without WHERE"),
    COLUMNS_NOT_PUBLISHED(
            Severity.LOSES_DATA,
            "The publication has a column list: the snapshot reads the other columns, changes do not carry them.",
            "ALTER PUBLICATION … SET TABLE … without a list; or the same columns in column.exclude.list"),
    PARTITIONS_PUBLISHED(
            Severity.RISK,
            "Changes of a partitioned table are published under its partitions' names: each becomes a table of its own.",
            "ALTER PUBLICATION … SET (publish_via_partition_root = true)"),
    ROW_SECURITY(
            Severity.RISK,
            "Row-level security is on: the snapshot reads only the rows that the connector's user may see.",
            "ALTER ROLE … BYPASSRLS"),
    // Topics
    TOPIC_COMPACTED(
            Severity.LOSES_DATA,
            "A compacted topic drops older changes of a key: the change log cannot be complete, and a job that is behind never sees them.",
            "cleanup.policy=delete"),
    TOPIC_RETENTION(
            Severity.RISK,
            "The topic drops records within a day: a job that stands still for longer refuses to go on, as changes are gone.",
            "retention.ms of several days"),
    TOPIC_SIZE_LIMIT(
            Severity.NOTE,
            "The topic drops records by size, however young they are.",
            "retention.bytes=-1, or more than the job may ever be behind"),
    TOPIC_NOT_SAFE(
            Severity.RISK,
            "One copy, or leaders that may lack records: with a broker, records go that the source holds for done.",
            "replication factor 3, min.insync.replicas=2, unclean.leader.election.enable=false"),
    TOPIC_MISSING(
            Severity.RISK,
            "The pipeline reads a topic that is not there, or none matches its pattern.",
            "source.topics or source.topic-pattern as the connector names topics: <topic.prefix>.<schema>.<table>"),
    TOPIC_WITHOUT_TABLE(
            Severity.NOTE,
            "A topic is read whose table the source has not (any more).",
            "nothing when it was dropped; a renamed table goes on in a topic of its own"),
    TABLE_NOT_READ(
            Severity.NOTE,
            "The connector captures tables whose topics the pipeline does not read.",
            "source.topics or source.topic-pattern with them, if they are wanted"),
    DEAD_LETTERS_READ(
            Severity.RISK,
            "The pipeline reads its own dead-letter topic: each letter is refused, and written again, without end.",
            "source.topic-pattern that does not match it, or pipeline.dead-letter-topic"),
    DEAD_LETTERS_KEPT(
            Severity.RISK,
            "A compacted dead-letter topic keeps the last letter of a key and refuses letters without one, which ends the job; a short retention"
                    + " loses letters before anybody looks. SPINDRIFT.DEAD_LETTERS has them all.",
            "cleanup.policy=delete, and retention.ms as long as you need to look at them"),
    DEAD_LETTERS_MISSING(
            Severity.NOTE,
            "The dead-letter topic is not there yet; the job fails at its first letter unless brokers make topics by themselves.",
            "make the topic"),
    // The warehouse
    WAREHOUSE_LOGIN(
            Severity.RISK,
            "The job cannot log in: nothing is committed.",
            "sink.url, sink.user and its password or key"),
    WAREHOUSE_DATABASE(
            Severity.RISK,
            "The role does not see the database, or there is none of that name.",
            "sink.database and sink.role; GRANT USAGE ON DATABASE … TO ROLE …"),
    WAREHOUSE_NONE(
            Severity.RISK,
            "The session has no warehouse, and the user no default one: nothing can be loaded.",
            "sink.warehouse, or DEFAULT_WAREHOUSE of the user");

    private final Severity severity;
    private final String meaning;
    private final String set;

    Rule(Severity severity, String meaning, String set) {
        this.severity = severity;
        this.meaning = meaning;
        this.set = set;
    }

    Severity severity() {
        return severity;
    }

    String meaning() {
        return meaning;
    }

    String set() {
        return set;
    }

    /** As findings and the page name it. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Finding at(String where, String seen) {
        return new Finding(this, severity, where, seen, set);
    }
}
