package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnowflakeWriterTest {

    private static final TableShape USERS = shape("USERS", "ID", "NAME");
    private static final TableShape WIDER_USERS = shape("USERS", "ID", "NAME", "EMAIL");
    private static final TableShape ORDERS = shape("my orders", "ID");

    private static final SinkWriter.Context CONTEXT = new SinkWriter.Context() {
        @Override
        public long currentWatermark() {
            return 0;
        }

        @Override
        public Long timestamp() {
            return 0L;
        }
    };

    private final StageFolder stage = new StageFolder();
    private final Counter sent = new SimpleCounter();
    private Path spill;
    private SnowflakeWriter writer;
    private long offset;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        spill = Files.createDirectory(directory.resolve("spill"));
        writer = new SnowflakeWriter("shop", "attempt-0", spill, stage, sent);
    }

    private static TableShape shape(String table, String... columns) {
        return new TableShape(
                new TableName(table),
                Arrays.stream(columns)
                        .map(name -> new Column(name, new ColumnType.Text(10), name.equals("ID")))
                        .toList());
    }

    private Position next() {
        return new Position("t", 0, offset++, offset, 1, 0, false);
    }

    private RowChange row(TableShape shape) {
        CellBuffer cells = new CellBuffer();
        shape.columns().forEach(column -> cells.addText("x"));
        RowKey key = new RowKey(shape.table(), new byte[] {3, 'x'});
        return new RowChange(key, shape.fingerprint(), Operation.CREATE, next(), cells.toBytes(), false);
    }

    private void write(ChangeEvent... events) throws IOException {
        for (ChangeEvent event : events) {
            writer.write(event, CONTEXT);
        }
    }

    private List<StagedFile> checkpoint() throws IOException {
        writer.flush(false);
        return prepared().files();
    }

    private WriterOutput prepared() {
        List<WriterOutput> outputs = new ArrayList<>(writer.prepareCommit());
        assertThat(outputs).hasSize(1);
        return outputs.get(0);
    }

    private List<Path> spilled() throws IOException {
        try (Stream<Path> files = Files.walk(spill)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private List<String> lastFields(StagedFile file) throws IOException {
        return stage.text(file.path())
                .lines()
                .map(line -> line.substring(line.lastIndexOf(',') + 1))
                .toList();
    }

    @Test
    void eachCheckpointStagesOneFileAShape() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS), row(USERS), row(ORDERS), row(USERS));
        List<StagedFile> first = checkpoint();
        assertThat(first.stream().map(file -> file.table() + " " + file.rows()))
                .containsExactly("USERS 2", "my orders 1");
        assertThat(first.get(1).directory()).isEqualTo("shop/my=20orders/");
        write(new ShapeAnnounced(WIDER_USERS), row(USERS), row(WIDER_USERS));
        assertThat(checkpoint().stream().map(file -> file.shape())).containsExactly(USERS, WIDER_USERS);
        assertThat(checkpoint()).isEmpty();
        assertThat(sent.getCount()).isEqualTo(5);
    }

    @Test
    void aFilesNameNeverComesTwice() throws IOException {
        Set<String> names = new HashSet<>();
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS));
        for (int checkpoint = 0; checkpoint < 5; checkpoint++) {
            write(row(USERS), row(ORDERS));
            checkpoint().forEach(file -> assertThat(names.add(file.name())).isTrue());
        }
        assertThat(names).hasSize(10).allMatch(name -> name.startsWith("attempt-0-") && name.endsWith(".csv.zst"));
    }

    /** A row's changes may stand in two files, of two shapes: the merge tells by the sequence which is the later. */
    @Test
    void theSequenceRisesAcrossFilesAndCheckpoints() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(WIDER_USERS));
        write(row(USERS), row(WIDER_USERS), row(USERS), truncated(USERS));
        List<StagedFile> first = checkpoint();
        write(row(USERS));
        List<StagedFile> second = checkpoint();
        assertThat(lastFields(first.get(0))).containsExactly("0", "2");
        assertThat(lastFields(first.get(1))).containsExactly("1", "3");
        assertThat(lastFields(second.get(0))).containsExactly("4");
    }

    private TableTruncated truncated(TableShape shape) {
        return new TableTruncated(shape.table(), next());
    }

    @Test
    void aTruncateIsARowOfNulls() throws IOException {
        write(new ShapeAnnounced(USERS), truncated(USERS));
        StagedFile file = checkpoint().get(0);
        assertThat(file.counts()).isEqualTo(new OperationCounts(0, 0, 0, 0, 1));
        assertThat(stage.text(file.path())).isEqualTo(",,t,1970-01-01 00:00:00.000000 +00:00,1,1,\"t\",0,0,false,0\n");
    }

    @Test
    void rowsOfAShapeThatWasNeverAnnouncedFailTheCheckpoint() throws IOException {
        write(row(USERS));
        assertThatThrownBy(() -> writer.flush(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the shape was never announced");
        assertThat(stage.files).isEmpty();
    }

    @Test
    void aShapeThatArrivesBehindItsRowsIsInTimeForTheBarrier() throws IOException {
        write(row(USERS), new ShapeAnnounced(USERS));
        assertThat(checkpoint().get(0).shape()).isEqualTo(USERS);
    }

    @Test
    void aDeadLetterIsRefused() {
        DeadLetter letter = new DeadLetter("t", 1, 2, 3, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of());
        assertThatThrownBy(() -> write(letter)).hasMessage("a dead letter of t-1@2 reached the warehouse writer");
    }

    @Test
    void anOutputCarriesTheLastWatermark() throws IOException {
        assertThat(prepared().watermarkMillis()).isEqualTo(Long.MIN_VALUE);
        writer.writeWatermark(new Watermark(17));
        writer.writeWatermark(new Watermark(18));
        assertThat(prepared()).isEqualTo(new WriterOutput(List.of(), 18));
        assertThat(prepared().watermarkMillis()).isEqualTo(18);
    }

    @Test
    void aFailedUploadFailsTheCheckpointAndItsFileIsNotReported() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS), row(USERS), row(ORDERS));
        stage.uploadsThatSucceed = 1;
        assertThatThrownBy(() -> writer.flush(false))
                .isInstanceOf(IOException.class)
                .hasMessage("the stage is gone");
        assertThat(prepared().files().stream().map(StagedFile::path)).isEqualTo(List.copyOf(stage.files.keySet()));
    }

    @Test
    void nothingStaysOnDiskBehindACheckpoint() throws IOException {
        write(new ShapeAnnounced(USERS), row(USERS));
        assertThat(spilled()).hasSize(1);
        checkpoint();
        assertThat(spilled()).isEmpty();
    }

    @Test
    void closeLeavesNothingOnDisk() throws IOException {
        write(row(USERS), row(ORDERS));
        writer.close();
        assertThat(spill).doesNotExist();
        assertThat(stage.closed).isTrue();
        writer.close();
    }

    @Test
    void closeLeavesNothingOnDiskBehindAFailedUpload() throws IOException {
        write(new ShapeAnnounced(USERS), new ShapeAnnounced(ORDERS), row(USERS), row(ORDERS));
        stage.uploadsThatSucceed = 1;
        assertThatThrownBy(() -> writer.flush(false)).isInstanceOf(IOException.class);
        writer.close();
        assertThat(spill).doesNotExist();
        assertThat(stage.closed).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ORDERS_2-a, ORDERS_2-a",
        "a b, a=20b",
        "a/../b, a=2F=2E=2E=2Fb",
        "Grün=, Gr=C3=BCn=3D",
        "a'b\"c, a=27b=22c"
    })
    void aTablesDirectoryHasNoCharacterThatMeansAnything(String table, String directory) {
        assertThat(SnowflakeWriter.directoryName(new TableName(table))).isEqualTo(directory);
    }
}
