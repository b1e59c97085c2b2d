package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.CellBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The captured table of every type, read column by column where a type is supported; other fields are stepped over. Expected cells are
 * written by hand from what was inserted.
 */
class AllTypesTest {

    private static final String TEXT = "héllo \"q\" \\ 世界 😀";

    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void everySupportedTypeIsReadExactly(String encoding) throws Exception {
        String row = read(encoding, 0);
        assertThat(row.substring(0, row.lastIndexOf('|')))
                .isEqualTo(String.join(
                        "|",
                        "1|-32768|2147483647|9223372036854775807|12345.60|3.14159265358979323846264338327950288|1.5|-2.25E-300|1234.56|true",
                        TEXT + "|varchar|ab   |DEADBEEF00",
                        "2024-02-29|23:59:59.123456|01:02:03.456|07:04:56.789Z",
                        "2024-02-29 12:34:56.123456|1969-12-31 23:59:59.999|2024-07-01 10:34:56.123456 +00:00|∅",
                        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|{\"a\":1, \"b\":[1,2,{\"c\":null}]}",
                        "{\"k\": \"v\", \"n\": 12345678901234567890.12}|<r a=\"1\"><b/></r>",
                        "192.168.1.5/24|10.1.0.0/16|08:00:2b:01:02:03|08:00:2b:01:02:03:04:05",
                        "[1,2,null,4]|[\"a\",\"b,c\",null,\"d\\\"e\"]|[1.10,2.20]",
                        "[\"2024-01-01 00:00:00.000000 +00:00\",null]|[\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"]",
                        "∅|happy|[\"sad\",\"ok\"]|{\"a\":\"1\",\"b\":null,\"c d\":\"e\"}|[1,10)",
                        "[\"2024-01-01 00:00:00\",\"2024-01-02 00:00:00\")",
                        "{\"x\":1.5,\"y\":-2.0,\"wkb\":\"0101000000000000000000F83F00000000000000C0\",\"srid\":null}|∅|true|∅",
                        "Top.Science.Astronomy|CiText|'fox' 'quick' 'the'|42|12345"));
        assertThat(row.substring(row.lastIndexOf('|') + 1))
                .startsWith("c4ca4238a0b923820dcc509a6f75849b")
                .hasSize(3200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void nullsAreNulls(String encoding) throws Exception {
        assertThat(read(encoding, 2)).isEqualTo("3|∅|7" + "|∅".repeat(48));
    }

    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void anUntouchedToastedTextIsUnchanged(String encoding) throws Exception {
        assertThat(read(encoding, 6)).contains("|small change, big untouched|").endsWith("|42|12345|…");
        assertThat(read(encoding, 7)).endsWith("|42|12345|now short");
    }

    /** int to bigint, numeric(12,2) to numeric(20,4), a renamed and an added column: each value by the schema it was written with. */
    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void rowsAreReadByTheirOwnSchemaWhenTheTableChanges(String encoding) throws Exception {
        assertThat(read(encoding, 14))
                .startsWith("12|∅|7|∅|∅|")
                .contains("|after rename|")
                .endsWith("|∅|set");
        assertThat(read(encoding, 16)).startsWith("12|∅|3000000000|∅|1234567890123456.1234|");
    }

    /** The connector's capture of {{1,2},{3,4}}: both rows are lost in it. */
    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void anArrayOfArraysIsRefusedWithItsColumn(String encoding) {
        assertThatThrownBy(() -> read(encoding, 3, ""))
                .isInstanceOf(Refused.class)
                .hasMessageStartingWith(
                        "public.all_types.c_int_arr2: the array has nothing but 2 nulls: so Debezium sends arrays of more than one dimension");
    }

    /** Dates of infinity among them, which no column of Snowflake holds. */
    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void anInfiniteDateIsRefusedWithItsColumn(String encoding) {
        assertThatThrownBy(() -> read(encoding, 1))
                .isInstanceOf(Refused.class)
                .hasMessageStartingWith(
                        "public.all_types.c_date: the date is infinite or outside the years 1582 to 9999");
    }

    private static String read(String encoding, int offset) throws Refused, IOException {
        return read(encoding, offset, "c_int_arr2");
    }

    private static String read(String encoding, int offset, String skipped) throws Refused, IOException {
        List<RawRecord> records = encoding.equals("avro") ? Captured.avro() : Captured.json();
        RawRecord record = Captured.of(records, "public.all_types").stream()
                .filter(r -> r.offset() == offset)
                .findFirst()
                .orElseThrow();
        byte[] value = record.value();
        if (value == null) {
            throw new IllegalArgumentException("offset " + offset + " is a tombstone");
        }
        return encoding.equals("avro") ? readAvro(record, value, skipped) : readJson(record, value, skipped);
    }

    private static String readAvro(RawRecord record, byte[] value, String skipped) throws Refused, IOException {
        List<ConnectSchema> seen = new ArrayList<>();
        AvroInput input = new AvroInput();
        AvroSchemas<ValueSchema> schemas = new AvroSchemas<>(Captured.registry(), type -> {
            seen.add(type.schema());
            return AvroEnvelope.compile(type, input);
        });
        return row(value, schemas.locate(record.topic(), value), seen.get(0), skipped);
    }

    private static String readJson(RawRecord record, byte[] value, String skipped) throws Refused {
        List<ConnectSchema> seen = new ArrayList<>();
        JsonValues values = new JsonValues();
        JsonSchemas<ValueSchema> schemas = new JsonSchemas<>(schema -> {
            seen.add(schema);
            return JsonEnvelope.compile(schema, values);
        });
        return row(value, schemas.locate(record.topic(), value), seen.get(0), skipped);
    }

    private static String row(
            byte[] value, SchemaCache.Located<ValueSchema> located, ConnectSchema schema, String skipped)
            throws Refused {
        EnvelopeReader reader = ((Envelope) located.schema()).reader();
        EventHeader header = new EventHeader();
        header.clear();
        reader.readHeader(value, located.from(), located.to(), header);
        List<ConnectSchema.Field> fields = ValueSchema.rowOf(schema).orElseThrow();
        char operation = header.operation();
        List<CellEncoder> encoders =
                fields.stream().map(f -> encoder(f, operation, skipped)).toList();
        CellBuffer cells = new CellBuffer();
        reader.readRow(value, header.after, located.to(), new RowCells("public.all_types", fields, encoders), cells);
        return Decoded.cells(cells.toBytes());
    }

    private static CellEncoder encoder(ConnectSchema.Field field, char operation, String skipped) {
        if (field.name().equals(skipped)) {
            return RowCells.SKIPPED;
        }
        try {
            FieldType type = FieldTypes.of(field.schema());
            return operation == 'u' ? type.updating() : type.encoder();
        } catch (Refused refused) {
            return RowCells.SKIPPED;
        }
    }
}
