package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of ExtractNewRecordState: as captured, and by hand where the captured ones say more than is asked for. */
class FlattenedTest {

    private static final String METADATA = "op c,deleted false,lsn 7,source_ts_us 5";

    @ParameterizedTest
    @ValueSource(strings = {"flat-avro", "flat-json-schema"})
    void aFlattenedTableReadsLikeItsEnvelopes(String file) {
        List<String> envelopes = Decoded.texts(Captured.of(Captured.json(), "public.customers"));
        assertThat(Decoded.texts(Captured.of(Captured.file(file), "public.customers")))
                .hasSizeGreaterThan(14)
                .isEqualTo(envelopes);
    }

    /** The transform lets no truncate through, and the Avro connector wrote its decimals as texts. */
    @ParameterizedTest
    @CsvSource({"flat-avro, VARCHAR(134217728)", "flat-json-schema, 'NUMBER(10,2)'"})
    void deletesKeepTheirKeyAlone(String file, String type) {
        assertThat(Decoded.texts(Captured.of(Captured.file(file), "public.orders")))
                .containsExactly(
                        "shape ORDERS: ID NUMBER(10,0) KEY, CUSTOMER_ID NUMBER(10,0), TOTAL " + type
                                + ", CREATED_AT TIMESTAMP_TZ(6)",
                        "c ORDERS [100] 100|3|59.97|2024-07-01 10:00:00.000000 +00:00",
                        "c ORDERS [101] 101|1|10.00|2024-07-02 10:00:00.000000 +00:00",
                        "d ORDERS [101] 101|∅|∅|∅");
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat-avro", "flat-json-schema"})
    void positionsComeFromTheMetadata(String file) {
        List<ChangeEvent> events =
                Decoded.events(Decoded.decoder(), Captured.of(Captured.file(file), "public.customers"));
        Position read = ((RowChange) events.get(1)).position();
        Position created = ((RowChange) events.get(3)).position();
        assertThat(read.snapshot()).isTrue();
        assertThat(created.snapshot()).isFalse();
        assertThat(List.of(created.lsn(), created.txId(), created.committedAtMicros()))
                .containsExactly(27624144L, Position.NONE, 1795234465204000L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat-avro", "flat-json-schema"})
    void sideTopicsAndTombstonesAreIgnored(String file) {
        DebeziumDecoder decoder = Decoded.decoder();
        List<RawRecord> records = Captured.file(file);
        List<String> dead = Decoded.texts(decoder, records).stream()
                .filter(text -> text.startsWith("dead"))
                .map(text -> text.substring(0, text.indexOf(':')))
                .distinct()
                .toList();
        assertThat(dead).containsExactlyInAnyOrder("dead NO_PRIMARY_KEY", "dead UNSUPPORTED_TYPE");
        assertThat(decoder.ignored(Ignored.HEARTBEAT)).isEqualTo(2);
        assertThat(decoder.ignored(Ignored.MESSAGE)).isEqualTo(1);
        assertThat(decoder.ignored(Ignored.TOMBSTONE))
                .isEqualTo(records.stream().filter(r -> r.value() == null).count());
    }

    @Test
    void anUnchangedToastValueIsOneInAnUpdateAndInAKeyChange() {
        String row = "id 1,name '__debezium_unavailable_value'";
        assertThat(last(row, "op u,deleted false,lsn 7,source_ts_us 5")).isEqualTo("u T [1] 1|…");
        assertThat(last(row, METADATA)).isEqualTo("c T [1] 1|__debezium_unavailable_value");
        RecordHeaders moved = new RecordHeaders();
        moved.add("__debezium.oldkey", new byte[0]);
        assertThat(last("x.public.t", moved, row, METADATA)).isEqualTo("c T [1] 1|…");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "op c,deleted false,lsn 7                               | __source_ts_us (__ts_ms is not the time of"
                        + " the commit):",
                "op c,deleted false,lsn 7,ts_ms 5                       | __source_ts_us (__ts_ms is not the time of"
                        + " the commit):",
                "op c,deleted false,source_ts_ms 5                      | __source_lsn:",
                "deleted false,source_lsn 7,ts_us 5                     | __op:",
                "op c,source_lsn 7,source_ts_ns 5000                    | __deleted:",
                "table t                                                | __op, __source_lsn, __source_ts_us (__ts_ms"
                        + " is not the time of the commit), __deleted:",
            })
    void whatAChangeNeedsAndLacksIsNamed(String metadata, String missing) {
        assertThat(last("id 1", metadata))
                .startsWith("dead NOT_AN_ENVELOPE: the flattened record lacks " + missing
                        + " set add.fields=op,table,source.schema,source.lsn,source.txId,source.ts_us,source.snapshot"
                        + " and delete.tombstone.handling.mode=rewrite");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "op u,deleted true,lsn 7,source_ts_us 5   | __op and __deleted disagree on whether the record is a"
                        + " delete",
                "op d,deleted false,lsn 7,source_ts_us 5  | __op and __deleted disagree on whether the record is a"
                        + " delete",
                "op u,deleted maybe,lsn 7,source_ts_us 5  | __deleted is neither true nor false",
                "op u,deleted null,lsn 7,source_ts_us 5   | __deleted is neither true nor false",
                "op u,deleted false,lsn null,source_ts_us 5 | the LSN of a change is null",
                "op u,deleted false,lsn 7,source_ts_us null | the record's source has none of ts_us, ts_ns and ts_ms",
                "op null,deleted false,lsn 7,source_ts_us 5 | the record has no __op of one letter",
                "op c,deleted false,lsn 7,source_ts_us 5,source_snapshot perhaps | source.snapshot of 7 bytes is none",
            })
    void metadataThatCannotBeTrueIsUndecodable(String metadata, String detail) {
        assertThat(last("id 1", metadata)).startsWith("dead UNDECODABLE: " + detail);
    }

    /** As of an incremental snapshot, which reads at no place of the log. */
    @Test
    void aReadMayLackItsLsn() {
        RowChange read = (RowChange) Decoded.events(
                        Decoded.decoder(),
                        List.of(record(
                                "x.public.t",
                                new RecordHeaders(),
                                "id 1",
                                "op r,deleted false,lsn null,source_ts_us 5")))
                .get(1);
        assertThat(read.position().snapshot()).isTrue();
        assertThat(read.position().lsn()).isEqualTo(Position.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x.sales.t         |                            | sales.t",
                "my.shop.sales.t   |                            | sales.t",
                "x.sales.t         | table t                    | sales.t",
                "x.sales.a.b       | table a.b                  | sales.a.b",
                "x.sales.My_Table  | table My Table             | sales.My Table",
                "anything          | table t,schema sales       | sales.t",
                "anything          | source_table t,source_schema sales | sales.t",
                "x.sales.t         | schema sales               | sales.t",
            })
    void theTableIsNamedByTheRecordOrByItsTopic(String topic, @Nullable String names, String table) {
        String metadata = METADATA.replace("false", "maybe") + (names == null ? "" : "," + names);
        DebeziumDecoder decoder =
                new DebeziumDecoder(RecordFormat.AUTO, RecordFormat.AUTO, Captured.registry(), source -> {
                    assertThat(source.toString()).isEqualTo(table);
                    return Decoded.toUpperCase(source);
                });
        assertThat(Decoded.texts(decoder, List.of(record(topic, new RecordHeaders(), "id 1", metadata))))
                .containsExactly("dead UNDECODABLE: __deleted is neither true nor false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t                 |",
                "public.t          |",
                "x.public.         |",
                ".public.t         |",
                "x.public.all      | table t",
                "x.public.t        | schema sales",
            })
    void aTableThatIsNamedNowhereIsRefused(String topic, @Nullable String names) {
        String metadata = METADATA + (names == null ? "" : "," + names);
        assertThat(last(topic, new RecordHeaders(), "id 1", metadata))
                .startsWith(
                        "dead NOT_AN_ENVELOPE: the flattened record does not say its schema and table, and its topic "
                                + topic
                                + " is not <prefix>.<schema>.<table>: add table and source.schema to add.fields");
    }

    /** One value schema over tables of two topics: what one topic said must not stand for the other. */
    @Test
    void theTopicsNameIsNotKeptForAnotherTopic() {
        assertThat(Decoded.texts(Stream.of("x.public.a", "x.public.b", "x.public.a")
                        .map(topic -> record(topic, new RecordHeaders(), "id 1", METADATA))
                        .toList()))
                .containsExactly(
                        "shape A: ID NUMBER(10,0) KEY",
                        "c A [1] 1",
                        "shape B: ID NUMBER(10,0) KEY",
                        "c B [1] 1",
                        "c A [1] 1");
    }

    @Test
    void otherMetadataAreNoColumnsAndTheRowsOwnUnderscoresAre() {
        assertThat(Decoded.texts(List.of(record(
                        "x.public.t",
                        new RecordHeaders(),
                        "id 1,__mine 'a'",
                        METADATA + ",source_sequence s,ts_ms 3,transaction_id t,source_origin_lsn 9"))))
                .containsExactly("shape T: ID NUMBER(10,0) KEY, __MINE VARCHAR(134217728)", "c T [1] 1|a");
    }

    @Test
    void fieldsInAnotherOrderThanTheSchemasAreFoundByName() {
        RawRecord record = record("x.public.t", new RecordHeaders(), "id 1,name 'a'", METADATA);
        String value = new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8);
        String turned = value.replace("\"id\":1,\"name\":\"a\"", "\"__x\":null,\"name\":\"a\",\"id\":1");
        assertThat(Decoded.texts(List.of(InlineJson.record(InlineJson.KEY, turned))))
                .containsExactly("dead UNDECODABLE: public.t: the row has 3 fields, its schema 2");
        turned = value.replace("\"id\":1,\"name\":\"a\"", "\"name\":\"a\",\"id\":1");
        assertThat(Decoded.texts(List.of(InlineJson.record(InlineJson.KEY, turned))))
                .contains("c T [1] 1|a");
    }

