package io.spindrift.local;

import io.spindrift.local.process.LocalStackException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts that are up. Closes them in the order of {@link Role}; one that fails to close does not keep the others. */
final class Parts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    /** In closing order: each needs only those after it. */
    enum Role {
        SOURCE,
        CONNECT,
        REGISTRY,
        KAFKA,
        POSTGRES
    }

    private final Map<Role, AutoCloseable> open = new EnumMap<>(Role.class);

    synchronized void add(Role role, AutoCloseable part) {
        open.put(role, part);
    }

    @Override
    public synchronized void close() {
        LocalStackException failure = null;
        for (Role role : Role.values()) {
            AutoCloseable part = open.remove(role);
            if (part != null) {
                failure = joined(failure, close(role, part));
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable LocalStackException close(Role role, AutoCloseable part) {
        try {
            part.close();
            LOG.info("{} is closed", role);
            return null;
        } catch (Exception e) {
            LOG.warn("{} did not close well", role, e);
            return new LocalStackException("%s did not close well: %s".formatted(role, e.getMessage()), e);
        }
    }

    private static @Nullable LocalStackException joined(
            @Nullable LocalStackException first, @Nullable LocalStackException next) {
        if (first == null) {
            return next;
        }
        if (next != null) {
            first.addSuppressed(next);
        }
        return first;
    }
}
