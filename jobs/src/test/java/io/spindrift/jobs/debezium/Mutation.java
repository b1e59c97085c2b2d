package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Harms a record as wires, disks and other programs do: one to three times, in its value, seldom in its key. */
final class Mutation {

    private static final List<byte[]> EXTREMES = List.of(
            new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
            new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
            new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
            new byte[] {-2, -1, -1, -1, -1, -1, -1, -1, -1, 1},
            new byte[] {-128, -128, -128, -128, -128, 0},
            new byte[] {(byte) 0xc0, (byte) 0x80},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            ascii("9223372036854775807"),
            ascii("9223372036854775808"),
            ascii("-9223372036854775808"),
            ascii("-0"),
            ascii("01"),
            ascii("1e999"),
            ascii("0.1"),
            ascii("null"),
            ascii("\\u0000"),
            ascii("\\n\\t\\u00e9\\/"),
            ascii("\\ud83d\\ude00"),
            ascii("\\ud83d"),
            ascii("\\"),
            ascii("\""),
            ascii(" "),
            ascii("__debezium_unavailable_value"));

    private static final List<byte[]> NUMBERS = List.of(
            ascii("9223372036854775807"),
            ascii("9223372036854775808"),
            ascii("9999999999999999999"),
            ascii("-9223372036854775808"),
            ascii("2147483648"),
            ascii("-0"),
            ascii("01"),
            ascii("0.1"),
            ascii("1e3"),
            ascii("123456789012345678901234567890123456789"));

    private Mutation() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** @param other whose bytes may be spliced in */
    static RawRecord of(RawRecord record, RawRecord other, Random random) {
        byte[] key = record.key();
        byte[] value = record.value();
        if (key != null && (value == null || random.nextInt(12) == 0)) {
            return with(record, mutated(key, other.key(), random), value);
        }
        return with(record, key, mutated(value == null ? new byte[] {0} : value, other.value(), random));
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

    private static byte[] mutated(byte[] bytes, byte @Nullable [] other, Random random) {
        byte[] mutant = bytes;
        for (int i = random.nextInt(8) == 0 ? 3 : 1; i > 0; i--) {
            mutant = once(mutant, other == null ? bytes : other, random);
        }
        return mutant;
    }

    private static byte[] once(byte[] bytes, byte[] other, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = place(bytes, random);
        int some = 1 + random.nextInt(8);
        return switch (random.nextInt(10)) {
            case 0 -> spliced(bytes, at, at + 1, new byte[] {(byte) (bytes[at] ^ 1 << random.nextInt(8))});
            case 1 -> spliced(bytes, at, at + 1, new byte[] {(byte) random.nextInt()});
            case 2 -> spliced(bytes, at, at, random(some, random));
            case 3 -> spliced(bytes, at, at + some, new byte[0]);
            case 4 -> spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 4 * some)));
            case 5 -> spliced(bytes, at, at, EXTREMES.get(random.nextInt(EXTREMES.size())));
            case 6 -> overwritten(bytes, at, EXTREMES.get(random.nextInt(EXTREMES.size())));
            case 7 -> number(bytes, at, random);
            case 8 ->
                other.length == 0
                        ? bytes
                        : spliced(
                                bytes,
                                at,
                                bytes.length,
                                Arrays.copyOfRange(other, Math.min(at, other.length), other.length));
            default -> random.nextBoolean() ? Arrays.copyOf(bytes, at) : digit(bytes, at, random);
        };
    }

    /** Of JSON mostly behind the schema, which is the greater part. */
    private static int place(byte[] bytes, Random random) {
        int payload = bytes[0] == '{' && random.nextInt(5) > 0
                ? new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("\"payload\":")
                : 0;
        int from = Math.max(0, payload);
        return from + random.nextInt(bytes.length - from);
    }

    private static byte[] random(int length, Random random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] overwritten(byte[] bytes, int at, byte[] with) {
        return spliced(bytes, at, Math.min(bytes.length, at + with.length), with);
    }

    /** The next digit becomes another one: still JSON, another value. */
    private static byte[] digit(byte[] bytes, int from, Random random) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                return spliced(bytes, i, i + 1, new byte[] {(byte) ('0' + random.nextInt(10))});
            }
        }
        return bytes;
    }

    /** The next number, whole, becomes an extreme one. */
    private static byte[] number(byte[] bytes, int from, Random random) {
        int begin = from;
        while (begin < bytes.length && !isDigit(bytes[begin])) {
            begin++;
        }
        int end = begin;
        while (end < bytes.length && isDigit(bytes[end])) {
            end++;
        }
        return spliced(bytes, begin, end, NUMBERS.get(random.nextInt(NUMBERS.size())));
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] with) {
        int end = Math.min(bytes.length, to);
        byte[] result = new byte[from + with.length + bytes.length - end];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(with, 0, result, from, with.length);
        System.arraycopy(bytes, end, result, from + with.length, bytes.length - end);
        return result;
    }
}
