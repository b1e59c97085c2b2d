package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.schema.DeadLetterTable;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.RecordBalance;
import io.spindrift.sinks.stage.StagedFile;
import io.spindrift.sinks.stage.TableStop;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CommitTest {

    private static StagedFile file(String table, long lsn, OffsetRange... ranges) {
        TableShape shape = new TableShape(new TableName(table), List.of(new Column("ID", new ColumnType.Date(), true)));
        return new StagedFile(shape, "p/x/" + lsn, 10, new OperationCounts(0, 2, 0, 0, 1), Arrays.asList(ranges), lsn);
    }

    private static Commit commit(StagedFile... files) {
        return new Commit(new UUID(0, 1), 1, Arrays.asList(files), List.of(), 0, Commit.Timing.DUE);
    }

    @Test
    void aCommitWithoutFilesIsRefused() {
        assertThatThrownBy(CommitTest::commit)
                .hasMessage("commit 00000000-0000-0000-0000-000000000001 has neither files nor progress");
    }

    /** Two pipelines' commits that lock tables in different orders wait for each other. */
    @Test
    void tablesComeInTheOrderOfTheirNames() {
        Commit commit = commit(file("B", 1), file("C", 2), file("A", 3), file("B", 4));
        assertThat(commit.filesByTable().keySet()).extracting(TableName::value).containsExactly("A", "B", "C");
        assertThat(commit.filesByTable().get(new TableName("B"))).containsExactly(file("B", 1), file("B", 4));
    }

    @Test
    void offsetsOfAllFilesAreOneRangeAPartition() {
        Commit commit = commit(
                file("A", 1, new OffsetRange("t", 0, 5, 6), new OffsetRange("t", 1, 1, 1)),
                file("B", 2, new OffsetRange("u", 0, 0, 0), new OffsetRange("t", 0, 2, 5)));
        assertThat(commit.offsets())
                .containsExactly(
                        new OffsetRange("t", 0, 2, 6), new OffsetRange("t", 1, 1, 1), new OffsetRange("u", 0, 0, 0));
    }

    @Test
    void sumsAreOverAllFiles() {
        Commit commit = commit(file("A", 7), file("B", -1));
        assertThat(commit.rows()).isEqualTo(6);
        assertThat(commit.bytes()).isEqualTo(20);
        assertThat(commit.highestLsn()).isEqualTo(7);
    }

    private static TableStop stop(String table) {
        return new TableStop(new TableName(table), new OffsetRange("t", 0, 1, 1), DeadLetter.Reason.UNDECODABLE);
    }

    private static Commit stopping(List<StagedFile> files, TableStop... stops) {
        return new Commit(
                new UUID(0, 1), 1, files, List.of(), 0, Commit.Timing.DUE, RecordBalance.NONE, List.of(stops));
    }

    /** What leaves out the table's changes says so: else the table might go on between the two. */
    @Test
    void aTableIsStoppedInTheTransactionThatWouldMergeIt() {
        ConsistencyGroups groups = new ConsistencyGroups(List.of(
                new ConsistencyGroups.Group("one", Pattern.compile("A|B")),
                new ConsistencyGroups.Group("other", Pattern.compile("C"))));
        StagedFile letters = file(DeadLetterTable.NAME.value(), 9);
        Map<String, Commit> parts =
                groups.split(stopping(List.of(file("A", 1), file("D", 2), letters), stop("B"), stop("C"), stop("D")));
        Map<String, List<TableStop>> stops = new TreeMap<>();
        parts.forEach((group, part) -> stops.put(group, part.stops()));
        assertThat(stops)
                .containsExactly(
                        Map.entry("default", List.of(stop("C"), stop("D"))), Map.entry("one", List.of(stop("B"))));
        assertThatThrownBy(() -> groups.split(stopping(List.of(file("A", 1)), stop("C"))))
                .hasMessage("commit 00000000-0000-0000-0000-000000000001 stops tables without letters");
    }
}
