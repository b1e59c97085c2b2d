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
    private static final int MUTANTS = Integer.getInteger("fuzz.mutants", 3_000);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Refusals of the decoder alone, each stricter than Avro's or Jackson's reader. */
    private static final List<Pattern> STRICTER = List.of(
            // Avro's reader takes any byte but 1 for false, and cuts a long number to 32 or 64 bits.
            Pattern.compile("Avro boolean at byte \\d+ is -?\\d+, neither"),
            Pattern.compile("Avro (int|number) ending at byte \\d+ has more"),
            // What a VARIANT cannot hold, and what a table cannot have.
            Pattern.compile("a number in the JSON has \\d+ characters"),
            Pattern.compile("has no name of its own in Snowflake"),
            Pattern.compile("has a number that no source counts to"),
            // A field of a row comes twice: Jackson's tree keeps the last.
            Pattern.compile("invalid JSON"),
            Pattern.compile("is not where its schema says"));

    private static final Map<Integer, String> EXTRA_SCHEMAS = new HashMap<>();
    private static final Map<String, List<RawRecord>> RECORDS = new HashMap<>();

    @BeforeAll
    static void readable() throws Exception {
        RECORDS.put("avro", avro());
        RECORDS.put("json", json());
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

    private static DebeziumDecoder decoder() {
        return new DebeziumDecoder(RecordFormat.AUTO, registry(), FuzzTest::route);
    }

    @Test
    void theUnharmedRecordsAreReadAlike() throws IOException {
        int rows = 0;
        for (List<RawRecord> records : RECORDS.values()) {
            DebeziumDecoder decoder = decoder();
            PlainDecoder plain = new PlainDecoder(registry());
            for (RawRecord record : records) {
                String answer = answer(decoder, record);
                assertThat(difference(answer, plain.decode(record)))
                        .as("record %s %d", record.topic(), record.offset())
                        .isEmpty();
                rows += answer.matches("(?s)[rcud] .*") ? 1 : 0;
            }
        }
        assertThat(rows).isGreaterThan(60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void aMutantIsReadAsItStandsOrRefused(String encoding) throws IOException {
        List<RawRecord> records = Objects.requireNonNull(RECORDS.get(encoding));
        DebeziumDecoder decoder = decoder();
        PlainDecoder plain = new PlainDecoder(registry());
        int mutants = encoding.equals("avro") ? MUTANTS : MUTANTS / 3;
        Set<Character> kinds = new HashSet<>();
        List<String> differences = new ArrayList<>();
        int refused = 0;
        for (long number = FIRST; number < FIRST + mutants; number++) {
            Random random = new Random(number);
            RawRecord record = records.get(random.nextInt(records.size()));
            RawRecord mutant = Mutation.of(record, records.get(random.nextInt(records.size())), random);
            String what = "mutant %d of %s offset %d in %s".formatted(number, record.topic(), record.offset(), encoding);
            long begun = System.nanoTime();
            String answer = answer(decoder, mutant);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).as(what).isLessThan(LONGEST);
            boolean keyIsHarmed = !Arrays.equals(record.key(), mutant.key());
            boolean carriesNoRow = answer.equals("ignored") && !record.topic().contains(".public.");
            if (!carriesNoRow && !(keyIsHarmed && answer.equals(plain.decode(with(mutant, record.key()))))) {
                difference(answer, plain.decode(mutant)).ifPresent(text -> differences.add(what + text));
            }
            kinds.add(answer.charAt(0));
            refused += answer.startsWith("refused") ? 1 : 0;
        }
        assertThat(differences).hasSize(0);
        if (mutants > 1000) {
            // r of reads and of refusals.
            assertThat(kinds).contains('c', 'r', 'u', 'd', 't', 'i');
            assertThat(refused).isBetween(mutants / 5, mutants * 9 / 10);
        }
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
        for (ConnectSchema.Field field : ValueSchema.rowOf(schema).orElse(List.of())) {
            if (!isReadable(field)) {
                names.add(field.name());
            }
        }
        return names;
    }

    private static List<RawRecord> json() throws Exception {
        List<RawRecord> records = new ArrayList<>();
        for (RawRecord record : Captured.json()) {
            byte[] value = record.value();
            if (value == null || !record.topic().endsWith("all_types")) {
                records.add(record);
                continue;
            }
            ObjectNode root = (ObjectNode) MAPPER.readTree(new String(value, StandardCharsets.UTF_8)
                    .getBytes(StandardCharsets.UTF_8));
            Set<String> removed = unreadable(JsonSchema.parse(root.get("schema")));
            for (JsonNode part : root.get("schema").get("fields")) {
                if (part.get("field").asText().matches("before|after")) {
                    removeFields((ArrayNode) part.get("fields"), "field", removed);
                    if (root.get("payload").get(part.get("field").asText()) instanceof ObjectNode row) {
                        row.remove(removed);
                    }
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

    private static List<RawRecord> avro() throws Exception {
        List<RawRecord> records = new ArrayList<>();
        for (RawRecord record : Captured.avro()) {
            byte[] value = record.value();
            if (value == null || !record.topic().endsWith("all_types")) {
                records.add(record);
                continue;
            }
            int id = ByteBuffer.wrap(value).getInt(1);
            String text = Captured.registry().byId(id).orElseThrow();
            ObjectNode tree = (ObjectNode) MAPPER.readTree(text);
            Set<String> removed = unreadable(AvroType.parse(text).schema());
            removeFields((ArrayNode) tree.get("fields").get(0).get("type").get(1).get("fields"), "name", removed);
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
                GenericRecord lessRow = new GenericData.Record(reader.getField("before").schema().getTypes().get(1));
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
