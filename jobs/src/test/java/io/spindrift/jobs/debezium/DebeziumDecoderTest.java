package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Debezium wrote, against what stood in PostgreSQL. Expected rows are written by hand from the scenario. */
class DebeziumDecoderTest {

    private enum Capture {
        AVRO(Captured.avro()),
        JSON(Captured.json());

        private final List<RawRecord> records;

        Capture(List<RawRecord> records) {
            this.records = records;
        }

        List<RawRecord> topic(String end) {
            return Captured.of(records, end);
        }
    }

    @ParameterizedTest
    @EnumSource
    void customersAreReadInsertedAndUpdated(Capture capture) {
        assertThat(Decoded.texts(capture.topic("public.customers")))
                .containsExactly(
                        "shape CUSTOMERS: ID NUMBER(10,0) KEY, NAME VARCHAR(134217728), EMAIL VARCHAR(134217728)",
                        "r CUSTOMERS [1] 1|Ann|ann@example.com",
                        "r CUSTOMERS [2] 2|Bob|∅",
                        "c CUSTOMERS [3] 3|Cyd|cyd@example.com",
                        "u CUSTOMERS [3] 3|Cyd|cyd@new.example.com",
                        "c CUSTOMERS [501] 501|c1|a@x",
                        "c CUSTOMERS [502] 502|c2|b@x",
                        "c CUSTOMERS [503] 503|c3|c@x",
                        "c CUSTOMERS [504] 504|c4|d@x",
                        "c CUSTOMERS [505] 505|c5|e@x",
                        "c CUSTOMERS [601] 601|gen601|∅",
                        "c CUSTOMERS [602] 602|gen602|∅",
                        "c CUSTOMERS [603] 603|gen603|∅",
                        "u CUSTOMERS [601] 601|gen601|∅",
                        "c CUSTOMERS [999] 999|END|end");
    }

