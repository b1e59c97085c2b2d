package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The faults asked for. Safe for several threads: one statement meets one fault once. */
public final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
    private final List<Armed> armed = new CopyOnWriteArrayList<>();
    private final boolean killable;

    /** A fault and how often it was met. */
    public static final class Armed {
        private final Fault fault;
        private int matched;
        private int fired;

        private Armed(Fault fault) {
            this.fault = fault;
        }

        public Fault fault() {
            return fault;
        }

        /** How often it has happened. */
        public synchronized int fired() {
            return fired;
        }

        private synchronized boolean meets(Fault.Point point, String sql) {
            if (fault.point() != point || !fault.matches(sql)) {
                return false;
            }
            matched++;
            boolean fires = matched >= fault.nth() && fired < fault.times();
            fired += fires ? 1 : 0;
            return fires;
        }
    }

    Faults(boolean killable) {
        this.killable = killable;
    }

    /** @throws IllegalArgumentException for a kill of a server that shares its process with others */
    public Armed add(Fault fault) {
        if (fault.effect() instanceof Fault.Kill && !killable) {
            throw new IllegalArgumentException("this local Snowflake shares its process: start one of its own, by"
                    + " bin/spindrift snowflake or LocalSnowflakeProcess, to kill it");
        }
        Armed added = new Armed(fault);
        armed.add(added);
        LOG.info("armed: {}", fault);
        return added;
    }

    public void clear() {
        armed.clear();
    }

    public List<Armed> list() {
        return List.copyOf(armed);
    }

    /** What happens to a request of these statements. */
    Optional<Fault.OfRequest> ofRequest(Fault.Point point, List<Tokens> statements) {
        for (Tokens statement : statements) {
            for (Fault.Effect effect : met(point, statement.sql(), true)) {
                return Optional.of((Fault.OfRequest) effect);
            }
        }
        return Optional.empty();
    }

    /** What happens to a statement. */
    List<Fault.Effect> ofStatement(Fault.Point point, String sql) {
        return met(point, sql, false);
    }

    private List<Fault.Effect> met(Fault.Point point, String sql, boolean ofRequest) {
        List<Fault.Effect> met = new ArrayList<>();
        for (Armed each : armed) {
            Fault.Effect effect = each.fault.effect();
            if (effect instanceof Fault.OfRequest == ofRequest && each.meets(point, sql)) {
                LOG.info("happens: {}", each.fault);
                met.add(effect);
            }
        }
        return met;
    }
}
