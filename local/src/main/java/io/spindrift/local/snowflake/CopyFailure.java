package io.spindrift.local.snowflake;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds which row and column of a file a COPY failed on, the way Snowflake names them. Slow, and only on failure. */
final class CopyFailure {
    private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");
    private static final Pattern COLUMNS = Pattern.compile("Expected Number of Columns: (\\d+) Found: (\\d+)");
    private final CopyInto.Copy copy;
    private final String file;
    private final Connection connection;

    private CopyFailure(CopyInto.Copy copy, String file, Connection connection) {
        this.copy = copy;
        this.file = file;
        this.connection = connection;
    }

    /** Of several files the first with a failure. */
    static SnowflakeError explain(CopyInto.Copy copy, List<CsvScan> scans, SQLException failure, Engine engine) {
        return scans.stream()
                .flatMap(scan -> find(copy, scan, engine).stream())
                .findFirst()
                .orElseGet(() -> at(
                        DuckDbErrors.translate(failure),
                        "\n  File '" + copy.location().relative(scans.get(0).file()) + "'"));
    }

    private static Optional<SnowflakeError> find(CopyInto.Copy copy, CsvScan scan, Engine engine) {
        String file = copy.location().relative(scan.file());
        try (Connection connection = engine.connect()) {
            Transaction.command(
                    connection, "CREATE TEMP TABLE copied AS SELECT * FROM " + CopyInto.numbered(copy, scan));
            CopyFailure search = new CopyFailure(copy, file, connection);
            for (int i = 0; i < copy.items().size(); i++) {
                Optional<SnowflakeError> found = search.column(i);
                if (found.isPresent()) {
                    return found;
                }
            }
        } catch (SQLException e) {
            return Optional.of(parsing(file, e));
        }
        return Optional.empty();
    }

    private static SnowflakeError parsing(String file, SQLException e) {
        String message = String.valueOf(e.getMessage());
        Matcher line = LINE.matcher(message);
        String where = "\n  File '" + file + "'" + (line.find() ? ", line " + line.group(1) : "");
        Matcher columns = COLUMNS.matcher(message);
        if (columns.find()) {
            return new SnowflakeError(
                    "100080",
                    "22000",
                    "Number of columns in file (" + columns.group(2)
                            + ") does not match that of the corresponding table (" + columns.group(1) + ")" + where,
                    e);
        }
        String reason = message.lines().skip(line.hitEnd() ? 0 : 2).findFirst().orElse(message);
        return new SnowflakeError("100016", "22000", "Error parsing CSV: " + reason + where, e);
    }

    /** Looks for a row whose value for this column fails. */
    private Optional<SnowflakeError> column(int index) throws SQLException {
        CopyInto.Item item = copy.items().get(index);
        String check =
                "CAST(" + item.expression() + " AS " + item.column().type().duck() + ")";
        @Nullable SnowflakeError failed = failure(check, 1, Long.MAX_VALUE);
        if (failed == null) {
            return item.column().notNull() ? nullRow(index, item, check) : Optional.empty();
        }
        long low = 1;
        long high = rows();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (failure(check, low, middle) != null) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        @Nullable SnowflakeError exact = failure(check, low, low);
        return Optional.of(located(exact == null ? failed : exact, low, index, item));
    }

    private Optional<SnowflakeError> nullRow(int index, CopyInto.Item item, String check) throws SQLException {
        String sql = "SELECT min(file_row_number) FROM copied WHERE (" + check + ") IS NULL";
        @Nullable String row = Catalog.rows(connection, sql).get(0).get(0);
        SnowflakeError error = new SnowflakeError("100072", "22000", "NULL result in a non-nullable column");
        return row == null ? Optional.empty() : Optional.of(located(error, Long.parseLong(row), index, item));
    }

    private @Nullable SnowflakeError failure(String check, long from, long to) {
        String sql = "SELECT count(" + check + ") FROM copied WHERE file_row_number BETWEEN " + from + " AND " + to;
        try {
            Catalog.rows(connection, sql);
            return null;
        } catch (SQLException e) {
            return DuckDbErrors.translate(e);
        }
    }

    private long rows() throws SQLException {
        List<@Nullable String> row =
                Catalog.rows(connection, "SELECT count(*) FROM copied").get(0);
        return Long.parseLong(String.valueOf(row.get(0)));
    }

    private SnowflakeError located(SnowflakeError error, long row, int index, CopyInto.Item item) {
        String value = item.field().map(field -> value(field, row)).orElse("");
        return at(
                error,
                value + "\n  File '" + file + "', line " + row + "\n  Row " + row + ", column \""
                        + copy.table().name().name() + "\"[\"" + item.column().name() + "\":" + (index + 1) + "]");
    }

    private String value(String field, long row) {
        String sql = "SELECT left(" + field + ", 200) FROM copied WHERE file_row_number = " + row;
        try {
            return "\n  Value '" + Catalog.rows(connection, sql).get(0).get(0) + "'";
        } catch (SQLException e) {
            return "";
        }
    }

    private static SnowflakeError at(SnowflakeError error, String where) {
        return new SnowflakeError(error.code(), error.sqlState(), error.getMessage() + where, error);
    }
}
