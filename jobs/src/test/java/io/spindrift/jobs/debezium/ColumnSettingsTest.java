package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns that the pipeline file chooses for, types that there are none for, and values that a column does not hold. */
class ColumnSettingsTest {

    private static final String DATE = field("int32", "io.debezium.time.Date", "", "d");
    private static final String JSON = field("string", "io.debezium.data.Json", "", "j");
    private static final String SPAN = field("int64", "io.debezium.time.MicroDuration", "", "span");
    private static final String MAX = "VARCHAR(134217728)";

    private static String field(String type, String name, String parameters, String field) {
        return "{\"type\":\"%s\",\"name\":\"%s\",\"parameters\":{%s},\"optional\":true,\"field\":\"%s\"}"
                .formatted(type, name, parameters, field);
    }

    private static String decimal(int precision, int scale, String field) {
        String parameters = "\"scale\":\"%d\",\"connect.decimal.precision\":\"%d\"".formatted(scale, precision);
        return field("bytes", "org.apache.kafka.connect.data.Decimal", parameters, field);
    }

    private static String base64(String unscaled) {
        return "\"" + Base64.getEncoder().encodeToString(new BigInteger(unscaled).toByteArray()) + "\"";
    }

    private static ColumnSettings choosing(String column, Choice choice) {
        return new ColumnSettings(
                Map.of("public.t." + column, choice), OnUnsupportedType.DEAD_LETTER, OnUnrepresentableValue.RAW_COLUMN);
    }

    private static ColumnSettings policies(OnUnsupportedType type, OnUnrepresentableValue value) {
        return new ColumnSettings(Map.of(), type, value);
    }

    private static List<String> texts(ColumnSettings settings, String fields, String... afters) {
        return texts(Decoded.decoder(settings), fields, afters);
    }

    private static List<String> texts(DebeziumDecoder decoder, String fields, String... afters) {
        return Decoded.texts(
                decoder,
                List.of(afters).stream()
                        .map(after -> InlineJson.record(
                                InlineJson.KEY,
                                InlineJson.value(InlineJson.ID + "," + fields, "u", "{\"id\":1}", after)))
                        .toList());
    }

    @Test
    void anExcludedColumnIsNowhere() {
        assertThat(texts(
                        choosing("span", Choice.EXCLUDE),
                        SPAN + "," + InlineJson.NAME,
                        "{\"id\":1,\"span\":5,\"name\":\"a\"}",
                        // Fields in another order are found by name.
                        "{\"name\":\"b\",\"span\":{},\"id\":2}"))
                .containsExactly("shape T: ID NUMBER(10,0) KEY, NAME " + MAX, "u T [1] 1|a", "u T [2] 2|b");
    }

