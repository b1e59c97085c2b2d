package io.spindrift.cli;

import io.spindrift.sinks.model.DeadLetter;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A choice of a pipeline's dead letters in the ledger; null: any.
 *
 * @param table the end of the topic's name behind a dot
 */
record DeadLetterQuery(
        String pipeline,
        DeadLetter.@Nullable Reason reason,
        @Nullable String table,
        @Nullable String topic,
        @Nullable Integer partition,
        @Nullable Long offset) {

    private static final String SHOWN = """
            SELECT "RECORDED_AT", "REASON", "TOPIC", "PARTITION", "OFFSET", "TIMESTAMP", "DETAIL", "REPLAYED_AT"
            FROM "SPINDRIFT"."DEAD_LETTERS" WHERE\s""";

    private static final String WHOLE = """
            SELECT "TOPIC", "PARTITION", "OFFSET", "KEY", "VALUE", "HEADERS" FROM "SPINDRIFT"."DEAD_LETTERS" WHERE\s""";

    interface RowTaker {
        void take(ResultSet row) throws Exception;
    }

    void print(Connection connection, int limit, ResultPrinter.Format format, PrintWriter out) throws SQLException {
        List<Object> binds = new ArrayList<>();
        String sql = SHOWN + conditions(binds)
                + " ORDER BY \"RECORDED_AT\" DESC, \"TOPIC\", \"PARTITION\", \"OFFSET\" DESC LIMIT " + limit;
        try (PreparedStatement statement = prepare(connection, sql, binds);
                ResultSet rows = statement.executeQuery()) {
            ResultPrinter.print(rows, format, out);
        }
    }

    /** Letters in the order of their topics, with their records; sent ones only when they are named by offset. */
    void forEachToSend(Connection connection, RowTaker taker) throws Exception {
        List<Object> binds = new ArrayList<>();
        String sql = WHOLE + conditions(binds) + (offset == null ? " AND \"REPLAYED_AT\" IS NULL" : "")
                + " ORDER BY \"TOPIC\", \"PARTITION\", \"OFFSET\"";
        try (PreparedStatement statement = prepare(connection, sql, binds);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                taker.take(rows);
            }
        }
    }

    private String conditions(List<Object> binds) {
        StringBuilder conditions = new StringBuilder("\"PIPELINE\" = ?");
        binds.add(pipeline);
        if (reason != null) {
            add("\"REASON\" = ?", reason.name(), conditions, binds);
        }
        if (table != null) {
            add("ENDSWITH(\"TOPIC\", ?)", "." + table, conditions, binds);
        }
        if (topic != null) {
            add("\"TOPIC\" = ?", topic, conditions, binds);
        }
        if (partition != null) {
            add("\"PARTITION\" = ?", partition, conditions, binds);
        }
        if (offset != null) {
            add("\"OFFSET\" = ?", offset, conditions, binds);
        }
        return conditions.toString();
    }

    private static void add(String condition, Object value, StringBuilder conditions, List<Object> binds) {
        conditions.append(" AND ").append(condition);
        binds.add(value);
    }

    private static PreparedStatement prepare(Connection connection, String sql, List<Object> binds)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < binds.size(); i++) {
            Object value = binds.get(i);
            if (value instanceof Long number) {
                statement.setLong(i + 1, number);
            } else if (value instanceof Integer number) {
                statement.setInt(i + 1, number);
            } else {
                statement.setString(i + 1, (String) value);
            }
        }
        return statement;
    }
}
