package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableTruncated;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real records, mutated: each is answered by exactly one of a change, a truncated table, a dead letter or nothing that is counted; never by
 * an exception. And what {@link PlainDecoder} reads out of the same bytes is the same, cell by cell and with the same position: where it can
 * read nothing, neither may the decoder.
 *
 * <p>A mutant is made from its number alone: {@code -Dfuzz.first=N -Dfuzz.mutants=1} makes one again. The profile {@code nightly} makes a
 * million.
 */
class FuzzTest {

    private static final long FIRST = Long.getLong("fuzz.first", 20_240_229);
    private static final int MUTANTS = Integer.getInteger("fuzz.mutants", 900);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Refusals of the decoder alone, each stricter than Avro's or Jackson's reader. */
    private static final List<Pattern> STRICTER = List.of(
            // Avro's reader takes any byte but 1 for false, and cuts a long number to 32 or 64 bits.
            Pattern.compile("Avro boolean at byte \\d+ is -?\\d+, neither"),
            Pattern.compile("Avro (int|number) ending at byte \\d+ has more"),
            // What a VARIANT or a NUMBER cannot hold, and what a table cannot have.
            Pattern.compile("a number in the JSON has \\d+ characters"),
            Pattern.compile("has no name of its own in Snowflake"),
            Pattern.compile("has a number that no source counts to"),
            // A field of a row comes twice: Jackson's tree keeps the last.
            Pattern.compile("invalid JSON"),
            Pattern.compile("is not where its schema says"));

    private static final ColumnSettings STRICT = new ColumnSettings(
            Map.of(), ColumnSettings.OnUnsupportedType.DEAD_LETTER, ColumnSettings.OnUnrepresentableValue.DEAD_LETTER);
    private static final ColumnSettings CHOOSING = new ColumnSettings(
            Map.of(
                    "public.customers.email", ColumnSettings.Choice.EXCLUDE,
                    "public.orders.total", ColumnSettings.Choice.TEXT,
                    "public.all_types.c_json", ColumnSettings.Choice.TEXT,
                    "public.all_types.c_date", ColumnSettings.Choice.TEXT),
            ColumnSettings.OnUnsupportedType.EXCLUDE_COLUMN,
            ColumnSettings.OnUnrepresentableValue.RAW_COLUMN);
    private static final DeclaredTables DECLARED = declared();

    private static final Map<Integer, String> EXTRA_SCHEMAS = new HashMap<>();
    private static final Map<String, List<RawRecord>> RECORDS = new LinkedHashMap<>();

    @BeforeAll
    static void readable() throws Exception {
        for (String file : List.of("envelope-avro", "flat-avro")) {
            RECORDS.put(file, avro(Captured.file(file)));
        }
        for (String file : List.of("envelope-json-schema", "flat-json-schema")) {
            RECORDS.put(file, json(Captured.file(file)));
        }
        for (String file : List.of("envelope-json-plain", "flat-json-plain")) {
            RECORDS.put(file, plainJson(Captured.file(file)));
        }
    }

    private static DeclaredTables declared() {
        List<DeclaredTables.Table> tables = new ArrayList<>(PlainJsonTest.SHOP.tables());
        tables.addAll(PlainJsonTest.allTypes(PostgresTypesTest.STRINGS).tables());
        return new DeclaredTables(PostgresTypesTest.STRINGS, tables);
    }

    private static WriterSchemas registry() {
        WriterSchemas captured = Captured.registry();
        return id -> EXTRA_SCHEMAS.containsKey(id) ? Optional.of(EXTRA_SCHEMAS.get(id)) : captured.byId(id);
    }

    private static Optional<TableName> route(SourceTable source) {
        return source.table().isBlank() || source.table().length() > 255
                ? Optional.empty()
                : Decoded.toUpperCase(source);
    }

    private static DebeziumDecoder decoder(ColumnSettings columns) {
        return new DebeziumDecoder(
                RecordFormat.AUTO, RecordFormat.AUTO, DECLARED, registry(), FuzzTest::route, columns);
    }