    /** Only the mark tells: its offset is no place in its row's order. */
    @ParameterizedTest
    @EnumSource
    void aDeadLetterThatWasSentAgainIsKnownByItsHeader(Capture capture) {
        RawRecord record = capture.topic("public.customers").get(2);
        RecordHeaders headers = new RecordHeaders(record.headers());
        headers.add(RawRecord.REPLAYED_OFFSET, new byte[] {'7'});
        RawRecord again = new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMillis(),
                record.key(),
                record.value(),
                headers);
        assertThat(Decoded.events(Decoded.decoder(), List.of(record, again)))
                .filteredOn(RowChange.class::isInstance)
                .extracting(change -> ((RowChange) change).position().replayed())
                .containsExactly(false, true);
    }

    /** Row 101 had customer 1 and a date: the 0 and 1970 in the delete's before are made up by Debezium. */
    @ParameterizedTest
    @EnumSource
    void aDeleteKeepsItsKeyAndNothingElse(Capture capture) {
        assertThat(Decoded.texts(capture.topic("public.orders")))
                .containsExactly(
                        "shape ORDERS: ID NUMBER(10,0) KEY, CUSTOMER_ID NUMBER(10,0), TOTAL NUMBER(10,2),"
                                + " CREATED_AT TIMESTAMP_TZ(6)",
                        "c ORDERS [100] 100|3|59.97|2024-07-01 10:00:00.000000 +00:00",
                        "c ORDERS [101] 101|1|10.00|2024-07-02 10:00:00.000000 +00:00",
                        "d ORDERS [101] 101|∅|∅|∅",
                        "t ORDERS");
    }

    @ParameterizedTest
    @EnumSource
    void aKeyOfTwoColumnsStandsInRowOrder(Capture capture) {
        assertThat(Decoded.texts(capture.topic("public.order_lines")))
                .containsExactly(
                        "shape ORDER_LINES: ORDER_ID NUMBER(10,0) KEY, LINE NUMBER(10,0) KEY, SKU VARCHAR(134217728),"
                                + " QTY NUMBER(10,0), PRICE NUMBER(10,2)",
                        "c ORDER_LINES [100|1] 100|1|SKU-1|2|9.99",
                        "c ORDER_LINES [100|2] 100|2|SKU-2|1|39.99",
                        "d ORDER_LINES [100|2] 100|2|∅|∅|∅",
                        "t ORDER_LINES");
    }

    /** But for the heartbeat's table, which holds the clock at which each connector ran. */
    @Test
    void bothEncodingsOfTheScenarioGiveTheSameEvents() {
        List<String> avro = Decoded.texts(withoutClock(Captured.avro()));
        assertThat(avro).hasSize(15 + 5 + 5 + 3 + 16);
        assertThat(avro).containsExactlyInAnyOrderElementsOf(Decoded.texts(withoutClock(Captured.json())));
    }

    private static List<RawRecord> withoutClock(List<RawRecord> records) {
        return records.stream()
                .filter(record -> !record.topic().endsWith(".heartbeat"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void positionsComeFromTheSource(Capture capture) {
        List<ChangeEvent> events = Decoded.events(Decoded.decoder(), capture.topic("public.customers"));
        Position read = ((RowChange) events.get(1)).position();
        Position created = ((RowChange) events.get(3)).position();
        assertThat(read.snapshot()).isTrue();
        assertThat(created.snapshot()).isFalse();
        assertThat(created.topic()).endsWith("public.customers");
        assertThat(created.offset()).isEqualTo(2);
        // One scenario through two connectors: the same log, so the same positions in it.
        assertThat(List.of(created.lsn(), created.txId(), created.committedAtMicros()))
                .containsExactly(27624144L, 798L, 1795234465204102L);
    }

    @ParameterizedTest
    @EnumSource
    void aTruncateNeedsNoKeyAndNoRowBeforeIt(Capture capture) {
        List<RawRecord> orders = capture.topic("public.orders");
        List<RawRecord> truncate = List.of(orders.get(orders.size() - 1));
        assertThat(Decoded.events(Decoded.decoder(), truncate)).singleElement().satisfies(event -> {
            TableTruncated truncated = (TableTruncated) event;
            assertThat(truncated.table().value()).isEqualTo("ORDERS");
            assertThat(truncated.position().lsn()).isEqualTo(27631472L);
        });
    }

    @ParameterizedTest
    @EnumSource
    void rowsWithoutAKafkaKeyAreDeadLetters(Capture capture) {
        List<RawRecord> records = capture.topic("public.no_pk");
        List<ChangeEvent> events = Decoded.events(Decoded.decoder(), records);
        assertThat(events).hasSize(3).allSatisfy(event -> {
            DeadLetter letter = (DeadLetter) event;
            assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.NO_PRIMARY_KEY);
            assertThat(letter.detail()).startsWith("public.no_pk: the record has no Kafka key");
            assertThat(letter.headers()).extracting(DeadLetter.Header::name).contains("__debezium.context.taskId");
            assertThat(letter.value())
                    .isEqualTo(records.get((int) letter.offset()).value());
        });
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoRowIsCountedByKind(Capture capture) {
        DebeziumDecoder decoder = new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                Captured.registry(),
                source -> source.table().equals("customers") ? Decoded.toUpperCase(source) : Optional.empty());
        assertThat(Decoded.events(decoder, capture.records)).hasSize(15);
        assertThat(decoder.ignored(Ignored.TRANSACTION)).isEqualTo(4);
        assertThat(decoder.ignored(Ignored.HEARTBEAT)).isEqualTo(2);
        assertThat(decoder.ignored(Ignored.MESSAGE)).isEqualTo(1);
        assertThat(decoder.ignored(Ignored.TOMBSTONE)).isEqualTo(5);
        assertThat(decoder.ignored(Ignored.UNROUTED)).isEqualTo(capture.records.size() - 14 - 4 - 2 - 1 - 5);
    }

    @ParameterizedTest
    @EnumSource
    void aTableWithUnsupportedTypesIsRefusedByName(Capture capture) {
        List<RawRecord> records = capture.topic("public.all_types");
        List<String> texts = Decoded.texts(records);
        assertThat(texts).hasSize(16).allSatisfy(text -> assertThat(text)
                .startsWith(
                        "dead UNSUPPORTED_TYPE: public.all_types.c_interval: no column type for int64"
                                + " io.debezium.time.MicroDuration: set interval.handling.mode=string (columns.public.all_types.c_interval.exclude: true);")
                .contains(
                        "all_types.c_bit: no column type for bytes io.debezium.data.Bits: bit cannot be told from",
                        "all_types.c_varbit: no column type for bytes io.debezium.data.Bits: bit cannot be told from")
                .doesNotContain("c_money", "c_big:", "c_tstz", "c_int_arr", "c_point"));
    }

    /** One scenario through two connectors: the keys of one stand for those of the other. */
    @Test
    void keysAndValuesHaveFormatsOfTheirOwn() {
        RawRecord avro = Capture.AVRO.topic("public.customers").get(0);
        RawRecord json = Capture.JSON.topic("public.customers").get(0);
        String read = "r CUSTOMERS [1] 1|Ann|ann@example.com";
        assertThat(Decoded.texts(decoder(RecordFormat.AVRO, RecordFormat.JSON), List.of(with(json, avro.key()))))
                .contains(read);
        assertThat(Decoded.texts(decoder(RecordFormat.JSON, RecordFormat.AVRO), List.of(with(avro, json.key()))))
                .contains(read);
        assertThat(Decoded.texts(decoder(RecordFormat.AVRO, RecordFormat.JSON), List.of(json)))
                .singleElement()
                .asString()
                .startsWith("dead UNDECODABLE: key: 155 bytes do not begin with 0x00 and a schema id");
    }

    private static DebeziumDecoder decoder(RecordFormat keys, RecordFormat values) {
        return new DebeziumDecoder(keys, values, Captured.registry(), Decoded::toUpperCase);
    }

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

    @Test
    void anUnreachableRegistryIsNoFaultOfTheRecord() {
        DebeziumDecoder decoder =
                new DebeziumDecoder(RecordFormat.AVRO, RecordFormat.AVRO, Captured.noRegistry(), Decoded::toUpperCase);
        List<ChangeEvent> events = new ArrayList<>();
        assertThatThrownBy(() -> decoder.decode(Capture.AVRO.topic("customers").get(0), events::add))
                .isInstanceOf(IOException.class);
        assertThat(events).isEmpty();
    }

    @Test
    void aRegistryClientThatStumblesIsNoFaultOfTheRecord() {
        DebeziumDecoder decoder = new DebeziumDecoder(
                RecordFormat.AVRO,
                RecordFormat.AVRO,
                id -> {
                    throw new IllegalStateException("stumbled");
                },
                Decoded::toUpperCase);
        assertThatThrownBy(() -> Decoded.events(decoder, Capture.AVRO.topic("customers")))
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void anIdThatTheRegistryDoesNotKnowIsADeadLetter() {
        DebeziumDecoder decoder =
                new DebeziumDecoder(RecordFormat.AVRO, RecordFormat.AVRO, id -> Optional.empty(), Decoded::toUpperCase);
        assertThat(Decoded.texts(decoder, Capture.AVRO.topic("customers").subList(0, 1)))
                .singleElement()
                .asString()
                .startsWith("dead UNDECODABLE: the registry knows no schema 16:");
    }

    private static @Nullable TableName tableOfLetter(DebeziumDecoder decoder, String topic, byte[] value) {
        RawRecord record = new RawRecord(
                topic, 0, 1, 0, InlineJson.KEY.getBytes(StandardCharsets.UTF_8), value, new RecordHeaders());
        List<ChangeEvent> events = Decoded.events(decoder, List.of(record));
        return ((DeadLetter) events.get(events.size() - 1)).table();
    }

    /** Its envelope tells, whatever the topic is called; of what is none, the topic's name. */
    @Test
    void aDeadLetterNamesItsTableWhereOneCanKnow() {
        byte[] noValue = InlineJson.value(InlineJson.ID, "c", "null", "null").getBytes(StandardCharsets.UTF_8);
        byte[] broken = {'{', '"'};
        DebeziumDecoder decoder = Decoded.decoder();
        assertThat(tableOfLetter(decoder, "all", noValue)).isEqualTo(new TableName("T"));
        assertThat(tableOfLetter(decoder, "p.q.public.order_items", broken)).isEqualTo(new TableName("ORDER_ITEMS"));
        assertThat(tableOfLetter(decoder, "public.users", broken)).isNull();
        assertThat(tableOfLetter(decoder, "p..users", broken)).isNull();
        assertThat(tableOfLetter(decoder, "users", broken)).isNull();
    }

    @Test
    void oneSchemaMayServeSeveralTables() {
        String fields = InlineJson.ID;
        String first = InlineJson.value(fields, "c", "null", "{\"id\":1}");
        String second = first.replace("\"table\":\"t\"", "\"table\":\"other\"");
        assertThat(Decoded.texts(List.of(
                        InlineJson.record(InlineJson.KEY, first),
                        InlineJson.record(InlineJson.KEY, second),
                        InlineJson.record(InlineJson.KEY, first))))
                .containsExactly(
                        "shape T: ID NUMBER(10,0) KEY",
                        "c T [1] 1",
                        "shape OTHER: ID NUMBER(10,0) KEY",
                        "c OTHER [1] 1",
                        "c T [1] 1");
    }

    @Test
    void routesAreAskedOnceATable() {
        List<SourceTable> asked = new ArrayList<>();
        DebeziumDecoder decoder =
                new DebeziumDecoder(RecordFormat.AUTO, RecordFormat.AUTO, Captured.registry(), source -> {
                    asked.add(source);
                    return Decoded.toUpperCase(source);
                });
        Decoded.events(decoder, Capture.AVRO.topic("public.customers"));
        assertThat(asked).containsExactly(new SourceTable("public", "customers"));
    }
}
