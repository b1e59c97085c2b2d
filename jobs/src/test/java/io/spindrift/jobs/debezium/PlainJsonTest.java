package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON without schemas, read by declared types: against the same rows with their schemas, and by hand. */
class PlainJsonTest {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static final DeclaredTables SHOP = new DeclaredTables(
            PostgresTypesTest.STRINGS,
            List.of(
                    table("customers", List.of("id"), "id integer not null", "name text not null", "email varchar(80)"),
                    table(
                            "orders",
                            List.of(),
                            "id integer not null",
                            "customer_id integer not null",
                            "total numeric(10,2)",
                            "created_at timestamptz not null"),
                    table(
                            "order_lines",
                            List.of("line", "order_id"),
                            "order_id integer not null",
                            "line integer not null",
                            "sku text",
                            "qty integer",
                            "price numeric(10,2)"),
                    table("heartbeat", List.of(), "id integer not null", "ts timestamptz")));

    private static DeclaredTables.Table table(String name, List<String> key, String... columns) {
        List<DeclaredTables.Column> declared = new ArrayList<>();
        for (String column : columns) {
            int space = column.indexOf(' ');
            declared.add(DeclaredTables.Column.parse(column.substring(0, space), column.substring(space + 1)));
        }
        return new DeclaredTables.Table(new SourceTable("public", name), declared, key);
    }

    /** The rows that they are compared with have no raw columns. */
    private static final ColumnSettings STRICT = new ColumnSettings(
            Map.of(), ColumnSettings.OnUnsupportedType.DEAD_LETTER, ColumnSettings.OnUnrepresentableValue.DEAD_LETTER);

    private static DebeziumDecoder decoder(DeclaredTables declared) {
        return new DebeziumDecoder(
                RecordFormat.AUTO, RecordFormat.AUTO, declared, Captured.noRegistry(), Decoded::toUpperCase, STRICT);
    }

    @ParameterizedTest
    @CsvSource({
        "envelope-json-plain, envelope-avro-strings, customers",
        "envelope-json-plain, envelope-avro-strings, orders",
        "envelope-json-plain, envelope-avro-strings, order_lines",
        "flat-json-plain, flat-avro, customers",
        "flat-json-plain, flat-avro, orders",
        "flat-json-plain, flat-avro, order_lines",
    })
    void aDeclaredTableReadsLikeTheSameRowsWithTheirSchema(String plain, String schemas, String table) {
        List<String> expected = Decoded.texts(Captured.of(Captured.file(schemas), "public." + table));
        assertThat(Decoded.texts(decoder(SHOP), Captured.of(Captured.file(plain), "public." + table)))
                .hasSizeGreaterThan(3)
                .isEqualTo(expected);
    }

    /** The table of every type, but for what a declaration cannot hold, and arrays of arrays. */
    static DeclaredTables allTypes(HandlingModes modes) {
        List<DeclaredTables.Column> columns = new ArrayList<>();
        for (ConnectSchema.Field field : ALL_FIELDS) {
            String type = PostgresTypesTest.ALL_TYPES.get(field.name());
            if (type != null && !NOT_DECLARED.contains(field.name())) {
                columns.add(new DeclaredTables.Column(
                        field.name(), type, field.name().equals("id")));
            }
        }
        return new DeclaredTables(
                modes, List.of(new DeclaredTables.Table(new SourceTable("public", "all_types"), columns, List.of())));
    }

    private static final Set<String> NOT_DECLARED = Set.of("c_interval", "c_varbit", "c_bit", "c_int_arr2");
    private static final List<ConnectSchema.Field> ALL_FIELDS = allFields();

    private static List<ConnectSchema.Field> allFields() {
        RawRecord record = Captured.of(Captured.json(), "public.all_types").get(0);
        try {
            ConnectSchema schema =
                    new JsonSchemas<>(s -> s).locate("", bytes(record)).schema();
            return ValueSchema.rowOf(schema).orElseThrow();
        } catch (Refused refused) {
            throw new IllegalStateException(refused);
        }
    }

