package io.spindrift.local.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The faults asked for. Safe for several threads: one statement meets one fault once. */
public final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
    private final List<Armed> armed = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final boolean killable;

    /** A fault and how often it was met. */
    public static final class Armed {
        private final int id;
        private final Fault fault;
        private int matched;
        private int fired;

        private Armed(int id, Fault fault) {
            this.id = id;
            this.fault = fault;
        }

        /** Counts from 1; not used again. */
        public int id() {
            return id;
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
        Armed added = new Armed(ids.incrementAndGet(), fault);
        armed.add(added);
        LOG.info("armed: {}", fault);
        return added;
    }

    public void clear() {
        armed.clear();
    }

    /** No such id: nothing to do. */
    public void remove(int id) {
        armed.removeIf(each -> each.id() == id);
    }

    public List<Armed> list() {
        return List.copyOf(armed);
    }

    /** What happens to a request of these statements. */
    Optional<Fault.OfRequest> ofRequest(Fault.Point point, List<Tokens> statements) {
        for (Tokens statement : statements) {
            for (Fault.OfRequest effect : met(point, statement.sql(), Fault.OfRequest.class)) {
                return Optional.of(effect);
            }
        }
        return Optional.empty();
    }

    /** What happens to a statement. */
    List<Fault.OfStatement> ofStatement(Fault.Point point, String sql) {
        return met(point, sql, Fault.OfStatement.class);
    }

    /** The statement to execute in its place; the same one when no fault rewrites it. */
    Tokens rewritten(Tokens statement) {
        String sql = statement.sql();
        for (Fault.Rewrite rewrite : met(Fault.Point.BEFORE, sql, Fault.Rewrite.class)) {
            sql = rewrite.applyTo(sql);
        }
        return sql.equals(statement.sql()) ? statement : new Tokens(sql);
    }

    private <E extends Fault.Effect> List<E> met(Fault.Point point, String sql, Class<E> effects) {
        List<E> met = new ArrayList<>();
        for (Armed each : armed) {
            Fault.Effect effect = each.fault.effect();
            if (effects.isInstance(effect) && each.meets(point, sql)) {
                LOG.info("happens: {}", each.fault);
                met.add(effects.cast(effect));
            }
        }
        return met;
    }
}
