package io.spindrift.sinks.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceProgressTest {

    private static SourceProgress read(String text) {
        String[] numbers = text.split(" ");
        return new SourceProgress(
                "t", 0, "id", Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    }

    /** Each: continues after, start, last. */
    @ParameterizedTest
    @CsvSource({
        "one behind the other, 5 0 9, 9 0 12, 5 0 12",
        "of a job that went back, 5 0 9, 2 0 7, 2 0 9",
        "with dropped records between them, 5 0 9, 9 17 20, 5 17 20",
        "only dropped records, 5 0 9, 9 17 16, 5 17 16",
        "behind dropped records that are known, 9 17 16, 9 17 20, 9 17 20",
        "in the other order, 9 17 20, 9 17 16, 9 17 20",
        "and then more, 5 17 20, 20 17 25, 5 17 25",
        "what was dropped had been read, 5 0 9, 9 8 12, 5 0 12",
        "up to the last, 5 0 9, 9 10 12, 5 0 12"
    })
    void twoReportsAreOneThatHidesNoGap(String what, String one, String later, String both) {
        assertThat(read(one).then(read(later))).as(what).isEqualTo(read(both));
    }

    @Test
    void aReportOfNothingThatCouldBeIsRefused() {
        assertThatThrownBy(() -> read("5 0 4")).hasMessage("t-0: read up to 4, continuing after 5");
        assertThatThrownBy(() -> read("5 9 7")).hasMessage("t-0: read from 9 to 7");
    }
}
