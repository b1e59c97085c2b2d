package io.spindrift.jobs.direct;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class SlotReaderTest {

    @Test
    void aSlotThatHasMovedBeyondTheStateIsRefused() {
        assertThat(SlotReader.refusal("shop", 100, 101, 200)).hasValueSatisfying(why -> assertThat(why)
                .startsWith("replication slot shop has moved to LSN 101, and the job's state goes on from LSN 100"));
        assertThat(SlotReader.refusal("shop", 100, 100, 200)).isEmpty();
        assertThat(SlotReader.refusal("shop", 100, 90, 100)).isEmpty();
    }

    @Test
    void aLogThatEndsAheadOfTheStateIsAnotherOne() {
        assertThat(SlotReader.refusal("shop", 100, 90, 99))
                .hasValueSatisfying(why -> assertThat(why).contains("the database's log ends at LSN 99"));
    }

    /** Drivers of 42.7 confirm by themselves what the server says that it has sent; the slot may then be ahead of every checkpoint. */
    @Test
    void theDriverConfirmsToTheSlotWhatItIsToldToAlone() throws Exception {
        assertThat(Class.forName("org.postgresql.core.v3.replication.V3PGReplicationStream")
                        .getDeclaredFields())
                .extracting(Field::getName)
                .contains("lastFlushedLSN")
                .doesNotContain("explicitlyFlushedLSN");
    }
}
