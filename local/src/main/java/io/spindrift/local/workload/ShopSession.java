package io.spindrift.local.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One database session and the transaction it is in: runs statements, meters what they change, and keeps the shared row
 * keys true to what was committed. Confined to one thread.
 */
final class ShopSession implements AutoCloseable {
    /** Keys of rows that the sessions share. */
    record Keys(RowKeys users, RowKeys products, RowKeys orders, RowKeys departedUsers) {
        Keys() {
            this(new RowKeys(), new RowKeys(), new RowKeys(), new RowKeys());
        }
    }

    record Item(UUID id, UUID product, int line, int quantity) {}

    private final Connection connection;
    private final RandomValues values;
    private final Keys keys;
    private final ChangeMeter meter;
    private final List<Runnable> afterCommit = new ArrayList<>();
    private final List<Runnable> afterRollback = new ArrayList<>();

    ShopSession(Connection connection, Random random, Keys keys) throws SQLException {
        this.connection = connection;
        this.values = new RandomValues(random);
        this.keys = keys;
        connection.setAutoCommit(false);
        this.meter = new ChangeMeter(connection);
    }

    Random random() {
        return values.random();
    }

    RandomValues values() {
        return values;
    }

    Keys keys() {
        return keys;
    }

    void begin() throws SQLException {
        meter.begin();
    }

    /** Commits; returns exactly what the transaction changed. */
    ChangeCounts commit() throws SQLException {
        ChangeCounts changes = meter.changes();
        connection.commit();
        settle(afterCommit);
        return changes;
    }

    void rollBack() throws SQLException {
        connection.rollback();
        settle(afterRollback);
    }

    void afterCommit(Runnable action) {
        afterCommit.add(action);
    }

    void afterRollback(Runnable action) {
        afterRollback.add(action);
    }

    int execute(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    int updateKey(String table, String sql, Object... values) throws SQLException {
        int rows = execute(sql, values);
        meter.keysChanged(table, rows);
        return rows;
    }

    Savepoint savepoint() throws SQLException {
        meter.mark();
        return connection.setSavepoint();
    }

    void rollBackTo(Savepoint savepoint) throws SQLException {
        meter.abandon();
        connection.rollback(savepoint);
    }

    List<Item> itemsOf(UUID order) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EcommerceSql.ITEMS_OF_ORDER)) {
            statement.setObject(1, order);
            List<Item> items = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    items.add(new Item(
                            rows.getObject(1, UUID.class),
                            rows.getObject(2, UUID.class),
                            rows.getInt(3),
                            rows.getInt(4)));
                }
            }
            return items;
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private void bind(PreparedStatement statement, @Nullable Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value instanceof UUID[] array) {
                statement.setArray(i + 1, connection.createArrayOf("uuid", array));
            } else {
                statement.setObject(i + 1, value);
            }
        }
    }

    private void settle(List<Runnable> actions) {
        List<Runnable> due = List.copyOf(actions);
        afterCommit.clear();
        afterRollback.clear();
        due.forEach(Runnable::run);
    }
}
