package io.spindrift.jobs.direct;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.slf4j.LoggerFactory;

/** Flink CDC logs its connection's settings at INFO, the password with them. That logger is silenced, or nothing starts. */
final class QuietPasswords {

    private static final String LOGGER =
            "org.apache.flink.cdc.connectors.postgres.source.fetch.PostgresSourceFetchTaskContext";

    private QuietPasswords() {}

    static void require() {
        if (!isLoud()) {
            return;
        }
        try {
            Configurator.setLevel(LOGGER, Level.WARN);
        } catch (LinkageError e) {
            // Another logger than Flink's own log4j: the next question is answered no, and says what to do.
        }
        if (isLoud()) {
            throw new IllegalStateException(
                    "logger %s must be set to WARN: it would write the database's password into the log"
                            .formatted(LOGGER));
        }
    }

    private static boolean isLoud() {
        return LoggerFactory.getLogger(LOGGER).isInfoEnabled();
    }
}
