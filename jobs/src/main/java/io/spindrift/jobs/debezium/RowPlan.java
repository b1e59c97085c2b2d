package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.RowChange.LeftOut;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A row schema and a key schema, compiled: the shape, and an encoder a column for each way a row can come.
 *
 * @param whole every value is there
 * @param updating a value may be Debezium's placeholder of an unchanged TOAST value
 * @param updatingBlindly likewise, and nothing says that the table has REPLICA IDENTITY FULL: NULL may stand for such a value, too
 * @param leftOut a column's name and doubts, for when its value is left out
 * @param keyOnly of a delete, whose other values are not to be believed under REPLICA IDENTITY DEFAULT
 */
record RowPlan(
        TableShape shape,
        long fingerprint,
        RowCells whole,
        RowCells updating,
        RowCells updatingBlindly,
        RowCells keyOnly,
        List<LeftOut> leftOut) {

    private static final int MAX_NAME = 255;

    static RowPlan of(SourceTable source, TableName target, List<ConnectSchema.Field> row, KeySchema key)
            throws Refused {
        List<FieldType> types = types(source, row);
        requireKey(source, row, key);
        List<Column> columns = columns(source, row, types, key);
        List<CellEncoder> whole = new ArrayList<>();
        List<CellEncoder> updating = new ArrayList<>();
        List<CellEncoder> updatingBlindly = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        List<CellEncoder> keyOnly = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            CellEncoder encoder = types.get(i).encoder();
            whole.add(encoder);
            updating.add(types.get(i).updating());
            updatingBlindly.add(types.get(i).updatingBlindly());
            leftOut.add(new LeftOut(columns.get(i).name(), types.get(i).doubtFrom()));
            keyOnly.add(columns.get(i).key() ? encoder : RowCells.SKIPPED);
        }
        TableShape shape = new TableShape(target, columns);
        String place = source.toString();
        return new RowPlan(
                shape,
                shape.fingerprint(),
                new RowCells(place, row, whole),
                new RowCells(place, row, updating),
                new RowCells(place, row, updatingBlindly),
                new RowCells(place, row, keyOnly),
                leftOut);
    }

    /** The columns whose cells are unchanged. */
    List<LeftOut> leftOut(byte[] cells, CellCursor cursor) {
        List<LeftOut> columns = new ArrayList<>();
        cursor.on(cells);
        for (int i = 0; cursor.next(); i++) {
            if (cursor.isUnchanged()) {
                columns.add(leftOut.get(i));
            }
        }
        return columns;
    }

    /** The key's cells out of the row's. */
    RowKey key(byte[] cells, CellCursor cursor, CellBuffer out) throws Refused {
        out.clear();
        cursor.on(cells);
        for (int i = 0; i < shape.columns().size() && cursor.next(); i++) {
            if (shape.columns().get(i).key()) {
                if (cursor.isNull()) {
                    throw Refused.because(Reason.NO_PRIMARY_KEY, "%s is part of the key and NULL", whole.placeOf(i));
                }
                if (cursor.isUnchanged()) {
                    throw Refused.because(
                            Reason.UNKNOWN_TOAST_VALUE,
                            "%s is part of the key and its value was left out as unchanged: set REPLICA IDENTITY FULL",
                            whole.placeOf(i));
                }
                out.addCell(cursor);
            }
        }
        return new RowKey(shape.table(), out.toBytes());
    }

    private static List<FieldType> types(SourceTable source, List<ConnectSchema.Field> row) throws Refused {
        List<FieldType> types = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (ConnectSchema.Field field : row) {
            try {
                types.add(FieldTypes.of(field.schema()));
            } catch (Refused refused) {
                problems.add(source + "." + field.name() + ": " + refused.detail());
            }
        }
        if (!problems.isEmpty()) {
            throw Refused.because(Reason.UNSUPPORTED_TYPE, String.join("; ", problems));
        }
        return types;
    }

    private static void requireKey(SourceTable source, List<ConnectSchema.Field> row, KeySchema key) throws Refused {
        List<String> names = row.stream().map(ConnectSchema.Field::name).toList();
        if (key.columns().isEmpty()) {
            throw Refused.because(
                    Reason.NO_PRIMARY_KEY,
                    "%s: the Kafka key is no struct of columns: use the value's converter for keys too",
                    source);
        }
        if (!names.containsAll(key.columns())) {
            throw Refused.because(
                    Reason.NO_PRIMARY_KEY,
                    "%s: the Kafka key names columns %s, but the row has %s: the primary key changed while events were on"
                            + " their way; take a new snapshot of the table",
                    source,
                    key.columns(),
                    names);
        }
    }

    private static List<Column> columns(
            SourceTable source, List<ConnectSchema.Field> row, List<FieldType> types, KeySchema key) throws Refused {
        List<Column> columns = new ArrayList<>();
        Map<String, String> seen = new HashMap<>();
        for (int i = 0; i < row.size(); i++) {
            ConnectSchema.Field field = row.get(i);
            String original = field.schema().parameters().getOrDefault("__debezium.source.column.name", field.name());
            String name = original.toUpperCase(Locale.ROOT);
            String twin = seen.put(name, original);
            if (twin != null || name.isBlank() || name.length() > MAX_NAME) {
                throw Refused.unsupported(
                        "%s: column '%s' has no name of its own in Snowflake%s: rename it or exclude it with"
                                + " column.exclude.list",
                        source, original, twin == null ? "" : " beside '" + twin + "'");
            }
            columns.add(new Column(name, types.get(i).column(), key.columns().contains(field.name())));
        }
        if (columns.isEmpty()) {
            throw Refused.unsupported("%s: the row has no columns", source);
        }
        return columns;
    }
}
