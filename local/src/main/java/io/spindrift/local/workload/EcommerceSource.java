package io.spindrift.local.workload;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.connect.ConnectWorker;
import io.spindrift.local.postgres.PostgresServer;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.registry.SchemaRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The e-commerce shop in PostgreSQL: database, tables, a few rows, and the role and publication its connector needs
 * (sql/source). {@link #capture} attaches Debezium; {@link #close} takes it away again with its replication slot, which
 * Debezium would leave behind to retain WAL for ever.
 */
public final class EcommerceSource implements AutoCloseable {
    public static final String DATABASE = "shop";
    public static final String CONNECTOR = "shop";
    public static final String TOPIC_PREFIX = "shop";
    public static final String PUBLICATION = "spindrift";
    public static final String SLOT = "spindrift_shop";
    public static final String CAPTURE_USER = "spindrift_cdc";
    public static final List<String> TABLES =
            List.of("users", "products", "orders", "order_items", "inventory_movements", "audit_log");

    private static final String CONNECTOR_FILE = "shop-avro-apicurio.json";
    private static final Duration STREAMING = Duration.ofMinutes(2);
    private static final Duration RELEASED = Duration.ofMinutes(1);

    private final PostgresServer postgres;
    private final String capturePassword;
    private @Nullable ConnectWorker capturedBy;

    private EcommerceSource(PostgresServer postgres, String capturePassword) {
        this.postgres = postgres;
        this.capturePassword = capturePassword;
    }

    /** Creates the database, which must not exist yet, with its schema and first rows. */
    public static EcommerceSource create(PostgresServer postgres) {
        byte[] secret = new byte[12];
        new SecureRandom().nextBytes(secret);
        String password = HexFormat.of().formatHex(secret);
        execute(postgres.jdbcUrl(), "CREATE DATABASE " + DATABASE);
        execute(postgres.jdbcUrl(DATABASE), script("schema.sql"));
        execute(postgres.jdbcUrl(DATABASE), script("seed.sql"));
        execute(postgres.jdbcUrl(), "ALTER ROLE %s PASSWORD '%s'".formatted(CAPTURE_USER, password));
        return new EcommerceSource(postgres, password);
    }

    /** The superuser's URL of the shop, with user and password. */
    public String jdbcUrl() {
        return postgres.jdbcUrl(DATABASE);
    }

    /** Of {@link #CAPTURE_USER}, who may read the tables and the log. */
    public String capturePassword() {
        return capturePassword;
    }

    /** The Kafka topic of one of {@link #TABLES}. */
    public static String topic(String table) {
        return TOPIC_PREFIX + ".public." + table;
    }

    /**
     * Deploys the connector and waits until it streams: the snapshot is in Kafka or on its way, and every change
     * committed from here on becomes an event of its own.
     */
    public void capture(ConnectWorker connect, SchemaRegistry registry) {
        capturedBy = connect;
        connect.deploy(CONNECTOR, connectorConfig(registry));
        Deadline.in(STREAMING).await("the connector " + CONNECTOR + " to stream from its slot", () -> {
            connect.status(CONNECTOR).filter(status -> status.failed()).ifPresent(status -> {
                throw new LocalStackException("the connector failed:%n%s".formatted(status.failure()));
            });
            return count("""
                    SELECT count(*) FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid
                    WHERE s.slot_name = '%s' AND r.state = 'streaming'""".formatted(SLOT)) == 1;
        });
    }

    /** The settings of connect/shop-avro-apicurio.json, with this stack's addresses and password. */
    public Map<String, String> connectorConfig(SchemaRegistry registry) {
        Map<String, String> config = new TreeMap<>(deployedSettings());
        config.put("database.hostname", postgres.host());
        config.put("database.port", Integer.toString(postgres.port()));
        config.put("database.password", capturePassword);
        config.put("key.converter.apicurio.registry.url", registry.apicurioUrl());
        config.put("value.converter.apicurio.registry.url", registry.apicurioUrl());
        return config;
    }

    private static Map<String, String> deployedSettings() {
        try {
            JsonNode config =
                    new ObjectMapper().readTree(script(CONNECTOR_FILE)).path("config");
            return new ObjectMapper().convertValue(config, new TypeReference<Map<String, String>>() {});
        } catch (IOException e) {
            throw new LocalStackException("cannot read " + CONNECTOR_FILE, e);
        }
    }

    /** Whether the slot exists; it retains WAL as long as it does. */
    public boolean slotExists() {
        return count("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '%s'".formatted(SLOT)) == 1;
    }

    /** Removes the connector, then the slot, also when Connect no longer answers. */
    @Override
    public void close() {
        ConnectWorker connect = capturedBy;
        capturedBy = null;
        if (connect != null) {
            try {
                connect.delete(CONNECTOR);
            } finally {
                dropSlot();
            }
        }
    }

    private void dropSlot() {
        String active = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '%s' AND active".formatted(SLOT);
        Deadline.in(RELEASED).await("the connector to release the slot " + SLOT, () -> count(active) == 0);
        String drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '%s'";
        execute(jdbcUrl(), drop.formatted(SLOT));
    }

    private long count(String query) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new LocalStackException("the shop does not answer", e);
        }
    }

    private static void execute(String jdbcUrl, String sql) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new LocalStackException("the shop's PostgreSQL refuses a statement: " + e.getMessage(), e);
        }
    }

    private static String script(String name) {
        try (InputStream stream = EcommerceSource.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new LocalStackException("no %s beside %s".formatted(name, EcommerceSource.class));
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LocalStackException("cannot read " + name, e);
        }
    }
}
