package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StagedFileTest {

    private static final TableShape SHAPE =
            new TableShape(new TableName("T"), List.of(new Column("ID", new ColumnType.Date(), true)));

    private static StagedFile file(String path, long bytes, long rows) {
        return new StagedFile(SHAPE, path, bytes, new OperationCounts(0, rows, 0, 0, 0), List.of(), -1);
    }

    @Test
    void aFileWithoutRowsIsRefused() {
        assertThatThrownBy(() -> file("p/f", 1, 0)).hasMessage("empty file staged for T: p/f");
    }

    @Test
    void aFileWithoutBytesIsRefused() {
        assertThatThrownBy(() -> file("p/f", 0, 1)).hasMessage("staged file of 0 bytes: p/f");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f", "/f", "p/"})
    void aFileOutsideADirectoryIsRefused(String path) {
        assertThatThrownBy(() -> file(path, 1, 1)).hasMessage("a staged file stands in a directory: '%s'", path);
    }

    @Test
    void aSummaryOfNoRowsIsRefused() {
        assertThatThrownBy(() -> new RowSummary(OperationCounts.NONE, List.of(), -1))
                .hasMessage("a summary of no rows");
    }

    @Test
    void aPartWithoutBytesIsRefused() {
        RowSummary rows = new RowSummary(new OperationCounts(0, 1, 0, 0, 0), List.of(), -1);
        assertThatThrownBy(() -> new CsvPart(SHAPE, rows, new byte[0])).hasMessage("a part of T without bytes");
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "5, 4"})
    void offsetsThatAreNoRangeAreRefused(long first, long last) {
        assertThatThrownBy(() -> new OffsetRange("t", 2, first, last))
                .hasMessage("offsets %d to %d of t-2 are no range", first, last);
    }

    @Test
    void rangesOfOnePartitionSpanBoth() {
        assertThat(new OffsetRange("t", 0, 3, 5).span(new OffsetRange("t", 0, 1, 4)))
                .isEqualTo(new OffsetRange("t", 0, 1, 5));
    }

    @ParameterizedTest
    @CsvSource({"t, 1", "u, 0"})
    void rangesOfTwoPartitionsHaveNoSpan(String topic, int partition) {
        assertThatThrownBy(() -> new OffsetRange("t", 0, 1, 2).span(new OffsetRange(topic, partition, 1, 2)))
                .hasMessageEndingWith("are of two partitions");
    }

    @ParameterizedTest
    @CsvSource({"-1,0,0,0,0", "0,-1,0,0,0", "0,0,-1,0,0", "0,0,0,-1,0", "0,0,0,0,-1"})
    void negativeCountsAreRefused(long reads, long creates, long updates, long deletes, long truncates) {
        assertThatThrownBy(() -> new OperationCounts(reads, creates, updates, deletes, truncates))
                .hasMessageStartingWith("negative row count: ");
    }

    @Test
    void countsAddUpByOperation() {
        OperationCounts sum = new OperationCounts(1, 2, 3, 4, 5).plus(new OperationCounts(10, 20, 30, 40, 50));
        assertThat(sum).isEqualTo(new OperationCounts(11, 22, 33, 44, 55));
        assertThat(sum.rows()).isEqualTo(165);
    }
}
