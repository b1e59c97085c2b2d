package io.spindrift.local.snowflake;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A local Snowflake, spoken to through the real driver. */
record Warehouse(LocalSnowflake snowflake) implements AutoCloseable {
    static Warehouse in(Path directory) {
        return new Warehouse(LocalSnowflake.start(directory, 0));
    }

    Connection connect() throws SQLException {
        return connect(snowflake.user(), snowflake.password());
    }

    Connection connect(String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection(snowflake.jdbcUrl(), properties);
    }

    static long update(Connection connection, String sql, @Nullable Object... binds) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, binds);
            return statement.executeUpdate();
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Rows as texts joined by {@code |}; SQL NULL as {@code NULL}. */
    static List<String> rows(Connection connection, String sql, @Nullable Object... binds) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, binds);
            try (ResultSet result = statement.executeQuery()) {
                List<String> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(row(result));
                }
                return rows;
            }
        }
    }

    private static String row(ResultSet result) throws SQLException {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            String value = result.getString(i);
            values.add(value == null ? "NULL" : value);
        }
        return String.join("|", values);
    }

    private static void bind(PreparedStatement statement, @Nullable Object... binds) throws SQLException {
        for (int i = 0; i < binds.length; i++) {
            if (binds[i] == null) {
                statement.setNull(i + 1, java.sql.Types.VARCHAR);
            } else {
                statement.setObject(i + 1, binds[i]);
            }
        }
    }

    @Override
    public void close() {
        snowflake.close();
    }
}
