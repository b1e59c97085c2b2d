package io.spindrift.jobs.order;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.TableShape;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Unchanged TOAST cells ← the row's last cells. Not thread-safe. */
final class ToastFill {

    /**
     * PostgreSQL moves a value out of its row only when the row is larger than 2,032 bytes (TOAST_TUPLE_THRESHOLD), and no type's text is
     * shorter than an eighth of its binary form: rows with less text than this never come back with a value left out.
     */
    static final int SMALLEST_TOASTED_ROW = 250;

    private final CellBuffer filled = new CellBuffer();
    private final CellCursor cell = new CellCursor();
    private final CellCursor lastCell = new CellCursor();

    /** Finds a shape by fingerprint; null when unknown. */
    interface Shapes {
        @Nullable
        TableShape shape(long fingerprint) throws Exception;
    }

    boolean needed(byte[] cells) {
        cell.on(cells);
        while (cell.next()) {
            if (cell.isUnchanged()) {
                return true;
            }
        }
        return false;
    }

    /** @return the whole row, or empty when the state does not know a missing value */
    Optional<byte[]> fill(byte[] cells, long shape, @Nullable RowState last, Shapes shapes) throws Exception {
        byte @Nullable [] lastCells = last == null ? null : last.cells();
        if (last == null || lastCells == null) {
            return Optional.empty();
        }
        int[] places = places(shape, last.shape(), shapes, count(cells));
        return places.length == 0 ? Optional.empty() : fill(cells, lastCells, places);
    }

    private Optional<byte[]> fill(byte[] cells, byte[] lastCells, int[] places) {
        filled.clear();
        cell.on(cells);
        for (int column = 0; cell.next(); column++) {
            if (!cell.isUnchanged()) {
                filled.addCell(cell);
            } else if (places[column] < 0 || !stepTo(lastCells, places[column])) {
                return Optional.empty();
            } else {
                filled.addCell(lastCell);
            }
        }
        return Optional.of(filled.toBytes());
    }

    private boolean stepTo(byte[] lastCells, int place) {
        lastCell.on(lastCells);
        for (int i = 0; i <= place; i++) {
            if (!lastCell.next()) {
                return false;
            }
        }
        return true;
    }

    /** For each column of the shape, its place in the last one; empty when a shape is unknown. */
    private static int[] places(long shape, long lastShape, Shapes shapes, int columns) throws Exception {
        int[] places = new int[columns];
        Arrays.setAll(places, column -> column);
        if (shape == lastShape) {
            return places;
        }
        TableShape now = shapes.shape(shape);
        TableShape before = shapes.shape(lastShape);
        if (now == null || before == null) {
            return new int[0];
        }
        Arrays.setAll(places, column -> before.columns().indexOf(now.columns().get(column)));
        return places;
    }

    private int count(byte[] cells) {
        cell.on(cells);
        int count = 0;
        while (cell.next()) {
            count++;
        }
        return count;
    }
}
