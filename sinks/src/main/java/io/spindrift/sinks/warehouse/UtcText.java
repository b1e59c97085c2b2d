package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.TimestampText;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Instants as bound values: {@code 2026-11-21 08:00:00.123456 +00:00}. */
final class UtcText {

    private UtcText() {}

    static String of(Instant instant) {
        CellBuffer text = new CellBuffer();
        TimestampText.appendUtcMicros(text, ChronoUnit.MICROS.between(Instant.EPOCH, instant));
        return new String(text.array(), 0, text.size(), StandardCharsets.UTF_8);
    }

    /** Null for a watermark that is not there yet or is the end of all input. */
    static @Nullable String ofWatermark(long millis) {
        return millis == Long.MIN_VALUE || millis == Long.MAX_VALUE ? null : of(Instant.ofEpochMilli(millis));
    }
}
