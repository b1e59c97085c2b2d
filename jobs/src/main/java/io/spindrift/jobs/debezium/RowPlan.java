package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.ColumnSettings.Choice;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnrepresentableValue;
import io.spindrift.jobs.debezium.ColumnSettings.OnUnsupportedType;
import io.spindrift.jobs.debezium.KeylessTables.Identity;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.RowChange.LeftOut;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A row schema and a key schema, compiled: the shape, and an encoder a field for each way a row can come.
 *
 * <p>A column that met a value which its type does not hold has a raw text column behind it. Few columns ever need one, so a shape has them
 * only where this decoder has seen the need; other decoders, or this one after a restart, write rows of the same table without. The warehouse
 * clears the raw text of such a row all the same: see {@code TableMigration.rawColumns}.
 *
 * @param whole every value is there
 * @param updating a value may be Debezium's placeholder of an unchanged TOAST value
 * @param updatingBlindly likewise, and nothing says that the table has REPLICA IDENTITY FULL: NULL may stand for such a value, too
 * @param keyEnd the number of columns up to the key's last
 * @param leftOut a column's name and doubts, for when its value is left out
 * @param believed of a delete, what is its row's own whatever the REPLICA IDENTITY is: the key. Where there is none, values that are never
 *     made up; one of them that is not NULL says that all were sent
 * @param moved of a delete whose row goes on under another key: the key, and what PostgreSQL may leave out of that other row's insert is
 *     unchanged, as it stands nowhere but in what is known of this row
 * @param identity what the table's rows are known by
 * @param multiset where it is their values, what adds the cells that stand behind those of the fields
 * @param columnFields the field that each column of the shape comes from
 * @param rawColumns columns of the shape that are raw ones
 * @param rawFields fields that may get a raw column, which have none yet
 */
