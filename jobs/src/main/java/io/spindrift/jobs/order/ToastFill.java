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
 * <p>A cell that may as well be NULL is never passed on so: it is NULL where the last value is, or is too small to have been left out; otherwise
 * nobody can tell. Not thread-safe.
 */
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

    /** What is to be done about one cell that was left out. */
    private enum Fill {
        LAST,
        NULL,
        STAY,
        UNKNOWN
    }

    /** @return the change with all that the state knows; empty when a value is in nobody's hands */
    Optional<RowChange> fill(RowChange change, @Nullable RowState last, Shapes shapes) throws Exception {
        byte @Nullable [] lastCells = last == null ? null : last.cells();
        List<Column> lastColumns = last == null || lastCells == null ? List.of() : columns(change, last, shapes);
        List<LeftOut> stillLeftOut = new ArrayList<>();
        filled.clear();
        cell.on(change.cells());
        int next = 0;
        for (int column = 0; cell.next(); column++) {
            if (!cell.isUnchanged()) {
                filled.addCell(cell);
                continue;
            }
            LeftOut leftOut = change.leftOut().get(next++);
            boolean found = lastCells != null && stepTo(lastCells, place(leftOut, column, change, last, lastColumns));
            switch (found ? ofLastValue(leftOut) : withoutLastValue(change, leftOut, last)) {
                case LAST -> filled.addCell(lastCell);
                case NULL -> filled.addNull();
                case STAY -> {
                    filled.addUnchanged();
                    stillLeftOut.add(leftOut);
                }
                case UNKNOWN -> {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(change.filled(filled.toBytes(), stillLeftOut));
    }

    /** {@link #lastCell} stands on it. */
    private Fill ofLastValue(LeftOut leftOut) {
        if (lastCell.isUnchanged()) {
            return leftOut.isInDoubt() ? Fill.UNKNOWN : Fill.STAY;
        }
        boolean certain = !leftOut.isInDoubt() || lastCell.isNull();
        return certain ? Fill.LAST : lastCell.textLength() < leftOut.doubtFrom() ? Fill.NULL : Fill.UNKNOWN;
    }

    /** Of an update of a row that was never seen, the mirror has what was left out; of a small row nothing can have been. */
    private static Fill withoutLastValue(RowChange change, LeftOut leftOut, @Nullable RowState last) {
        if (last == null) {
            return change.operation() == Operation.UPDATE && !leftOut.isInDoubt() ? Fill.STAY : Fill.UNKNOWN;
        }
        boolean small = !last.deleted() && last.cells() == null;
        return small && leftOut.isInDoubt() ? Fill.NULL : Fill.UNKNOWN;
    }

    private boolean stepTo(byte[] lastCells, int place) {
        lastCell.on(lastCells);
        for (int i = 0; i <= place; i++) {
            if (!lastCell.next()) {
                return false;
            }
        }
        return place >= 0;
    }

    /** Where the column stands in the last cells; below zero: nowhere. */
    private static int place(
            LeftOut leftOut, int column, RowChange change, @Nullable RowState last, List<Column> lastColumns) {
        if (last != null && change.shape() == last.shape()) {
            return column;
        }
        for (int i = 0; i < lastColumns.size(); i++) {
            if (lastColumns.get(i).name().equals(leftOut.column())) {
                return i;
            }
        }
        return -1;
    }

    private static List<Column> columns(RowChange change, RowState last, Shapes shapes) throws Exception {
        TableShape before = change.shape() == last.shape() ? null : shapes.shape(last.shape());
        return before == null ? List.of() : before.columns();
    }
}
