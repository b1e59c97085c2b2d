package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.CopyInto.Copy;
import io.spindrift.local.snowflake.CopyInto.Item;
import io.spindrift.local.snowflake.CopyInto.StagedFile;
import io.spindrift.local.snowflake.OutsideRows.Failure;
import io.spindrift.local.snowflake.OutsideRows.Place;
import io.spindrift.local.snowflake.OutsideRows.Problems;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows of staged files that a COPY cannot load, and why, as Snowflake names them. Slow: every value is tried by itself, on a
 * connection apart.
 */
final class RejectedRows {
    static final RejectedRows NONE = new RejectedRows(Map.of(), List.of());
    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::part).thenComparingLong(Place::row);
    private final Map<Place, Rejected> byPlace;
    private final List<Long> parsed;

    private RejectedRows(Map<Place, Rejected> byPlace, List<Long> parsed) {
        this.byPlace = byPlace;
        this.parsed = parsed;
    }

    /**
     * A row that cannot be loaded.
     *
     * @param column {@code "TABLE"["COLUMN":1]}, null when the row could not even be read
     */
    record Rejected(
            Place place,
            long line,
            SnowflakeError error,
            @Nullable String column,
            String value) {
        private SnowflakeError located(List<StagedFile> files) {
            String where = value + "\n  File '" + files.get(place.part() - 1).relative() + "', line " + line
                    + "\n  Row " + place.row() + (column == null ? " starts at line " + line : ", column " + column);
            return new SnowflakeError(error.code(), error.sqlState(), error.getMessage() + where, error);
        }
    }

    static SnowflakeError located(Failure failure, List<StagedFile> files) {
        return new Rejected(failure.place(), failure.line(), failure.error(), null, "").located(files);
    }

    /** The rejected rows of a file, in order. */
    List<Rejected> of(int part) {
        return byPlace.values().stream()
                .filter(rejected -> rejected.place().part() == part)
                .toList();
    }

    long parsed(int part) {
        return parsed.isEmpty() ? 0 : parsed.get(part - 1);
    }

    Optional<SnowflakeError> first(List<StagedFile> files) {
        return byPlace.values().stream().findFirst().map(rejected -> rejected.located(files));
    }

    /**
     * Finds them.
     *
     * @param most as many at least, of each column, as there are
     */
    static RejectedRows find(Copy copy, List<StagedFile> files, Engine engine, int most) {
        Map<Place, Rejected> found = new TreeMap<>(ORDER);
        try (Connection connection = engine.connect();
                OutsideRows rows = copy.rows(files, Problems.TELL, Set.of())) {
            Transaction.command(connection, "CREATE TEMP TABLE copied AS SELECT * FROM " + copy.source(rows, files));
            Search search = new Search(copy, connection, most, found);
            search.unreadable();
            for (int i = 0; i < copy.items().size(); i++) {
                search.column(i);
            }
            List<Long> parsed = new ArrayList<>();
            for (int part = 1; part <= files.size(); part++) {
                parsed.add(rows.count(part));
            }
            return new RejectedRows(found, parsed);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    private record Search(Copy copy, Connection connection, int most, Map<Place, Rejected> found) {
        private void unreadable() throws SQLException {
            for (var row : rows("part, row, line, problem", "problem IS NOT NULL")) {
                SnowflakeError error = new SnowflakeError("100016", "22000", String.valueOf(row.get(3)));
                add(row, error, null, "");
            }
        }

        private void column(int index) throws SQLException {
            Item item = copy.items().get(index);
            String check =
                    "CAST(" + item.expression() + " AS " + item.column().type().duck() + ")";
            List<Long> failing = new ArrayList<>();
            failing(
                    check,
                    0,
                    Long.parseLong(
                            String.valueOf(rows("count(*)", "TRUE").get(0).get(0))),
                    failing);
            for (long id : failing) {
                SnowflakeError error = failure(check, id, id + 1);
                add(
                        index,
                        id,
                        error == null ? new SnowflakeError("100038", "22018", "Value is not recognized") : error);
            }
            if (item.column().notNull()) {
                SnowflakeError error = new SnowflakeError("100072", "22000", "NULL result in a non-nullable column");
                String others = failing.stream().map(String::valueOf).collect(Collectors.joining(", "));
                String isNull = "CASE WHEN problem IS NOT NULL OR rowid IN (" + (others.isEmpty() ? "-1" : others) + ")"
                        + " THEN FALSE ELSE (" + check + ") IS NULL END LIMIT " + most;
                for (var row : rows("rowid", isNull)) {
                    add(index, Long.parseLong(String.valueOf(row.get(0))), error);
                }
            }
        }

        /** Halves what fails until it is single rows. */
        private void failing(String check, long from, long to, List<Long> into) {
            if (from == to || into.size() >= most || failure(check, from, to) == null) {
                return;
            }
            if (to - from == 1) {
                into.add(from);
            } else {
                long middle = (from + to) >>> 1;
                failing(check, from, middle, into);
                failing(check, middle, to, into);
            }
        }

        private @Nullable SnowflakeError failure(String check, long from, long to) {
            try {
                rows("count(" + check + ")", "problem IS NULL AND rowid >= " + from + " AND rowid < " + to);
                return null;
            } catch (SQLException e) {
                return DuckDbErrors.translate(e);
            }
        }

        private void add(int index, long id, SnowflakeError error) throws SQLException {
            Item item = copy.items().get(index);
            String column =
                    "\"" + copy.table().name().name() + "\"[\"" + item.column().name() + "\":" + (index + 1) + "]";
            String field =
                    item.field().map(name -> "left(" + name + "::VARCHAR, 200)").orElse("NULL");
            var row = rows("part, row, line, " + field, "rowid = " + id).get(0);
            add(row, error, column, row.get(3) == null ? "" : "\n  Value '" + row.get(3) + "'");
        }

        private void add(List<@Nullable String> row, SnowflakeError error, @Nullable String column, String value) {
            Place place =
                    new Place(Integer.parseInt(String.valueOf(row.get(0))), Long.parseLong(String.valueOf(row.get(1))));
            long line = Long.parseLong(String.valueOf(row.get(2)));
            found.putIfAbsent(place, new Rejected(place, line, error, column, value));
        }

        private List<List<@Nullable String>> rows(String what, String where) throws SQLException {
            return Catalog.rows(connection, "SELECT " + what + " FROM copied WHERE " + where);
        }
    }
}
