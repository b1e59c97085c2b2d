package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys, placeholders and damage in rows, on hand-made records. */
class RowTest {

    private static final String ROW = InlineJson.ID + "," + InlineJson.NAME;
    private static final String BYTES = "{\"type\":\"bytes\",\"optional\":true,\"field\":\"raw\"}";
    private static final String PLACEHOLDER = "__debezium_unavailable_value";
    private static final String PLACEHOLDER_BYTES = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";

    private static String last(String key, String value, String... headers) {
        List<String> texts = Decoded.texts(List.of(InlineJson.record(key, value, headers)));
        return texts.get(texts.size() - 1);
    }

    @Test
    void aPlaceholderInAnUpdateIsAnUnchangedValue() {
        String after = "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\",\"raw\":\"" + PLACEHOLDER_BYTES + "\"}";
        String fields = ROW + "," + BYTES;
        assertThat(last(InlineJson.KEY, InlineJson.value(fields, "u", "null", after)))
                .isEqualTo("u T [1] 1|…|…");
        assertThat(last(InlineJson.KEY, InlineJson.value(fields, "c", "null", after), "__debezium.oldkey"))
                .isEqualTo("c T [1] 1|…|…");
    }

    private static final String VECTOR =
            "{\"type\":\"array\",\"items\":{\"type\":\"double\",\"optional\":true},\"optional\":true,\"field\":\"v\"}";

    private static List<RowChange.LeftOut> leftOut(String op, String before, String after, String... headers) {
        String value = InlineJson.value(ROW + "," + VECTOR, op, before, after);
        List<ChangeEvent> events =
                Decoded.events(Decoded.decoder(), List.of(InlineJson.record(InlineJson.KEY, value, headers)));
        return ((RowChange) events.get(1)).leftOut();
    }

    /** Debezium 3.6 has no placeholder for an array of float8: it sends NULL for an unchanged one. */
    @Test
    void aNullInAColumnWithoutPlaceholderIsInDoubtUnlessTheRowBeforeIsThere() {
        String after = "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\",\"v\":null}";
        RowChange.LeftOut name = new RowChange.LeftOut("NAME", RowChange.LeftOut.NO_DOUBT);
        RowChange.LeftOut vector = new RowChange.LeftOut("V", 1);
        assertThat(leftOut("u", "null", after)).containsExactly(name, vector);
        assertThat(leftOut("c", "null", after, "__debezium.oldkey")).containsExactly(name, vector);
        assertThat(leftOut("u", "{\"id\":1,\"name\":\"a\",\"v\":[1.5]}", after)).containsExactly(name);
        assertThat(leftOut("c", "null", after)).isEmpty();
        assertThat(leftOut("u", "null", "{\"id\":1,\"name\":\"a\",\"v\":[1.5]}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"c", "r"})
    void thePlaceholdersTextIsAUsersTextInAnInsert(String op) {
        String after = "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\"}";
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, op, "null", after)))
                .isEqualTo(op + " T [1] 1|" + PLACEHOLDER);
    }

