package io.spindrift.jobs.direct;

import java.util.Optional;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.ExceptionUtils;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.LoggingException;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.slf4j.LoggerFactory;

/**
 * What Flink CDC and Debezium 1.9 log and must not: the connection's settings, the password with them; and of a value that Debezium cannot convert,
 * the row, while it puts NULL in the value's place and goes on. The first is silenced, the second ends the job. Where neither can be done,
 * because the logger is not Flink's own log4j, nothing starts.
 */
final class UnsafeLoggers {

    static final String CONVERSIONS = "io.debezium.relational.TableSchemaBuilder";

    private static final String SETTINGS =
            "org.apache.flink.cdc.connectors.postgres.source.fetch.PostgresSourceFetchTaskContext";

    private UnsafeLoggers() {}

    static void disarm() {
        try {
            Configurator.setLevel(SETTINGS, Level.WARN);
            failOnErrors();
        } catch (LinkageError | ClassCastException e) {
            throw new IllegalStateException(
                    "'source.type: postgres' needs log4j 2 as Flink's logger, which its lib/ has: Debezium tells in the log alone that it has lost a value",
                    e);
        }
        if (LoggerFactory.getLogger(SETTINGS).isInfoEnabled()) {
            throw new IllegalStateException(
                    "logger %s must be set to WARN: it would write the database's password into the log"
                            .formatted(SETTINGS));
        }
    }

    /** The logger has this appender alone, so that no row is written. */
    private static void failOnErrors() {
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        LoggerConfig logger = new LoggerConfig(CONVERSIONS, Level.ERROR, false);
        Failing appender = new Failing();
        appender.start();
        logger.addAppender(appender, Level.ERROR, null);
        // A class loader of an earlier job is let go with its appender.
        context.getConfiguration().removeLogger(CONVERSIONS);
        context.getConfiguration().addLogger(CONVERSIONS, logger);
        context.updateLoggers();
    }

    /** What the source failed with, where it was such a value: it stands in the log, and fails again at each restart. */
    static Optional<SuppressRestartsException> lostValue(Throwable failure) {
        return ExceptionUtils.findThrowable(failure, Failing.LostValue.class)
                .map(lost -> new SuppressRestartsException(new IllegalStateException(lost.getMessage(), failure)));
    }

    /** log4j passes a LoggingException on to whoever logs, if the appender says that exceptions count. */
    private static final class Failing extends AbstractAppender {
        private static final int DESCRIBED = 3;

        static final class LostValue extends LoggingException {
            private static final long serialVersionUID = 1;

            LostValue(String message) {
                super(message);
            }
        }

        Failing() {
            super("spindrift-" + CONVERSIONS, null, null, false, Property.EMPTY_ARRAY);
        }

        /** Debezium's parameters: table, column, type, row. */
        @Override
        public void append(LogEvent event) {
            Object[] parameters = event.getMessage().getParameters();
            boolean describes = parameters != null && parameters.length > DESCRIBED;
            throw new LostValue(
                    describes
                            ? "Debezium cannot convert a value of %s.%s, of type %s, and would make it NULL: read the table through Kafka; or change the value, drop the slot, and start without state under another source.postgres.server-name"
                                    .formatted(parameters[0], parameters[1], parameters[2])
                            : "Debezium has met a value that it cannot read, and would make it NULL");
        }
    }
}
