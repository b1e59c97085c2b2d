package io.spindrift.local.workload;

import java.sql.SQLException;
import java.util.Random;

/** The kinds of transactions of the shop's traffic, each as often as its weight. */
enum EcommerceTransaction {
    SIGN_UP(10),
    UPDATE_PROFILE(10),
    LOG_IN(6),
    REPLACE_PREFERENCES(2),
    DELETE_USER(1),
    RETURNING_USER(1),
    CREATE_PRODUCT(3),
    REPRICE_PRODUCTS(3),
    DESCRIBE_PRODUCT(4),
    RESTOCK(5),
    PLACE_ORDER(22),
    ABANDON_ORDER(3),
    ORDER_WITH_SECOND_THOUGHTS(2),
    ADVANCE_ORDER(22),
    WRAP_ITEMS(2),
    CANCEL_ORDER(4),
    REINSERT_ITEM(2),
    CHANGE_ITEM_KEY(2);

    enum Ending {
        COMMIT,
        ROLL_BACK
    }

    private static final int TOTAL_WEIGHT = totalWeight();

    private final int weight;

    EcommerceTransaction(int weight) {
        this.weight = weight;
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
        return switch (this) {
            case SIGN_UP -> UserTransactions.signUp(session);
            case UPDATE_PROFILE -> UserTransactions.updateProfile(session);
            case LOG_IN -> UserTransactions.logIn(session);
            case REPLACE_PREFERENCES -> UserTransactions.replacePreferences(session);
            case DELETE_USER -> UserTransactions.deleteUser(session);
            case RETURNING_USER -> UserTransactions.deleteAndReinsertUser(session);
            case CREATE_PRODUCT -> ProductTransactions.createProduct(session);
            case REPRICE_PRODUCTS -> ProductTransactions.repriceProducts(session);
            case DESCRIBE_PRODUCT -> ProductTransactions.describeProduct(session);
            case RESTOCK -> ProductTransactions.restock(session);
            case PLACE_ORDER -> OrderTransactions.placeOrder(session);
            case ABANDON_ORDER -> OrderTransactions.abandonOrder(session);
            case ORDER_WITH_SECOND_THOUGHTS -> OrderTransactions.orderWithSecondThoughts(session);
            case ADVANCE_ORDER -> OrderTransactions.advanceOrder(session);
            case WRAP_ITEMS -> OrderTransactions.wrapItems(session);
            case CANCEL_ORDER -> OrderTransactions.cancelOrder(session);
            case REINSERT_ITEM -> OrderTransactions.deleteAndReinsertItem(session);
            case CHANGE_ITEM_KEY -> OrderTransactions.changeItemKey(session);
        };
    }

    private static int totalWeight() {
        int total = 0;
        for (EcommerceTransaction kind : values()) {
            total += kind.weight;
        }
        return total;
    }
}
