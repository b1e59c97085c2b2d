package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Result.ResultColumn;
import io.spindrift.local.snowflake.Scope.Field;
import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Struct;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** DuckDB's results → the wire: Snowflake types, and every value in its text form. */
final class ResultReader {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final int UTC_OFFSET = 1440;

    private ResultReader() {}

    static Result.Rows read(PreparedStatement statement, int statementType, List<Field> fields) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            List<ResultColumn> columns = columns(result.getMetaData(), fields);
            List<List<@Nullable String>> rows = new ArrayList<>();
            while (result.next()) {
                List<@Nullable String> row = new ArrayList<>(columns.size());
                for (int i = 0; i < columns.size(); i++) {
                    row.add(value(result, i + 1, columns.get(i).type()));
                }
                rows.add(row);
            }
            return new Result.Rows(statementType, columns, rows);
        }
    }

    /** The types known from the statement, where DuckDB has stored them as it stores those types; else what DuckDB says. */
    static List<ResultColumn> columns(ResultSetMetaData meta, List<Field> fields) throws SQLException {
        List<ResultColumn> columns = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            SnowflakeType stored = SnowflakeType.ofDuck(meta.getColumnTypeName(i));
            SnowflakeType type = Scope.type(fields, i - 1)
                    .filter(known -> known.isStoredAs(stored))
                    .orElse(stored);
            String label = i <= fields.size() ? fields.get(i - 1).name() : meta.getColumnLabel(i);
            columns.add(new ResultColumn(label, type));
        }
        return columns;
    }

    private static @Nullable String value(ResultSet result, int column, SnowflakeType type) throws SQLException {
        Object value = result.getObject(column);
        if (value == null) {
            return null;
        }
        return switch (type.kind()) {
            case FIXED -> value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
            case REAL -> real(((Number) value).doubleValue());
            case BOOLEAN -> ((Boolean) value) ? "1" : "0";
            case TEXT, VARIANT, OBJECT, ARRAY -> value.toString();
            case DATE -> String.valueOf(((LocalDate) value).toEpochDay());
            case TIME ->
                BigDecimal.valueOf(((LocalTime) value).toNanoOfDay(), 9).toPlainString();
            case TIMESTAMP_NTZ ->
                seconds(result.getObject(column, LocalDateTime.class).atOffset(ZoneOffset.UTC));
            case TIMESTAMP_LTZ -> seconds((OffsetDateTime) value);
            case TIMESTAMP_TZ -> {
                Object[] parts = ((Struct) value).getAttributes();
                yield seconds((OffsetDateTime) parts[0]) + " " + (UTC_OFFSET + (Integer) parts[1]);
            }
            case BINARY -> {
                Blob blob = result.getBlob(column);
                yield HEX.formatHex(blob.getBytes(1, (int) blob.length()));
            }
        };
    }

    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : Double.toString(value);
    }

    /** Seconds and nanoseconds since the epoch. */
    private static String seconds(OffsetDateTime value) {
        return BigDecimal.valueOf(value.toEpochSecond())
                .add(BigDecimal.valueOf(value.getNano(), 9))
                .toPlainString();
    }
}