    private static PlainDecoder plainDecoder() {
        return new PlainDecoder(registry(), DECLARED);
    }

    @Test
    void theUnharmedRecordsAreReadAlike() throws IOException {
        for (Map.Entry<String, List<RawRecord>> encoding : RECORDS.entrySet()) {
            DebeziumDecoder decoder = decoder(STRICT);
            PlainDecoder plain = plainDecoder();
            int rows = 0;
            for (RawRecord record : encoding.getValue()) {
                String answer = answer(decoder, record);
                assertThat(difference(answer, plain.decode(record)))
                        .as("record %s %d in %s", record.topic(), record.offset(), encoding.getKey())
                        .isEmpty();
                rows += answer.matches("(?s)[rcud] .*") ? 1 : 0;
            }
            assertThat(rows).as(encoding.getKey()).isGreaterThan(20);
        }
    }

    /** Values at the edges of what is read without Jackson. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "int64   | 9223372036854775807",
                "int64   | 9223372036854775808",
                "int64   | -9223372036854775807",
                "int64   | -9223372036854775808",
                "int64   | -9223372036854775809",
                "int64   | 9999999999999999999",
                "int64   | 18446744073709551617",
                "int64   | 18446744073709551616",
                "int64   | 12345678901234567890",
                "int64   | -0",
                "int64   | 01",
                "int64   | 1.0",
                "int64   | 1e3",
                "int64   | -",
                "double  | -0.5",
                "double  | 0.1",
                "double  | 123456789012.345",
                "double  | 1234567890123.4567",
                "double  | 4.35",
                "double  | 1e999",
                "float   | 0.1",
                "float   | 16777217.5",
                "float   | 1.17549435",
                "string  | \"\\n\\t\\r\\b\\f\\/\\\\\\\"\"",
                "string  | \"\\u00e9\\u20ac\\u0000\\ud83d\\ude00\"",
                "string  | \"\\u0e9\"",
                "string  | \"\\ud83d\"",
                "string  | \"\\q\"",
                "string  | \"é€😀\"",
                "string  | \"\"",
                "string  | 5",
                "bytes   | \"AAECAw==\"",
                "bytes   | \"AAECAx==\"",
                "bytes   | \"AAEC\"",
                "bytes   | \"AAE\"",
                "bytes   | \"AA=C\"",
                "bytes   | \"\"",
                "boolean | true",
                "boolean | tru",
                "boolean | 1",
                "boolean | null",
            })
    void anExtremeIsReadAlike(String type, String value) throws IOException {
        String field = "{\"type\":\"%s\",\"optional\":true,\"field\":\"v\"}".formatted(type);
        RawRecord record = InlineJson.record(
                InlineJson.KEY,
                InlineJson.value(InlineJson.ID + "," + field, "c", "null", "{\"id\":1,\"v\":" + value + "}"));
        String answer = answer(decoder(STRICT), record);
        assertThat(difference(answer, plainDecoder().decode(record))).isEmpty();
        assertThat(unplaced(answer(decoder(STRICT), spaced(record)))).isEqualTo(unplaced(answer));
    }

    /** Which of the two is meant nobody knows; the comparison above would let either through. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":1,\"name\":\"a\",\"name\":\"b\"}",
                "{\"id\":1,\"id\":2,\"name\":\"a\"}",
                "{\"name\":\"a\",\"id\":1,\"name\":\"a\"}"
            })
    void aColumnThatComesTwiceIsRefused(String after) throws IOException {
        String value = InlineJson.value(InlineJson.ID + "," + InlineJson.NAME, "c", "null", after);
        assertThat(answer(decoder(STRICT), InlineJson.record(InlineJson.KEY, value)))
                .startsWith("refused: invalid JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-schema", "flat-json-schema", "envelope-json-plain", "flat-json-plain"})
    void nothingFollowsARecord(String encoding) throws IOException {
        DebeziumDecoder decoder = decoder(STRICT);
        RawRecord record = Objects.requireNonNull(RECORDS.get(encoding)).stream()
                .filter(r -> r.topic().endsWith("public.customers"))
                .findFirst()
                .orElseThrow();
        String text = new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8);
        assertThat(answer(decoder, record)).startsWith("r CUSTOMERS");
        for (String end : List.of("}}", "x}", "}x", "{}", "}]", "},\"x\":1}")) {
            RawRecord longer =
                    withValue(record, (text.substring(0, text.length() - 1) + end).getBytes(StandardCharsets.UTF_8));
            assertThat(answer(decoder, longer)).as(end).startsWith("refused");
            if (encoding.contains("plain")) {
                String key = new String(Objects.requireNonNull(record.key()), StandardCharsets.UTF_8);
                byte[] longerKey = (key.substring(0, key.length() - 1) + end).getBytes(StandardCharsets.UTF_8);
                assertThat(answer(decoder, with(record, longerKey)))
                        .as("key" + end)
                        .startsWith("refused");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "envelope-avro",
                "flat-avro",
                "envelope-json-schema",
                "flat-json-schema",
                "envelope-json-plain",
                "flat-json-plain"
            })
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void aMutantIsReadAsItStandsOrRefused(String encoding) throws IOException {
        DebeziumDecoder decoder = decoder(STRICT);
        PlainDecoder plain = plainDecoder();
        int mutants = share(encoding);
        Set<Character> kinds = new HashSet<>();
        List<String> differences = new ArrayList<>();
        int refused = 0;
        for (long number = FIRST; number < FIRST + mutants; number++) {
            Mutant mutant = mutant(encoding, number);
            long begun = System.nanoTime();
            String answer = answer(decoder, mutant.record);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as(mutant.name)
                    .isLessThan(LONGEST);
            byte[] key = mutant.origin.key();
            boolean keyIsHarmed = !Arrays.equals(key, mutant.record.key());
            boolean carriesNoRow =
                    answer.equals("ignored") && !mutant.origin.topic().contains(".public.");
            if (!carriesNoRow && !(keyIsHarmed && answer.equals(plain.decode(with(mutant.record, key))))) {
                difference(answer, plain.decode(mutant.record)).ifPresent(text -> differences.add(mutant.name + text));
            }
            kinds.add(answer.charAt(0));
            refused += answer.startsWith("refused") ? 1 : 0;
        }
        assertThat(differences).hasSize(0);
        if (mutants > 300) {
            // r of reads and of refusals; nothing flattened is a truncate.
            assertThat(kinds).contains('c', 'r', 'u', 'd', 'i');
            assertThat(refused).isBetween(mutants / 5, mutants * 9 / 10);
        }
    }

    /** With spaces in it JSON is read by Jackson: columns that are chosen for, and raw ones, must not depend on which way was taken. */
    @ParameterizedTest
    @ValueSource(strings = {"envelope-json-schema", "flat-json-schema", "envelope-json-plain", "flat-json-plain"})
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void spacesChangeNothing(String encoding) throws IOException {
        DebeziumDecoder decoder = decoder(CHOOSING);
        DebeziumDecoder ofSpaced = decoder(CHOOSING);
        List<String> differences = new ArrayList<>();
        for (long number = FIRST; number < FIRST + share(encoding); number++) {
            Mutant mutant = mutant(encoding, number);
            String answer = answer(decoder, mutant.record);
            String spaced = answer(ofSpaced, spaced(mutant.record));
            if (!unplaced(answer).equals(unplaced(spaced))) {
                differences.add("%s%n  is %s%n  with spaces %s".formatted(mutant.name, answer, spaced));
            }
        }
        assertThat(differences).hasSize(0);
        assertThat(decoder.rawValues()).isEqualTo(ofSpaced.rawValues());
    }

