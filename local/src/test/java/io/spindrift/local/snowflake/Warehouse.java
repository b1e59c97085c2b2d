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
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A local Snowflake, or a real account, spoken to through the real driver. */
record Warehouse(String url, Properties login, @Nullable LocalSnowflake local) implements AutoCloseable {
    /** Driver properties of a real account, by the environment variable that gives them. */
    private static final Map<String, String> LIVE = Map.of(
            "SNOWFLAKE_USER", "user",
            "SNOWFLAKE_PASSWORD", "password",
            "SNOWFLAKE_PRIVATE_KEY_FILE", "private_key_file",
            "SNOWFLAKE_DATABASE", "db",
            "SNOWFLAKE_WAREHOUSE", "warehouse",
            "SNOWFLAKE_ROLE", "role");

    static Warehouse in(Path directory) {
        return in(directory, StageTransport.LOCAL_FS);
    }

    static Warehouse in(Path directory, StageTransport transport) {
        LocalSnowflake local =
                LocalSnowflake.start(LocalSnowflake.Settings.in(directory).withStages(transport));
        return new Warehouse(local.jdbcUrl(), login(local.user(), local.password()), local);
    }

    /** Whether the tests hold a real account to the table: {@code -Psnowflake-live}. */
    static boolean isLive() {
        return Boolean.getBoolean("spindrift.snowflake.live");
    }

    /** The account that SNOWFLAKE_URL names ({@code jdbc:snowflake://…}); schemas are made in SNOWFLAKE_DATABASE and dropped again. */
    static Warehouse live() {
        Properties login = new Properties();
        LIVE.forEach((variable, property) -> {
            String value = System.getenv(variable);
            if (value != null) {
                login.setProperty(property, value);
            }
        });
        login.setProperty("JDBC_QUERY_RESULT_FORMAT", "JSON");
        login.setProperty("TIMEZONE", "UTC");
        String url = Objects.requireNonNull(System.getenv("SNOWFLAKE_URL"), "SNOWFLAKE_URL is not set");
        return new Warehouse(url, login, null);
    }

    LocalSnowflake snowflake() {
        return Objects.requireNonNull(local);
    }

    private static Properties login(String user, String password) {
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        return login;
    }

    Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(url, login);
        if (isLive()) {
            // The texts of times in the table are in the formats that the local Snowflake announces.
            execute(
                    connection,
                    "ALTER SESSION SET TIMESTAMP_NTZ_OUTPUT_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6',"
                            + " TIMESTAMP_OUTPUT_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6 TZHTZM',"
                            + " TIMESTAMP_LTZ_OUTPUT_FORMAT = '', TIMESTAMP_TZ_OUTPUT_FORMAT = '',"
                            + " JSON_INDENT = 0, TIME_OUTPUT_FORMAT = 'HH24:MI:SS.FF6', BINARY_OUTPUT_FORMAT = 'HEX'");
        }
        return connection;
    }

    Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(url, login(user, password));
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
        if (local != null) {
            local.close();
        }
    }
}