    @Test
    void aTextThatOnlyContainsThePlaceholderStaysAsItIs() {
        String after = "{\"id\":1,\"name\":\"x " + PLACEHOLDER + "\"}";
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "u", "null", after)))
                .isEqualTo("u T [1] 1|x " + PLACEHOLDER);
    }

    @Test
    void aTextOfThePlaceholdersBytesIsNoPlaceholder() {
        String after = "{\"id\":1,\"name\":\"" + PLACEHOLDER_BYTES + "\"}";
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "u", "null", after)))
                .isEqualTo("u T [1] 1|" + PLACEHOLDER_BYTES);
    }

    @Test
    void theKeysValuesAreTheRowsOwn() {
        assertThat(last(
                        InlineJson.KEY.replace("\"id\":1", "\"id\":77"),
                        InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\"}")))
                .isEqualTo("c T [1] 1|a");
    }

    @Test
    void aKeyChangeIsADeleteOfTheOldAndAnInsertOfTheNew() {
        String delete = InlineJson.value(ROW, "d", "{\"id\":11,\"name\":\"fake\"}", "null");
        String insert = InlineJson.value(ROW, "c", "null", "{\"id\":110,\"name\":\"" + PLACEHOLDER + "\"}");
        assertThat(Decoded.texts(List.of(
                        InlineJson.record(InlineJson.KEY, delete, "__debezium.newkey"),
                        InlineJson.record(InlineJson.KEY, null, "__debezium.newkey"),
                        InlineJson.record(InlineJson.KEY, insert, "__debezium.oldkey"))))
                .containsExactly(
                        "shape T: ID NUMBER(10,0) KEY, NAME VARCHAR(134217728)", "d T [11] 11|…", "c T [110] 110|…");
    }

    /** Its values stand in its own delete, and what cannot be left out comes with the insert. */
    @Test
    void theDeleteHalfOfAKeyChangeLeavesOutWhatTheInsertMayLeaveOut() {
        String number = "{\"type\":\"int64\",\"optional\":true,\"field\":\"n\"}";
        String delete = InlineJson.value(
                ROW + "," + VECTOR + "," + number, "d", "{\"id\":1,\"name\":\"fake\",\"v\":[1.5],\"n\":7}", "null");
        assertThat(last(InlineJson.KEY, delete, "__debezium.newkey")).isEqualTo("d T [1] 1|…|…|∅");
        assertThat(last(InlineJson.KEY, delete)).isEqualTo("d T [1] 1|∅|∅|∅");
        RowChange change = (RowChange) Decoded.events(
                        Decoded.decoder(), List.of(InlineJson.record(InlineJson.KEY, delete, "__debezium.newkey")))
                .get(1);
        assertThat(change.leftOut()).noneMatch(RowChange.LeftOut::isInDoubt);
    }

    @Test
    void aKeyThatTheRowDoesNotHaveIsADeadLetter() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"a2\"");
        assertThat(last(key, InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\"}")))
                .startsWith(
                        "dead NO_PRIMARY_KEY: public.t: the Kafka key names columns [a2], but the row has [id, name]");
    }

    @Test
    void aNullInTheKeyIsADeadLetter() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"name\"");
        assertThat(last(key, InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":null}")))
                .isEqualTo("dead NO_PRIMARY_KEY: public.t.name is part of the key and NULL");
    }

    @Test
    void aKeyThatWasLeftOutAsUnchangedIsADeadLetter() {
        String key = InlineJson.KEY.replace("\"field\":\"id\"", "\"field\":\"name\"");
        assertThat(last(key, InlineJson.value(ROW, "u", "null", "{\"id\":1,\"name\":\"" + PLACEHOLDER + "\"}")))
                .startsWith("dead UNKNOWN_TOAST_VALUE: public.t.name is part of the key");
    }

    @Test
    void aNewKeySchemaGivesANewShape() {
        String value = InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\"}");
        String wider = InlineJson.KEY.replace(InlineJson.ID, ROW);
        assertThat(Decoded.texts(List.of(InlineJson.record(InlineJson.KEY, value), InlineJson.record(wider, value))))
                .containsExactly(
                        "shape T: ID NUMBER(10,0) KEY, NAME VARCHAR(134217728)",
                        "c T [1] 1|a",
                        "shape T: ID NUMBER(10,0) KEY, NAME VARCHAR(134217728) KEY",
                        "c T [1|a] 1|a");
    }

    @Test
    void columnsThatDifferOnlyInCaseAreRefusedByName() {
        String twin = "{\"type\":\"string\",\"optional\":true,\"field\":\"ID\"}";
        assertThat(last(
                        InlineJson.KEY,
                        InlineJson.value(InlineJson.ID + "," + twin, "c", "null", "{\"id\":1,\"ID\":\"a\"}")))
                .startsWith(
                        "dead UNSUPPORTED_TYPE: public.t: column 'ID' has no name of its own in Snowflake beside 'id'");
    }

    @Test
    void aColumnsOriginalNameIsPreferred() {
        String adjusted = "{\"type\":\"string\",\"optional\":true,\"field\":\"my_name\","
                + "\"parameters\":{\"__debezium.source.column.name\":\"my-name\"}}";
        List<String> texts = Decoded.texts(List.of(InlineJson.record(
                InlineJson.KEY,
                InlineJson.value(InlineJson.ID + "," + adjusted, "c", "null", "{\"id\":1,\"my_name\":\"a\"}"))));
        assertThat(texts.get(0)).isEqualTo("shape T: ID NUMBER(10,0) KEY, MY-NAME VARCHAR(134217728)");
    }

    @Test
    void fieldsInAnotherOrderThanTheSchemasAreFoundByName() {
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "c", "null", "{\"name\":\"é\\u00e9\",\"id\":1}")))
                .isEqualTo("c T [1] 1|éé");
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "c", "null", "{\"id\":1}")))
                .startsWith("dead UNDECODABLE: public.t.name is in the schema and not in the row");
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\",\"x\":1}")))
                .startsWith("dead UNDECODABLE: public.t: the row has 3 fields, its schema 2");
    }

    @Test
    void anIncrementalSnapshotReadHasNoLsn() {
        String source = "\"snapshot\":\"incremental\",\"ts_ms\":3,\"lsn\":null,\"txId\":null";
        RowChange read = (RowChange) Decoded.events(
                        Decoded.decoder(),
                        List.of(InlineJson.record(
                                InlineJson.KEY, InlineJson.value(InlineJson.ID, "r", "null", "{\"id\":1}", source))))
                .get(1);
        assertThat(read.position().snapshot()).isTrue();
        assertThat(read.position().lsn()).isEqualTo(-1);
        assertThat(read.position().txId()).isEqualTo(-1);
        assertThat(read.position().committedAtMicros()).isEqualTo(3_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"op\":\"c\"'          | '\"op\":\"x\"'              | op is 'x', none of",
                "'\"op\":\"c\"'          | '\"po\":\"c\"'              | the envelope has no op",
                "'\"id\":1,'             | '\"id\":1.5,'               | public.t.id: VALUE_NUMBER_FLOAT stands where"
                        + " an integer",
                "'\"id\":1,'             | '\"id\":2147483648,'        | public.t.id: the integer has more than the 32"
                        + " bits",
                "'\"id\":1,'             | '\"id\":null,'              | public.t.id: the value is null",
                "'\"a\"'                 | '7'                         | public.t.name: VALUE_NUMBER_INT stands where"
                        + " a text",
                "'\"a\"'                 | '\"\\ud800\"'               | public.t.name: the text has half a surrogate"
                        + " pair",
                "'\"table\":\"t\"'       | '\"tablet\":\"t\"'          | the envelope's source names no schema and"
                        + " table",
                "'\"snapshot\":\"false\"'| '\"snapshot\":\"perhaps\"'  | source.snapshot of 7 bytes is none",
                "'\"ts_us\":5'           | '\"ts_xx\":5'               | the envelope's source has none of ts_us",
                "'\"ts_ms\":1}}'         | '\"ts_ms\":1}} x'           | invalid JSON",
                "'\"ts_ms\":1}}'         | '\"ts_ms\":1} x}'          | invalid JSON",
                "'\"ts_ms\":1}}'         | '\"ts_ms\":1},\"more\":1}' | the JSON is not an inline schema",
                "'\"ts_ms\":1}}'         | '\"ts_ms\":1'               | invalid JSON",
            })
    void aDamagedRecordIsUndecodable(String found, String replaced, String detail) {
        String value = InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\"}");
        assertThat(value).contains(found);
        int at = value.lastIndexOf(found);
        String damaged = value.substring(0, at) + replaced + value.substring(at + found.length());
        assertThat(last(InlineJson.KEY, damaged)).startsWith("dead UNDECODABLE: " + detail);
        // Again behind a good record, when the schema is known and the payload is read alone.
        List<String> texts = Decoded.texts(
                List.of(InlineJson.record(InlineJson.KEY, value), InlineJson.record(InlineJson.KEY, damaged)));
        assertThat(texts.get(2)).startsWith("dead UNDECODABLE: ");
    }

    @Test
    void whatIsNoEnvelopeIsToldApart() {
        String bare = "{\"schema\":{\"type\":\"struct\",\"fields\":[" + ROW
                + "],\"name\":\"x.Value\"},\"payload\":{\"id\":1}}";
        assertThat(last(InlineJson.KEY, bare)).startsWith("dead NOT_AN_ENVELOPE: schema 'struct x.Value' is neither");
        assertThat(last(InlineJson.KEY, "{\"id\":1}"))
                .startsWith("dead NOT_AN_ENVELOPE: the JSON without schema is neither an envelope of Debezium's"
                        + " PostgreSQL");
        assertThat(last(InlineJson.KEY, "plain")).startsWith("dead UNDECODABLE: 5 bytes begin neither");
        assertThat(last("plain", InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":\"a\"}")))
                .startsWith("dead UNDECODABLE: key: 5 bytes begin neither");
    }

    @Test
    void aDeleteWithoutBeforeHasNoKey() {
        assertThat(last(InlineJson.KEY, InlineJson.value(ROW, "d", "null", "null")))
                .startsWith("dead NO_PRIMARY_KEY: public.t: the delete has no 'before'");
    }

    @Test
    void noDetailQuotesTheRow() {
        String secret = "s3cret";
        for (String damage : List.of("\"" + secret + "\\ud800\"", secret, "{\"" + secret + "\":1}", "\"" + secret)) {
            String value = InlineJson.value(ROW, "c", "null", "{\"id\":1,\"name\":" + damage + "}");
            assertThat(last(InlineJson.KEY, value))
                    .startsWith("dead UNDECODABLE: ")
                    .doesNotContain(secret);
        }
    }
}