    /** The payload of a record with a schema is what the connector would have written without: one row, read both ways. */
    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-schema", "flat-json-schema"})
    void everyTypeReadsAsByItsOwnSchema(String file) throws Exception {
        DebeziumDecoder bySchema = Decoded.decoder(STRICT);
        DebeziumDecoder declared = decoder(allTypes(HandlingModes.DEFAULTS));
        int rows = 0;
        for (RawRecord record : beforeItsTableChanged(file)) {
            ObjectNode json = (ObjectNode) MAPPER.readTree(bytes(record));
            ObjectNode payload = (ObjectNode) json.get("payload");
            removeFrom(json.get("schema"));
            for (JsonNode row : List.of(payload.path("before"), payload.path("after"), payload)) {
                NOT_DECLARED.forEach(name -> remove(row, name));
            }
            List<String> expected = Decoded.texts(bySchema, List.of(with(record, json)));
            assertThat(Decoded.texts(declared, List.of(with(record, payload))))
                    .as("offset %d", record.offset())
                    .isEqualTo(expected);
            rows += expected.get(expected.size() - 1).startsWith("dead") ? 0 : 1;
        }
        assertThat(rows).isGreaterThan(7);
    }

    /** With decimals, bytes and intervals as texts, and columns of unknown types, which only Avro's schemas know here. */
    @ParameterizedTest
    @CsvSource({"envelope-json-plain, envelope-avro-strings", "flat-json-plain, flat-avro"})
    void everyTypeReadsLikeTheSameRowInAvro(String plain, String avro) throws Exception {
        DebeziumDecoder declared = decoder(allTypes(PostgresTypesTest.STRINGS));
        List<RawRecord> twins = beforeItsTableChanged(avro);
        List<RawRecord> records = beforeItsTableChanged(plain);
        assertThat(records).hasSameSizeAs(twins).hasSize(11);
        for (int i = 0; i < records.size(); i++) {
            ObjectNode json = (ObjectNode) MAPPER.readTree(bytes(records.get(i)));
            for (JsonNode row : List.of(json.path("before"), json.path("after"), json)) {
                NOT_DECLARED.forEach(name -> remove(row, name));
                List.of("c_int4multi", "c_box", "c_composite").forEach(name -> remove(row, name));
            }
            List<String> texts = Decoded.texts(declared, List.of(with(records.get(i), json)));
            String text = texts.get(texts.size() - 1);
            assertThat(text.substring(text.indexOf("] ") + 2)).as("row %d", i).endsWith(avroRow(twins.get(i)));
        }
    }

    private static String avroRow(RawRecord record) throws IOException {
        List<ConnectSchema> seen = new ArrayList<>();
        AvroInput input = new AvroInput();
        AvroSchemas<ValueSchema> schemas = new AvroSchemas<>(Captured.registry(), type -> {
            seen.add(type.schema());
            return AvroEnvelope.compile(type, input);
        });
        try {
            byte[] value = bytes(record);
            SchemaCache.Located<ValueSchema> located = schemas.locate(record.topic(), value);
            EnvelopeReader reader = ((Envelope) located.schema()).reader();
            EventHeader header = new EventHeader(new CellBuffer());
            header.clear();
            reader.readHeader(value, located.from(), located.to(), header);
            boolean delete = header.operation() == 'd';
            List<ConnectSchema.Field> fields = ValueSchema.rowOf(seen.get(0))
                    .or(() -> Flattened.of(seen.get(0)).map(Flattened::row))
                    .orElseThrow();
            List<CellEncoder> encoders = new ArrayList<>();
            for (ConnectSchema.Field field : fields) {
                encoders.add(encoder(field, header.operation(), record));
            }
            CellBuffer cells = new CellBuffer();
            int at = delete ? header.before : header.after;
            reader.readRow(value, at, located.to(), new RowCells("public.all_types", fields, encoders), cells);
            return declaredCells(fields, Decoded.cells(cells.toBytes()));
        } catch (Refused refused) {
            return refused.detail();
        }
    }

