package io.spindrift.jobs.order;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.TableShape;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Unchanged TOAST cells ← the row's last cells. Where the last value stands in a raw column ({@link Column#rawOf}) that the change's own shape does
 * not have, the change takes over the last shape, so that the value goes on standing there. Not thread-safe.
 */
final class ToastFill {

    /**
     * PostgreSQL moves a value out of its row only when the row is larger than 2,032 bytes (TOAST_TUPLE_THRESHOLD), and no type's text is
     * shorter than an eighth of its binary form: rows with less text than this never come back with a value left out.
     */
    static final int SMALLEST_TOASTED_ROW = 250;

    private static final int NOWHERE = -1;

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

    /** @return the whole change, or empty when the state does not know a missing value */
    Optional<RowChange> fill(RowChange change, @Nullable RowState last, Shapes shapes) throws Exception {
        byte @Nullable [] lastCells = last == null ? null : last.cells();
        if (last == null || lastCells == null) {
            return Optional.empty();
        }
        if (change.shape() == last.shape()) {
            return isFilled(change.cells(), lastCells)
                    ? Optional.of(change.withCells(filled.toBytes()))
                    : Optional.empty();
        }
        TableShape now = shapes.shape(change.shape());
        TableShape before = shapes.shape(last.shape());
        if (now == null || before == null) {
            return Optional.empty();
        }
        boolean takesLastShape = withoutRawBut(before, now).equals(now.columns());
        TableShape target = takesLastShape ? before : now;
        return isFilled(target, change.cells(), now, lastCells, before)
                ? Optional.of(change.withCells(takesLastShape ? last.shape() : change.shape(), filled.toBytes()))
                : Optional.empty();
    }

    /** The columns, but for raw ones that the other shape does not have. */
    private static List<Column> withoutRawBut(TableShape shape, TableShape other) {
        return shape.columns().stream()
                .filter(column -> other.columns().contains(column) || rawBase(shape, column) == NOWHERE)
                .toList();
    }

    /** The place of the column that the given one is the raw text of. */
    private static int rawBase(TableShape shape, Column column) {
        for (int i = 0; i < shape.columns().size(); i++) {
            if (Column.rawOf(shape.columns().get(i).name()).equals(column.name())) {
                return i;
            }
        }
        return NOWHERE;
    }

    private boolean isFilled(byte[] cells, byte[] lastCells) {
        filled.clear();
        cell.on(cells);
        for (int column = 0; cell.next(); column++) {
            if (!cell.isUnchanged()) {
                filled.addCell(cell);
            } else if (!addLast(lastCells, column)) {
                return false;
            }
        }
        return true;
    }

    private boolean isFilled(TableShape target, byte[] cells, TableShape now, byte[] lastCells, TableShape before) {
        filled.clear();
        for (Column column : target.columns()) {
            int own = now.columns().indexOf(column);
            int old = before.columns().indexOf(column);
            if (own == NOWHERE) {
                addRaw(cells, rawBase(now, column), lastCells, old);
            } else if (!stepTo(cell.on(cells), own)) {
                return false;
            } else if (!cell.isUnchanged()) {
                filled.addCell(cell);
            } else if (old != NOWHERE) {
                addLast(lastCells, old);
            } else if (rawBase(before, column) != NOWHERE) {
                // The last value had its exact form: there was no raw column.
                filled.addNull();
            } else {
                return false;
            }
        }
        return true;
    }

    /** A raw column that the change's shape does not have: its text goes on where the value itself was left out. */
    private void addRaw(byte[] cells, int base, byte[] lastCells, int old) {
        if (stepTo(cell.on(cells), base) && cell.isUnchanged()) {
            addLast(lastCells, old);
        } else {
            filled.addNull();
        }
    }

    private boolean addLast(byte[] lastCells, int place) {
        boolean found = stepTo(lastCell.on(lastCells), place);
        if (found) {
            filled.addCell(lastCell);
        }
        return found;
    }

    private static boolean stepTo(CellCursor cursor, int place) {
        for (int i = 0; i <= place; i++) {
            if (!cursor.next()) {
                return false;
            }
        }
        return true;
    }
}
