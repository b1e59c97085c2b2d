package io.spindrift.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.local.postgres.PostgresServer;
import io.spindrift.local.process.Deadline;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.workload.ChangeCounts;
import io.spindrift.local.workload.EcommerceSource;
import io.spindrift.local.workload.EcommerceWorkload;
import io.spindrift.local.workload.TableChanges;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The whole stack, started once; a burst of traffic, read back from Kafka; then the end of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LocalStackITCase {
    private static final int CHANGES = 4_000;
    private static final int CHANGES_PER_SECOND = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Path directory;
    private final Set<Thread> threadsBefore =
            new HashSet<>(Thread.getAllStackTraces().keySet());
    private final List<ChangeStream.Event> events = new ArrayList<>();
    private LocalStack stack;
    private ChangeCounts committed;

    LocalStackITCase(@TempDir Path directory) {
        this.directory = directory;
    }

    @BeforeAll
    void runTrafficAndReadItBack() throws Exception {
        stack = LocalStack.start(directory.resolve("stack"), System.out::println);
        committed = traffic();
        try (ChangeStream stream = new ChangeStream(stack)) {
            Deadline.in(PATIENCE).await("as many events as committed changes", () -> {
                events.addAll(stream.poll());
                return streamed().total() >= committed.total();
            });
            execute(
                    "INSERT INTO inventory_movements (product_id, quantity, reason) SELECT product_id, 1, 'end' FROM products LIMIT 1");
            Deadline.in(PATIENCE).await("the event of the last change", () -> {
                events.addAll(stream.poll());
                return events.stream().anyMatch(LocalStackITCase::marksTheEnd);
            });
            events.removeIf(LocalStackITCase::marksTheEnd);
        }
    }

    @AfterAll
    void stop() {
        stack.close();
    }

    @Test
    @Order(1)
    void everyCommittedChangeArrivesOnceByTableAndKind() {
        assertThat(new TreeMap<>(streamed().tables())).isEqualTo(new TreeMap<>(committed.tables()));
        assertThat(committed.tables()).containsOnlyKeys(EcommerceSource.TABLES);
        assertThat(committed.of("order_items").deletes()).isPositive();
    }

    @Test
    @Order(2)
    void theStreamReplaysToExactlyTheRowsOfTheSource() throws SQLException {
        Map<String, Map<String, CanonicalRow>> replayed = replayed();
        execute("DELETE FROM inventory_movements WHERE reason = 'end'");
        for (String table : EcommerceSource.TABLES) {
            Map<String, CanonicalRow> expected = rows(table);
            Map<String, CanonicalRow> actual = Objects.requireNonNull(replayed.get(table));
            assertThat(actual.keySet()).as(table).isEqualTo(expected.keySet());
            expected.forEach((key, row) -> assertThat(actual.get(key)).as(table).isEqualTo(row));
        }
    }

    @Test
    @Order(2)
    void anExplicitNullInAColumnWithADefaultArrivesAsNull() {
        for (String column : List.of("locale", "marketing_opt_in", "loyalty_points")) {
            assertThat(createdUsersWith(column, null))
                    .as(column + " set to NULL")
                    .isPositive();
        }
        assertThat(createdUsersWith("loyalty_points", 0))
                .as("loyalty_points left to its default")
                .isPositive();
    }

    @Test
    @Order(2)
    void anUntouchedLongDocumentIsLeftOut() {
        boolean leftOut = events.stream()
                .filter(event ->
                        event.table().equals("users") && event.operation().equals("u"))
                .anyMatch(event ->
                        String.valueOf(event.after().get("preferences")).equals("__debezium_unavailable_value"));
        assertThat(leftOut).isTrue();
    }

    @Test
    @Order(2)
    void everyColumnTypeArrivesWithItsSchema() {
        assertThat(type("users", "user_id")).isEqualTo("string io.debezium.data.Uuid");
        assertThat(type("users", "email")).isEqualTo("string");
        assertThat(type("users", "birth_date")).isEqualTo("int io.debezium.time.Date");
        assertThat(type("users", "marketing_opt_in")).isEqualTo("boolean");
        assertThat(type("users", "loyalty_points")).isEqualTo("int");
        assertThat(type("users", "address")).isEqualTo("string io.debezium.data.Json");
        assertThat(type("users", "created_at")).isEqualTo("string io.debezium.time.ZonedTimestamp");
        assertThat(type("products", "price")).isEqualTo("bytes org.apache.kafka.connect.data.Decimal 10,2");
        assertThat(type("orders", "total")).isEqualTo("bytes org.apache.kafka.connect.data.Decimal 12,2");
    }

    @Test
    @Order(3)
    void aConnectorThatCannotStartFailsWithConnectsReason() {
        Map<String, String> config = new HashMap<>(stack.source().connectorConfig(stack.registry()));
        config.put("database.password", "wrong");
        config.put("slot.name", "never");
        assertThatThrownBy(() -> stack.connect().deploy("broken", config))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("broken")
                .hasMessageContaining("password authentication failed");
        stack.connect().delete("broken");
    }

    @Test
    @Order(3)
    void aDirectoryInUseIsRefused() {
        assertThatThrownBy(() -> LocalStack.start(directory.resolve("stack")))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("is not empty");
        assertThatThrownBy(() -> PostgresServer.start(directory.resolve("stack/postgres")))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("already holds");
    }

    @Test
    @Order(4)
    void closingLeavesNoSlotNoProcessAndNoThreadBehind() {
        stack.source().close();
        assertThat(stack.source().slotExists()).isFalse();
        stack.close();
        stack.close();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
        assertThat(ProcessHandle.of(stack.postgres().pid())).isEmpty();
        assertThat(ProcessHandle.of(stack.registry().pid())).isEmpty();
        Deadline.in(PATIENCE).await("the end of all threads that keep a JVM alive", () -> lingering()
                .isEmpty());
    }

    private ChangeCounts traffic() {
        try (EcommerceWorkload workload = EcommerceWorkload.start(stack.source().jdbcUrl(), CHANGES_PER_SECOND, 42)) {
            Deadline.in(PATIENCE)
                    .await(
                            "%d committed changes".formatted(CHANGES),
                            () -> workload.counts().total() >= CHANGES);
            return workload.stop();
        }
    }

    private static boolean marksTheEnd(ChangeStream.Event event) {
        return event.operation().equals("c")
                && event.table().equals("inventory_movements")
                && String.valueOf(event.after().get("reason")).equals("end");
    }

    private ChangeCounts streamed() {
        Map<String, TableChanges> tables = new HashMap<>();
        for (String table : EcommerceSource.TABLES) {
            tables.put(table, new TableChanges(count(table, "c"), count(table, "u"), count(table, "d")));
        }
        return new ChangeCounts(tables);
    }

    private long count(String table, String operation) {
        return events.stream()
                .filter(event ->
                        event.table().equals(table) && event.operation().equals(operation))
                .count();
    }

    private long createdUsersWith(String column, @Nullable Object value) {
        return created("users").stream()
                .filter(row -> Objects.equals(row.get(column), value))
                .count();
    }

    private List<GenericRecord> created(String table) {
        return events.stream()
                .filter(event ->
                        event.table().equals(table) && event.operation().equals("c"))
                .map(event -> event.after())
                .toList();
    }

    /** By table and key; within a key, Kafka's order is the source's. */
    private Map<String, Map<String, CanonicalRow>> replayed() {
        Map<String, Map<String, CanonicalRow>> tables = new HashMap<>();
        for (ChangeStream.Event event : events) {
            Map<String, CanonicalRow> rows = tables.computeIfAbsent(event.table(), table -> new HashMap<>());
            String key = event.key().get(0).toString();
            switch (event.operation()) {
                case "r", "c", "u" -> rows.put(key, CanonicalRow.of(event.after(), rows.get(key)));
                case "d" -> rows.remove(key);
                case "tombstone" -> assertThat(rows).doesNotContainKey(key);
                default -> throw new AssertionError("unknown operation " + event.operation());
            }
        }
        return tables;
    }

    private Map<String, CanonicalRow> rows(String table) throws SQLException {
        Map<String, CanonicalRow> result = new HashMap<>();
        try (Connection connection = DriverManager.getConnection(stack.source().jdbcUrl());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
            while (rows.next()) {
                result.put(rows.getString(1), CanonicalRow.of(rows));
            }
        }
        return result;
    }

    private String type(String table, String column) {
        GenericRecord row = created(table).get(0);
        Schema schema = CanonicalRow.notNull(row.getSchema().getField(column).schema());
        StringBuilder text = new StringBuilder(schema.getType().getName());
        if (schema.getProp("connect.name") != null) {
            text.append(' ').append(schema.getProp("connect.name"));
        }
        if (schema.getType() == Schema.Type.BYTES) {
            text.append(' ').append(schema.getObjectProp("precision"));
            text.append(',').append(schema.getObjectProp("scale"));
        }
        return text.toString();
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(stack.source().jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<Thread> lingering() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isDaemon() && thread.isAlive() && !threadsBefore.contains(thread))
                .toList();
    }
}
