package io.spindrift.local.workload;

/** Every statement of the shop's traffic. */
final class EcommerceSql {
    private EcommerceSql() {}

    static final String RECENT_USERS = "SELECT user_id FROM users ORDER BY created_at DESC LIMIT 2000";
    static final String ALL_PRODUCTS = "SELECT product_id FROM products LIMIT 2000";
    static final String OPEN_ORDERS = """
            SELECT order_id FROM orders WHERE status IN ('placed', 'paid', 'shipped')
            ORDER BY placed_at DESC LIMIT 2000""";

    static final String SIGN_UP = """
            INSERT INTO users (user_id, email, full_name, phone, birth_date, locale, marketing_opt_in, loyalty_points,
                               address, preferences)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)""";

    /** The columns left out take their defaults. */
    static final String SIGN_UP_BRIEFLY = "INSERT INTO users (user_id, email, full_name) VALUES (?, ?, ?)";

    /** The preferences, out of line when long, stay as they are. */
    static final String UPDATE_PROFILE = """
            UPDATE users SET phone = ?, locale = ?, marketing_opt_in = ?, loyalty_points = ?, address = ?::jsonb
            WHERE user_id = ?""";

    static final String LOG_IN = "UPDATE users SET last_login_at = clock_timestamp() WHERE user_id = ?";
    static final String REPLACE_PREFERENCES = "UPDATE users SET preferences = ?::jsonb WHERE user_id = ?";
    static final String DELETE_USER = "DELETE FROM users WHERE user_id = ?";

    static final String CREATE_PRODUCT = """
            INSERT INTO products (product_id, sku, name, description, price, cost, stock, reorder_level, attributes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)""";

    /** The attributes, out of line when long, stay as they are. */
    static final String REPRICE_PRODUCTS = """
            UPDATE products SET price = round(price * ?, 2), cost = CASE WHEN cost IS NULL THEN price * 0.6 END
            WHERE product_id = ANY (?)""";

    static final String DESCRIBE_PRODUCT = """
            UPDATE products SET description = ?, reorder_level = ?, active = NOT active WHERE product_id = ?""";
    static final String REPLACE_ATTRIBUTES = "UPDATE products SET attributes = ?::jsonb WHERE product_id = ?";
    static final String CHANGE_STOCK = "UPDATE products SET stock = stock + ? WHERE product_id = ?";

    static final String MOVE_STOCK = """
            INSERT INTO inventory_movements (movement_id, product_id, order_id, quantity, reason, unit_cost, note)
            SELECT ?, product_id, ?, ?, ?, cost, ? FROM products WHERE product_id = ?""";

    static final String PLACE_ORDER = """
            INSERT INTO orders (order_id, user_id, subtotal, discount, total, shipping_address, gift_message)
            SELECT ?, user_id, 0, ?, 0, coalesce(address, '{"pickup": true}'), ? FROM users WHERE user_id = ?""";

    static final String ADD_ITEM = """
            INSERT INTO order_items (order_item_id, order_id, product_id, line_number, quantity, unit_price, line_total,
                                     gift_wrap)
            SELECT ?, ?, product_id, ?, ?, price, price * ?, ? FROM products WHERE product_id = ?""";

    static final String TOTAL_ORDER = """
            UPDATE orders SET subtotal = items.total, total = items.total - coalesce(discount, 0)
            FROM (SELECT coalesce(sum(line_total), 0) AS total FROM order_items WHERE order_id = ?) items
            WHERE order_id = ?""";

    static final String ADVANCE_ORDER = """
            UPDATE orders SET
                status = CASE status WHEN 'placed' THEN 'paid' WHEN 'paid' THEN 'shipped' ELSE 'delivered' END,
                paid_at = CASE WHEN status = 'placed' THEN clock_timestamp() ELSE paid_at END,
                shipped_at = CASE WHEN status = 'paid' THEN clock_timestamp() ELSE shipped_at END,
                delivered_at = CASE WHEN status = 'shipped' THEN clock_timestamp() ELSE delivered_at END
            WHERE order_id = ? AND status IN ('placed', 'paid', 'shipped')""";

    static final String ITEMS_OF_ORDER = """
            SELECT order_item_id, product_id, line_number, quantity FROM order_items WHERE order_id = ?
            ORDER BY line_number FOR UPDATE""";
    static final String DELETE_ITEMS = "DELETE FROM order_items WHERE order_id = ?";
    static final String DELETE_ITEM = "DELETE FROM order_items WHERE order_item_id = ?";
    static final String CANCEL_ORDER = "UPDATE orders SET status = 'cancelled', discount = NULL WHERE order_id = ?";
    static final String DELETE_ORDER = "DELETE FROM orders WHERE order_id = ?";
    static final String CHANGE_ITEM_KEY = "UPDATE order_items SET order_item_id = ? WHERE order_item_id = ?";
    static final String WRAP_ITEMS = "UPDATE order_items SET gift_wrap = ? WHERE order_id = ?";
}