    /** The field's number is not the column's then. */
    @Test
    void aRefusalBehindAnExcludedColumnNamesItsOwn() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"name\"");
        String value = InlineJson.value(SPAN + "," + InlineJson.NAME, "c", "null", "{\"span\":5,\"name\":null}");
        assertThat(Decoded.texts(
                        Decoded.decoder(choosing("span", Choice.EXCLUDE)), List.of(InlineJson.record(key, value))))
                .containsExactly("dead NO_PRIMARY_KEY: public.t.name is part of the key and NULL");
    }

    @Test
    void theKeyCannotBeExcluded() {
        assertThat(texts(choosing("id", Choice.EXCLUDE), InlineJson.NAME, "{\"id\":1,\"name\":\"a\"}"))
                .containsExactly("dead UNSUPPORTED_TYPE: public.t.id belongs to the key and cannot be left out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "19782 | 2024-02-29",
                "-622191234 | -622191234",
                "null | ∅",
            })
    void aDateAsTextIsItsTextOrTheNumberThatCame(String day, String cell) {
        assertThat(texts(choosing("d", Choice.TEXT), DATE, "{\"id\":1,\"d\":" + day + "}"))
                .containsExactly("shape T: ID NUMBER(10,0) KEY, D " + MAX, "u T [1] 1|" + cell);
    }

    @Test
    void aNumberOfMoreDigitsThanSnowflakesIsTextToTheLastOne() {
        String number = "123456789012345678901234567890123456789012.00";
        assertThat(texts(
                        choosing("n", Choice.TEXT),
                        decimal(44, 2, "n"),
                        "{\"id\":1,\"n\":" + base64(number.replace(".", "")) + "}",
                        "{\"id\":1,\"n\":" + base64("-5") + "}"))
                .containsExactly("shape T: ID NUMBER(10,0) KEY, N " + MAX, "u T [1] 1|" + number, "u T [1] 1|-0.05");
        assertThat(texts(choosing("n", Choice.TEXT), decimal(5, -2, "n"), "{\"id\":1,\"n\":" + base64("7") + "}"))
                .endsWith("u T [1] 1|700");
        assertThat(texts(ColumnSettings.DEFAULT, decimal(44, 2, "n"), "{\"id\":1,\"n\":" + base64("7") + "}"))
                .containsExactly(
                        "dead UNSUPPORTED_TYPE: public.t.n: NUMERIC(44,2) exceeds Snowflake's NUMBER(38,37): give it"
                                + " type: text (columns.public.t.n.exclude: true)");
    }

    @Test
    void jsonAsTextMayBeWhatAVariantCannot() {
        assertThat(texts(
                        choosing("j", Choice.TEXT),
                        JSON,
                        "{\"id\":1,\"j\":\"{\\\"a\\\":1, \\\"a\\\":2}\"}",
                        "{\"id\":1,\"j\":\"__debezium_unavailable_value\"}"))
                .containsExactly(
                        "shape T: ID NUMBER(10,0) KEY, J " + MAX, "u T [1] 1|{\"a\":1, \"a\":2}", "u T [1] 1|…");
    }

    @Test
    void anUnsupportedColumnIsNamedWithTheKeyThatLeavesItOut() {
        assertThat(texts(ColumnSettings.DEFAULT, SPAN, "{\"id\":1,\"span\":5}"))
                .containsExactly("dead UNSUPPORTED_TYPE: public.t.span: no column type for int64"
                        + " io.debezium.time.MicroDuration: set interval.handling.mode=string"
                        + " (columns.public.t.span.exclude: true)");
    }

    @Test
    void anUnsupportedColumnIsLeftOutByPolicyAndCountedOnce() {
        DebeziumDecoder decoder =
                Decoded.decoder(policies(OnUnsupportedType.EXCLUDE_COLUMN, OnUnrepresentableValue.DEAD_LETTER));
        assertThat(texts(decoder, SPAN, "{\"id\":1,\"span\":5}", "{\"id\":2,\"span\":6}"))
                .containsExactly("shape T: ID NUMBER(10,0) KEY", "u T [1] 1", "u T [2] 2");
        texts(decoder, SPAN + "," + InlineJson.NAME, "{\"id\":1,\"span\":5,\"name\":\"a\"}");
        assertThat(decoder.columnsLeftOut()).isOne();
    }

    /** The shape grows once, by the column that needs it; a value that has its form is there without a raw text. */
    @Test
    void aValueThatItsColumnDoesNotHoldStandsBesideIt() {
        DebeziumDecoder decoder = Decoded.decoder();
        String fields = DATE + "," + JSON + "," + decimal(4, 2, "n");
        assertThat(texts(
                        decoder,
                        fields,
                        "{\"id\":1,\"d\":0,\"j\":\"[]\",\"n\":null}",
                        "{\"id\":2,\"d\":-622191234,\"j\":\"[]\",\"n\":null}",
                        "{\"id\":3,\"d\":1,\"j\":null,\"n\":" + base64("10000") + "}",
                        "{\"id\":4,\"d\":null,\"j\":\"{\\\"a\\\":1,\\\"a\\\":2}\",\"n\":" + base64("-12345") + "}",
                        "{\"id\":5,\"d\":2,\"j\":\"__debezium_unavailable_value\",\"n\":" + base64("5") + "}"))
                .containsExactly(
                        "shape T: ID NUMBER(10,0) KEY, D DATE, J VARIANT, N NUMBER(4,2)",
                        "u T [1] 1|1970-01-01|[]|∅",
                        "shape T: ID NUMBER(10,0) KEY, D DATE, D__RAW " + MAX + ", J VARIANT, N NUMBER(4,2)",
                        "u T [2] 2|∅|-622191234|[]|∅",
                        "shape T: ID NUMBER(10,0) KEY, D DATE, D__RAW " + MAX + ", J VARIANT, N NUMBER(4,2), N__RAW "
                                + MAX,
                        "u T [3] 3|1970-01-02|∅|∅|∅|100.00",
                        "shape T: ID NUMBER(10,0) KEY, D DATE, D__RAW " + MAX + ", J VARIANT, J__RAW " + MAX
                                + ", N NUMBER(4,2), N__RAW " + MAX,
                        "u T [4] 4|∅|∅|∅|{\"a\":1,\"a\":2}|∅|-123.45",
                        "u T [5] 5|1970-01-03|∅|…|…|0.05|∅");
        assertThat(decoder.rawValues()).isEqualTo(4);
        String delete = InlineJson.value(
                InlineJson.ID + "," + fields, "d", "{\"id\":6,\"d\":-622191234,\"j\":null,\"n\":null}", "null");
        assertThat(Decoded.texts(decoder, List.of(InlineJson.record(InlineJson.KEY, delete))))
                .containsExactly("d T [6] 6|∅|∅|∅|∅|∅|∅");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int64  | io.debezium.time.MicroTime      | 86400000000                       | 86400000000",
                "int64  | io.debezium.time.MicroTimestamp | -9223372036832400000              | -9223372036832400000",
                "int64  | io.debezium.time.Timestamp      | 253402300800000                   | 253402300800000",
                "int64  | io.debezium.time.NanoTime       | -1                                | -1",
                "int32  | io.debezium.time.Time           | 86400000                          | 86400000",
                "string | io.debezium.time.ZonedTimestamp | '\"infinity\"'                    | infinity",
                "string | io.debezium.time.ZonedTimestamp | '\"+294276-12-31T23:59:59.999999Z\"' |"
                        + " +294276-12-31T23:59:59.999999Z",
                "string | io.debezium.time.ZonedTimestamp | '\"-4713-11-24T00:00:00.000000Z\"'   |"
                        + " -4713-11-24T00:00:00.000000Z",
                "string | io.debezium.data.Json           | '\"[1e400]\"'                     | [1e400]",
            })
    void theRawTextIsWhatDebeziumSent(String type, String name, String value, String raw) {
        assertThat(texts(ColumnSettings.DEFAULT, field(type, name, "", "x"), "{\"id\":1,\"x\":" + value + "}"))
                .endsWith("u T [1] 1|∅|" + raw);
    }

    @Test
    void byPolicySuchARecordIsADeadLetter() {
        ColumnSettings settings = policies(OnUnsupportedType.DEAD_LETTER, OnUnrepresentableValue.DEAD_LETTER);
        assertThat(texts(settings, DATE, "{\"id\":1,\"d\":-622191234}"))
                .singleElement()
                .asString()
                .startsWith("dead UNREPRESENTABLE_VALUE: public.t.d: the date is infinite or outside");
    }

    @Test
    void aKeyHasNoRawForm() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"d\"");
        String value = InlineJson.value(InlineJson.ID + "," + DATE, "c", "null", "{\"id\":1,\"d\":-622191234}");
        assertThat(Decoded.texts(List.of(InlineJson.record(key, value))))
                .singleElement()
                .asString()
                .startsWith("dead UNREPRESENTABLE_VALUE: public.t.d: ");
    }

    @Test
    void aUsersOwnColumnOfTheRawOnesNameIsLeftAlone() {
        String own = InlineJson.NAME.replace("\"name\"}", "\"d__raw\"}");
        assertThat(texts(
                        ColumnSettings.DEFAULT,
                        DATE + "," + own,
                        "{\"id\":1,\"d\":-622191234,\"d__raw\":\"a\"}",
                        "{\"id\":2,\"d\":0,\"d__raw\":\"a\"}"))
                .satisfiesExactly(
                        letter -> assertThat(letter).startsWith("dead UNREPRESENTABLE_VALUE: public.t.d: "),
                        shape -> assertThat(shape).isEqualTo("shape T: ID NUMBER(10,0) KEY, D DATE, D__RAW " + MAX),
                        row -> assertThat(row).isEqualTo("u T [2] 2|1970-01-01|a"));
    }

    /** Damage is no value, and must not become a text. */
    @Test
    void damageHasNoRawForm() {
        String zoned = field("string", "io.debezium.time.ZonedTimestamp", "", "x");
        assertThat(texts(ColumnSettings.DEFAULT, zoned, "{\"id\":1,\"x\":\"infinity\"}", "{\"id\":1,\"x\":\"soon\"}"))
                .last()
                .asString()
                .startsWith("dead UNDECODABLE: public.t.x: ");
    }
}
