package io.spindrift.sinks.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.stage.CsvFile.SequencedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvFileTest {

    private static final TableShape SHAPE = new TableShape(
            new TableName("T"),
            List.of(
                    new Column("ID", new ColumnType.Number(10, 0), true),
                    new Column("A", new ColumnType.Text(100), false)));
    private static final SequencedRow FIRST = new SequencedRow(0, false);

    private CsvFile file;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        file = new CsvFile(0xabcL, directory.resolve("f.csv.zst"));
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    private static byte[] cells(@Nullable String... texts) {
        CellBuffer cells = new CellBuffer();
        for (String text : texts) {
            if (text == null) {
                cells.addNull();
            } else {
                cells.addText(text);
            }
        }
        return cells.toBytes();
    }

    private static Position at(int partition, long offset) {
        return new Position("shop.\"t\"", partition, offset, 36_512_264, 771, 1_795_248_000_123_456L, false);
    }

    @Test
    void everyTextAndNullStandsInTheFileSoThatTheLoadReadsItBack() throws IOException {
        file.add(Operation.CREATE, at(0, 5), cells("1", "plain"), FIRST);
        file.add(
                Operation.UPDATE, at(0, 6), cells("1", "say \"hi\", \"\"\nnext\r\nline\\n"), new SequencedRow(7, true));
        file.add(Operation.READ, at(1, 0), cells("", null), new SequencedRow(8, false));
        file.add(Operation.DELETE, at(1, 1), cells("🌊 é", "\""), new SequencedRow(Long.MAX_VALUE, false));
        file.close();
        assertThat(StageFolder.decompressed(Files.readAllBytes(file.local()))).isEqualTo("""
                        "1","plain",c,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",0,5,false,0
                        "1","say ""hi"", ""\""
                        next\r
                        line\\n",u,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",0,6,true,7
                        "",,r,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",1,0,false,8
                        "🌊 é",""\"",d,2026-11-21 08:00:00.123456 +00:00,36512264,771,"shop.""t""\",1,1,false,9223372036854775807
                        """);
    }

    @Test
    void whatTheSourceDidNotSayIsNull() throws IOException {
        file.add(
                Operation.READ, new Position("t", 0, 0, Position.NONE, Position.NONE, 0, true), cells("1", "x"), FIRST);
        file.close();
        assertThat(StageFolder.decompressed(Files.readAllBytes(file.local())))
                .isEqualTo("\"1\",\"x\",r,1970-01-01 00:00:00.000000 +00:00,,,\"t\",0,0,false,0\n");
    }

    @Test
    void theStagedFileSaysWhatIsInIt() throws IOException {
        file.add(Operation.CREATE, at(1, 9), cells("1", "x"), FIRST);
        file.add(Operation.CREATE, at(0, 4), cells("2", "x"), FIRST);
        file.add(Operation.DELETE, at(1, 3), cells("1", null), FIRST);
        file.add(Operation.READ, new Position("u", 1, 6, Long.MAX_VALUE, 0, 0, true), cells("1", null), FIRST);
        file.close();
        StagedFile staged = file.staged(SHAPE, "p/T/");
        assertThat(staged)
                .isEqualTo(new StagedFile(
                        SHAPE,
                        "p/T/f.csv.zst",
                        Files.size(file.local()),
                        new OperationCounts(1, 2, 0, 1, 0),
                        List.of(
                                new OffsetRange("shop.\"t\"", 1, 3, 9),
                                new OffsetRange("shop.\"t\"", 0, 4, 4),
                                new OffsetRange("u", 1, 6, 6)),
                        36_512_264));
        assertThat(staged.directory() + "|" + staged.name()).isEqualTo("p/T/|f.csv.zst");
        assertThat(staged.rows()).isEqualTo(4);
    }

    @Test
    void anUnchangedValueIsRefused() {
        CellBuffer cells = new CellBuffer();
        cells.addText("1");
        cells.addUnchanged();
        assertThatThrownBy(() -> file.add(Operation.UPDATE, at(0, 0), cells.toBytes(), FIRST))
                .hasMessage(
                        "an unchanged TOAST value reached the writer in column 1 of shape abc: ordering must fill it first");
    }

    @Test
    void rowsOfDifferentCellCountsAreRefused() throws IOException {
        file.add(Operation.CREATE, at(0, 0), cells("1", "x"), FIRST);
        assertThatThrownBy(() -> file.add(Operation.CREATE, at(0, 1), cells("1"), FIRST))
                .hasMessage("rows of 2 and of 1 cells under one shape abc");
    }

    @Test
    void aFileThatDoesNotFitItsShapeIsRefused() throws IOException {
        file.add(Operation.CREATE, at(0, 0), cells("1", "x", "y"), FIRST);
        file.close();
        assertThatThrownBy(() -> file.staged(SHAPE, "p/T/"))
                .hasMessage("rows of 3 cells in a file of T, whose shape has 2 columns");
    }
}
