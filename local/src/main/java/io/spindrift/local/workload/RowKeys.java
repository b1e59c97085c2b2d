package io.spindrift.local.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Keys of rows that probably exist, shared by all sessions; bounded, so that a long run keeps to recent rows. */
final class RowKeys {
    private static final int CAPACITY = 5_000;

    private final List<UUID> keys = new ArrayList<>();

    synchronized void add(UUID key) {
        if (keys.size() < CAPACITY) {
            keys.add(key);
        } else {
            keys.set(Math.floorMod(key.hashCode(), CAPACITY), key);
        }
    }

    synchronized Optional<UUID> any(Random random) {
        return keys.isEmpty() ? Optional.empty() : Optional.of(keys.get(random.nextInt(keys.size())));
    }

    /** As {@link #any}, but some rows far more often than others, so that sessions meet on them. */
    synchronized Optional<UUID> popular(Random random) {
        double skewed = Math.pow(random.nextDouble(), 4);
        return keys.isEmpty() ? Optional.empty() : Optional.of(keys.get((int) (keys.size() * skewed)));
    }

    /** Removes it, so that one session has it for itself. */
    synchronized Optional<UUID> take(Random random) {
        return keys.isEmpty() ? Optional.empty() : Optional.of(takeAt(random.nextInt(keys.size())));
    }

    private UUID takeAt(int index) {
        UUID last = keys.remove(keys.size() - 1);
        return index == keys.size() ? last : keys.set(index, last);
    }

    synchronized void remove(UUID key) {
        int index = keys.indexOf(key);
        if (index >= 0) {
            takeAt(index);
        }
    }
}
