package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.Fault.Point;
import java.time.Duration;
import java.util.Set;

/** What the stand-in does on request besides its work: faults, and the latency of an account. */
final class Misbehaviour {
    private static final Set<String> COMPUTES =
            Set.of("SELECT", "WITH", "(", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY");
    private final Faults faults;
    private final Engine engine;
    private volatile Latency latency;

    Misbehaviour(Faults faults, Engine engine, Latency latency) {
        this.faults = faults;
        this.engine = engine;
        this.latency = latency;
    }

    Faults faults() {
        return faults;
    }

    Latency latency() {
        return latency;
    }

    void latency(Latency other) {
        latency = other;
    }

    /** Before and after each statement. */
    void meet(Point point, Request request) {
        Session session = request.session();
        if (point == Point.BEFORE) {
            session.pause(Duration.ofMillis(latency.statementMillis()));
            resumeWarehouse(request);
        } else {
            session.pause(Duration.ofMillis(latency.megabyteMillis() * session.takeBytes() / 1_000_000));
        }
        for (Fault.OfStatement effect :
                faults.ofStatement(point, request.tokens().sql())) {
            happen(effect, request);
        }
    }

    private void happen(Fault.OfStatement effect, Request request) {
        if (effect instanceof Fault.Delay delay) {
            request.session().pause(Duration.ofMillis(delay.millis()));
        } else if (effect instanceof Fault.Fail fail) {
            throw new SnowflakeError(fail.code(), fail.sqlState(), fail.message());
        } else if (effect instanceof Fault.HoldLock hold) {
            engine.locks().hold(QualifiedName.parse(hold.table()), Duration.ofMillis(hold.millis()));
        } else if (effect instanceof Fault.Kill) {
            Runtime.getRuntime().halt(137);
        }
    }

    private void resumeWarehouse(Request request) {
        if (!computes(request.tokens())) {
            return;
        }
        String warehouse = request.session().warehouse().orElseThrow(SnowflakeError::noWarehouse);
        if (engine.catalog().suspended().remove(warehouse)) {
            request.session().pause(Duration.ofMillis(latency.resumeMillis()));
        }
    }

    /** A query without FROM needs no warehouse. */
    private static boolean computes(Tokens statement) {
        String first = statement.peek().upper();
        return COMPUTES.contains(first) && (!first.equals("SELECT") || statement.mentions("FROM"));
    }
}