    private static RawRecord spaced(RawRecord record) {
        byte[] value = record.value();
        if (value == null) {
            return record;
        }
        String text = new String(value, StandardCharsets.ISO_8859_1);
        for (String ahead : List.of("{", "\"payload\":{", "\"before\":{", "\"after\":{")) {
            int at = text.lastIndexOf(ahead, ahead.length() == 1 ? 0 : text.length());
            if (at >= 0) {
                text = text.substring(0, at + ahead.length()) + " " + text.substring(at + ahead.length());
            }
        }
        return withValue(record, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Without places in the bytes. */
    private static String unplaced(String answer) {
        return answer.startsWith("refused") ? answer.replaceAll("(at|behind) byte \\d+", "") : answer;
    }

    private static int share(String encoding) {
        return encoding.contains("json") ? MUTANTS / 2 : MUTANTS;
    }

    private record Mutant(String name, RawRecord origin, RawRecord record) {}

    private static Mutant mutant(String encoding, long number) {
        List<RawRecord> records = Objects.requireNonNull(RECORDS.get(encoding));
        Random random = new Random(number);
        RawRecord origin = records.get(random.nextInt(records.size()));
        RawRecord record = Mutation.of(origin, records.get(random.nextInt(records.size())), random);
        String name = "mutant %d of %s offset %d in %s".formatted(number, origin.topic(), origin.offset(), encoding);
        return new Mutant(name, origin, record);
    }

    /** The values of a mutated key are of no concern: its schema alone is used. */
    private static RawRecord with(RawRecord record, byte @Nullable [] key) {
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMillis(),
                key,
                record.value(),
                record.headers());
    }

    private static Optional<String> difference(String answer, String plain) {
        if (!answer.startsWith("refused")) {
            return answer.equals(plain)
                    ? Optional.empty()
                    : Optional.of("%n  is %s%n  not %s".formatted(answer, plain));
        }
        boolean agreed = plain.startsWith("refused")
                || STRICTER.stream().anyMatch(reason -> reason.matcher(answer).find());
        return agreed ? Optional.empty() : Optional.of("%n  is %s%n  and could be %s".formatted(answer, plain));
    }

    private static String answer(DebeziumDecoder decoder, RawRecord record) throws IOException {
        long ignored = ignored(decoder);
        List<ChangeEvent> events = new ArrayList<>();
        decoder.decode(record, events::add);
        events.removeIf(event -> event instanceof ShapeAnnounced);
        if (events.isEmpty()) {
            assertThat(ignored(decoder)).as("counted as ignored").isEqualTo(ignored + 1);
            return "ignored";
        }
        assertThat(events).hasSize(1);
        assertThat(ignored(decoder)).isEqualTo(ignored);
        ChangeEvent event = events.get(0);
        if (event instanceof DeadLetter letter) {
            assertThat(letter.detail()).doesNotContain("fault of the decoder");
            assertThat(letter.value()).isSameAs(record.value());
            return "refused: " + letter.detail();
        }
        Position at = event instanceof RowChange row ? row.position() : ((TableTruncated) event).position();
        return Decoded.text(event) + " @" + at.lsn() + "," + at.txId() + "," + at.committedAtMicros() + ","
                + at.snapshot();
    }

    private static long ignored(DebeziumDecoder decoder) {
        long sum = 0;
        for (Ignored kind : Ignored.values()) {
            sum += decoder.ignored(kind);
        }
        return sum;
    }

    // ---- the table of every type, without the columns that no table may have

    private static boolean isReadable(ConnectSchema.Field field) {
        try {
            FieldTypes.of(field.schema());
            return !field.name().equals("c_int_arr2");
        } catch (Refused refused) {
            return false;
        }
    }

    private static Set<String> unreadable(ConnectSchema schema) {
        Set<String> names = new HashSet<>();
        for (ConnectSchema.Field field : ValueSchema.rowOf(schema).orElse(schema.fields())) {
            if (Metadata.of(field.name()).isColumn() && !isReadable(field)) {
                names.add(field.name());
            }
        }
        return names;
    }

    private static List<RawRecord> json(List<RawRecord> captured) throws Exception {
        List<RawRecord> records = new ArrayList<>();
        for (RawRecord record : captured) {
            byte[] value = record.value();
            if (value == null || !record.topic().endsWith("all_types")) {
                records.add(record);
                continue;
            }
            ObjectNode root = (ObjectNode) MAPPER.readTree(value);
            ObjectNode payload = (ObjectNode) root.get("payload");
            Set<String> removed = unreadable(JsonSchema.parse(root.get("schema")));
            if (!payload.has("after")) {
                removeFields((ArrayNode) root.get("schema").get("fields"), "field", removed);
            }
            for (JsonNode part : root.get("schema").get("fields")) {
                if (part.get("field").asText().matches("before|after")) {
                    removeFields((ArrayNode) part.get("fields"), "field", removed);
                }
            }
            for (JsonNode row : List.of(payload, payload.path("before"), payload.path("after"))) {
                if (row instanceof ObjectNode object && (row != payload || !payload.has("after"))) {
                    object.remove(removed);
                }
            }
            records.add(withValue(record, MAPPER.writeValueAsBytes(root)));
        }
        return records;
    }

    /** Without the columns that are not declared. */
    private static List<RawRecord> plainJson(List<RawRecord> captured) throws Exception {
        Set<String> columns = new HashSet<>();
        DECLARED.tables().forEach(table -> table.columns().forEach(column -> columns.add(column.name())));
        List<RawRecord> records = new ArrayList<>();
        for (RawRecord record : captured) {
            byte[] value = record.value();
            if (value == null || !record.topic().endsWith("all_types")) {
                records.add(record);
                continue;
            }
            ObjectNode root = (ObjectNode) MAPPER.readTree(value);
            for (JsonNode row : List.of(root, root.path("before"), root.path("after"))) {
                if (row instanceof ObjectNode object && (row != root || !root.has("after"))) {
                    object.properties()
                            .removeIf(field ->
                                    Metadata.of(field.getKey()).isColumn() && !columns.contains(field.getKey()));
                }
            }
            records.add(withValue(record, MAPPER.writeValueAsBytes(root)));
        }
        return records;
    }

    private static void removeFields(ArrayNode fields, String nameKey, Set<String> removed) {
        for (int i = fields.size() - 1; i >= 0; i--) {
            if (removed.contains(fields.get(i).get(nameKey).asText())) {
                fields.remove(i);
            }
        }
    }

    private static List<RawRecord> avro(List<RawRecord> captured) throws Exception {
        List<RawRecord> records = new ArrayList<>();
        for (RawRecord record : captured) {
            byte[] value = record.value();
            if (value == null || !record.topic().endsWith("all_types")) {
                records.add(record);
                continue;
            }
            int id = ByteBuffer.wrap(value).getInt(1);
            String text = Captured.registry().byId(id).orElseThrow();
            ObjectNode tree = (ObjectNode) MAPPER.readTree(text);
            ArrayNode fields = (ArrayNode) tree.get("fields");
            boolean isEnvelope = fields.get(0).get("name").asText().equals("before");
            removeFields(
                    isEnvelope ? (ArrayNode) fields.get(0).get("type").get(1).get("fields") : fields,
                    "name",
                    unreadable(AvroType.parse(text).schema()));
            EXTRA_SCHEMAS.put(id + 10_000, tree.toString());
            records.add(withValue(record, rewritten(value, text, tree.toString(), id + 10_000)));
        }
        return records;
    }

    private static byte[] rewritten(byte[] value, String from, String to, int id) throws IOException {
        Schema writer = new Schema.Parser().setValidateDefaults(false).parse(from);
        Schema reader = new Schema.Parser().setValidateDefaults(false).parse(to);
        GenericRecord read = new GenericDatumReader<GenericRecord>(writer)
                .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
        GenericRecord less = new GenericData.Record(reader);
        for (Schema.Field field : reader.getFields()) {
            Object part = read.get(field.name());
            less.put(field.pos(), part);
            if (field.name().matches("before|after") && part instanceof GenericRecord row) {
                GenericRecord lessRow = new GenericData.Record(
                        reader.getField("before").schema().getTypes().get(1));
                lessRow.getSchema().getFields().forEach(f -> lessRow.put(f.pos(), row.get(f.name())));
                less.put(field.pos(), lessRow);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(5).putInt(1, id).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(reader).write(less, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private static RawRecord withValue(RawRecord record, byte[] value) {
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMillis(),
                record.key(),
                value,
                record.headers());
    }
}
