package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts and numbers of all lengths, against what Jackson writes and reads. */
class JsonInputTest {

    private static final ObjectMapper PLAIN = new ObjectMapper();
    private static final ObjectMapper ESCAPING =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final String[] LETTERS = {"a", "\"", "\\", "\n", "\u0001", "/", "é", "世", "🌊"};

    /** Grows its room for a text without escapes, from text to text. */
    private final JsonInput in = new JsonInput();

    private JsonInput on(String json) {
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        return in.on(utf8, 0, utf8.length);
    }

    @Test
    void aTextIsReadWithoutItsEscapes() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 30_000; i++) {
            String text = text(random, random.nextInt(1 + i / 50));
            boolean escaping = random.nextInt(8) == 0;
            String json = (escaping ? ESCAPING : PLAIN).writeValueAsString(text);
            assertThat(on(json + ",").skipValue(0)).isTrue();
            assertThat(in.position()).isEqualTo(json.getBytes(StandardCharsets.UTF_8).length);
            assertThat(on(json + ",").takeText()).isTrue();
            assertThat(in.position()).isEqualTo(json.getBytes(StandardCharsets.UTF_8).length);
            assertThat(in.isPlain()).isEqualTo(!json.contains("\\"));
            if (escaping && text.contains("🌊")) {
                assertThat(in.unescapedLength()).isEqualTo(-1);
            } else if (!in.isPlain()) {
                assertThat(new String(in.unescaped(), 0, in.unescapedLength(), StandardCharsets.UTF_8))
                        .isEqualTo(text);
            } else {
                assertThat(new String(in.bytes(), in.start(), in.length(), StandardCharsets.UTF_8))
                        .isEqualTo(text);
            }
        }
    }

    /** Eight bytes are copied at once, whatever of them is wanted. */
    @Test
    void theRoomForATextWithoutEscapesGrowsInTime() {
        for (int ahead = 0; ahead < Long.BYTES; ahead++) {
            for (int length = 200; length < 600; length++) {
                String text = "y".repeat(ahead) + "\\n" + "x".repeat(length) + "🌊世";
                byte[] json = ("\"" + text + "\" and more").getBytes(StandardCharsets.UTF_8);
                JsonInput fresh = new JsonInput().on(json, 0, json.length);
                assertThat(fresh.takeText()).isTrue();
                assertThat(new String(fresh.unescaped(), 0, fresh.unescapedLength(), StandardCharsets.UTF_8))
                        .isEqualTo(text.replace("\\n", "\n"));
            }
        }
    }

    private static String text(Random random, int letters) {
        int oneIn = 1 + random.nextInt(20);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < letters; i++) {
            text.append(random.nextInt(oneIn) == 0 ? LETTERS[random.nextInt(LETTERS.length)] : "x");
        }
        return text.toString();
    }

    /** Behind texts of every length, so that the damage stands at every place of the eight bytes that are read at once. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\\",
                "\\\"",
                "\\x\"",
                "\\é\"",
                "\\u00",
                "\\u00zz\"",
                "\\u00e\"",
                "\u0001\"",
                "\\n\u0001\"",
                "\\n",
                "\\n\\"
            })
    void aDamagedTextIsNotTaken(String end) {
        for (int length = 0; length < 300; length++) {
            assertThat(on("\"" + "x".repeat(length) + end).takeText()).isFalse();
            assertThat(on("\"" + "x".repeat(length) + end).skipValue(0)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c3", "c328", "e0809f", "eda080", "f4908080", "80", "ff"})
    void noTextIsTakenThatIsNotUtf8(String hex) {
        byte[] bad = HexFormat.of().parseHex(hex);
        for (String begin : new String[] {"\"", "\"\\n"}) {
            for (int length = 0; length < 20; length++) {
                byte[] ahead = (begin + "x".repeat(length)).getBytes(StandardCharsets.UTF_8);
                byte[] text = Arrays.copyOf(ahead, ahead.length + bad.length + 1);
                System.arraycopy(bad, 0, text, ahead.length, bad.length);
                text[text.length - 1] = '"';
                assertThat(in.on(text, 0, text.length).takeText()).isFalse();
                assertThat(in.on(text, 0, text.length).skipValue(0)).isFalse();
            }
        }
    }

    /** Each byte counts, whichever of the longs it stands in, and wherever the document ends. */
    @Test
    void aLiteralIsTakenWhereEachOfItsBytesStands() {
        for (int length = 1; length < 40; length++) {
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            JsonInput.Literal literal = new JsonInput.Literal(bytes.clone());
            for (int behind = 0; behind < 2 * Long.BYTES; behind++) {
                byte[] document = Arrays.copyOf(bytes, length + behind);
                assertThat(in.on(document, 0, length).take(literal)).isTrue();
                assertThat(in.position()).isEqualTo(length);
                assertThat(in.on(document, 0, length - 1).take(literal)).isFalse();
                for (int i = 0; i < length; i++) {
                    document[i] ^= 1;
                    assertThat(in.on(document, 0, length).take(literal)).isFalse();
                    document[i] ^= 1;
                }
            }
        }
    }

    /** Near and far from the end of the bytes, as eight digits are read at once. */
    @Test
    void anIntegerIsReadWhole() {
        Random random = new Random(2);
        for (int i = 0; i < 50_000; i++) {
            BigInteger number = new BigInteger(random.nextInt(68), random);
            number = random.nextBoolean() ? number : number.negate();
            String behind = random.nextBoolean() ? "}" : ",\"a\":12345678}";
            boolean fits = number.abs().bitLength() < Long.SIZE;
            assertThat(on(number + behind).takeInteger()).isEqualTo(fits);
            if (fits) {
                assertThat(in.integer()).isEqualTo(number.longValueExact());
                assertThat(in.position()).isEqualTo(number.toString().length());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "01",
                "00",
                "-01",
                "1.5",
                "1e3",
                "12345678.",
                "1234567:",
                "1234567/",
                "+1",
                "x",
                "12345678é"
            })
    void whatIsNoIntegerIsNotTaken(String text) {
        assertThat(on(text + ",\"a\":1}").takeInteger()).isFalse();
        assertThat(on(text).takeInteger()).isFalse();
    }
}
