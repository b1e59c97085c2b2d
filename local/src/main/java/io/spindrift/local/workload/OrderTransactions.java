package io.spindrift.local.workload;

import io.spindrift.local.workload.EcommerceTransaction.Ending;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Orders with their items and what they move in the stock. */
final class OrderTransactions {
    private OrderTransactions() {}

    static Ending placeOrder(ShopSession session) throws SQLException {
        Optional<UUID> order = insertOrder(session);
        if (order.isPresent()) {
            addItems(session, order.get());
            session.execute(EcommerceSql.TOTAL_ORDER, order.get(), order.get());
            session.afterCommit(() -> session.keys().orders().add(order.get()));
        }
        return Ending.COMMIT;
    }

    static Ending abandonOrder(ShopSession session) throws SQLException {
        placeOrder(session);
        return Ending.ROLL_BACK;
    }

    /** Adds items, takes them back to a savepoint, and goes on with others. */
    static Ending orderWithSecondThoughts(ShopSession session) throws SQLException {
        Optional<UUID> order = insertOrder(session);
        if (order.isPresent()) {
            Savepoint basket = session.savepoint();
            addItems(session, order.get());
            session.execute(EcommerceSql.WRAP_ITEMS, true, order.get());
            session.rollBackTo(basket);
            addItems(session, order.get());
            session.execute(EcommerceSql.TOTAL_ORDER, order.get(), order.get());
            session.afterCommit(() -> session.keys().orders().add(order.get()));
        }
        return Ending.COMMIT;
    }

    static Ending advanceOrder(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent() && session.execute(EcommerceSql.ADVANCE_ORDER, order.get()) == 0) {
            session.afterCommit(() -> session.keys().orders().remove(order.get()));
        }
        return Ending.COMMIT;
    }

    static Ending wrapItems(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            session.execute(
                    EcommerceSql.WRAP_ITEMS,
                    session.values().orNull(session.random().nextBoolean()),
                    order.get());
        }
        return Ending.COMMIT;
    }

    /** Deletes the items; then the order is marked, or deleted as well. */
    static Ending cancelOrder(ShopSession session) throws SQLException {
        Optional<UUID> taken = session.keys().orders().take(session.random());
        if (taken.isPresent()) {
            UUID order = taken.get();
            session.afterRollback(() -> session.keys().orders().add(order));
            for (ShopSession.Item item : session.itemsOf(order)) {
                session.execute(EcommerceSql.CHANGE_STOCK, item.quantity(), item.product());
                ProductTransactions.moveStock(session, item.product(), order, item.quantity(), "cancellation");
            }
            session.execute(EcommerceSql.DELETE_ITEMS, order);
            session.execute(session.values().oneIn(2) ? EcommerceSql.DELETE_ORDER : EcommerceSql.CANCEL_ORDER, order);
        }
        return Ending.COMMIT;
    }

    static Ending deleteAndReinsertItem(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            for (ShopSession.Item item : session.itemsOf(order.get())) {
                session.execute(EcommerceSql.DELETE_ITEM, item.id());
                insertItem(session, order.get(), item);
            }
        }
        return Ending.COMMIT;
    }

    static Ending changeItemKey(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            for (ShopSession.Item item : session.itemsOf(order.get())) {
                session.updateKey(
                        "order_items",
                        EcommerceSql.CHANGE_ITEM_KEY,
                        session.values().key(),
                        item.id());
            }
        }
        return Ending.COMMIT;
    }

    private static Optional<UUID> insertOrder(ShopSession session) throws SQLException {
        Random random = session.random();
        Optional<UUID> user = session.keys().users().any(random);
        UUID order = session.values().key();
        BigDecimal discount = session.values().orNull(session.values().money(500));
        String message = session.values().orNull("Enjoy");
        boolean placed = user.isPresent()
                && session.execute(EcommerceSql.PLACE_ORDER, order, discount, message, user.get()) == 1;
        return placed ? Optional.of(order) : Optional.empty();
    }

    private static void addItems(ShopSession session, UUID order) throws SQLException {
        int line = 1;
        for (UUID product : ProductTransactions.popularProducts(
                session, 1 + session.random().nextInt(4))) {
            int quantity = 1 + session.random().nextInt(3);
            insertItem(session, order, new ShopSession.Item(session.values().key(), product, line++, quantity));
            session.execute(EcommerceSql.CHANGE_STOCK, -quantity, product);
            ProductTransactions.moveStock(session, product, order, -quantity, "sale");
        }
    }

    private static void insertItem(ShopSession session, UUID order, ShopSession.Item item) throws SQLException {
        session.execute(
                EcommerceSql.ADD_ITEM,
                item.id(),
                order,
                item.line(),
                item.quantity(),
                item.quantity(),
                session.values().orNull(session.random().nextBoolean()),
                item.product());
    }
}
