package io.spindrift.sinks.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimestampTextTest {

    private static final long FIRST_DAY = LocalDate.of(0, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private final CellBuffer buffer = new CellBuffer();

    private String text() {
        String text = new String(buffer.array(), 0, buffer.size(), StandardCharsets.UTF_8);
        buffer.clear();
        return text;
    }

    @Test
    void everyDayFromYear0To9999IsTheCalendars() {
        LocalDate day = LocalDate.ofEpochDay(FIRST_DAY);
        for (long epochDay = FIRST_DAY; epochDay <= LAST_DAY; epochDay++) {
            TimestampText.appendDate(buffer, epochDay);
            String text = text();
            if (!text.equals(day.toString())) {
                assertThat(text).as("day %d", epochDay).isEqualTo(day.toString());
            }
            day = day.plusDays(1);
        }
    }

    @Test
    void instantsAreThoseOfTheClock() {
        DateTimeFormatter format = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");
        Random random = new Random(2);
        for (int i = 0; i < 50_000; i++) {
            long micros = random.nextLong(FIRST_DAY * MICROS_PER_DAY, (LAST_DAY + 1) * MICROS_PER_DAY);
            TimestampText.appendMicros(buffer, micros);
            LocalDateTime expected = LocalDateTime.ofEpochSecond(
                    Math.floorDiv(micros, 1_000_000L), (int) Math.floorMod(micros, 1_000_000L) * 1000, ZoneOffset.UTC);
            assertThat(text()).isEqualTo(expected.format(format));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1970-01-01 00:00:00.000000 +00:00",
        "-1, 1969-12-31 23:59:59.999999 +00:00",
        "951782400000001, 2000-02-29 00:00:00.000001 +00:00",
        "-2203977600000000, 1900-02-28 00:00:00.000000 +00:00",
        "-62167219200000000, 0000-01-01 00:00:00.000000 +00:00",
        "253402300799999999, 9999-12-31 23:59:59.999999 +00:00"
    })
    void anInstantCarriesItsOffset(long micros, String expected) {
        TimestampText.appendUtcMicros(buffer, micros);
        assertThat(text()).isEqualTo(expected);
    }
}
