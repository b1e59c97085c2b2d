package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Shapes and rows of tests. */
final class Rows {

    private Rows() {}

    static TableShape shape(String table, String... columns) {
        return new TableShape(
                new TableName(table),
                Arrays.stream(columns)
                        .map(name -> new Column(name, new ColumnType.Text(10), name.equals("ID")))
                        .toList());
    }

    /** A text of so many characters, of which zstd saves no more than half. */
    static String incompressible(Random random, int length) {
        byte[] bytes = new byte[length / 2];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] cells(@Nullable String... texts) {
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

    static RowChange row(TableShape shape, Operation operation, Position position, @Nullable String... texts) {
        RowKey key = new RowKey(shape.table(), cells(texts[0]));
        return new RowChange(key, shape.fingerprint(), operation, position, cells(texts), false);
    }
}
