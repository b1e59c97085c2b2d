package io.spindrift.local.snowflake;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whole-table locks, as UPDATE, DELETE and MERGE take them in Snowflake: held to the end of the transaction, waited for until a
 * timeout. A wait that would close a circle fails at once.
 */
final class TableLocks {
    private static final long LOOK_MILLIS = 200;
    /** docs: sql-reference/transactions, "Resource locking". */
    private static final int MOST_WAITERS = 20;

    private final Map<QualifiedName, Owner> owners = new HashMap<>();
    private final Map<Owner, QualifiedName> waiting = new HashMap<>();

    /** A transaction. */
    interface Owner {
        /** Gives the transaction up when its client has long been silent; false when it has not. Never waits. */
        boolean abortIfDetached();
    }

    synchronized void lock(QualifiedName table, Owner owner, Duration timeout, BooleanSupplier canceled) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (!free(table, owner)) {
                waiting.put(owner, table);
                if (waiting.values().stream().filter(table::equals).count() > MOST_WAITERS) {
                    throw blocked(table, "the number of waiters exceeds " + MOST_WAITERS);
                }
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
                if (!abortDetached(table)) {
                    await(Math.max(1, Math.min(LOOK_MILLIS, left / 1_000_000)));
                }
            }
            owners.put(table, owner);
        } finally {
            waiting.remove(owner);
        }
    }

    /** For somebody who does nothing but hold it, as soon as it is free and for this long. */
    void hold(QualifiedName table, Duration time) {
        Owner nobody = () -> false;
        lock(table, nobody, Duration.ofDays(1), () -> false);
        CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> releaseAll(nobody));
    }

    private boolean free(QualifiedName table, Owner owner) {
        Owner holder = owners.get(table);
        return holder == null || holder == owner;
    }

    private boolean abortDetached(QualifiedName table) {
        Owner holder = owners.get(table);
        if (holder == null || !holder.abortIfDetached()) {
            return false;
        }
        releaseAll(holder);
        return true;
    }

    private void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SnowflakeError.canceled();
        }
    }

    private boolean circular(Owner start) {
        Optional<Owner> holder = holderAwaitedBy(start);
        for (int i = 0; holder.isPresent() && i <= waiting.size(); i++) {
            if (holder.get() == start) {
                return true;
            }
            holder = holderAwaitedBy(holder.get());
        }
        return false;
    }

    private Optional<Owner> holderAwaitedBy(Owner waiter) {
        @Nullable QualifiedName table = waiting.get(waiter);
        return Optional.ofNullable(table == null ? null : owners.get(table));
    }

    synchronized void releaseAll(Owner owner) {
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
