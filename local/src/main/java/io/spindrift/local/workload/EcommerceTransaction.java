package io.spindrift.local.workload;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The kinds of transactions of the shop's traffic, each as often as its weight. */
enum EcommerceTransaction {
    SIGN_UP(10, EcommerceTransaction::signUp),
    UPDATE_PROFILE(10, EcommerceTransaction::updateProfile),
    LOG_IN(6, EcommerceTransaction::logIn),
    REPLACE_PREFERENCES(2, EcommerceTransaction::replacePreferences),
    DELETE_USER(1, EcommerceTransaction::deleteUser),
    RETURNING_USER(1, EcommerceTransaction::deleteAndReinsertUser),
    CREATE_PRODUCT(3, EcommerceTransaction::createProduct),
    REPRICE_PRODUCTS(3, EcommerceTransaction::repriceProducts),
    DESCRIBE_PRODUCT(4, EcommerceTransaction::describeProduct),
    RESTOCK(5, EcommerceTransaction::restock),
    PLACE_ORDER(22, EcommerceTransaction::placeOrder),
    ABANDON_ORDER(3, EcommerceTransaction::abandonOrder),
    ORDER_WITH_SECOND_THOUGHTS(2, EcommerceTransaction::orderWithSecondThoughts),
    ADVANCE_ORDER(22, EcommerceTransaction::advanceOrder),
    WRAP_ITEMS(2, EcommerceTransaction::wrapItems),
    CANCEL_ORDER(4, EcommerceTransaction::cancelOrder),
    REINSERT_ITEM(2, EcommerceTransaction::deleteAndReinsertItem),
    CHANGE_ITEM_KEY(2, EcommerceTransaction::changeItemKey);

    enum Ending {
        COMMIT,
        ROLL_BACK
    }

    @FunctionalInterface
    private interface Body {
        Ending run(ShopSession session) throws SQLException;
    }

    private static final int TOTAL_WEIGHT = totalWeight();
    private static final List<String> LOCALES = List.of("de", "en", "fr", "nl", "pt");
    /** Long documents are stored out of line. */
    private static final int LONG_DOCUMENT_ENTRIES = 120;

    private static final int SHORT_DOCUMENT_ENTRIES = 3;

    private final int weight;
    private final Body body;

    EcommerceTransaction(int weight, Body body) {
        this.weight = weight;
        this.body = body;
    }

    static EcommerceTransaction any(Random random) {
        int left = random.nextInt(TOTAL_WEIGHT);
        for (EcommerceTransaction kind : values()) {
            left -= kind.weight;
            if (left < 0) {
                return kind;
            }
        }
        throw new AssertionError("the weights do not add up");
    }

    /** Does its work in the session's open transaction and says how that should end. */
    Ending run(ShopSession session) throws SQLException {
        return body.run(session);
    }

    private static int totalWeight() {
        int total = 0;
        for (EcommerceTransaction kind : values()) {
            total += kind.weight;
        }
        return total;
    }

    private static Ending signUp(ShopSession session) throws SQLException {
        Optional<UUID> departed =
                oneIn(3, session) ? session.keys().departedUsers().take(session.random()) : Optional.empty();
        departed.ifPresent(user ->
                session.afterRollback(() -> session.keys().departedUsers().add(user)));
        insertUser(session, departed.orElseGet(session::newKey));
        return Ending.COMMIT;
    }

    private static void insertUser(ShopSession session, UUID user) throws SQLException {
        Random random = session.random();
        String name = "User " + Integer.toHexString(random.nextInt());
        String email = name.replace(' ', '.').toLowerCase(Locale.ROOT) + "@example.com";
        if (oneIn(4, session)) {
            session.execute(EcommerceSql.SIGN_UP_BRIEFLY, user, email, name);
        } else {
            session.execute(
                    EcommerceSql.SIGN_UP,
                    user,
                    email,
                    name,
                    orNull(session, "+49 431 " + random.nextInt(1_000_000)),
                    orNull(session, LocalDate.of(1950, 1, 1).plusDays(random.nextInt(20_000))),
                    orNull(session, LOCALES.get(random.nextInt(LOCALES.size()))),
                    orNull(session, random.nextBoolean()),
                    orNull(session, random.nextInt(5_000)),
                    orNull(session, address(random)),
                    document(session, "recent"));
        }
        session.afterCommit(() -> session.keys().users().add(user));
    }

    private static Ending updateProfile(ShopSession session) throws SQLException {
        Random random = session.random();
        Optional<UUID> user = session.keys().users().any(random);
        if (user.isPresent()) {
            session.execute(
                    EcommerceSql.UPDATE_PROFILE,
                    orNull(session, "+49 40 " + random.nextInt(1_000_000)),
                    orNull(session, LOCALES.get(random.nextInt(LOCALES.size()))),
                    orNull(session, random.nextBoolean()),
                    orNull(session, random.nextInt(5_000)),
                    orNull(session, address(random)),
                    user.get());
        }
        return Ending.COMMIT;
    }

