package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A decoder that has learnt what the values of a header are reads as one that has not. */
class JsonLayoutTest {

    private static final String KEY = "{\"id\":1}";
    private static final String RECORD =
            "{\"before\":%s,\"after\":%s,\"source\":{\"version\":%s,\"name\":\"x\",\"ts_ms\":%s,"
                    + "\"snapshot\":%s,\"db\":%s,\"ts_us\":%s,\"schema\":%s,\"table\":%s,\"txId\":%s,\"lsn\":%s,\"xmin\":%s},"
                    + "\"transaction\":%s,\"op\":%s,\"ts_ms\":%s}";
    private static final String ROW = "{\"id\":1,\"name\":\"Cyd\"}";
    /** Of each place what it nearly always holds, then what it may hold, and what makes the record another or a bad one. */
    private static final String[][] VALUES = {
        {"null", ROW, "{\"id\":1,\"name\":null}"},
        {ROW, "{\"id\":2,\"name\":\"Ann\"}", "null", "[]"},
        {"\"3.6.3\"", "\"3.6.4\"", "\"3.6.3 \\\"x\\\"\"", "\"" + "v".repeat(200) + "\"", "tru"},
        {"1", "12", "2"},
        {"\"false\"", "\"true\"", "\"last\"", "\"f\\u0061lse\"", "\"no mark\"", "null"},
        {"\"shop\"", "\"shop2\"", "null", "{\"a\":1}"},
        {"1700000000000000", "1700000000000001"},
        {"\"public\"", "\"\"", "\"pub\\u006cic\""},
        {"\"customers\"", "\"others\"", "\"customer\""},
        {"7", "8", "null"},
        {"9", "10", "null"},
        {"null", "1", "12"},
        {"null", "{\"id\":\"a\",\"total_order\":1}", "x"},
        {"\"c\"", "\"u\"", "\"d\"", "\"r\"", "\"x\"", "\"\\u0063\""},
        {"5", "6", "null"},
    };

    private static final String FLATTENED =
            "{%s\"id\":%s,\"name\":%s%s,\"__deleted\":%s,\"__op\":%s,\"__table\":%s,\"__source_schema\":%s,\"__lsn\":%s,"
                    + "\"__source_ts_us\":%s,\"__ts_ms\":%s%s}";
    private static final String[][] FLATTENED_VALUES = {
        {"", "\"before\":1,", " "},
        {"1", "12", "null", "\"1\""},
        {"\"Cyd\"", "null", "\"\\\"C\\u0079d\\\"\"", "7", "\"x"},
        {"", ",\"more\":1", ",\"name\":\"twice\"", " "},
        {"\"false\"", "\"true\"", "true", "null"},
        {"\"c\"", "\"u\"", "\"d\"", "\"r\"", "\"t\"", "\"\\u0063\"", "1"},
        {"\"customers\"", "\"others\"", "\"nobody\"", "null"},
        {"\"public\"", "null", "\"\""},
        {"9", "10", "null", "\"9\""},
        {"1700000000000000", "1700000000000001", "null"},
        {"5", "6", "null"},
        {"", ",\"id\":3", ",\"more\":1", ",\"__lsn\":4", ",\"__db\":\"x\""},
    };

    private static DebeziumDecoder decoder() {
        DeclaredTables declared =
                new DeclaredTables(PostgresTypesTest.STRINGS, List.of(table("customers"), table("others")));
        return new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                declared,
                Captured.noRegistry(),
                Decoded::toUpperCase,
                ColumnSettings.DEFAULT);
    }

    private static DeclaredTables.Table table(String name) {
        return new DeclaredTables.Table(
                new SourceTable("public", name),
                List.of(
                        DeclaredTables.Column.parse("id", "integer not null"),
                        DeclaredTables.Column.parse("name", "text")),
                List.of("id"));
    }

    /** Runs of records in which the same few places change: they go to a decoder that learns, and each to a new one. */
    @Test
    void whatWasLearntOfAHeaderChangesNothing() {
        assertLearntChangesNothing(RECORD, VALUES);
    }

    /** Where the row stands beside what is learnt, and a column, or the same one again, may stand anywhere. */
    @Test
    void whatWasLearntOfAFlattenedRecordChangesNothing() {
        assertLearntChangesNothing(FLATTENED, FLATTENED_VALUES);
    }

    private static void assertLearntChangesNothing(String template, String[][] places) {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            DebeziumDecoder learning = decoder();
            int oneIn = 2 + random.nextInt(40);
            Object[] usual = values(places, random, 4);
            for (int i = 0; i < 40; i++) {
                Object[] values = values(places, random, oneIn);
                for (int place = 0; place < values.length; place++) {
                    values[place] = values[place].equals(places[place][0]) ? usual[place] : values[place];
                }
                RawRecord record = InlineJson.record(KEY, template.formatted(values));
                assertThat(texts(learning, record)).isEqualTo(texts(decoder(), record));
            }
        }
    }

    /** Of each place the first value, or in one case of so many any. */
    private static Object[] values(String[][] places, Random random, int oneIn) {
        Object[] values = new Object[places.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = places[i][random.nextInt(oneIn) > 0 ? 0 : random.nextInt(places[i].length)];
        }
        return values;
    }

    /** Without the shape, which a decoder announces once. */
    private static List<String> texts(DebeziumDecoder decoder, RawRecord record) {
        return Decoded.events(decoder, List.of(record)).stream()
                .filter(event -> !(event instanceof ShapeAnnounced))
                .map(JsonLayoutTest::text)
                .toList();
    }

    private static String text(ChangeEvent event) {
        return Decoded.text(event) + (event instanceof RowChange row ? row.position() : "");
    }
}
