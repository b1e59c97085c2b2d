package io.spindrift.local.snowflake;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whole-table locks, as UPDATE, DELETE and MERGE take them in Snowflake: held to the end of the transaction, waited for until a
 * timeout. A wait that would close a circle fails at once.
 */
final class TableLocks {
    private final Map<QualifiedName, Object> owners = new HashMap<>();
    private final Map<Object, QualifiedName> waiting = new HashMap<>();

    synchronized void lock(QualifiedName table, Object owner, Duration timeout, BooleanSupplier canceled) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (!free(table, owner)) {
                waiting.put(owner, table);
                if (circular(owner)) {
                    throw blocked(table, "it would deadlock");
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw blocked(table, "it waited for LOCK_TIMEOUT, " + timeout.toSeconds() + " s");
                }
                if (canceled.getAsBoolean()) {
                    throw SnowflakeError.canceled();
                }
                await(Math.max(1, left / 1_000_000));
            }
            owners.put(table, owner);
        } finally {
            waiting.remove(owner);
        }
    }

    private boolean free(QualifiedName table, Object owner) {
        Object holder = owners.get(table);
        return holder == null || holder == owner;
    }

    private void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SnowflakeError.canceled();
        }
    }

    private boolean circular(Object start) {
        Optional<Object> holder = holderAwaitedBy(start);
        for (int i = 0; holder.isPresent() && i <= waiting.size(); i++) {
            if (holder.get() == start) {
                return true;
            }
            holder = holderAwaitedBy(holder.get());
        }
        return false;
    }

    private Optional<Object> holderAwaitedBy(Object waiter) {
        @Nullable QualifiedName table = waiting.get(waiter);
        return Optional.ofNullable(table == null ? null : owners.get(table));
    }

    synchronized void releaseAll(Object owner) {
        owners.values().removeIf(holder -> holder == owner);
        notifyAll();
    }

    /** Lets waiters see that they were canceled. */
    synchronized void wake() {
        notifyAll();
    }

    private static SnowflakeError blocked(QualifiedName table, String why) {
        return new SnowflakeError(
                "000625",
                "57014",
                "Statement was aborted: table '" + table.display() + "' is locked by another transaction, and " + why
                        + ".");
    }
}
