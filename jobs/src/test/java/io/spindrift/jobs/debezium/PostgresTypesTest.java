package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.ColumnType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL's types against the schemas that Debezium gave the same columns. */
class PostgresTypesTest {

    /** The columns of the captured table of every type, as {@code format_type} writes them; some are never sent. */
    static final Map<String, String> ALL_TYPES = Map.ofEntries(
            Map.entry("id", "bigint"),
            Map.entry("c_smallint", "smallint"),
            Map.entry("c_int", "integer"),
            Map.entry("c_bigint", "bigint"),
            Map.entry("c_numeric", "numeric(12,2)"),
            Map.entry("c_numeric_free", "numeric"),
            Map.entry("c_real", "real"),
            Map.entry("c_double", "double precision"),
            Map.entry("c_money", "money"),
            Map.entry("c_bool", "boolean"),
            Map.entry("c_text", "text"),
            Map.entry("c_varchar", "character varying(20)"),
            Map.entry("c_char", "character(5)"),
            Map.entry("c_bytea", "bytea"),
            Map.entry("c_date", "date"),
            Map.entry("c_time", "time without time zone"),
            Map.entry("c_time3", "time(3) without time zone"),
            Map.entry("c_timetz", "time with time zone"),
            Map.entry("c_ts", "timestamp without time zone"),
            Map.entry("c_ts3", "timestamp(3) without time zone"),
            Map.entry("c_tstz", "timestamp with time zone"),
            Map.entry("c_interval", "interval"),
            Map.entry("c_uuid", "uuid"),
            Map.entry("c_json", "json"),
            Map.entry("c_jsonb", "jsonb"),
            Map.entry("c_xml", "xml"),
            Map.entry("c_inet", "inet"),
            Map.entry("c_cidr", "cidr"),
            Map.entry("c_macaddr", "macaddr"),
            Map.entry("c_macaddr8", "macaddr8"),
            Map.entry("c_int_arr", "integer[]"),
            Map.entry("c_text_arr", "text[]"),
            Map.entry("c_numeric_arr", "numeric(6,2)[]"),
            Map.entry("c_ts_arr", "timestamp with time zone[]"),
            Map.entry("c_uuid_arr", "uuid[]"),
            Map.entry("c_int_arr2", "integer[]"),
            Map.entry("c_enum", "enum"),
            Map.entry("c_enum_arr", "enum[]"),
            Map.entry("c_hstore", "public.hstore"),
            Map.entry("c_int4range", "int4range"),
            Map.entry("c_tsrange", "tsrange"),
            Map.entry("c_point", "point"),
            Map.entry("c_bit", "bit(8)"),
            Map.entry("c_bit1", "bit(1)"),
            Map.entry("c_varbit", "bit varying"),
            Map.entry("c_ltree", "ltree"),
            Map.entry("c_citext", "citext"),
            Map.entry("c_tsvector", "tsvector"),
            Map.entry("c_domain", "integer"),
            Map.entry("c_oid", "oid"),
            Map.entry("c_big", "text"));

    static final HandlingModes STRINGS = new HandlingModes(
            HandlingModes.Decimals.STRING,
            HandlingModes.Times.ADAPTIVE,
            HandlingModes.Binaries.BASE64,
            HandlingModes.Intervals.STRING,
            HandlingModes.Hstores.JSON,
            2);

    @Test
    void everyTypeGivesTheSchemaThatDebeziumGaveUnderItsDefaults() throws Exception {
        JsonSchemas<ConnectSchema> json = new JsonSchemas<>(schema -> schema);
        RawRecord record = first(Captured.json());
        ConnectSchema schema =
                json.locate("", Objects.requireNonNull(record.value())).schema();
        compare(schema, HandlingModes.DEFAULTS, ALL_TYPES.size());
    }

    /** The connector was told to include unknown types too: they are texts in the record, and none of those declared here. */
    @Test
    void everyTypeGivesTheSchemaThatDebeziumGaveWithTexts() throws Exception {
        AvroSchemas<ConnectSchema> avro = new AvroSchemas<>(Captured.registry(), AvroType::schema);
        RawRecord record = first(Captured.file("envelope-avro-strings"));
        ConnectSchema schema =
                avro.locate("", Objects.requireNonNull(record.value())).schema();
        compare(schema, STRINGS, ALL_TYPES.size());
    }

    private static RawRecord first(List<RawRecord> records) {
        return Captured.of(records, "public.all_types").get(0);
    }

