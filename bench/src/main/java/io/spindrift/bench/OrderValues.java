package io.spindrift.bench;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** The rows of a shop's orders: about as long as a shop's are, a third of what may be NULL is. */
final class OrderValues {

    private static final String[] STATUS = {"placed", "paid", "shipped", "delivered", "cancelled"};
    private static final String[] CURRENCY = {"EUR", "USD", "GBP", "CHF"};
    private static final String[] CITY = {"Köln", "Lyon", "Malmö", "Graz", "Gdańsk", "Porto"};

    private OrderValues() {}

    /** Values by column name; a decimal's are unscaled. Equal indexes give equal orders. */
    static Map<String, Object> of(int index) {
        Random random = new Random(index);
        long subtotal = 100 + random.nextInt(900_000);
        long discount = random.nextInt((int) subtotal / 10 + 1);
        Map<String, Object> order = new HashMap<>();
        order.put("order_id", new UUID(random.nextLong(), random.nextLong()).toString());
        order.put("order_number", 4_000_000_000L + index);
        order.put("customer_id", random.nextInt(2_000_000));
        order.put("status", STATUS[random.nextInt(STATUS.length)]);
        order.put("currency", CURRENCY[random.nextInt(CURRENCY.length)]);
        order.put("subtotal", unscaled(subtotal));
        order.put("total", unscaled(subtotal - discount));
        order.put("items", 1 + random.nextInt(12));
        order.put("gift", random.nextInt(5) == 0);
        order.put("shipping_address", address(random));
        order.put("placed_at", instant(random));
        sometimes(random, order, "channel", "web");
        sometimes(random, order, "discount", unscaled(discount));
        sometimes(random, order, "weight_kg", random.nextInt(400) / 8.0);
        sometimes(
                random, order, "gift_message", "Happy birthday, and thank you for everything \u2014 N\u00b0 " + index);
        sometimes(random, order, "due_on", 20_000 + random.nextInt(900));
        sometimes(random, order, "paid_at", instant(random));
        sometimes(random, order, "picked_at", 1_795_234_465_000_000L + random.nextInt(900_000_000));
        return order;
    }

    /** One of those that an order has. */
    static String status(int number) {
        return STATUS[number % STATUS.length];
    }

    /** The same order with another status. */
    static Map<String, Object> inStatus(String status, int index) {
        Map<String, Object> order = of(index);
        order.put("status", status);
        return order;
    }

    private static void sometimes(Random random, Map<String, Object> order, String column, Object value) {
        if (random.nextInt(3) > 0) {
            order.put(column, value);
        }
    }

    private static byte[] unscaled(long cents) {
        return BigDecimal.valueOf(cents, 2).unscaledValue().toByteArray();
    }

    private static String address(Random random) {
        return "{\"zip\": \"%05d\", \"city\": \"%s\", \"lines\": [\"%d High Street\", null], \"verified\": %b}"
                .formatted(
                        random.nextInt(100_000),
                        CITY[random.nextInt(CITY.length)],
                        1 + random.nextInt(300),
                        random.nextBoolean());
    }

    private static String instant(Random random) {
        return "2026-%02d-%02dT%02d:%02d:%02d.%06dZ"
                .formatted(
                        1 + random.nextInt(12),
                        1 + random.nextInt(28),
                        random.nextInt(24),
                        random.nextInt(60),
                        random.nextInt(60),
                        random.nextInt(1_000_000));
    }
}