record RowPlan(
        TableShape shape,
        long fingerprint,
        RowCells whole,
        RowCells updating,
        RowCells updatingBlindly,
        RowCells believed,
        RowCells moved,
        Identity identity,
        Optional<MultisetCells> multiset,
        int keyEnd,
        List<LeftOut> leftOut,
        List<Integer> columnFields,
        Set<Integer> rawColumns,
        Set<Integer> rawFields) {

    private static final int MAX_NAME = 255;

    private static final Set<String> RESERVED = Stream.concat(Multiset.COLUMNS.stream(), Stream.of(Multiset.COUNT))
            .map(Column::name)
            .collect(Collectors.toUnmodifiableSet());

    /** @param raw numbers of fields that have a raw column */
    static RowPlan of(
            SourceTable source,
            TableName target,
            List<ConnectSchema.Field> row,
            KeySchema key,
            ColumnChoices choices,
            Set<Integer> raw)
            throws Refused {
        requireKey(source, row, key);
        return of(new Draft(source, Identity.KEY), target, row, key, choices, raw);
    }

    /** For a table whose rows have no key. */
    static RowPlan keyless(
            SourceTable source,
            TableName target,
            List<ConnectSchema.Field> row,
            Identity identity,
            ColumnChoices choices,
            Set<Integer> raw)
            throws Refused {
        return of(new Draft(source, identity), target, row, KeySchema.NONE, choices, raw);
    }

    private static RowPlan of(
            Draft draft,
            TableName target,
            List<ConnectSchema.Field> row,
            KeySchema key,
            ColumnChoices choices,
            Set<Integer> raw)
            throws Refused {
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            ConnectSchema.Field field = row.get(i);
            boolean isKey = key.columns().contains(field.name());
            try {
                Optional<FieldType> type = type(draft.source, field, isKey, choices);
                if (type.isEmpty()) {
                    draft.exclude();
                } else {
                    draft.add(i, field, type.get(), isKey, raw.contains(i));
                }
            } catch (Refused refused) {
                problems.add(refused.detail());
            }
        }
        if (!problems.isEmpty()) {
            throw Refused.because(Reason.UNSUPPORTED_TYPE, String.join("; ", problems));
        }
        boolean takesRaw = choices.settings().onUnrepresentableValue() == OnUnrepresentableValue.RAW_COLUMN;
        return draft.plan(target, row, takesRaw);
    }

    /** Columns and encoders as they grow, field by field. */
    private static final class Draft {
        private final SourceTable source;
        private final Identity identity;
        private final List<Column> columns = new ArrayList<>();
        private final List<Integer> columnFields = new ArrayList<>();
        private final List<Integer> rawColumns = new ArrayList<>();
        private final List<Integer> rawFields = new ArrayList<>();
        private final List<CellEncoder> whole = new ArrayList<>();
        private final List<CellEncoder> updating = new ArrayList<>();
        private final List<CellEncoder> updatingBlindly = new ArrayList<>();
        private final List<LeftOut> leftOut = new ArrayList<>();
        private final List<CellEncoder> believed = new ArrayList<>();
        private final List<CellEncoder> moved = new ArrayList<>();
        private final Map<String, String> seen = new HashMap<>();

        Draft(SourceTable source, Identity identity) {
            this.source = source;
            this.identity = identity;
        }

        void exclude() {
            CellEncoder nothing = new RowCells.Skipped(0);
            add(FieldType.of(new ColumnType.Variant(), nothing), nothing, nothing);
        }

        void add(int field, ConnectSchema.Field source, FieldType type, boolean isKey, boolean isRaw) throws Refused {
            String original = originalName(source);
            boolean isBelieved = isKey || identity == Identity.NONE && source.isNeverMadeUp();
            String name = original.toUpperCase(Locale.ROOT);
            column(field, original, new Column(requireName(name, original), type.column(), isKey), type.doubtFrom());
            if (isRaw) {
                FieldType both = type.withRawBeside();
                rawColumns.add(columns.size());
                Column beside = new Column(requireName(Column.rawOf(name), original), Column.RAW_TYPE, false);
                column(field, original, beside, LeftOut.NO_DOUBT);
                addSkipping(both, RawValues.CELLS, isBelieved);
            } else {
                addSkipping(type, 1, isBelieved);
                if (type.hasRaw() && !isKey && !(type.column() instanceof ColumnType.Text)) {
                    rawFields.add(field);
                }
            }
        }

        private void column(int field, String original, Column column, int doubtFrom) throws Refused {
            String twin = seen.put(column.name(), original);
            if (twin != null) {
                throw noName(original, " beside '" + twin + "'");
            }
            if (identity == Identity.VALUES && RESERVED.contains(column.name())) {
                throw noName(original, " beside what tells a row without a key by its values");
            }
            columns.add(column);
            columnFields.add(field);
            leftOut.add(new LeftOut(column.name(), doubtFrom));
        }

        /** @param cells that the field has */
        private void addSkipping(FieldType type, int cells, boolean isBelieved) {
            if (isBelieved) {
                add(type, type.encoder(), type.encoder());
            } else {
                add(type, new RowCells.Skipped(cells), new RowCells.Skipped(cells, type.mayBeLeftOut()));
            }
        }

        private void add(FieldType type, CellEncoder ofDelete, CellEncoder ofMoved) {
            whole.add(type.encoder());
            updating.add(type.updating());
            updatingBlindly.add(type.updatingBlindly());
            believed.add(ofDelete);
            moved.add(ofMoved);
        }

        private String requireName(String name, String original) throws Refused {
            if (name.isBlank() || name.length() > MAX_NAME) {
                throw noName(original, "");
            }
            return name;
        }

        private Refused noName(String original, String beside) {
            return Refused.unsupported(
                    "%s: column '%s' has no name of its own in Snowflake%s: rename it or leave it out (%s)",
                    source, original, beside, ColumnSettings.excluding(source, original));
        }

        /** A user's column may have the name already, or the name be too long. */
        private Set<Integer> withRoomForRaw() {
            return IntStream.range(0, columns.size())
                    .filter(i -> rawFields.contains(columnFields.get(i)))
                    .filter(i -> !seen.containsKey(Column.rawOf(columns.get(i).name())))
                    .filter(i -> Column.rawOf(columns.get(i).name()).length() <= MAX_NAME)
                    .mapToObj(columnFields::get)
                    .collect(Collectors.toUnmodifiableSet());
        }

        RowPlan plan(TableName target, List<ConnectSchema.Field> row, boolean takesRaw) throws Refused {
            if (columns.isEmpty()) {
                throw Refused.unsupported("%s: the row has no columns", source);
            }
            List<Column> all = new ArrayList<>(columns);
            if (identity == Identity.VALUES) {
                all.addAll(Multiset.COLUMNS);
            }
            TableShape shape = new TableShape(target, all);
            String place = source.toString();
            return new RowPlan(
                    shape,
                    shape.fingerprint(),
                    new RowCells(place, row, whole),
                    new RowCells(place, row, updating),
                    new RowCells(place, row, updatingBlindly),
                    new RowCells(place, row, believed),
                    new RowCells(place, row, moved),
                    identity,
                    identity == Identity.VALUES ? Optional.of(new MultisetCells(columns)) : Optional.empty(),
                    1 + columns.stream().map(Column::key).toList().lastIndexOf(true),
                    List.copyOf(leftOut),
                    List.copyOf(columnFields),
                    Set.copyOf(rawColumns),
                    takesRaw ? withRoomForRaw() : Set.of());
        }
    }

    /** The columns whose cells are unchanged; of a delete nothing is in doubt, as no value came. */
    List<LeftOut> leftOut(byte[] cells, CellCursor cursor, boolean isDelete) {
        List<LeftOut> columns = new ArrayList<>();
        cursor.on(cells);
        for (int i = 0; cursor.next(); i++) {
            if (cursor.isUnchanged()) {
                LeftOut column = leftOut.get(i);
                columns.add(isDelete ? new LeftOut(column.column(), LeftOut.NO_DOUBT) : column);
            }
        }
        return columns;
    }

    boolean hasKey() {
        return identity == Identity.KEY;
    }

    /** The key's cells out of the row's. */
    RowKey key(byte[] cells, CellCursor cursor, CellBuffer out) throws Refused {
        out.clear();
        cursor.on(cells);
        for (int i = 0; i < keyEnd && cursor.next(); i++) {
            if (shape.columns().get(i).key()) {
                if (cursor.isNull()) {
                    throw Refused.because(Reason.NO_PRIMARY_KEY, "%s is part of the key and NULL", placeOf(i));
                }
                if (cursor.isUnchanged()) {
                    throw Refused.because(
                            Reason.UNKNOWN_TOAST_VALUE,
                            "%s is part of the key and its value was left out as unchanged: set REPLICA IDENTITY FULL",
                            placeOf(i));
                }
                out.addCell(cursor);
            }
        }
        return new RowKey(shape.table(), out.toBytes());
    }

    /** Whether any cell is a value. */
    static boolean hasValue(CellBuffer cells, CellCursor cursor) {
        cursor.on(cells);
        while (cursor.next()) {
            if (!cursor.isNull()) {
                return true;
            }
        }
        return false;
    }

    private String placeOf(int column) {
        return whole.placeOf(columnFields.get(column));
    }

    /** How many of a row's cells are raw texts. */
    int rawValues(byte[] cells, CellCursor cursor) {
        int values = 0;
        cursor.on(cells);
        for (int i = 0; cursor.next(); i++) {
            values += !cursor.isNull() && !cursor.isUnchanged() && rawColumns.contains(i) ? 1 : 0;
        }
        return values;
    }

    /** Empty: the field gets no column. */
    private static Optional<FieldType> type(
            SourceTable source, ConnectSchema.Field field, boolean isKey, ColumnChoices choices) throws Refused {
        String column = originalName(field);
        ColumnSettings settings = choices.settings();
        Optional<Choice> choice = settings.choice(source, column);
        if (choice.isPresent() && choice.get() == Choice.EXCLUDE) {
            if (isKey) {
                throw Refused.unsupported("%s.%s belongs to the key and cannot be left out", source, column);
            }
            return Optional.empty();
        }
        try {
            return Optional.of(choice.isPresent() ? FieldTypes.asText(field.schema()) : FieldTypes.of(field.schema()));
        } catch (Refused refused) {
            Refused located = Refused.unsupported(
                    "%s.%s: %s (%s)", source, field.name(), refused.detail(), ColumnSettings.excluding(source, column));
            if (isKey || settings.onUnsupportedType() != OnUnsupportedType.EXCLUDE_COLUMN) {
                throw located;
            }
            choices.leaveOut(source, column, located);
            return Optional.empty();
        }
    }

    private static String originalName(ConnectSchema.Field field) {
        return field.schema().parameters().getOrDefault("__debezium.source.column.name", field.name());
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
                    "%s: the Kafka key names columns %s, but the row has %s: the primary key changed while events were"
                            + " on their way; take a new snapshot of the table",
                    source,
                    key.columns(),
                    names);
        }
    }
}
