package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged bytes become dead letters or, by chance, other rows; they never end the job and never get lost. */
class DamageTest {

    private static final int MUTATIONS = 10_000;

    @ParameterizedTest
    @ValueSource(strings = {"avro", "json"})
    void mutatedRecordsAreAlwaysAnsweredAndNeverThrow(String encoding) throws IOException {
        List<RawRecord> records = encoding.equals("avro") ? Captured.avro() : Captured.json();
        DebeziumDecoder decoder = Decoded.decoder();
        Decoded.events(decoder, records);
        Random random = new Random(20_240_229);
        int letters = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            RawRecord damaged = mutate(records.get(random.nextInt(records.size())), random);
            long ignoredBefore = ignored(decoder);
            List<ChangeEvent> events = new ArrayList<>();
            decoder.decode(damaged, events::add);
            assertThat(events.isEmpty())
                    .as("mutation %d of %s", i, damaged)
                    .isEqualTo(ignored(decoder) == ignoredBefore + 1);
            for (ChangeEvent event : events) {
                letters += event instanceof DeadLetter letter ? check(letter, damaged, i) : 0;
            }
        }
        assertThat(letters).isGreaterThan(MUTATIONS / 4);
    }

    private static int check(DeadLetter letter, RawRecord damaged, int mutation) {
        assertThat(letter.detail()).as("mutation %d", mutation).doesNotContain("fault of the decoder");
        assertThat(letter.value()).isSameAs(damaged.value());
        assertThat(letter.key()).isSameAs(damaged.key());
        return 1;
    }

    private static long ignored(DebeziumDecoder decoder) {
        return Stream.of(Ignored.values()).mapToLong(decoder::ignored).sum();
    }

    private static RawRecord mutate(RawRecord record, Random random) {
        byte[] value = record.value();
        byte[] key = record.key();
        if (key != null && (value == null || random.nextInt(8) == 0)) {
            return with(record, mutate(key, random), value);
        }
        return with(record, key, value == null ? new byte[] {(byte) random.nextInt()} : mutate(value, random));
    }

    private static RawRecord with(RawRecord record, byte @Nullable [] key, byte @Nullable [] value) {
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMillis(),
                key,
                value,
                record.headers());
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(4));
            case 2 -> flip(bytes, at, (byte) (1 << random.nextInt(8)));
            case 3 -> flip(bytes, at, (byte) random.nextInt());
            case 4 -> filled(bytes, at, random);
            default -> moved(bytes, at, random);
        };
    }

    private static byte[] flip(byte[] bytes, int at, byte bits) {
        byte[] copy = bytes.clone();
        copy[at] ^= bits;
        return copy;
    }

    /** A run of one byte: of 0xff a number without an end, a length beyond everything. */
    private static byte[] filled(byte[] bytes, int at, Random random) {
        byte[] copy = bytes.clone();
        byte fill = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
        Arrays.fill(copy, at, Math.min(copy.length, at + 1 + random.nextInt(12)), fill);
        return copy;
    }

    private static byte[] moved(byte[] bytes, int at, Random random) {
        byte[] copy = bytes.clone();
        int from = random.nextInt(bytes.length);
        int length = Math.min(1 + random.nextInt(16), bytes.length - Math.max(at, from));
        System.arraycopy(bytes, from, copy, at, length);
        return copy;
    }

    @Test
    void everyPrefixOfAnAvroRecordIsUndecodable() {
        assertThat(prefixes(Captured.of(Captured.avro(), "public.orders").get(0)))
                .allSatisfy(event -> assertThat(Decoded.text(event)).startsWith("dead UNDECODABLE: "));
    }

    @Test
    void everyPrefixOfAJsonRecordIsUndecodable() {
        assertThat(prefixes(Captured.of(Captured.json(), "public.orders").get(0)))
                .allSatisfy(event -> assertThat(Decoded.text(event)).startsWith("dead UNDECODABLE: "));
    }

    private static List<ChangeEvent> prefixes(RawRecord record) {
        byte[] value = Objects.requireNonNull(record.value());
        List<RawRecord> shorter = new ArrayList<>();
        for (int length = 0; length < value.length; length++) {
            shorter.add(with(record, record.key(), Arrays.copyOf(value, length)));
        }
        DebeziumDecoder decoder = Decoded.decoder();
        Decoded.events(decoder, List.of(record));
        List<ChangeEvent> events = Decoded.events(decoder, shorter);
        assertThat(events).hasSize(value.length);
        return events;
    }

    @Test
    void bytesBehindAnAvroValueAreDamage() {
        RawRecord record = Captured.of(Captured.avro(), "public.orders").get(0);
        byte[] value = Objects.requireNonNull(record.value());
        assertThat(Decoded.texts(List.of(with(record, record.key(), Arrays.copyOf(value, value.length + 2)))))
                .singleElement()
                .asString()
                .startsWith("dead UNDECODABLE: 2 bytes follow the end of the Avro value");
    }

    @Test
    void anEvilLengthAllocatesNothing() {
        RawRecord record = Captured.of(Captured.avro(), "public.customers").get(0);
        byte[] value = Objects.requireNonNull(record.value()).clone();
        // Behind the id: before absent, after present, id 1, then the length of name.
        byte[] evil = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        System.arraycopy(evil, 0, value, 8, evil.length);
        assertThat(Decoded.texts(List.of(with(record, record.key(), value))))
                .singleElement()
                .asString()
                .startsWith("dead UNDECODABLE: Avro length 2147483647 at byte 13, but ");
    }
}
