package io.spindrift.sinks.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.DeadLetter.Header;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterTableTest {

    private static List<@Nullable String> cells(DeadLetter letter) {
        CellCursor cursor =
                new CellCursor().on(DeadLetterTable.row("shop", letter).cells());
        List<@Nullable String> cells = new ArrayList<>();
        while (cursor.next()) {
            cells.add(cursor.text());
        }
        return cells;
    }

    private static DeadLetter letter(long millis, byte @Nullable [] value, Header... headers) {
        return new DeadLetter("t", 3, 4, millis, Reason.NO_PRIMARY_KEY, "why", new byte[0], value, List.of(headers));
    }

    /** Pending files of a savepoint name it, and restored rows are loaded by it: another shape needs another name, or a migration. */
    @Test
    void theShapeIsTheSameInEveryBuild() {
        assertThat(Long.toHexString(DeadLetterTable.SHAPE.fingerprint())).isEqualTo("bf1570464aa52be9");
    }

    @Test
    void bytesAreWrittenInHexadecimalAndAnEmptyKeyIsNotNone() {
        assertThat(cells(letter(1_795_248_000_123L, new byte[] {-128, 10}, new Header("h", new byte[] {1}))))
                .containsExactly(
                        "shop",
                        "2026-11-21 08:00:00.123000 +00:00",
                        "NO_PRIMARY_KEY",
                        "why",
                        "",
                        "800a",
                        "[{\"name\":\"h\",\"value\":\"01\"}]");
    }

    /** One letter that the warehouse cannot load would stop every commit behind it. */
    @Test
    void whatNoColumnHoldsIsLeftOutAndSaid() {
        byte[] large = new byte[ColumnType.Binary.MAX_LENGTH + 1];
        assertThat(cells(letter(-1, large)))
                .containsExactly(
                        "shop",
                        null,
                        "NO_PRIMARY_KEY",
                        "why Its key of 0 bytes, value of 67108865 bytes and headers of 2 characters are more than this table holds, and left out: the record itself stands at this topic, partition and offset.",
                        null,
                        null,
                        null);
        Header huge = new Header("h", new byte[DeadLetterTable.MAX_TEXT_BYTES / 8]);
        assertThat(cells(letter(Long.MAX_VALUE, new byte[1], huge)))
                .endsWith(null, null, null)
                .element(3)
                .asString()
                .contains("headers of 4194329 characters");
    }

    /** Behind the ordering a change's bytes are gone. */
    @Test
    void aLetterWithoutBytesHasNoHeadersEither() {
        DeadLetter bare = new DeadLetter("t", 3, 4, 5, Reason.UNKNOWN_TOAST_VALUE, "why", null, null, List.of());
        assertThat(cells(bare)).endsWith(null, null, null);
    }

    @Test
    void headerNamesOfAnyCharactersAreJson() {
        String name = "a\"\\\n\u20ac";
        assertThat(cells(letter(0, null, new Header(name, null), new Header("x\0", new byte[0])))
                        .get(6))
                .isEqualTo(
                        "[{\"name\":\"a\\\"\\\\\\u000a\u20ac\",\"value\":null},{\"nameHex\":\"7800\",\"value\":\"\"}]");
    }
}
