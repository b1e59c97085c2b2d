package io.spindrift.chaos;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A table, whole: key to row, every column in one canonical form, read the same way from PostgreSQL and from the mirror. What the form
 * of a column is, PostgreSQL's type says, so a value that arrived in another type shows.
 */
public record TableContents(Map<String, Map<String, @Nullable Object>> rows) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();

    /** Column name, lower case, to PostgreSQL's type name. */
    static Map<String, String> columns(Connection postgres, String table) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        try (Statement statement = postgres.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM " + table + " LIMIT 0")) {
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                columns.put(
                        row.getMetaData().getColumnName(i), row.getMetaData().getColumnTypeName(i));
            }
        }
        return columns;
    }

    static String keyColumn(Connection postgres, String table) throws SQLException {
        try (ResultSet keys = postgres.getMetaData().getPrimaryKeys(null, "public", table)) {
            List<String> names = new ArrayList<>();
            while (keys.next()) {
                names.add(keys.getString("COLUMN_NAME"));
            }
            return String.join(",", names);
        }
    }

    public static TableContents ofPostgres(Connection postgres, String table) throws SQLException {
        return read(postgres, "SELECT * FROM " + table, columns(postgres, table), keyColumn(postgres, table));
    }

    public static TableContents ofMirror(Connection snowflake, Connection postgres, String table) throws SQLException {
        String mirror = "SELECT * FROM MIRROR." + table.toUpperCase(Locale.ROOT);
        return read(snowflake, mirror, columns(postgres, table), keyColumn(postgres, table));
    }

    private static TableContents read(Connection from, String sql, Map<String, String> columns, String key)
            throws SQLException {
        Map<String, Map<String, @Nullable Object>> rows = new TreeMap<>();
        try (Statement statement = from.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                Map<String, @Nullable Object> cells = new TreeMap<>();
                for (Map.Entry<String, String> column : columns.entrySet()) {
                    cells.put(column.getKey(), cell(row, column.getKey().toUpperCase(Locale.ROOT), column.getValue()));
                }
                StringBuilder id = new StringBuilder();
                for (String part : key.split(",")) {
                    id.append(cells.get(part)).append('/');
                }
                if (rows.put(id.toString(), cells) != null) {
                    throw new IllegalStateException("two rows of one key " + id + " from " + sql);
                }
            }
        }
        return new TableContents(rows);
    }

    private static @Nullable Object cell(ResultSet row, String name, String type) throws SQLException {
        String text = row.getString(name);
        if (text == null) {
            return null;
        }
        return switch (type) {
            case "numeric" -> new BigDecimal(text);
            case "int2", "int4", "int8" -> Long.valueOf(text);
            case "bool" -> row.getBoolean(name);
            case "timestamptz" -> instant(row, name);
            case "json", "jsonb" -> json(text);
            case "uuid", "text", "varchar", "bpchar", "date" -> text;
            default -> throw new IllegalStateException("no canonical form for " + name + " of type " + type);
        };
    }

    private static Object instant(ResultSet row, String name) throws SQLException {
        return row.getStatement()
                        .getConnection()
                        .getMetaData()
                        .getDatabaseProductName()
                        .equals("PostgreSQL")
                ? row.getObject(name, OffsetDateTime.class).toInstant()
                : row.getTimestamp(name).toInstant();
    }

    private static Object json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
