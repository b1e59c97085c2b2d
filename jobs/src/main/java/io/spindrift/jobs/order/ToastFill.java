package io.spindrift.jobs.order;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowChange.LeftOut;
import io.spindrift.sinks.model.TableShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Unchanged TOAST cells ← the row's last cells. What no change has told yet stays unchanged: of an update the mirror has it.
 *
 * <p>Of a changed key, the insert's values stand with the old key, and its delete takes them along as far as they are known here; what stays
 * unchanged of either is filled in the commit. What is known of the insert's own key is another row's.
 *
 * <p>A cell that may as well be NULL is never passed on so: it is NULL where the last value is, or is too small to have been left out; otherwise
 * nobody can tell. Where the last value stands in a raw column ({@link Column#rawOf}) that the change's own shape does not have, the change
 * takes over the last shape, so that the value goes on standing there. Not thread-safe.
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
    private List<LeftOut> stillLeftOut = List.of();

    /** Finds a shape by fingerprint; null when unknown. */
    interface Shapes {
        @Nullable
        TableShape shape(long fingerprint) throws Exception;
    }

    /** @return the change with all that the state knows; empty when a value is in nobody's hands */
    Optional<RowChange> fill(RowChange change, @Nullable RowState last, Shapes shapes) throws Exception {
        return switch (change.operation()) {
            case DELETE -> Optional.of(fillDelete(change, last, shapes));
            case CREATE ->
                change.leftOut().stream().anyMatch(LeftOut::isInDoubt) ? Optional.empty() : Optional.of(change);
            default -> fillRow(change, last, shapes);
        };
    }

    /**
     * The state's row as it stands: it is of the same key, so no shapes need be compared. Where a value is lost between two shapes, the delete takes
     * nothing along: MIRROR is asked for rows alone that the state does not know, as it may have an older version of the others.
     */
    private RowChange fillDelete(RowChange delete, @Nullable RowState last, Shapes shapes) throws Exception {
        byte @Nullable [] lastCells = last == null ? null : last.cells();
        if (last != null && lastCells != null && isWhole(lastCells)) {
            return delete.filled(last.shape(), lastCells, List.of());
        }
        return fillRow(delete, last, shapes).orElseGet(() -> last == null ? delete : keyAlone(delete));
    }

    private boolean isWhole(byte[] cells) {
        lastCell.on(cells);
        while (lastCell.next()) {
            if (lastCell.isUnchanged()) {
                return false;
            }
        }
        return true;
    }

    /** Of a delete that changes nothing: what it could take along is another row's. */
    RowChange keyAlone(RowChange delete) {
        filled.clear();
        cell.on(delete.cells());
        while (cell.next()) {
            if (cell.isUnchanged()) {
                filled.addNull();
            } else {
                filled.addCell(cell);
            }
        }
        return delete.filled(filled.toBytes(), List.of());
    }

    private Optional<RowChange> fillRow(RowChange change, @Nullable RowState last, Shapes shapes) throws Exception {
        filled.clear();
        stillLeftOut = new ArrayList<>();
        byte @Nullable [] lastCells = last == null ? null : last.cells();
        if (last == null || lastCells == null) {
            return fillWithoutCells(change, last) ? filled(change, change.shape()) : Optional.empty();
        }
        if (change.shape() == last.shape()) {
            return fillInPlace(change, lastCells) ? filled(change, change.shape()) : Optional.empty();
        }
        TableShape now = shapes.shape(change.shape());
        TableShape before = shapes.shape(last.shape());
        if (now == null || before == null) {
            return Optional.empty();
        }
        boolean takesLastShape = withoutRawBut(before, now).equals(now.columns());
        return fillByColumn(takesLastShape ? before : now, change, now, lastCells, before)
                ? filled(change, takesLastShape ? last.shape() : change.shape())
                : Optional.empty();
    }

    private Optional<RowChange> filled(RowChange change, long shape) {
        return Optional.of(change.filled(shape, filled.toBytes(), stillLeftOut));
    }

    /** Of an update of a row that was never seen, the mirror has what was left out; of a small row nothing can have been. */
    private boolean fillWithoutCells(RowChange change, @Nullable RowState last) {
        boolean isSmall = last != null && !last.deleted();
        boolean isInMirror = last == null;
        cell.on(change.cells());
        int next = 0;
        while (cell.next()) {
            if (!cell.isUnchanged()) {
                filled.addCell(cell);
                continue;
            }
            LeftOut leftOut = change.leftOut().get(next++);
            if (isSmall && (leftOut.isInDoubt() || change.operation() == Operation.DELETE)) {
                filled.addNull();
            } else if (!leftOut.isInDoubt() && isInMirror) {
                stay(leftOut);
            } else {
                return false;
            }
        }
        return true;
    }

    private boolean fillInPlace(RowChange change, byte[] lastCells) {
        cell.on(change.cells());
        int next = 0;
        for (int column = 0; cell.next(); column++) {
            if (!cell.isUnchanged()) {
                filled.addCell(cell);
            } else if (!addLast(change.leftOut().get(next++), lastCells, column)) {
                return false;
            }
        }
        return true;
    }

    private boolean fillByColumn(
            TableShape target, RowChange change, TableShape now, byte[] lastCells, TableShape before) {
        for (Column column : target.columns()) {
            int own = now.columns().indexOf(column);
            int old = before.columns().indexOf(column);
            if (own == NOWHERE) {
                addRaw(change, rawBase(now, column), column, lastCells, old);
            } else if (!stepTo(cell.on(change.cells()), own)) {
                return false;
            } else if (!cell.isUnchanged()) {
                filled.addCell(cell);
            } else if (old != NOWHERE) {
                if (isRawLost(target, column, lastCells, before) || !addLast(named(change, column), lastCells, old)) {
                    return false;
                }
            } else if (rawBase(before, column) != NOWHERE) {
                // The last value had its exact form: there was no raw column.
                filled.addNull();
            } else {
                return false;
            }
        }
        return true;
    }

    /** The value stands in a raw column that the row gets no more. */
    private boolean isRawLost(TableShape target, Column column, byte[] lastCells, TableShape before) {
        for (int i = 0; i < before.columns().size(); i++) {
            Column raw = before.columns().get(i);
            if (raw.name().equals(Column.rawOf(column.name()))
                    && !target.columns().contains(raw)) {
                return stepTo(lastCell.on(lastCells), i) && !lastCell.isNull();
            }
        }
        return false;
    }

    /** @return false when nobody can tell the value */
    private boolean addLast(LeftOut leftOut, byte[] lastCells, int place) {
        if (!stepTo(lastCell.on(lastCells), place)) {
            return false;
        }
        if (!leftOut.isInDoubt()) {
            if (lastCell.isUnchanged()) {
                stay(leftOut);
            } else {
                filled.addCell(lastCell);
            }
            return true;
        }
        if (lastCell.isUnchanged() || !lastCell.isNull() && lastCell.textLength() >= leftOut.doubtFrom()) {
            return false;
        }
        filled.addNull();
        return true;
    }

    private void stay(LeftOut leftOut) {
        filled.addUnchanged();
        stillLeftOut.add(leftOut);
    }

    /** A raw column that the change's shape does not have: its text goes on where the value itself was left out. */
    private void addRaw(RowChange change, int base, Column raw, byte[] lastCells, int old) {
        if (stepTo(cell.on(change.cells()), base) && cell.isUnchanged()) {
            addLast(new LeftOut(raw.name(), LeftOut.NO_DOUBT), lastCells, old);
        } else {
            filled.addNull();
        }
    }

    private static LeftOut named(RowChange change, Column column) {
        for (LeftOut leftOut : change.leftOut()) {
            if (leftOut.column().equals(column.name())) {
                return leftOut;
            }
        }
        throw new IllegalStateException("an unchanged cell of " + column.name() + " is not named");
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

    private static boolean stepTo(CellCursor cursor, int place) {
        for (int i = 0; i <= place; i++) {
            if (!cursor.next()) {
                return false;
            }
        }
        return true;
    }
}
