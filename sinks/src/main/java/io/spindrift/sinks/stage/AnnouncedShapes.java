package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shapes that a writer has been told of. They may come behind their first rows, and are there when the barrier comes. */
final class AnnouncedShapes {

    private final Map<Long, TableShape> shapes = new HashMap<>();
    private final Map<TableName, TableShape> latest = new HashMap<>();

    void add(TableShape shape) {
        shapes.put(shape.fingerprint(), shape);
        latest.put(shape.table(), shape);
    }

    @Nullable
    TableShape latest(TableName table) {
        return latest.get(table);
    }

    boolean has(long fingerprint) {
        return shapes.containsKey(fingerprint);
    }

    /** @param cells that each row under this fingerprint has */
    TableShape of(long fingerprint, int cells) {
        TableShape shape = shapes.get(fingerprint);
        if (shape == null) {
            throw new IllegalStateException("rows of shape " + Long.toHexString(fingerprint)
                    + " arrived, and the shape was never announced: it must be broadcast ahead of its rows");
        }
        if (cells != shape.columns().size()) {
            throw new IllegalStateException("rows of " + cells + " cells in a file of " + shape.table()
                    + ", whose shape has " + shape.columns().size() + " columns");
        }
        return shape;
    }
}
