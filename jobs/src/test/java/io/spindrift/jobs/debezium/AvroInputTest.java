package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Avro's binary encoding (Avro specification, Binary Encoding), at its bounds. */
class AvroInputTest {

    private static AvroInput input(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return new AvroInput().on(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "00, 0",
        "01, -1",
        "02, 1",
        "7F, -64",
        "8001, 64",
        "FEFFFFFF0F, 2147483647",
        "FFFFFFFF0F, -2147483648",
        "FEFFFFFFFFFFFFFFFF01, 9223372036854775807",
        "FFFFFFFFFFFFFFFFFF01, -9223372036854775808",
    })
    void numbersAreZigZagVarints(String hex, long value) throws Refused {
        assertThat(input(hex).readLong()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"''", "80", "FFFFFFFFFFFFFFFFFF02", "FFFFFFFFFFFFFFFFFFFF01"})
    void aNumberWithoutAnEndOrBeyond64BitsIsRefused(String hex) {
        assertThatThrownBy(() -> input(hex).readLong()).isInstanceOf(Refused.class);
    }

    @Test
    void anIntIsNotWiderThanItsType() {
        assertThatThrownBy(() -> input("8080808010").readInt())
                .isInstanceOf(Refused.class)
                .hasMessageContaining("more than 32 bits");
        assertThatThrownBy(() -> input("02").readBoolean()).isInstanceOf(Refused.class);
    }

    /** A small number that is written long: no writer does, so it is damage. */
    @Test
    void anIntHasFiveBytesAtMost() throws Refused {
        assertThat(input("8080808000").readInt()).isZero();
        assertThatThrownBy(() -> input("808080808000").readInt()).hasMessageContaining("more than 32 bits");
    }

    @Test
    void aChoiceIsOneOfThoseThereAre() throws Refused {
        assertThat(input("02").readChoice(2)).isEqualTo(1);
        assertThatThrownBy(() -> input("04").readChoice(2)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> input("01").readChoice(2)).isInstanceOf(Refused.class);
    }

    @Test
    void blocksMayNameTheirSize() throws Refused {
        AvroNode array = new AvroNode.Array(new AvroNode.Int32());
        for (String hex : new String[] {"0402060000", "0304020600", "02020204000000"}) {
            AvroInput in = input(hex);
            array.skip(in);
            assertThat(in.remaining()).as(hex).isLessThanOrEqualTo(2);
        }
        AvroInput map = input("02026102" + "00");
        new AvroNode.Mapped(new AvroNode.Int32()).skip(map);
        map.expectEnd();
    }

    /** Items without bytes: the count alone would keep the reader busy for centuries. */
    @Test
    void aBlockOfMoreItemsThanBytesIsRefused() {
        AvroNode nulls = new AvroNode.Array(new AvroNode.Null());
        for (String hex :
                new String[] {"FEFFFFFFFFFFFFFFFF0100", "FDFFFFFF0F0000", "FFFFFFFFFFFFFFFFFF010000", "0800"}) {
            assertThatThrownBy(() -> nulls.skip(input(hex))).as(hex).isInstanceOf(Refused.class);
        }
    }
}
