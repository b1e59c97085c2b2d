package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are known by their values. The hashes were computed by hand, from what {@link MultisetCells} says of itself: they stand in users' tables. */
class MultisetCellsTest {

    private static final String ONE = "D60438BCA1EEE5C02E8C8FD46BD2394E";
    private static final String UNO = "FFBC0265C43A7876998BFE880EF267A5";
    private static final String NULL_B = "B4D4EF9F5F61CE980F0A2650E8B91DDF";
    private static final DeclaredTables DECLARED = new DeclaredTables(
            HandlingModes.DEFAULTS,
            List.of(new DeclaredTables.Table(
                    new SourceTable("public", "no_pk"),
                    List.of(DeclaredTables.Column.parse("a", "integer"), DeclaredTables.Column.parse("b", "text")),
                    List.of())));

    private static DebeziumDecoder decoder() {
        return new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                DECLARED,
                Captured.registry(),
                Decoded::toUpperCase,
                new KeylessTables(Set.of(), Set.of(new SourceTable("public", "no_pk"), new SourceTable("public", "t"))),
                ColumnSettings.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope-avro", "envelope-json-schema", "envelope-json-plain"})
    void aCapturedTableIsTheSameInEveryEncoding(String file) {
        List<RawRecord> records = Captured.of(Captured.file(file), "public.no_pk");
        String topic = records.get(0).topic();
        assertThat(Decoded.texts(decoder(), records))
                .containsExactly(
                        "shape NO_PK: A NUMBER(10,0), B VARCHAR(134217728), _CDC_ROW BINARY(16) KEY, _CDC_ROW_BEFORE BINARY(16), _CDC_ORDER NUMBER(19,0)",
                        "r NO_PK [∅|" + topic + "|0|0] 1|one|" + ONE + "|∅|∅",
                        "u NO_PK [∅|" + topic + "|0|1] 1|uno|" + UNO + "|" + ONE + "|1",
                        "d NO_PK [∅|" + topic + "|0|2] 1|uno|" + UNO + "|∅|1");
    }

    /** What an update leaves out stands in the row before it. */
    @Test
    void anUnchangedValueIsTheOneBefore() {
        String fields = InlineJson.ID + "," + InlineJson.NAME;
        String update = InlineJson.value(
                        fields,
                        "u",
                        "{\"id\":1,\"name\":\"large\"}",
                        "{\"id\":2,\"name\":\"__debezium_unavailable_value\"}")
                .replace(
                        "{\"type\":\"string\",\"field\":\"op\"}",
                        TRANSACTION + ",{\"type\":\"string\",\"field\":\"op\"}")
                .replace("\"op\":\"u\"", "\"transaction\":{\"id\":\"9:7\",\"total_order\":3},\"op\":\"u\"");
        List<String> texts = Decoded.texts(decoder(), List.of(InlineJson.record(null, update)));
        assertThat(texts.get(texts.size() - 1))
                .startsWith("u T [∅|x.public.t|0|0] 2|large|")
                .endsWith("|3");
    }

    private static final String TRANSACTION =
            "{\"type\":\"struct\",\"optional\":true,\"field\":\"transaction\",\"fields\":[{\"type\":\"string\",\"field\":\"id\"},{\"type\":\"int64\",\"field\":\"total_order\"}]}";

    /** It is one value among others, and is counted like them. */
    @Test
    void aValueThatItsTypeDoesNotHoldHasItsTextInTheHash() {
        String date = "{\"type\":\"int32\",\"name\":\"io.debezium.time.Date\",\"optional\":true,\"field\":\"day\"}";
        String snapshot = "\"snapshot\":\"true\",\"ts_us\":5,\"lsn\":7,\"txId\":9";
        List<String> texts = Decoded.texts(
                decoder(),
                List.of(
                        InlineJson.record(null, InlineJson.value(date, "r", "null", "{\"day\":-2147472692}", snapshot)),
                        InlineJson.record(null, InlineJson.value(date, "r", "null", "{\"day\":null}", snapshot))));
        assertThat(texts).hasSize(3);
        assertThat(hash(texts.get(1))).isNotEqualTo(hash(texts.get(2)));
    }

    private static String hash(String text) {
        return text.split("\\|")[text.split("\\|").length - 3];
    }

    @Test
    void theOrderOfColumnsAndOneMoreThatIsNullChangeNoRow() {
        assertThat(hashOf(List.of("A", "B"), "1", "one")).isEqualTo(ONE);
        assertThat(hashOf(List.of("B", "A"), "one", "1")).isEqualTo(ONE);
        assertThat(hashOf(List.of("B", "A", "AA"), "one", "1", NULL)).isEqualTo(ONE);
        assertThat(hashOf(List.of("A", "B"), "1", NULL)).isEqualTo(NULL_B);
    }

    @Test
    void whereAValueEndsTellsRowsApart() {
        assertThat(Set.of(
                        hashOf(List.of("A", "B"), "ab", "c"),
                        hashOf(List.of("A", "B"), "a", "bc"),
                        hashOf(List.of("A", "B"), "", "abc"),
                        hashOf(List.of("A", "B"), NULL, "abc"),
                        hashOf(List.of("A", "B"), "abc", NULL),
                        hashOf(List.of("A", "B"), NULL, NULL)))
                .hasSize(6);
    }

    private static final String NULL = "∅";

    private static String hashOf(List<String> names, String... values) {
        CellBuffer row = new CellBuffer();
        Arrays.asList(values).forEach(value -> {
            if (value.equals(NULL)) {
                row.addNull();
            } else {
                row.addText(value);
            }
        });
        CellBuffer out = new CellBuffer();
        new MultisetCells(names.stream()
                        .map(name -> new Column(name, new ColumnType.Text(10), false))
                        .toList())
                .addHash(row, out);
        CellCursor cursor = new CellCursor().on(out);
        assertThat(cursor.next()).isTrue();
        return String.valueOf(cursor.text());
    }

    @Test
    void aColumnUnderAReservedNameIsRefused() {
        String count = "{\"type\":\"int32\",\"optional\":false,\"field\":\"_cdc_count\"}";
        assertThat(Decoded.texts(
                        decoder(),
                        List.of(InlineJson.record(
                                null,
                                InlineJson.value(
                                        count,
                                        "r",
                                        "null",
                                        "{\"_cdc_count\":1}",
                                        "\"snapshot\":\"true\",\"ts_us\":5,\"lsn\":7,\"txId\":9")))))
                .singleElement()
                .asString()
                .startsWith("dead UNSUPPORTED_TYPE: public.t: column '_cdc_count' has no name of its own in Snowflake");
    }
}
