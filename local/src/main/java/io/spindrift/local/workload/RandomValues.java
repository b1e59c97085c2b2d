package io.spindrift.local.workload;

import java.math.BigDecimal;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values for rows, all from one seeded source, so that a seed names its rows. */
record RandomValues(Random random) {
    /** Long documents are stored out of line. */
    private static final int LONG_DOCUMENT_ENTRIES = 120;

    private static final int SHORT_DOCUMENT_ENTRIES = 3;
    private static final long VERSION_BITS = 0xF000L;
    private static final long VERSION_4 = 0x4000L;
    private static final long VARIANT_BITS = 0xC000_0000_0000_0000L;
    private static final long VARIANT_RFC_4122 = 0x8000_0000_0000_0000L;

    UUID key() {
        long high = (random.nextLong() & ~VERSION_BITS) | VERSION_4;
        long low = (random.nextLong() & ~VARIANT_BITS) | VARIANT_RFC_4122;
        return new UUID(high, low);
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    <T> @Nullable T orNull(T value) {
        return oneIn(4) ? null : value;
    }

    BigDecimal money(int belowCents) {
        return BigDecimal.valueOf(1 + random.nextInt(belowCents), 2);
    }

    String address() {
        return "{\"street\": \"Quay %d\", \"city\": \"Hamburg\", \"zip\": \"%05d\"}"
                .formatted(random.nextInt(200), random.nextInt(100_000));
    }

    /** A JSON document, sometimes long; random, so that it does not compress. */
    String document(String name) {
        int entries = oneIn(3) ? LONG_DOCUMENT_ENTRIES : SHORT_DOCUMENT_ENTRIES;
        StringBuilder json =
                new StringBuilder("{\"version\": 2, \"").append(name).append("\": [");
        for (int i = 0; i < entries; i++) {
            json.append(i == 0 ? "\"" : ", \"").append(key()).append('"');
        }
        return json.append("]}").toString();
    }
}
