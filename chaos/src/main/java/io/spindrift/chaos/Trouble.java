package io.spindrift.chaos;

import io.spindrift.local.snowflake.Fault;
import java.util.Locale;

/** What the local Snowflake does once at a step. */
enum Trouble {
    DROP(new Fault.Drop()),
    UNAVAILABLE(new Fault.Unavailable()),
    EXPIRE_TOKEN(new Fault.ExpireToken()),
    EXPIRE_SESSION(new Fault.ExpireSession()),
    DELAY(new Fault.Delay(2_000)),
    FAIL_LOCK_QUEUE(new Fault.Fail("000625", "57014", "too many waiters for a lock, by request")),
    FAIL_INTERNALLY(new Fault.Fail("000603", "XX000", "SQL execution internal error, by request")),
    HOLD_LOCK(new Fault.HoldLock("SPINDRIFT.MIRROR.ORDERS", 2_000)),
    DIE(new Fault.Kill());

    private final Fault.Effect effect;

    Trouble(Fault.Effect effect) {
        this.effect = effect;
    }

    Fault.Effect effect() {
        return effect;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
