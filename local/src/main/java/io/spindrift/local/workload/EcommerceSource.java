package io.spindrift.local.workload;

import io.spindrift.local.connect.ConnectWorker;
import io.spindrift.local.connect.NullKeepingAvroConverter;
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

    /** Debezium's settings, as they would stand in production; nothing here is lossy. */
    public Map<String, String> connectorConfig(SchemaRegistry registry) {
        Map<String, String> config = new TreeMap<>();
        config.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        config.put("tasks.max", "1");
        config.put("database.hostname", postgres.host());
        config.put("database.port", Integer.toString(postgres.port()));
        config.put("database.dbname", DATABASE);
        config.put("database.user", CAPTURE_USER);
        config.put("database.password", capturePassword);
        config.put("topic.prefix", TOPIC_PREFIX);
        config.put(
                "table.include.list",
                String.join(",", TABLES.stream().map(table -> "public." + table).toList()));
        config.put("plugin.name", "pgoutput");
        config.put("slot.name", SLOT);
        config.put("publication.name", PUBLICATION);
        config.put("publication.autocreate.mode", "disabled");
        config.put("snapshot.mode", "initial");
        config.putAll(eventSettings());
        config.putAll(converter("key", registry));
        config.putAll(converter("value", registry));
        config.put("topic.creation.default.partitions", "3");
        config.put("topic.creation.default.replication.factor", "1");
        return config;
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

    private static Map<String, String> eventSettings() {
        return Map.ofEntries(
                Map.entry("decimal.handling.mode", "precise"),
                Map.entry("time.precision.mode", "microseconds"),
                Map.entry("binary.handling.mode", "bytes"),
                Map.entry("interval.handling.mode", "string"),
                Map.entry("hstore.handling.mode", "json"),
                // Debezium skips TRUNCATE unless told otherwise.
                Map.entry("skipped.operations", "none"),
                Map.entry("tombstones.on.delete", "true"),
                Map.entry("provide.transaction.metadata", "true"),
                Map.entry("schema.name.adjustment.mode", "avro"),
                Map.entry("field.name.adjustment.mode", "avro"),
                Map.entry("heartbeat.interval.ms", "5000"),
                // The default of 500 ms is most of the latency from commit to topic.
                Map.entry("poll.interval.ms", "50"));
    }

    /** Avro as Confluent frames it: a zero byte, the schema's id in four bytes, the datum. */
    private static Map<String, String> converter(String side, SchemaRegistry registry) {
        String prefix = side + ".converter";
        return Map.of(
                prefix,
                NullKeepingAvroConverter.class.getName(),
                prefix + ".apicurio.registry.url",
                registry.apicurioUrl(),
                prefix + ".apicurio.registry.auto-register",
                "true",
                prefix + ".apicurio.registry.as-confluent",
                "true",
                prefix + ".apicurio.registry.use-id",
                "contentId",
                prefix + ".apicurio.registry.headers.enabled",
                "false",
                // Otherwise a NULL in a column with a DEFAULT arrives as the default.
                prefix + ".ignore.default.for.nullables",
                "true");
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
