package io.spindrift.jobs.direct;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.logging.log4j.LoggingException;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Also where Debezium has its logger already, and for each job of a cluster anew. */
class UnsafeLoggersTest {

    private static final Logger DEBEZIUM = LoggerFactory.getLogger(UnsafeLoggers.CONVERSIONS);

    @Test
    void aValueThatDebeziumWouldMakeNullFailsWhoeverReadsIt() {
        for (int job = 0; job < 2; job++) {
            UnsafeLoggers.disarm();
            assertThatThrownBy(() -> DEBEZIUM.error(
                            "Failed to properly convert data value for '{}.{}' of type {} for row {}:",
                            "public.users",
                            "born_on",
                            "date",
                            new Object[] {"secret"},
                            new IllegalArgumentException("secret")))
                    .isInstanceOf(LoggingException.class)
                    .rootCause()
                    .hasMessageContaining("public.users.born_on, of type date")
                    .hasMessageNotContaining("secret");
        }
    }
}
