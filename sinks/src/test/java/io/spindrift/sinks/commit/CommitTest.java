package io.spindrift.sinks.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.OffsetRange;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
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
}