    private static Ending logIn(ShopSession session) throws SQLException {
        Optional<UUID> user = session.keys().users().any(session.random());
        if (user.isPresent()) {
            session.execute(EcommerceSql.LOG_IN, user.get());
        }
        return Ending.COMMIT;
    }

    private static Ending replacePreferences(ShopSession session) throws SQLException {
        Optional<UUID> user = session.keys().users().any(session.random());
        if (user.isPresent()) {
            session.execute(EcommerceSql.REPLACE_PREFERENCES, document(session, "recent"), user.get());
        }
        return Ending.COMMIT;
    }

    private static Ending deleteUser(ShopSession session) throws SQLException {
        Optional<UUID> user = takeUser(session);
        if (user.isPresent()) {
            session.execute(EcommerceSql.DELETE_USER, user.get());
            session.afterCommit(() -> session.keys().departedUsers().add(user.get()));
        }
        return Ending.COMMIT;
    }

    private static Ending deleteAndReinsertUser(ShopSession session) throws SQLException {
        Optional<UUID> user = takeUser(session);
        if (user.isPresent()) {
            session.execute(EcommerceSql.DELETE_USER, user.get());
            insertUser(session, user.get());
        }
        return Ending.COMMIT;
    }

    private static Optional<UUID> takeUser(ShopSession session) {
        Optional<UUID> user = session.keys().users().take(session.random());
        user.ifPresent(key -> session.afterRollback(() -> session.keys().users().add(key)));
        return user;
    }

    private static Ending createProduct(ShopSession session) throws SQLException {
        Random random = session.random();
        UUID product = session.newKey();
        session.execute(
                EcommerceSql.CREATE_PRODUCT,
                product,
                "SKU-" + product,
                "Product " + Integer.toHexString(random.nextInt()),
                orNull(session, "What it is for: " + Integer.toHexString(random.nextInt())),
                money(random, 50_000),
                orNull(session, money(random, 30_000)),
                1_000 + random.nextInt(1_000),
                orNull(session, random.nextInt(100)),
                document(session, "specification"));
        moveStock(session, product, null, 1_000, "initial stock");
        session.afterCommit(() -> session.keys().products().add(product));
        return Ending.COMMIT;
    }

    private static Ending repriceProducts(ShopSession session) throws SQLException {
        List<UUID> products = anyProducts(session, 5);
        BigDecimal factor = BigDecimal.valueOf(90 + session.random().nextInt(21), 2);
        session.execute(EcommerceSql.REPRICE_PRODUCTS, factor, products.toArray(UUID[]::new));
        return Ending.COMMIT;
    }

    private static Ending describeProduct(ShopSession session) throws SQLException {
        Random random = session.random();
        for (UUID product : anyProducts(session, 1)) {
            if (oneIn(4, session)) {
                session.execute(EcommerceSql.REPLACE_ATTRIBUTES, document(session, "specification"), product);
            } else {
                String text = "Now with " + Integer.toHexString(random.nextInt());
                session.execute(
                        EcommerceSql.DESCRIBE_PRODUCT,
                        orNull(session, text),
                        orNull(session, random.nextInt(100)),
                        product);
            }
        }
        return Ending.COMMIT;
    }

    private static Ending restock(ShopSession session) throws SQLException {
        for (UUID product : anyProducts(session, 2)) {
            int quantity = 10 + session.random().nextInt(90);
            session.execute(EcommerceSql.CHANGE_STOCK, quantity, product);
            moveStock(session, product, null, quantity, "restock");
        }
        return Ending.COMMIT;
    }

    private static Ending placeOrder(ShopSession session) throws SQLException {
        Optional<UUID> order = insertOrder(session);
        if (order.isPresent()) {
            addItems(session, order.get(), 1);
            session.execute(EcommerceSql.TOTAL_ORDER, order.get(), order.get());
            session.afterCommit(() -> session.keys().orders().add(order.get()));
        }
        return Ending.COMMIT;
    }

    private static Ending abandonOrder(ShopSession session) throws SQLException {
        placeOrder(session);
        return Ending.ROLL_BACK;
    }

    /** Adds items, takes them back to a savepoint, and goes on with others. */
    private static Ending orderWithSecondThoughts(ShopSession session) throws SQLException {
        Optional<UUID> order = insertOrder(session);
        if (order.isPresent()) {
            Savepoint basket = session.savepoint();
            addItems(session, order.get(), 1);
            session.execute(EcommerceSql.WRAP_ITEMS, true, order.get());
            session.rollBackTo(basket);
            addItems(session, order.get(), 1);
            session.execute(EcommerceSql.TOTAL_ORDER, order.get(), order.get());
            session.afterCommit(() -> session.keys().orders().add(order.get()));
        }
        return Ending.COMMIT;
    }