    private static String last(String row, String metadata) {
        return last("x.public.t", new RecordHeaders(), row, metadata);
    }

    private static String last(String topic, RecordHeaders headers, String row, String metadata) {
        List<String> texts = Decoded.texts(List.of(record(topic, headers, row, metadata)));
        return texts.get(texts.size() - 1);
    }

    /** Fields as {@code name value}, metadata without their two underscores; text columns in quotes. */
    private static RawRecord record(String topic, RecordHeaders headers, String row, String metadata) {
        List<String> columns = List.of(row.split(","));
        List<String> others =
                Stream.of(metadata.split(",")).map(field -> "__" + field).toList();
        String fields = Stream.concat(columns.stream(), others.stream())
                .map(FlattenedTest::schema)
                .collect(Collectors.joining(","));
        String payload = Stream.concat(columns.stream(), others.stream())
                .map(FlattenedTest::value)
                .collect(Collectors.joining(","));
        String value = "{\"schema\":{\"type\":\"struct\",\"fields\":[" + fields
                + "],\"name\":\"x.Value\"},\"payload\":{" + payload + "}}";
        RawRecord record = InlineJson.record(InlineJson.KEY, value);
        return new RawRecord(topic, 0, 0, 0, record.key(), record.value(), headers);
    }

    private static String schema(String field) {
        String name = field.substring(0, field.indexOf(' '));
        boolean number = name.equals("id") || name.contains("lsn") || name.contains("ts_");
        String type = name.equals("id") ? "int32" : number ? "int64" : "string";
        return "{\"type\":\"" + type + "\",\"optional\":" + !name.equals("id") + ",\"field\":\"" + name + "\"}";
    }

    private static String value(String field) {
        int space = field.indexOf(' ');
        String value = field.substring(space + 1);
        boolean bare = value.equals("null") || Character.isDigit(value.charAt(0));
        return "\"" + field.substring(0, space) + "\":" + (bare ? value : "\"" + value.replace("'", "") + "\"");
    }
}
