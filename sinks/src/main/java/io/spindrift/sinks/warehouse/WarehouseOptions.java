package io.spindrift.sinks.warehouse;

import static io.spindrift.sinks.model.Require.require;

import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import net.snowflake.client.api.driver.SnowflakeDriver;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the database, and as whom.
 *
 * @param url {@code jdbc:snowflake://<account>.snowflakecomputing.com/…}
 * @param password or null with a private key
 * @param privateKeyFile PKCS#8 key of key-pair authentication, a path on every node of the cluster; or null with a password
 * @param role null: the user's default role
 * @param warehouse null: the user's default warehouse
 */
public record WarehouseOptions(
        String url,
        String user,
        @Nullable Secret password,
        @Nullable String privateKeyFile,
        String database,
        @Nullable String role,
        @Nullable String warehouse)
        implements Serializable {

    public WarehouseOptions {
        require(url.startsWith("jdbc:snowflake://"), "not a Snowflake JDBC URL: '%s'", url);
        require(
                (password == null) != (privateKeyFile == null),
                "give either a password or a private key file for user '%s'",
                user);
    }

    /**
     * Opens a session.
     *
     * @throws SQLException when the login fails, or the driver is not there
     */
    public Connection connect() throws SQLException {
        Connection connection;
        try {
            connection = new SnowflakeDriver().connect(url, driverProperties());
        } catch (NoClassDefFoundError e) {
            throw new SQLException(
                    "the Snowflake driver is missing: put snowflake-jdbc into Flink's lib/ on every node and restart them",
                    e);
        }
        if (connection == null) {
            throw new SQLException("the Snowflake driver does not take the URL " + url);
        }
        return connection;
    }

    private Properties driverProperties() {
        Properties properties = new Properties();
        properties.put("user", user);
        if (password != null) {
            properties.put("password", password.reveal());
        }
        if (privateKeyFile != null) {
            properties.put("private_key_file", privateKeyFile);
        }
        properties.put("db", database);
        if (role != null) {
            properties.put("role", role);
        }
        if (warehouse != null) {
            properties.put("warehouse", warehouse);
        }
        properties.put("application", "Spindrift");
        properties.put("TIMEZONE", "UTC");
        properties.put("CLIENT_TELEMETRY_ENABLED", "false");
        properties.put("CLIENT_SESSION_KEEP_ALIVE", "true");
        // Arrow results need --add-opens on Java 17; ours are a few rows.
        properties.put("JDBC_QUERY_RESULT_FORMAT", "JSON");
        // Otherwise the driver probes cloud metadata addresses for a second at each login.
        properties.put("disablePlatformDetection", "true");
        return properties;
    }
}
