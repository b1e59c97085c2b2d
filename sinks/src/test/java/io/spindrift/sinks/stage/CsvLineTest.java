package io.spindrift.sinks.stage;

import static io.spindrift.sinks.stage.Rows.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TimestampText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CsvLineTest {

    private static final TableShape SHAPE = Rows.shape("T", "ID", "A");

    private final CsvLine line = new CsvLine();
    private final RowTally tally = new RowTally();

    private static Position at(int partition, long offset) {
        return new Position("shop.\"t\"", partition, offset, 36_512_264, 771, 1_795_248_000_123_456L, false);
    }

    private static RowChange row(Operation operation, Position position, byte[] cells) {
        return new RowChange(new RowKey(SHAPE.table(), new byte[0]), 0xabcL, operation, position, cells, false);
    }

    private String written(RowChange row, long sequence) {
        line.write(row, sequence, tally.add(row));
        return new String(line.array(), 0, line.size(), StandardCharsets.UTF_8);
    }

    @Test
    void everyTextAndNullStandsInTheLineSoThatTheLoadReadsItBack() {
        assertThat(written(row(Operation.CREATE, at(0, 5), cells("1", "plain")), 0))
                .isEqualTo("""
                        "1","plain",c,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",0,5,false,0,
                        """);
        RowChange quotes = row(Operation.UPDATE, at(0, 6), cells("1", "say \"hi\", \"\"\nnext\r\nline\\n"));
        assertThat(written(quotes.asSuperseded(), 7)).isEqualTo("""
                        "1","say ""hi"", ""\""
                        next\r
                        line\\n",u,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",0,6,true,7,
                        """);
        assertThat(written(row(Operation.READ, at(1, 0), cells("", null)), 8)).isEqualTo("""
                        "",,r,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",1,0,false,8,
                        """);
        assertThat(written(row(Operation.DELETE, at(1, 1), cells("🌊 é", "\"")), Long.MAX_VALUE))
                .isEqualTo("""
                        "🌊 é",""\"",d,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",1,1,false,9223372036854775807,
                        """);
    }

    @Test
    void whatTheSourceDidNotSayIsNull() {
        Position unsaid = new Position("t", 0, 0, Position.NONE, Position.NONE, 0, true);
        assertThat(written(row(Operation.READ, unsaid, cells("1", "x")), 0))
                .isEqualTo("\"1\",\"x\",r,1970-01-01 00:00:00.000000 +00:00,,,\"t\",0,0,false,0,\n");
    }

    /** The text of a second is kept for the lines behind it. */
    @Test
    void everyLineHasItsOwnCommitTime() {
        long second = 1_795_248_000_000_000L;
        for (long micros : new long[] {
            second, second + 999_999, second + 1_000_000, second - 1, second + 5, 0, -1, -1_000_000, -1_000_001, second
        }) {
            CellBuffer expected = new CellBuffer();
            TimestampText.appendUtcMicros(expected, micros);
            Position at = new Position("t", 0, 0, 1, 1, micros, false);
            assertThat(written(row(Operation.CREATE, at, cells("1")), 0))
                    .isEqualTo(
                            "\"1\",c,%s,1,1,\"t\",0,0,false,0,\n",
                            new String(expected.toBytes(), StandardCharsets.UTF_8));
        }
    }

    private static RowChange leavingOut(long offset, byte[] cells, String... columns) {
        return row(Operation.UPDATE, at(0, offset), cells)
                .filled(
                        cells,
                        Arrays.stream(columns)
                                .map(column -> new RowChange.LeftOut(column, RowChange.LeftOut.NO_DOUBT))
                                .toList());
    }

    @Test
    void whatARowLeavesOutIsNullAndNamed() {
        CellBuffer cells = new CellBuffer();
        cells.addUnchanged();
        cells.addText("1");
        cells.addUnchanged();
        assertThat(written(leavingOut(5, cells.toBytes(), "A", "say \"hi\"\\"), 3))
                .isEqualTo("""
                        ,"1",,u,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",0,5,false,3,"[""A"",""say \\""hi\\""\\\\""]"
                        """);
        assertThat(tally.summary().leftOut()).containsExactly("A", "say \"hi\"\\");
    }

    @Test
    void anUnchangedValueThatIsNotNamedIsRefused() {
        CellBuffer cells = new CellBuffer();
        cells.addText("1");
        cells.addUnchanged();
        assertThatThrownBy(() -> written(row(Operation.UPDATE, at(0, 0), cells.toBytes()), 0))
                .hasMessage("a row of shape abc has 1 unchanged cells, and names 0");
    }

    @Test
    void theSummarySaysWhatWasWritten() {
        tally.add(row(Operation.CREATE, at(1, 9), cells("1")));
        tally.add(row(Operation.CREATE, at(0, 4), cells("2")));
        tally.add(row(Operation.DELETE, at(1, 3), cells("1")));
        tally.add(row(Operation.READ, new Position("u", 1, 6, Long.MAX_VALUE, 0, 0, true), cells("1")));
        assertThat(tally.summary())
                .isEqualTo(new RowSummary(
                        new OperationCounts(1, 2, 0, 1, 0),
                        List.of(
                                new OffsetRange("shop.\"t\"", 1, 3, 9),
                                new OffsetRange("shop.\"t\"", 0, 4, 4),
                                new OffsetRange("u", 1, 6, 6)),
                        36_512_264));
    }

    @Test
    void twoSummariesAddUp() {
        RowSummary one = new RowSummary(
                new OperationCounts(1, 0, 0, 0, 0),
                List.of(new OffsetRange("t", 0, 5, 6), new OffsetRange("t", 1, 1, 1)),
                7,
                Set.of("B", "A"));
        RowSummary other = new RowSummary(
                new OperationCounts(0, 2, 0, 0, 0),
                List.of(new OffsetRange("u", 0, 0, 0), new OffsetRange("t", 0, 2, 5)),
                -1,
                Set.of("C", "A"));
        assertThat(one.plus(other))
                .isEqualTo(new RowSummary(
                        new OperationCounts(1, 2, 0, 0, 0),
                        List.of(
                                new OffsetRange("t", 0, 2, 6),
                                new OffsetRange("t", 1, 1, 1),
                                new OffsetRange("u", 0, 0, 0)),
                        7,
                        Set.of("A", "B", "C")));
    }
}