    private static CellEncoder encoder(ConnectSchema.Field field, char operation, RawRecord record) throws Refused {
        if (!isDeclared(field.name())) {
            return RowCells.SKIPPED;
        }
        if (operation == 'd' && !field.name().equals("id")) {
            boolean moved = record.headers().lastHeader("__debezium.newkey") != null;
            return new RowCells.Skipped(
                    1, moved && FieldTypes.of(field.schema()).mayBeLeftOut());
        }
        boolean updating = operation == 'u' || record.headers().lastHeader("__debezium.oldkey") != null;
        FieldType type = FieldTypes.of(field.schema());
        return updating ? type.updating() : type.encoder();
    }

    private static String declaredCells(List<ConnectSchema.Field> fields, String cells) {
        String[] all = cells.split("\\|", -1);
        List<String> declared = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            if (isDeclared(fields.get(i).name())) {
                declared.add(all[i]);
            }
        }
        return String.join("|", declared);
    }

    private static boolean isDeclared(String name) {
        return PostgresTypesTest.ALL_TYPES.containsKey(name) && !NOT_DECLARED.contains(name);
    }

    private static List<RawRecord> beforeItsTableChanged(String file) {
        return Captured.of(Captured.file(file), "public.all_types").stream()
                .filter(record -> record.value() != null)
                .limit(11)
                .toList();
    }

    private static void removeFrom(JsonNode schema) {
        Iterator<JsonNode> fields = schema.path("fields").elements();
        while (fields.hasNext()) {
            JsonNode field = fields.next();
            if (NOT_DECLARED.contains(field.path("field").asText())) {
                fields.remove();
            } else {
                removeFrom(field);
            }
        }
    }

    private static void remove(JsonNode row, String name) {
        if (row instanceof ObjectNode object) {
            object.remove(name);
        }
    }

    private static byte[] bytes(RawRecord record) {
        return Objects.requireNonNull(record.value());
    }

    private static RawRecord with(RawRecord record, JsonNode value) throws IOException {
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                0,
                record.key(),
                MAPPER.writeValueAsBytes(value),
                record.headers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-plain", "flat-json-plain"})
    void aTableWithoutADeclarationIsRefusedByNameAndKeptWhole(String file) {
        List<RawRecord> records = Captured.of(Captured.file(file), "public.customers");
        List<ChangeEvent> events = Decoded.events(decoder(DeclaredTables.NONE), records);
        assertThat(events).hasSameSizeAs(records).allSatisfy(event -> {
            DeadLetter letter = (DeadLetter) event;
            assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.UNDECLARED_TABLE);
            assertThat(letter.detail())
                    .startsWith(
                            "public.customers: its records are JSON without schema, and the pipeline file's 'tables'"
                                    + " does not declare it: add what bin/spindrift tables prints");
            assertThat(letter.value())
                    .isEqualTo(records.get((int) letter.offset()).value());
        });
    }

    @Test
    void aTableThatIsNotRoutedNeedsNoDeclaration() {
        DebeziumDecoder decoder = new DebeziumDecoder(
                RecordFormat.AUTO, RecordFormat.AUTO, Captured.noRegistry(), source -> Optional.empty());
        assertThat(Decoded.texts(decoder, Captured.file("envelope-json-plain"))).isEmpty();
        assertThat(decoder.ignored(Ignored.UNROUTED)).isEqualTo(14 + 18 - 2 + 2 + 5 - 1 + 5 - 1 + 4 - 1);
        assertThat(decoder.ignored(Ignored.HEARTBEAT)).isEqualTo(2);
        assertThat(decoder.ignored(Ignored.TRANSACTION)).isEqualTo(4);
        assertThat(decoder.ignored(Ignored.MESSAGE)).isEqualTo(1);
    }

    /** An added and a renamed column: what the declaration says no longer fits. */
    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-plain", "flat-json-plain"})
    void aRowThatDoesNotFitItsDeclarationIsRefusedByTheColumn(String file) {
        List<RawRecord> records =
                Captured.of(Captured.file(file), "public.customers").subList(0, 1);
        DeclaredTables lacking = new DeclaredTables(
                HandlingModes.DEFAULTS, List.of(table("customers", List.of(), "id int not null", "name text")));
        assertThat(Decoded.texts(decoder(lacking), records))
                .containsExactly(
                        "dead UNDECLARED_TABLE: public.customers.email: in the row and not declared in 'tables':"
                                + " declare it, or exclude it with column.exclude.list");
        DeclaredTables more = new DeclaredTables(
                HandlingModes.DEFAULTS,
                List.of(table("customers", List.of(), "id int", "name text", "email text", "more text")));
        assertThat(Decoded.texts(decoder(more), records))
                .singleElement()
                .asString()
                .startsWith("dead UNDECLARED_TABLE: public.customers.more is declared in 'tables' and not in the row");
    }

    @Test
    void aValueThatIsNotOfItsDeclaredTypeIsUndecodable() {
        DeclaredTables wrong = new DeclaredTables(
                HandlingModes.DEFAULTS,
                List.of(table("customers", List.of(), "id int not null", "name text", "email bigint")));
        assertThat(Decoded.texts(decoder(wrong), Captured.of(Captured.file("flat-json-plain"), "public.customers"))
                        .get(0))
                .startsWith("dead UNDECODABLE: public.customers.email: VALUE_STRING stands where an integer");
        DeclaredTables notNull = new DeclaredTables(
                HandlingModes.DEFAULTS,
                List.of(table("customers", List.of(), "id int not null", "name text", "email text not null")));
        assertThat(Decoded.texts(decoder(notNull), Captured.of(Captured.file("flat-json-plain"), "public.customers")))
                .contains("dead UNDECODABLE: public.customers.email: the value is null, and its schema does not allow"
                        + " it");
    }

    @Test
    void aDeclaredKeyStandsInForAMissingOneAndMustBeTheKafkaKeys() {
        DeclaredTables declared = new DeclaredTables(
                HandlingModes.DEFAULTS, List.of(table("t", List.of("id"), "id int not null", "name text")));
        String value =
                "{\"before\":null,\"after\":{\"id\":1,\"name\":\"a\"},\"source\":{\"snapshot\":\"false\",\"ts_us\":5,"
                        + "\"lsn\":7,\"txId\":9,\"schema\":\"public\",\"table\":\"t\"},\"op\":\"c\"}";
        assertThat(texts(declared, null, value)).contains("c T [1] 1|a");
        assertThat(texts(declared, "{\"id\":1}", value)).contains("c T [1] 1|a");
        assertThat(texts(declared, "{\"name\":\"a\"}", value))
                .singleElement()
                .asString()
                .startsWith(
                        "dead NO_PRIMARY_KEY: public.t: the Kafka key names columns [name], and 'tables' declares the"
                                + " key [id]");
        DeclaredTables keyless = new DeclaredTables(
                HandlingModes.DEFAULTS, List.of(table("t", List.of(), "id int not null", "name text")));
        assertThat(texts(keyless, "{\"name\":\"a\"}", value)).contains("c T [a] 1|a");
        assertThat(texts(keyless, null, value))
                .singleElement()
                .asString()
                .startsWith("dead NO_PRIMARY_KEY: public.t: the record has no Kafka key");
        assertThat(texts(keyless, "{\"name\":", value))
                .containsExactly("dead UNDECODABLE: key: invalid JSON at byte 8");
    }

    private static List<String> texts(DeclaredTables declared, @Nullable String key, String value) {
        return Decoded.texts(decoder(declared), List.of(InlineJson.record(key, value)));
    }

    /** A flattened row may have columns of an envelope's names, and of a schema's. */
    @Test
    void columnsOfTellingNamesDoNotMislead() {
        DeclaredTables declared = new DeclaredTables(
                HandlingModes.DEFAULTS,
                List.of(table(
                        "t",
                        List.of(),
                        "schema text",
                        "payload text",
                        "before text",
                        "after text",
                        "source text",
                        "op text",
                        "id int not null")));
        String metadata = "\"__op\":\"u\",\"__deleted\":\"false\",\"__lsn\":7,\"__source_ts_us\":5}";
        String row =
                "{\"schema\":\"a\",\"payload\":\"b\",\"before\":\"c\",\"after\":\"d\",\"source\":\"e\",\"op\":\"f\",\"id\":1,";
        assertThat(texts(declared, "{\"id\":1}", row + metadata)).contains("u T [1] a|b|c|d|e|f|1");
        // And in another order than declared.
        String turned = "{\"id\":1," + row.substring(1).replace("\"id\":1,", "") + metadata;
        assertThat(texts(declared, "{\"id\":1}", turned)).contains("u T [1] a|b|c|d|e|f|1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"ts_ms\":1}                | dead NOT_AN_ENVELOPE: the JSON without schema is neither an envelope",
                "{\"id\":1,\"name\":\"a\"}    | dead NOT_AN_ENVELOPE: the JSON without schema is neither an envelope",
                "{\"id\":1,\"__op\":\"c\"}    | dead NOT_AN_ENVELOPE: the flattened record lacks __source_lsn,",
                "{\"id\":1                    | dead UNDECODABLE: invalid JSON",
                "{\"id\":1} x                 | dead UNDECODABLE: invalid JSON",
                "{\"schema\":{\"type\":        | dead UNDECODABLE: invalid JSON",
            })
    void whatIsNoChangeIsToldApart(String value, String detail) {
        assertThat(texts(SHOP, "{\"id\":1}", value)).singleElement().asString().startsWith(detail);
    }

    @Test
    void aDeclaredFormatIsHeld() {
        RawRecord plain = Captured.of(Captured.file("envelope-json-plain"), "public.customers")
                .get(0);
        RawRecord json = Captured.of(Captured.json(), "public.customers").get(0);
        assertThat(Decoded.texts(strict(RecordFormat.JSON_PLAIN), List.of(plain)))
                .contains("r CUSTOMERS [1] 1|Ann|ann@example.com");
        assertThat(Decoded.texts(strict(RecordFormat.JSON), List.of(json)))
                .contains("r CUSTOMERS [1] 1|Ann|ann@example.com");
        assertThat(Decoded.texts(strict(RecordFormat.JSON), List.of(plain)).get(0))
                .startsWith("dead UNDECODABLE: the JSON is not an inline schema");
        assertThat(Decoded.texts(strict(RecordFormat.JSON_PLAIN), List.of(json)).get(0))
                .startsWith("dead NOT_AN_ENVELOPE: the JSON without schema is neither");
    }

    private static DebeziumDecoder strict(RecordFormat format) {
        return new DebeziumDecoder(
                format, format, SHOP, Captured.noRegistry(), Decoded::toUpperCase, ColumnSettings.DEFAULT);
    }

    @Test
    void noDetailQuotesTheRow() {
        DeclaredTables declared = new DeclaredTables(
                HandlingModes.DEFAULTS, List.of(table("t", List.of(), "id int not null", "name text")));
        String metadata = ",\"__op\":\"u\",\"__deleted\":\"false\",\"__lsn\":7,\"__source_ts_us\":5}";
        for (String name : List.of("7", "\"s3cret\\ud800\"", "s3cret", "{\"s3cret\":1}", "\"s3cret")) {
            assertThat(texts(declared, "{\"id\":1}", "{\"id\":1,\"name\":" + name + metadata))
                    .singleElement()
                    .asString()
                    .startsWith("dead UNDECODABLE: ")
                    .doesNotContain("s3cret");
        }
    }
}