    private static Ending advanceOrder(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent() && session.execute(EcommerceSql.ADVANCE_ORDER, order.get()) == 0) {
            session.afterCommit(() -> session.keys().orders().remove(order.get()));
        }
        return Ending.COMMIT;
    }

    private static Ending wrapItems(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            session.execute(
                    EcommerceSql.WRAP_ITEMS, orNull(session, session.random().nextBoolean()), order.get());
        }
        return Ending.COMMIT;
    }

    /** Deletes the items; then the order is marked, or deleted as well. */
    private static Ending cancelOrder(ShopSession session) throws SQLException {
        Optional<UUID> taken = session.keys().orders().take(session.random());
        if (taken.isPresent()) {
            UUID order = taken.get();
            session.afterRollback(() -> session.keys().orders().add(order));
            for (ShopSession.Item item : session.itemsOf(order)) {
                session.execute(EcommerceSql.CHANGE_STOCK, item.quantity(), item.product());
                moveStock(session, item.product(), order, item.quantity(), "cancellation");
            }
            session.execute(EcommerceSql.DELETE_ITEMS, order);
            session.execute(oneIn(2, session) ? EcommerceSql.DELETE_ORDER : EcommerceSql.CANCEL_ORDER, order);
        }
        return Ending.COMMIT;
    }

    private static Ending deleteAndReinsertItem(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            for (ShopSession.Item item : session.itemsOf(order.get())) {
                session.execute(EcommerceSql.DELETE_ITEM, item.id());
                insertItem(session, order.get(), item);
            }
        }
        return Ending.COMMIT;
    }

    private static Ending changeItemKey(ShopSession session) throws SQLException {
        Optional<UUID> order = session.keys().orders().any(session.random());
        if (order.isPresent()) {
            for (ShopSession.Item item : session.itemsOf(order.get())) {
                session.updateKey("order_items", EcommerceSql.CHANGE_ITEM_KEY, session.newKey(), item.id());
            }
        }
        return Ending.COMMIT;
    }

    private static Optional<UUID> insertOrder(ShopSession session) throws SQLException {
        Random random = session.random();
        Optional<UUID> user = session.keys().users().any(random);
        UUID order = session.newKey();
        BigDecimal discount = orNull(session, money(random, 500));
        String message = orNull(session, "Enjoy");
        boolean placed = user.isPresent()
                && session.execute(EcommerceSql.PLACE_ORDER, order, discount, message, user.get()) == 1;
        return placed ? Optional.of(order) : Optional.empty();
    }

    private static void addItems(ShopSession session, UUID order, int firstLine) throws SQLException {
        int line = firstLine;
        for (UUID product : anyProducts(session, 1 + session.random().nextInt(4))) {
            int quantity = 1 + session.random().nextInt(3);
            insertItem(session, order, new ShopSession.Item(session.newKey(), product, line++, quantity));
            session.execute(EcommerceSql.CHANGE_STOCK, -quantity, product);
            moveStock(session, product, order, -quantity, "sale");
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
                orNull(session, session.random().nextBoolean()),
                item.product());
    }

    private static void moveStock(ShopSession session, UUID product, @Nullable UUID order, int quantity, String reason)
            throws SQLException {
        String note = orNull(session, "counted");
        session.execute(EcommerceSql.MOVE_STOCK, session.newKey(), order, quantity, reason, note, product);
    }

    private static List<UUID> anyProducts(ShopSession session, int atMost) {
        List<UUID> products = new ArrayList<>();
        for (int i = 0; i < atMost; i++) {
            session.keys()
                    .products()
                    .any(session.random())
                    .filter(key -> !products.contains(key))
                    .ifPresent(products::add);
        }
        return products;
    }

    private static boolean oneIn(int n, ShopSession session) {
        return session.random().nextInt(n) == 0;
    }

    private static <T> @Nullable T orNull(ShopSession session, T value) {
        return oneIn(4, session) ? null : value;
    }

    private static BigDecimal money(Random random, int belowCents) {
        return BigDecimal.valueOf(1 + random.nextInt(belowCents), 2);
    }

    private static String address(Random random) {
        return "{\"street\": \"Quay %d\", \"city\": \"Hamburg\", \"zip\": \"%05d\"}"
                .formatted(random.nextInt(200), random.nextInt(100_000));
    }

    /** A JSON document, sometimes long; random, so that it does not compress. */
    private static String document(ShopSession session, String name) {
        int entries = oneIn(3, session) ? LONG_DOCUMENT_ENTRIES : SHORT_DOCUMENT_ENTRIES;
        StringBuilder json =
                new StringBuilder("{\"version\": 2, \"").append(name).append("\": [");
        for (int i = 0; i < entries; i++) {
            json.append(i == 0 ? "\"" : ", \"").append(session.newKey()).append('"');
        }
        return json.append("]}").toString();
    }
}
