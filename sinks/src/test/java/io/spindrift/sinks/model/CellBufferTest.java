package io.spindrift.sinks.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellBufferTest {

    /** Around the lengths at which a header grows by a byte. */
    private static final int[] LENGTHS = {0, 1, 2, 124, 125, 126, 127, 128, 16_381, 16_382};

    private static final long[] NUMBERS = {
        0,
        -1,
        9,
        10,
        -10,
        99,
        100,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        Long.MAX_VALUE
    };

    private static final String[] LETTERS = {"a", "\"", "\n", ",", "é", "世", "🌊", "\u0000"};

    private final CellBuffer buffer = new CellBuffer();

    @Test
    void whatGoesInComesOutAgain() {
        Random random = new Random(1);
        for (int row = 0; row < 3_000; row++) {
            buffer.clear();
            List<String> expected = new ArrayList<>();
            for (int cell = random.nextInt(9); cell > 0; cell--) {
                expected.add(addRandomCell(random));
            }
            assertThat(cells(buffer.toBytes())).isEqualTo(expected);
        }
    }

    private String addRandomCell(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> {
                buffer.addNull();
                yield "NULL";
            }
            case 1 -> {
                buffer.addUnchanged();
                yield "UNCHANGED";
            }
            case 2 -> {
                long number = random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextLong();
                buffer.addLong(number);
                yield "'" + number + "'";
            }
            case 3 -> {
                String text = randomText(random);
                buffer.addText(text);
                yield "'" + text + "'";
            }
            case 4 -> addPieces(random);
            default -> copyOfAnother(random);
        };
    }

    private static String randomText(Random random) {
        int length = LENGTHS[random.nextInt(LENGTHS.length)];
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(4) == 0 ? LETTERS[random.nextInt(LETTERS.length)] : "x");
        }
        return text.toString();
    }

    /** A text out of pieces, of which the first may already cross the length at which the header grows. */
    private String addPieces(Random random) {
        String text = randomText(random);
        byte[] utf8 = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
        // Of every length.
        long number = random.nextLong() >> random.nextInt(Long.SIZE);
        long padded = (random.nextLong() & Long.MAX_VALUE) >> random.nextInt(Long.SIZE - 1);
        int width = String.valueOf(padded).length() + random.nextInt(12);
        int two = random.nextInt(100);
        buffer.begin();
        buffer.append((byte) '-');
        buffer.append(utf8, 1, utf8.length - 2);
        buffer.appendAscii("ascii");
        buffer.appendLong(number);
        buffer.appendPadded(padded, width);
        buffer.appendTwoDigits(two);
        int scale = random.nextInt(38);
        buffer.appendDecimal(padded, scale);
        buffer.end();
        return "'-" + text + "ascii" + number + ("%0" + width + "d%02d").formatted(padded, two)
                + BigDecimal.valueOf(padded, scale).toPlainString() + "'";
    }

    private String copyOfAnother(Random random) {
        CellBuffer other = new CellBuffer();
        String text = randomText(random);
        other.addNull();
        other.addText(text);
        other.addUnchanged();
        CellCursor cursor = new CellCursor().on(other.toBytes());
        cursor.next();
        cursor.next();
        buffer.addCell(cursor);
        return "'" + text + "'";
    }

    private static List<String> cells(byte[] bytes) {
        List<String> cells = new ArrayList<>();
        CellCursor cursor = new CellCursor().on(bytes);
        while (cursor.next()) {
            cells.add(cursor.isNull() ? "NULL" : cursor.isUnchanged() ? "UNCHANGED" : "'" + cursor.text() + "'");
        }
        return cells;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 02",
        "1, 03",
        "125, 7f",
        "126, 8001",
        "16381, ff7f",
        "16382, 808001",
        "2097149, ffff7f",
        "2097150, 80808001"
    })
    void aTextStandsBehindItsLength(int length, String header) {
        byte[] text = new byte[length];
        Arrays.fill(text, (byte) 'x');
        buffer.addText(text, 0, length);
        assertThat(HexFormat.of().formatHex(buffer.toBytes())).isEqualTo(header + "78".repeat(length));
    }

    /** Short texts and decimals are moved eight bytes at a time. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 8, 9, 15, 16, 17})
    void aTextFitsWhereverTheBufferEnds(int length) {
        byte[] text = "abcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.UTF_8);
        for (int ahead = 990; ahead < 1_030; ahead++) {
            CellBuffer fresh = new CellBuffer();
            fresh.begin();
            fresh.append(new byte[ahead], 0, ahead);
            fresh.append(text, text.length - length, length);
            assertThat(Arrays.copyOfRange(fresh.array(), 1 + ahead, fresh.size()))
                    .isEqualTo(Arrays.copyOfRange(text, text.length - length, text.length));
            CellBuffer decimal = new CellBuffer();
            decimal.begin();
            decimal.append(new byte[ahead], 0, ahead);
            decimal.appendDecimal(1234, length);
            assertThat(new String(decimal.array(), 1 + ahead, decimal.size() - 1 - ahead, StandardCharsets.UTF_8))
                    .isEqualTo(BigDecimal.valueOf(1234, length).toPlainString());
        }
    }

    /** Quotes at every place of short and long texts, which are copied eight bytes at a time. */
    @Test
    void aQuotedTextHasItsQuotesDoubled() {
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int oneIn = 1 + random.nextInt(9);
            for (int length = random.nextInt(40); length > 0; length--) {
                text.append(random.nextInt(oneIn) == 0 ? "\"" : LETTERS[random.nextInt(LETTERS.length)]);
            }
            byte[] utf8 = ("\"" + text + "\"").getBytes(StandardCharsets.UTF_8);
            buffer.clear();
            buffer.append((byte) '<');
            buffer.appendQuoted(utf8, 1, utf8.length - 2);
            buffer.append((byte) '>');
            assertThat(new String(buffer.toBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("<\"" + text.toString().replace("\"", "\"\"") + "\">");
        }
    }

    @Test
    void bytesBesideAQuoteInItsBitsAreNoQuotes() {
        byte[] all = new byte[256 * 8];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i % 8 == i / 8 % 8 ? i / 8 : '!');
        }
        buffer.appendQuoted(all, 0, all.length);
        String expected = new String(all, StandardCharsets.ISO_8859_1).replace("\"", "\"\"");
        assertThat(new String(buffer.toBytes(), StandardCharsets.ISO_8859_1)).isEqualTo("\"" + expected + "\"");
    }

    @Test
    void everyLengthOfANumberIsKnown() {
        for (long power = 1; power > 0 && power <= Long.MAX_VALUE / 10; power *= 10) {
            for (long number : new long[] {power - 1, power, power + 1, 9 * power}) {
                buffer.clear();
                buffer.appendLong(number);
                assertThat(new String(buffer.toBytes(), StandardCharsets.UTF_8)).isEqualTo(String.valueOf(number));
            }
        }
    }

    @Test
    void nullAndUnchangedAreSingleBytesAndNoText() {
        buffer.addNull();
        buffer.addUnchanged();
        buffer.addText("");
        assertThat(buffer.toBytes()).containsExactly(0, 1, 2);
    }

    @Test
    void aCursorGoesOverOneRowAfterTheOther() {
        CellCursor cursor = new CellCursor();
        buffer.addText("long enough");
        assertThat(cursor.on(buffer.toBytes()).next()).isTrue();
        buffer.clear();
        buffer.addNull();
        cursor.on(buffer.toBytes());
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.isNull()).isTrue();
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void aCellThatEndsBehindItsRowIsRefused() {
        CellCursor cursor = new CellCursor().on(new byte[] {7, 'a', 'b'});
        assertThatThrownBy(cursor::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cell of 5 bytes at 0 ends behind its row of 3 bytes");
    }
}
