package io.spindrift.local.kafka;

import io.spindrift.local.process.LocalStackException;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Kafka's servers from ending the JVM they are embedded in. A fatal error becomes an exception in the thread that
 * met it, and their shutdown hooks are not installed: whoever started a part closes it, in order.
 */
public final class KafkaExit {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaExit.class);

    private KafkaExit() {}

    /** Holds for this JVM (this class loader) from now on; may be called any number of times. */
    public static void disarm() {
        Exit.setExitProcedure(KafkaExit::refuse);
        Exit.setHaltProcedure(KafkaExit::refuse);
        Exit.setShutdownHookAdder((name, hook) -> LOG.debug("shutdown hook {} is not installed", name));
    }

    @SuppressWarnings("NullAway") // Kafka passes no message where there is none.
    private static void refuse(int status, String message) {
        LocalStackException refused =
                new LocalStackException("Kafka wanted to end the JVM with status %d: %s".formatted(status, message));
        LOG.error("a Kafka server met a fatal error", refused);
        throw refused;
    }
}
