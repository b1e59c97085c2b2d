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
            Map<Long, SnowflakeError> failing = new TreeMap<>();
            failing(check, 0, number(rows("count(*)", "TRUE").get(0), 0), failing);
            if (item.column().notNull()) {
                String others = failing.keySet().stream().map(id -> id + ", ").collect(Collectors.joining());
                String isNull = "CASE WHEN problem IS NOT NULL OR rowid IN (" + others + "-1) THEN FALSE ELSE (" + check
                        + ") IS NULL END LIMIT " + most;
                for (var row : rows("rowid", isNull)) {
                    String message = "NULL result in a non-nullable column";
                    failing.put(number(row, 0), new SnowflakeError("100072", "22000", message));
                }
            }
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
                rows("count(" + check + ")", "problem IS NULL AND rowid >= " + from + " AND rowid < " + to);
                return null;
            } catch (SQLException e) {
                return DuckDbErrors.translate(e);
            }
        }

        private void add(int index, long id, SnowflakeError error) throws SQLException {
            Item item = copy.items().get(index);
            String table = QualifiedName.quote(copy.table().name().name());
            String column = table + "[" + QualifiedName.quote(item.column().name()) + ":" + (index + 1) + "]";
            String field =
                    item.field().map(name -> "left(" + name + "::VARCHAR, 200)").orElse("NULL");
            var row = rows("part, row, line, " + field, "rowid = " + id).get(0);
            add(row, error, column, row.get(3) == null ? "" : "\n  Value '" + row.get(3) + "'");
        }

        private void add(List<@Nullable String> row, SnowflakeError error, @Nullable String column, String value) {
            Place place = new Place((int) number(row, 0), number(row, 1));
            found.putIfAbsent(place, new Rejected(place, number(row, 2), error, column, value));
        }

        private static long number(List<@Nullable String> row, int index) {
            return Long.parseLong(String.valueOf(row.get(index)));
        }

        private List<List<@Nullable String>> rows(String what, String where) throws SQLException {
            return Catalog.rows(connection, "SELECT " + what + " FROM copied WHERE " + where);
        }
    }
}
