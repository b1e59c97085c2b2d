package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that are logged only: as captured under REPLICA IDENTITY FULL, and by hand. */
class LogOnlyTest {

    private static final String NOTE = "{\"type\":\"string\",\"optional\":false,\"field\":\"note\"}";
    private static final String DEFAULTED =
            "{\"type\":\"string\",\"optional\":true,\"default\":\"new\",\"field\":\"state\"}";
    private static final String ROW = InlineJson.ID + "," + InlineJson.NAME + "," + NOTE + "," + DEFAULTED;
    private static final String PLACEHOLDER = "__debezium_unavailable_value";

    private static DebeziumDecoder decoder(DeclaredTables declared) {
        return new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                declared,
                Captured.registry(),
                Decoded::toUpperCase,
                new KeylessTables(Set.of(new SourceTable("public", "no_pk"), new SourceTable("public", "t")), Set.of()),
                ColumnSettings.DEFAULT);
    }

    private static List<String> texts(RawRecord... records) {
        return Decoded.texts(decoder(DeclaredTables.NONE), List.of(records));
    }

    /** Of the last record, without the shape ahead of it. */
    private static String last(@Nullable String key, String value, String... headers) {
        List<String> texts = texts(InlineJson.record(key, value, headers));
        return texts.get(texts.size() - 1);
    }

    private static String delete(String fields, String before) {
        return last(null, InlineJson.value(fields, "d", before, "null"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope-avro", "envelope-json-schema", "flat-avro", "flat-json-schema"})
    void everyChangeIsARowUnderItsPlaceAndADeleteHasTheRowThatWas(String file) {
        List<RawRecord> records = Captured.of(Captured.file(file), "public.no_pk");
        String topic = records.get(0).topic();
        DebeziumDecoder decoder = decoder(DeclaredTables.NONE);
        assertThat(Decoded.texts(decoder, records))
                .containsExactly(
                        "shape NO_PK: A NUMBER(10,0), B VARCHAR(134217728)",
                        "r NO_PK [∅|" + topic + "|0|0] 1|one",
                        "u NO_PK [∅|" + topic + "|0|1] 1|uno",
                        "d NO_PK [∅|" + topic + "|0|2] 1|uno");
        assertThat(records).hasSizeBetween(3, 4);
        assertThat(decoder.ignored(Ignored.TOMBSTONE))
                .as("behind the delete: no key and no value")
                .isEqualTo(records.size() - 3);
    }

    /** Nothing says there whether a column has a default, which may stand for NULL. */
    @Test
    void withoutASchemaADeleteSaysNothingOfItsRow() {
        DeclaredTables declared = new DeclaredTables(
                HandlingModes.DEFAULTS,
                List.of(new DeclaredTables.Table(
                        new SourceTable("public", "no_pk"),
                        List.of(DeclaredTables.Column.parse("a", "integer"), DeclaredTables.Column.parse("b", "text")),
                        List.of())));
        List<RawRecord> records = Captured.of(Captured.file("envelope-json-plain"), "public.no_pk");
        assertThat(Decoded.texts(decoder(declared), records))
                .containsExactly(
                        "shape NO_PK: A NUMBER(10,0), B VARCHAR(134217728)",
                        "r NO_PK [∅|jp.public.no_pk|0|0] 1|one",
                        "u NO_PK [∅|jp.public.no_pk|0|1] 1|uno",
                        "d NO_PK [∅|jp.public.no_pk|0|2] ∅|∅");
    }

    @Test
    void aTableThatIsNotListedIsADeadLetterWhichNamesTheOption() {
        DebeziumDecoder decoder = Decoded.decoder();
        assertThat(Decoded.texts(
                        decoder,
                        List.of(InlineJson.record(null, InlineJson.value(InlineJson.ID, "c", "null", "{\"id\":1}")))))
                .containsExactly(
                        "dead NO_PRIMARY_KEY: public.t: the record has no Kafka key: give the table a primary key,"
                                + " name columns in the connector's message.key.columns, or list it in the"
                                + " pipeline file: in pipeline.multiset-tables, to be mirrored by its rows' values, or in"
                                + " pipeline.log-only-tables, for a log without a mirror");
    }

    /** A key may come and go, with the DDL or by its own: it counts for nothing, nor does a broken one. */
    @ParameterizedTest
    @ValueSource(strings = {InlineJson.KEY, "plain"})
    void aListedTablesKeyCountsForNothing(String key) {
        assertThat(texts(
                        InlineJson.record(key, InlineJson.value(InlineJson.ID, "c", "null", "{\"id\":1}")),
                        InlineJson.record(null, InlineJson.value(InlineJson.ID, "u", "null", "{\"id\":2}"))))
                .containsExactly("shape T: ID NUMBER(10,0)", "c T [∅|x.public.t|0|0] 1", "u T [∅|x.public.t|0|0] 2");
    }

    @Test
    void aColumnOfTheKeyMayBeNullOrLeftOut() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"name\"");
        String fields = InlineJson.ID + "," + InlineJson.NAME;
        assertThat(last(key, InlineJson.value(fields, "c", "null", "{\"id\":1,\"name\":null}")))
                .endsWith("] 1|∅");
        assertThat(last(key, InlineJson.value(fields, "u", "null", "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\"}")))
                .endsWith("] 1|…");
    }

    /** The 0, the "" and the default are made up by Debezium and the converter, where the delete names its key alone, or nothing. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // What only REPLICA IDENTITY FULL sends: a value where there may be NULL, and there is no default.
                "{\"id\":0,\"name\":\"a\",\"note\":\"\",\"state\":\"new\"}   | 0/a//new",
                "{\"id\":7,\"name\":\"\",\"note\":\"b\",\"state\":null}      | 7//b/∅",
                "{\"id\":0,\"name\":null,\"note\":\"\",\"state\":null}       | ∅/∅/∅/∅",
                "{\"id\":7,\"name\":null,\"note\":\"\",\"state\":\"new\"}    | ∅/∅/∅/∅",
                "{\"id\":7,\"name\":null,\"note\":\"b\",\"state\":\"old\"}   | ∅/∅/∅/∅",
                "null                                                        | ∅/∅/∅/∅",
            })
    void ofADeleteOnlyAWholeRowIsLogged(String before, String row) {
        assertThat(delete(ROW, before)).isEqualTo("d T [∅|x.public.t|0|0] " + row.replace('/', '|'));
    }

    /** An empty text is no JSON, and no row has it. */
    @Test
    void aMadeUpValueThatItsTypeDoesNotHoldIsNoDeadLetter() {
        String json = "{\"type\":\"string\",\"name\":\"io.debezium.data.Json\",\"optional\":false,\"field\":\"j\"}";
        assertThat(delete(InlineJson.ID + "," + json, "{\"id\":1,\"j\":\"\"}")).isEqualTo("d T [∅|x.public.t|0|0] ∅|∅");
    }

    @Test
    void aDeletedRowMayHaveARawColumn() {
        String date = "{\"type\":\"int32\",\"name\":\"io.debezium.time.Date\",\"optional\":true,\"field\":\"day\"}";
        List<String> texts = texts(InlineJson.record(
                null, InlineJson.value(InlineJson.ID + "," + date, "d", "{\"id\":1,\"day\":-2147472692}", "null")));
        assertThat(texts)
                .containsExactly(
                        "shape T: ID NUMBER(10,0), DAY DATE, DAY__RAW VARCHAR(134217728)",
                        "d T [∅|x.public.t|0|0] 1|∅|-2147472692");
    }

    /** Nothing of a row without a key goes on under another one, and a value that is left out shows nothing. */
    @Test
    void aDeleteThatANewKeyFollowsIsBelievedNoMoreThanOthers() {
        String text = "{\"type\":\"string\",\"optional\":false,\"field\":\"t\"}";
        String fields = InlineJson.ID + "," + InlineJson.NAME + "," + text;
        String madeUp = InlineJson.value(fields, "d", "{\"id\":0,\"name\":null,\"t\":\"\"}", "null");
        assertThat(last(null, madeUp, "__debezium.newkey")).endsWith(" ∅|∅|∅");
    }

    /** NULL may stand for a vector that was left out: its column is named, as that of a placeholder is. */
    @Test
    void whatAnUpdateLeavesOutIsNamed() {
        String vector = "{\"type\":\"array\",\"items\":{\"type\":\"double\",\"optional\":true},\"optional\":true,"
                + "\"field\":\"v\"}";
        String fields = InlineJson.ID + "," + InlineJson.NAME + "," + vector;
        String after = "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\",\"v\":null}";
        assertThat(leftOut(InlineJson.value(fields, "u", "null", after))).containsExactly("NAME", "V");
        assertThat(leftOut(InlineJson.value(fields, "c", "null", after), "__debezium.oldkey"))
                .containsExactly("NAME", "V");
        assertThat(leftOut(InlineJson.value(fields, "c", "null", after))).isEmpty();
        assertThat(leftOut(InlineJson.value(fields, "u", "{\"id\":1,\"name\":\"a\",\"v\":null}", after)))
                .containsExactly("NAME");
    }

    private static List<String> leftOut(String value, String... headers) {
        List<ChangeEvent> events =
                Decoded.events(decoder(DeclaredTables.NONE), List.of(InlineJson.record(null, value, headers)));
        return ((RowChange) events.get(1))
                .leftOut().stream().map(RowChange.LeftOut::column).toList();
    }

    /** COPY writes many rows at one LSN, and some of them may be equal. */
    @Test
    void equalRowsAtOneLsnAreAsManyRows() {
        RawRecord first = InlineJson.record(null, InlineJson.value(InlineJson.ID, "c", "null", "{\"id\":1}"));
        RawRecord second = at(1, first);
        RawRecord third = at(2, first);
        List<RowChange> rows = Decoded.events(decoder(DeclaredTables.NONE), List.of(first, second, third)).stream()
                .filter(RowChange.class::isInstance)
                .map(RowChange.class::cast)
                .toList();
        assertThat(rows).hasSize(3);
        assertThat(rows).extracting(RowChange::key).doesNotHaveDuplicates();
        assertThat(rows).extracting(row -> row.position().lsn()).containsOnly(7L);
    }

    private static RawRecord at(long offset, RawRecord record) {
        return new RawRecord(
                record.topic(),
                record.partition(),
                offset,
                record.timestampMillis(),
                record.key(),
                record.value(),
                record.headers());
    }

    /** The warehouse may know the table with a key, from before it was listed. */
    @Test
    void aTruncateComesWithTheShape() {
        RawRecord truncate = InlineJson.record(null, InlineJson.value(InlineJson.ID, "t", "null", "null"));
        assertThat(texts(truncate, truncate)).containsExactly("shape T: ID NUMBER(10,0)", "t T", "t T");
    }

    /** As AvroData writes a field: NULL is the first choice where it is the default. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[\"null\",\"string\"] | ,\"default\":null    | true",
                "[\"null\",\"string\"] |                      | true",
                "[\"string\",\"null\"] | ,\"default\":\"new\" | false",
                "\"string\"            |                      | false",
                "\"string\"            | ,\"default\":\"new\" | false",
            })
    void onlyAFieldThatMayBeNullAndHasNoDefaultIsNeverMadeUp(
            String type, @Nullable String defaultValue, boolean neverMadeUp) throws Exception {
        AvroType row = AvroType.parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\",\"type\":%s%s}]}"
                .formatted(type, Objects.requireNonNullElse(defaultValue, "")));
        assertThat(row.schema().fields().get(0).isNeverMadeUp()).isEqualTo(neverMadeUp);
    }
}
