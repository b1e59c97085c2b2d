package io.spindrift.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A result → table, CSV (RFC 4180; NULL is the empty unquoted field) or a JSON array of objects. */
final class ResultPrinter {

    enum Format {
        TABLE,
        CSV,
        JSON;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final String NULL_IN_TABLE = "NULL";

    private ResultPrinter() {}

    static void print(ResultSet rows, Format format, PrintWriter out) throws SQLException {
        switch (format) {
            case TABLE -> table(rows, out);
            case CSV -> csv(rows, out);
            case JSON -> json(rows, out);
        }
    }

    private static List<String> names(ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            names.add(columns.getColumnLabel(i));
        }
        return names;
    }

    private static void table(ResultSet rows, PrintWriter out) throws SQLException {
        List<String> names = names(rows);
        List<List<String>> lines = new ArrayList<>();
        lines.add(names);
        while (rows.next()) {
            List<String> line = new ArrayList<>();
            for (int i = 1; i <= names.size(); i++) {
                String value = rows.getString(i);
                line.add(value == null ? NULL_IN_TABLE : value.replace("\n", "\\n"));
            }
            lines.add(line);
        }
        int[] widths = new int[names.size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        for (int row = 0; row < lines.size(); row++) {
            line(lines.get(row), widths, out);
            if (row == 0) {
                rule(widths, out);
            }
        }
        out.printf("(%d row%s)%n", lines.size() - 1, lines.size() == 2 ? "" : "s");
    }

    private static void line(List<String> cells, int[] widths, PrintWriter out) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(i == 0 ? "" : " | ")
                    .append(cells.get(i))
                    .append(" ".repeat(widths[i] - cells.get(i).length()));
        }
        out.println(line.toString().stripTrailing());
    }

    private static void rule(int[] widths, PrintWriter out) {
        List<String> parts = new ArrayList<>();
        for (int width : widths) {
            parts.add("-".repeat(width));
        }
        out.println(String.join("-+-", parts));
    }

    private static void csv(ResultSet rows, PrintWriter out) throws SQLException {
        List<String> names = names(rows);
        out.println(String.join(",", names.stream().map(ResultPrinter::quoted).toList()));
        while (rows.next()) {
            List<String> cells = new ArrayList<>();
            for (int i = 1; i <= names.size(); i++) {
                String value = rows.getString(i);
                cells.add(value == null ? "" : quoted(value));
            }
            out.println(String.join(",", cells));
        }
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty() && value.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }

    private static void json(ResultSet rows, PrintWriter out) throws SQLException {
        List<String> names = names(rows);
        ArrayNode array = new ObjectMapper().createArrayNode();
        while (rows.next()) {
            ObjectNode row = array.addObject();
            for (int i = 1; i <= names.size(); i++) {
                put(row, names.get(i - 1), rows.getString(i), rows.getMetaData().getColumnType(i));
            }
        }
        out.println(array.toPrettyString());
    }

    /** Numbers and booleans as such, exactly; everything else as the driver's text. */
    private static void put(ObjectNode row, String name, @Nullable String value, int type) {
        if (value == null) {
            row.putNull(name);
            return;
        }
        switch (type) {
            case Types.BIGINT, Types.INTEGER, Types.SMALLINT, Types.TINYINT, Types.DECIMAL, Types.NUMERIC ->
                row.put(name, new BigDecimal(value));
            case Types.BOOLEAN -> row.put(name, Boolean.parseBoolean(value));
            default -> row.put(name, value);
        }
    }
}