    private static void compare(ConnectSchema envelope, HandlingModes modes, int columns) throws Refused, IOException {
        List<String> compared = new ArrayList<>();
        for (ConnectSchema.Field field : ValueSchema.rowOf(envelope).orElseThrow()) {
            String type = ALL_TYPES.get(field.name());
            if (type != null) {
                ConnectSchema declared = PostgresTypes.of(type, modes);
                declared = field.schema().optional() ? declared : declared.asRequired();
                assertThat(known(declared)).as(field.name()).isEqualTo(known(field.schema()));
                compared.add(field.name());
            }
        }
        assertThat(compared).hasSize(columns);
    }

    /** Without what a declaration cannot know, or knows better: an enum's labels, defaults, and the source's type of bits. */
    private static ConnectSchema known(ConnectSchema schema) {
        Map<String, String> parameters = new HashMap<>(schema.parameters());
        parameters.remove("allowed");
        parameters.remove("__debezium.source.column.type");
        parameters.remove("length", "2147483647");
        return new ConnectSchema(
                schema.type(),
                schema.name(),
                parameters,
                schema.optional(),
                schema.fields().stream()
                        .map(field -> new ConnectSchema.Field(field.name(), known(field.schema())))
                        .toList(),
                schema.items().stream().map(PostgresTypesTest::known).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INT                         | int32",
                "  character   varying ( 3 ) | string",
                "pg_catalog.int8             | int64",
                "decimal(5)                  | bytes org.apache.kafka.connect.data.Decimal",
                "timestamp(3)                | int64 io.debezium.time.Timestamp",
                "timestamp(4)                | int64 io.debezium.time.MicroTimestamp",
                "timestamptz(3)              | string io.debezium.time.ZonedTimestamp",
                "time(0)                     | int32 io.debezium.time.Time",
                "time(4)                     | int64 io.debezium.time.MicroTime",
                "interval day to second(3)   | int64 io.debezium.time.MicroDuration",
                "extensions.citext           | string",
                "bit                         | boolean",
                "text[][]                    | array",
            })
    void typesAreReadAsPeopleAndPostgresqlWriteThem(String type, String schema) throws Exception {
        assertThat(PostgresTypes.of(type, HandlingModes.DEFAULTS).described()).isEqualTo(schema);
    }

    @ParameterizedTest
    @CsvSource({
        "ADAPTIVE, Date, MicroTime, Time, MicroTimestamp, Timestamp",
        "ADAPTIVE_TIME_MICROSECONDS, Date, MicroTime, MicroTime, MicroTimestamp, Timestamp",
        "MICROSECONDS, Date, MicroTime, MicroTime, MicroTimestamp, MicroTimestamp",
        "NANOSECONDS, Date, NanoTime, NanoTime, NanoTimestamp, NanoTimestamp",
        "ISOSTRING, IsoDate, IsoTime, IsoTime, IsoTimestamp, IsoTimestamp",
    })
    void timesFollowTheirMode(
            HandlingModes.Times mode, String date, String time, String time3, String timestamp, String timestamp3)
            throws Exception {
        HandlingModes modes = new HandlingModes(
                HandlingModes.Decimals.PRECISE,
                mode,
                HandlingModes.Binaries.BYTES,
                HandlingModes.Intervals.NUMERIC,
                HandlingModes.Hstores.JSON,
                2);
        Map<String, String> expected = Map.of(
                "date", date, "time", time, "time(3)", time3, "timestamp", timestamp, "timestamp(3)", timestamp3);
        for (Map.Entry<String, String> type : expected.entrySet()) {
            assertThat(PostgresTypes.of(type.getKey(), modes).name())
                    .as(type.getKey())
                    .isEqualTo("io.debezium.time." + type.getValue());
        }
    }

    /** Which a schema of Debezium's own leaves open. */
    @Test
    void bitsOfAFixedLengthAreReadAndOthersAreNot() throws Exception {
        FieldType type = FieldTypes.of(PostgresTypes.of("bit(8)", HandlingModes.DEFAULTS));
        assertThat(type.column()).isEqualTo(new ColumnType.Text(8));
        ConnectSchema varying = PostgresTypes.of("bit varying(8)", HandlingModes.DEFAULTS);
        assertThatThrownBy(() -> FieldTypes.of(varying)).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mood",
                "public.mood",
                "name",
                "box",
                "int4multirange",
                "pg_lsn",
                "addr",
                "money[]",
                "interval[]",
                "xml[]",
                "point[]",
                "integer(3)",
                "numeric(1,2,3)",
                "numeric(a)",
                "bit varying[]",
                "time[]",
                "timestamp(3)[]",
                "numeric[]"
            })
    void whatDebeziumDoesNotSettleIsRefused(String type) {
        assertThatThrownBy(() -> PostgresTypes.of(type, HandlingModes.DEFAULTS)).isInstanceOf(Refused.class);
    }
}
