package io.spindrift.local.workload;

import io.spindrift.local.workload.EcommerceTransaction.Ending;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The catalogue and its stock. */
final class ProductTransactions {
    private ProductTransactions() {}

    static Ending createProduct(ShopSession session) throws SQLException {
        Random random = session.random();
        UUID product = session.values().key();
        session.execute(
                EcommerceSql.CREATE_PRODUCT,
                product,
                "SKU-" + product,
                "Product " + Integer.toHexString(random.nextInt()),
                session.values().orNull("What it is for: " + Integer.toHexString(random.nextInt())),
                session.values().money(50_000),
                session.values().orNull(session.values().money(30_000)),
                1_000 + random.nextInt(1_000),
                session.values().orNull(random.nextInt(100)),
                session.values().document("specification"));
        moveStock(session, product, null, 1_000, "initial stock");
        session.afterCommit(() -> session.keys().products().add(product));
        return Ending.COMMIT;
    }

    static Ending repriceProducts(ShopSession session) throws SQLException {
        List<UUID> products = popularProducts(session, 5);
        BigDecimal factor = BigDecimal.valueOf(90 + session.random().nextInt(21), 2);
        session.execute(EcommerceSql.REPRICE_PRODUCTS, factor, products.toArray(UUID[]::new));
        return Ending.COMMIT;
    }

    static Ending describeProduct(ShopSession session) throws SQLException {
        Random random = session.random();
        for (UUID product : popularProducts(session, 1)) {
            if (session.values().oneIn(4)) {
                session.execute(
                        EcommerceSql.REPLACE_ATTRIBUTES, session.values().document("specification"), product);
            } else {
                String text = "Now with " + Integer.toHexString(random.nextInt());
                session.execute(
                        EcommerceSql.DESCRIBE_PRODUCT,
                        session.values().orNull(text),
                        session.values().orNull(random.nextInt(100)),
                        product);
            }
        }
        return Ending.COMMIT;
    }

    static Ending restock(ShopSession session) throws SQLException {
        for (UUID product : popularProducts(session, 2)) {
            int quantity = 10 + session.random().nextInt(90);
            session.execute(EcommerceSql.CHANGE_STOCK, quantity, product);
            moveStock(session, product, null, quantity, "restock");
        }
        return Ending.COMMIT;
    }

    static void moveStock(ShopSession session, UUID product, @Nullable UUID order, int quantity, String reason)
            throws SQLException {
        String note = session.values().orNull("counted");
        session.execute(EcommerceSql.MOVE_STOCK, session.values().key(), order, quantity, reason, note, product);
    }

    static List<UUID> popularProducts(ShopSession session, int atMost) {
        List<UUID> products = new ArrayList<>();
        for (int i = 0; i < atMost; i++) {
            Optional<UUID> product = session.keys().products().popular(session.random());
            product.filter(key -> !products.contains(key)).ifPresent(products::add);
        }
        return products;
    }
}
