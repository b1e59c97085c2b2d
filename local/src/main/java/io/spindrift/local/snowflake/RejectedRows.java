package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.CopyInto.Copy;
import io.spindrift.local.snowflake.CopyInto.Item;
import io.spindrift.local.snowflake.CopyInto.StagedFile;
import io.spindrift.local.snowflake.OutsideRows.Place;
import io.spindrift.local.snowflake.OutsideRows.Rejected;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A search for the rows of staged files that a COPY cannot load, and why, as Snowflake names them. Slow: every value is tried by itself,
 * on a connection apart.
 *
 * @param most it may stop once it has so many of a column
 */
record RejectedRows(Copy copy, Connection connection, int most, Map<Place, Rejected> found) {
    private static final String IS_NULL =
            DuckDbErrors.tagged("100072", "22000", "NULL result in a non-nullable column");

    /** The rejected rows in the order of the files. */
    static List<Rejected> find(Copy copy, List<StagedFile> files, Engine engine, int most) {
        Map<Place, Rejected> found = new ConcurrentSkipListMap<>();
        try (Connection connection = engine.connect();
                OutsideRows rows = copy.rows(files, Set.of(), rejected -> found.put(rejected.place(), rejected))) {
            Transaction.command(connection, "CREATE TEMP TABLE copied AS SELECT * FROM " + rows.sql());
            RejectedRows search = new RejectedRows(copy, connection, most, found);
            for (int i = 0; i < copy.items().size(); i++) {
                search.column(i);
            }
            return List.copyOf(found.values());
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    private void column(int index) throws SQLException {
        Item item = copy.items().get(index);
        String value =
                "CAST(" + item.expression() + " AS " + item.column().type().duck() + ")";
        String check = item.column().notNull()
                ? "coalesce(" + value + ", error(" + QualifiedName.literal(IS_NULL) + "))"
                : value;
        Map<Long, SnowflakeError> failing = new TreeMap<>();
        failing(check, 0, number(rows("count(*)", "TRUE").get(0), 0), failing);
        for (Map.Entry<Long, SnowflakeError> each : failing.entrySet()) {
            add(index, each.getKey(), each.getValue());
        }
    }

    /** Halves what fails until it is single rows. */
    private void failing(String check, long from, long to, Map<Long, SnowflakeError> into) {
        @Nullable SnowflakeError failure = from == to || into.size() >= most ? null : failure(check, from, to);
        if (failure != null && to - from == 1) {
            into.put(from, failure);
        } else if (failure != null) {
            long middle = (from + to) >>> 1;
            failing(check, from, middle, into);
            failing(check, middle, to, into);
        }
    }

    private @Nullable SnowflakeError failure(String check, long from, long to) {
        try {
            rows("count(" + check + ")", "rowid >= " + from + " AND rowid < " + to);
            return null;
        } catch (SQLException e) {
            return DuckDbErrors.translate(e);
        }
    }

    private void add(int index, long id, SnowflakeError error) throws SQLException {
        Item item = copy.items().get(index);
        String name = QualifiedName.quote(item.column().name());
        String column = QualifiedName.quote(copy.table().name().name()) + "[" + name + ":" + (index + 1) + "]";
        String field =
                item.field().map(text -> "left(" + text + "::VARCHAR, 200)").orElse("NULL");
        var row = rows("part, row, line, file, " + field, "rowid = " + id).get(0);
        String value = row.get(4) == null ? "" : "\n  Value '" + row.get(4) + "'";
        Place place = new Place((int) number(row, 0), number(row, 1));
        found.putIfAbsent(place, new Rejected(place, String.valueOf(row.get(3)), number(row, 2), error, column, value));
    }

    private static long number(List<@Nullable String> row, int index) {
        return Long.parseLong(String.valueOf(row.get(index)));
    }

    private List<List<@Nullable String>> rows(String what, String where) throws SQLException {
        return Catalog.rows(connection, "SELECT " + what + " FROM copied WHERE " + where);
    }
}
