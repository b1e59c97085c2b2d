package io.spindrift.jobs.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.io.NumberOutput;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each column type at its extremes: the text Snowflake gets, or the refusal. */
class FieldTypesTest {

    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";
    private static final String NINES = "9".repeat(38);

    private interface Write {
        void to(CellEncoder encoder, CellBuffer out) throws Refused;
    }

    private static ConnectSchema schema(String type, @Nullable String name) {
        return ConnectSchema.of(ConnectSchema.Type.valueOf(type), name == null ? "" : name, Map.of());
    }

    private static String cell(ConnectSchema schema, Write write) throws Refused {
        CellBuffer out = new CellBuffer();
        write.to(FieldTypes.of(schema).encoder(), out);
        return Decoded.cells(out.toBytes());
    }

    private static void assertRefused(Reason reason, ConnectSchema schema, Write write) {
        assertThatThrownBy(() -> cell(schema, write))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @CsvSource({
        "INT8,, NUMBER(3 0), -128, -128",
        "INT8,, NUMBER(3 0), 127, 127",
        "INT16,, NUMBER(5 0), -32768, -32768",
        "INT32,, NUMBER(10 0), -2147483648, -2147483648",
        "INT64,, NUMBER(19 0), -9223372036854775808, -9223372036854775808",
        "INT64,, NUMBER(19 0), 9223372036854775807, 9223372036854775807",
        "INT64,, NUMBER(19 0), 0, 0",
        "INT32, Date, DATE, 0, 1970-01-01",
        "INT32, Date, DATE, -1, 1969-12-31",
        "INT32, Date, DATE, 11016, 2000-02-29",
        "INT32, Date, DATE, -25509, 1900-02-28",
        "INT32, Date, DATE, -25508, 1900-03-01",
        "INT32, Date, DATE, -141714, 1582-01-01",
        "INT32, Date, DATE, 2932896, 9999-12-31",
        "INT32, Time, TIME(3), 0, 00:00:00.000",
        "INT32, Time, TIME(3), 86399999, 23:59:59.999",
        "INT64, MicroTime, TIME(6), 1, 00:00:00.000001",
        "INT64, MicroTime, TIME(6), 86399999999, 23:59:59.999999",
        "INT64, NanoTime, TIME(9), 86399999999999, 23:59:59.999999999",
        "INT64, Timestamp, TIMESTAMP_NTZ(3), -1, 1969-12-31 23:59:59.999",
        "INT64, MicroTimestamp, TIMESTAMP_NTZ(6), -1, 1969-12-31 23:59:59.999999",
        "INT64, MicroTimestamp, TIMESTAMP_NTZ(6), 1709210096123456, 2024-02-29 12:34:56.123456",
        "INT64, MicroTimestamp, TIMESTAMP_NTZ(6), 253402300799999999, 9999-12-31 23:59:59.999999",
        "INT64, MicroTimestamp, TIMESTAMP_NTZ(6), -12244089600000000, 1582-01-01 00:00:00.000000",
        "INT64, NanoTimestamp, TIMESTAMP_NTZ(9), -1, 1969-12-31 23:59:59.999999999",
        "INT64, NanoTimestamp, TIMESTAMP_NTZ(9), 9223372036854775807, 2262-04-11 23:47:16.854775807",
    })
    void integersBecomeNumbersDatesAndTimes(String type, @Nullable String name, String sql, long value, String text)
            throws Refused {
        ConnectSchema schema = schema(type, name == null ? "" : "io.debezium.time." + name);
        assertThat(FieldTypes.of(schema).column().sql()).isEqualTo(sql.replace(' ', ','));
        assertThat(cell(schema, (encoder, out) -> encoder.ofLong(value, out))).isEqualTo(text);
    }

    /** The extremes are Debezium's own, as measured: infinities, and overflows of PostgreSQL's bounds. */
    @ParameterizedTest
    @CsvSource({
        "INT32, Date, -622191234",
        "INT32, Date, -2147472692",
        "INT32, Date, -141715",
        "INT32, Date, 2932897",
        "INT32, Time, 86400000",
        "INT64, MicroTime, 86400000000",
        "INT64, MicroTime, -1",
        "INT64, NanoTime, 86400000000000",
        "INT64, Timestamp, 253402300800000",
        "INT64, Timestamp, 9223372036854775807",
        "INT64, MicroTimestamp, 9223372036825200000",
        "INT64, MicroTimestamp, -9223372036832400000",
        "INT64, MicroTimestamp, -9223372036853775810",
        "INT64, MicroTimestamp, -12244089600000001",
    })
    void whatSnowflakeCannotHoldIsRefused(String type, String name, long value) {
        ConnectSchema schema = schema(type, "io.debezium.time." + name);
        assertRefused(Reason.UNREPRESENTABLE_VALUE, schema, (encoder, out) -> encoder.ofLong(value, out));
    }

    @ParameterizedTest
    @CsvSource({"INT8, 128", "INT16, -32769", "INT32, 2147483648"})
    void anIntegerBeyondItsTypeIsDamage(String type, long value) {
        assertRefused(Reason.UNDECODABLE, schema(type, ""), (encoder, out) -> encoder.ofLong(value, out));
    }

    @ParameterizedTest
    @CsvSource({
        "2024-07-01T10:34:56.123456Z, 2024-07-01 10:34:56.123456 +00:00",
        "2024-07-01T10:34:56Z, 2024-07-01 10:34:56.000000 +00:00",
        "2024-07-01T10:34:56.1Z, 2024-07-01 10:34:56.100000 +00:00",
        "2024-02-29T23:59:59.999999000Z, 2024-02-29 23:59:59.999999 +00:00",
        "1582-01-01T00:00:00.000000Z, 1582-01-01 00:00:00.000000 +00:00",
        "9999-12-31T23:59:59.999999Z, 9999-12-31 23:59:59.999999 +00:00",
    })
    void zonedTimestampsAreInstantsInUtc(String text, String cell) throws Refused {
        assertThat(zoned(text)).isEqualTo(cell);
    }

    @ParameterizedTest
    @CsvSource({
        "infinity, UNREPRESENTABLE_VALUE",
        "-infinity, UNREPRESENTABLE_VALUE",
        "+294276-12-31T23:59:59.999999Z, UNREPRESENTABLE_VALUE",
        "-4713-11-24T00:00:00.000000Z, UNREPRESENTABLE_VALUE",
        "1581-12-31T23:59:59.999999Z, UNREPRESENTABLE_VALUE",
        "2024-07-01T10:34:56.1234567Z, UNREPRESENTABLE_VALUE",
        "2024-07-0:T10:34:56Z, UNDECODABLE",
        "202/-07-01T10:34:56Z, UNDECODABLE",
        "2024-07-01T1:034:56Z, UNDECODABLE",
        "2024-07-01T10:3;:56Z, UNDECODABLE",
        "2024-07-01T10:34:5?Z, UNDECODABLE",
        "2024-07-01T10:34:56.12345:Z, UNDECODABLE",
        "2024-07-01T10:34:56.1234560:Z, UNDECODABLE",
        "2024-07-01 10:34:56Z, UNDECODABLE",
        "2024-07-01T10:34:56.123456+, UNDECODABLE",
        "2023-02-29T00:00:00Z, UNDECODABLE",
        "2024-13-01T00:00:00Z, UNDECODABLE",
        "2024-12-00T00:00:00Z, UNDECODABLE",
        "2024-12-01T24:00:00Z, UNDECODABLE",
        "2024-12-01T00:60:00Z, UNDECODABLE",
        "2024-12-01T00:00:60Z, UNDECODABLE",
        "2024-12-01T00:00:00.Z, UNDECODABLE",
        "2024-12-01T00:00:00.1234567890Z, UNDECODABLE",
        "2024-12-01T00:00:00.12x456Z, UNDECODABLE",
        "2024-12-01T00:00:00+02:00, UNDECODABLE",
        "2024-12-01 00:00:00Z, UNDECODABLE",
        "Z, UNDECODABLE",
        "'', UNDECODABLE",
    })
    void otherInstantsAreRefused(String text, Reason reason) {
        assertThatThrownBy(() -> zoned(text))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    /** Seconds as Debezium has added them up in doubles, and as PostgreSQL had them. */
    @ParameterizedTest
    @CsvSource({
        "P1Y2M3DT4H5M6.789S, P1Y2M3DT4H5M6.789S",
        "P0Y0M0DT0H0M0S, P0Y0M0DT0H0M0S",
        "P0Y34M3956DT23H18M2.791128999S, P0Y34M3956DT23H18M2.791129S",
        "P0Y0M0DT0H0M-2.791128999S, P0Y0M0DT0H0M-2.791129S",
        "PT59.9999999999S, PT60S",
        "PT2.7911290001S, PT2.791129S",
        "PT.1234560S, PT0.123456S",
        "P1.2345678D, P1.2345678D",
        "S, S",
    })
    void anIntervalHasTheMicrosecondsThatPostgresHad(String sent, String cell) throws Refused {
        assertThat(cell(schema("STRING", "io.debezium.time.Interval"), text(sent)))
                .isEqualTo(cell);
    }

    @Test
    void anIntervalThatPostgresCannotHaveIsNotRounded() {
        ConnectSchema interval = schema("STRING", "io.debezium.time.Interval");
        assertRefused(Reason.UNREPRESENTABLE_VALUE, interval, text("PT2.7911289S"));
        assertRefused(Reason.UNDECODABLE, interval, text("PT1-2.791128999S"));
    }

    private static String zoned(String text) throws Refused {
        // Not at the front of the array, so that every offset is seen to be used.
        byte[] bytes = ("xx" + text).getBytes(StandardCharsets.UTF_8);
        return cell(
                schema("STRING", "io.debezium.time.ZonedTimestamp"),
                (encoder, out) -> encoder.ofText(bytes, 2, bytes.length - 2, out));
    }

    @ParameterizedTest
    @CsvSource({
        "12, 2, 1234560, NUMBER(12 2), 12345.60",
        "12, 2, -999999999999, NUMBER(12 2), -9999999999.99",
        "12, 2, 5, NUMBER(12 2), 0.05",
        "12, 2, -5, NUMBER(12 2), -0.05",
        "12, 2, 0, NUMBER(12 2), 0.00",
        "5, 0, -42, NUMBER(5 0), -42",
        "18, 18, 999999999999999999, NUMBER(18 18), 0.999999999999999999",
        "19, 0, 1000000000000000000, NUMBER(19 0), 1000000000000000000",
        "19, 0, -9223372036854775808, NUMBER(19 0), -9223372036854775808",
        "20, 4, 12345678901234561234, NUMBER(20 4), 1234567890123456.1234",
        "38, 0, 99999999999999999999999999999999999999, NUMBER(38 0), 99999999999999999999999999999999999999",
        "38, 0, -99999999999999999999999999999999999999, NUMBER(38 0), -99999999999999999999999999999999999999",
        "38, 37, 99999999999999999999999999999999999999, NUMBER(38 37), 9.9999999999999999999999999999999999999",
        "38, 37, 1, NUMBER(38 37), 0.0000000000000000000000000000000000001",
        "38, 30, -12345678901234567890, NUMBER(38 30), -0.000000000012345678901234567890",
        "3, 5, 999, NUMBER(5 5), 0.00999",
        ", 2, 123456, NUMBER(38 2), 1234.56",
    })
    void decimalsAreExact(@Nullable String precision, int scale, BigInteger unscaled, String sql, String text)
            throws Refused {
        ConnectSchema schema = decimal(precision, String.valueOf(scale));
        assertThat(FieldTypes.of(schema).column().sql()).isEqualTo(sql.replace(' ', ','));
        assertThat(cell(schema, bytes(unscaled.toByteArray()))).isEqualTo(text);
    }

    /** Connect allows more bytes than the number needs. */
    @Test
    void aDecimalMayCarrySignBytes() throws Refused {
        byte[] padded = new byte[12];
        padded[11] = 7;
        assertThat(cell(decimal("12", "2"), bytes(padded))).isEqualTo("0.07");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 2, 10000",
        "4, 2, -10000",
        ", 2, 100000000000000000000000000000000000000",
        "18, 0, 1000000000000000000"
    })
    void aDecimalOfMoreDigitsThanItsColumnIsRefused(@Nullable String precision, String scale, BigInteger unscaled) {
        assertRefused(Reason.UNREPRESENTABLE_VALUE, decimal(precision, scale), bytes(unscaled.toByteArray()));
    }

    @Test
    void anEvilDecimalIsRefusedWithoutBeingPrinted() {
        byte[] huge = new byte[4_000_000];
        huge[0] = 1;
        assertRefused(Reason.UNREPRESENTABLE_VALUE, decimal(null, "2"), bytes(huge));
        assertRefused(Reason.UNDECODABLE, decimal(null, "2"), bytes(new byte[0]));
    }

    @ParameterizedTest
    @CsvSource({"39, 0", "44, 2", "38, 38", "5, -2", ", 38", "x, 2", ","})
    void aDecimalTypeBeyondSnowflakesIsRefusedByName(@Nullable String precision, @Nullable String scale) {
        assertThatThrownBy(() -> FieldTypes.of(decimal(precision, scale)))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED_TYPE));
    }

    private static ConnectSchema decimal(@Nullable String precision, @Nullable String scale) {
        Map<String, String> parameters = new HashMap<>();
        if (precision != null) {
            parameters.put("connect.decimal.precision", precision);
        }
        if (scale != null) {
            parameters.put("scale", scale);
        }
        return ConnectSchema.of(ConnectSchema.Type.BYTES, DECIMAL, parameters);
    }

    private static Write bytes(byte[] bytes) {
        return (encoder, out) -> encoder.ofBytes(bytes, 0, bytes.length, out);
    }

    @Test
    void floatsAreShortestAtTheirOwnWidth() throws Refused {
        assertThat(floating("FLOAT32", 0.1f)).isEqualTo("0.1");
        assertThat(floating("FLOAT64", 0.1)).isEqualTo("0.1");
        assertThat(floating("FLOAT64", 0.1f)).isEqualTo("0.10000000149011612");
        assertThat(floating("FLOAT32", Float.MIN_VALUE)).isEqualTo("1.4E-45");
        assertThat(floating("FLOAT64", Double.MIN_VALUE)).isEqualTo("4.9E-324");
        assertThat(floating("FLOAT64", Double.MAX_VALUE)).isEqualTo("1.7976931348623157E308");
        assertThat(floating("FLOAT64", 2e23)).isEqualTo("2.0E23");
        assertThat(floating("FLOAT64", -0.0)).isEqualTo("-0.0");
        for (String type : new String[] {"FLOAT32", "FLOAT64"}) {
            assertThat(floating(type, Double.NaN)).isEqualTo("NaN");
            assertThat(floating(type, Double.POSITIVE_INFINITY)).isEqualTo("inf");
            assertThat(floating(type, Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
        }
    }

    /** Numbers of few decimals are written without a search; of all others, and at both ends of what stands without an exponent, nothing may change. */
    @Test
    void aFloatOfFewDecimalsIsWrittenAsAnyOther() throws Refused {
        Random random = new Random(3);
        for (int i = 0; i < 200_000; i++) {
            double decimal = random.nextInt(1 << 1 + random.nextInt(30)) / Math.pow(10, random.nextInt(9));
            double value = Math.scalb(decimal, random.nextInt(4)) * (random.nextBoolean() ? 1 : -1);
            for (double near : new double[] {value, Math.nextUp(value), (float) value, Math.nextUp((float) value)}) {
                assertThat(floating("FLOAT64", near)).isEqualTo(NumberOutput.toString(near, true));
                assertThat(floating("FLOAT32", (float) near)).isEqualTo(NumberOutput.toString((float) near, true));
            }
        }
        for (double edge : new double[] {0.001, 1e7, 9_999_999.999999, 1_000_000, 0.000999}) {
            for (double near : new double[] {Math.nextDown(edge), edge, Math.nextUp(edge)}) {
                assertThat(floating("FLOAT64", near)).isEqualTo(NumberOutput.toString(near, true));
            }
            for (float near : new float[] {Math.nextDown((float) edge), (float) edge, Math.nextUp((float) edge)}) {
                assertThat(floating("FLOAT32", near)).isEqualTo(NumberOutput.toString(near, true));
            }
        }
    }

    private static String floating(String type, double value) throws Refused {
        return cell(schema(type, ""), (encoder, out) -> encoder.ofDouble(value, out));
    }

    @Test
    void booleansBytesAndTexts() throws Refused {
        assertThat(cell(schema("BOOLEAN", ""), (encoder, out) -> encoder.ofBoolean(false, out)))
                .isEqualTo("false");
        assertThat(cell(schema("BYTES", ""), bytes(new byte[] {0, 127, -128, -1})))
                .isEqualTo("007F80FF");
        assertThat(cell(schema("BYTES", ""), bytes(new byte[0]))).isEmpty();
        assertThat(FieldTypes.of(schema("BYTES", "")).column().sql()).isEqualTo("BINARY(67108864)");
        assertThat(FieldTypes.of(schema("STRING", "io.debezium.data.Json"))
                        .column()
                        .sql())
                .isEqualTo("VARIANT");
        assertThat(FieldTypes.of(schema("STRING", "io.debezium.data.Uuid"))
                        .column()
                        .sql())
                .isEqualTo("VARCHAR(36)");
        assertThat(FieldTypes.of(schema("STRING", "io.debezium.data.Enum"))
                        .column()
                        .sql())
                .isEqualTo("VARCHAR(134217728)");
    }

    @Test
    void aTextIsNeverShortened() throws Refused {
        ConnectSchema uuid = schema("STRING", "io.debezium.data.Uuid");
        byte[] wide = "é".repeat(36).getBytes(StandardCharsets.UTF_8);
        assertThat(cell(uuid, (encoder, out) -> encoder.ofText(wide, 0, wide.length, out)))
                .hasSize(36);
        byte[] longer = "x".repeat(37).getBytes(StandardCharsets.UTF_8);
        assertRefused(
                Reason.UNREPRESENTABLE_VALUE, uuid, (encoder, out) -> encoder.ofText(longer, 0, longer.length, out));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"80", "C080", "E08080", "EDA080", "F4908080", "F8888080", "C3", "616161616161616180", "E282"})
    void textsThatAreNotUtf8AreDamage(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertRefused(
                Reason.UNDECODABLE,
                schema("STRING", ""),
                (encoder, out) -> encoder.ofText(bytes, 0, bytes.length, out));
    }

    @ParameterizedTest
    @CsvSource({
        "ARRAY, ''",
        "MAP, ''",
        "STRUCT, io.debezium.data.VariableScaleDecimal",
        "STRUCT, io.debezium.data.geometry.Point",
        "BYTES, io.debezium.data.Bits",
        "INT64, io.debezium.time.MicroDuration",
        "INT32, io.debezium.time.Timestamp",
        "INT64, org.apache.kafka.connect.data.Timestamp",
        "STRING, com.example.Unheard",
        "INT64, Avro logical type timestamp-micros",
        "UNION, ''",
    })
    void everythingElseIsRefusedByName(String type, String name) {
        assertThatThrownBy(() -> FieldTypes.of(schema(type, name)))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED_TYPE))
                .hasMessageContaining(name)
                .hasMessageMatching("(?s)no column type for .*: .*(exclude it|set ).*");
    }

    @Test
    void thirtyEightNinesAreTheGreatestNumber() throws Refused {
        assertThat(cell(decimal("38", "0"), bytes(new BigInteger(NINES).toByteArray())))
                .isEqualTo(NINES);
    }

    private static ConnectSchema arrayOf(ConnectSchema item) {
        return new ConnectSchema(ConnectSchema.Type.ARRAY, "", Map.of(), true, List.of(), List.of(item));
    }

    private static Write array(Write... items) {
        return (encoder, out) -> {
            Parts parts = encoder.ofParts();
            parts.begin(out);
            for (Write item : items) {
                item.to(parts.part(0), parts.buffer());
                parts.add(0, out);
            }
            parts.end(out);
        };
    }

    private static Write text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return (encoder, out) -> encoder.ofText(utf8, 0, utf8.length, out);
    }

    private static Write number(double value) {
        return (encoder, out) -> encoder.ofDouble(value, out);
    }

    @Test
    void anArrayIsJsonOfItsElementsTexts() throws Refused {
        ConnectSchema texts = arrayOf(schema("STRING", null));
        assertThat(cell(texts, array())).isEqualTo("[]");
        assertThat(cell(texts, array(text(""), text("\u0001\n\"\\é😀"), CellEncoder::ofNull)))
                .isEqualTo("[\"\",\"\\u0001\\u000a\\\"\\\\é😀\",null]");
        assertThat(cell(
                        arrayOf(schema("FLOAT64", null)),
                        array(number(0.1), number(-1e300), number(Double.NaN), number(Double.NEGATIVE_INFINITY))))
                .isEqualTo("[0.1,-1.0E300,\"NaN\",\"-inf\"]");
        assertThat(cell(arrayOf(schema("STRING", "io.debezium.data.Json")), array(text("{\"a\": [1]}"))))
                .isEqualTo("[{\"a\": [1]}]");
        assertThat(cell(arrayOf(arrayOf(schema("BOOLEAN", null))), array(array((e, out) -> e.ofBoolean(true, out)))))
                .isEqualTo("[[true]]");
        assertRefused(Reason.UNREPRESENTABLE_VALUE, texts, array(CellEncoder::ofNull, CellEncoder::ofNull));
        assertRefused(Reason.UNSUPPORTED_TYPE, arrayOf(schema("INT64", "io.debezium.time.MicroDuration")), array());
    }

    /** As Debezium's facts have it, type by type; only alone and in an update. */
    @Test
    void theArrayThatStandsForAnUnchangedOneIsKnownByItsElementsType() throws Refused {
        Write[] codes = "__debezium_unavailable_value"
                .chars()
                .mapToObj(code -> (Write) (encoder, out) -> encoder.ofLong(code, out))
                .toArray(Write[]::new);
        byte[] bytes = FieldTypes.PLACEHOLDER;
        Write binary = (encoder, out) -> encoder.ofBytes(bytes, 0, bytes.length, out);
        Map<ConnectSchema, Write> placeholders = Map.of(
                schema("STRING", null), array(text("__debezium_unavailable_value")),
                schema("STRING", "io.debezium.data.Json"), array(text("__debezium_unavailable_value")),
                schema("STRING", "io.debezium.data.Uuid"), array(text("b68a35a7-17ad-35b3-af2a-ae46edb4545a")),
                schema("BYTES", null), array(binary),
                schema("INT32", null), array(codes),
                schema("INT64", null), array(codes),
                schema("INT32", "io.debezium.time.Date"), array(codes));
        for (Map.Entry<ConnectSchema, Write> placeholder : placeholders.entrySet()) {
            FieldType type = FieldTypes.of(arrayOf(placeholder.getKey()));
            CellBuffer out = new CellBuffer();
            placeholder.getValue().to(type.updating(), out);
            assertThat(Decoded.cells(out.toBytes()))
                    .as(placeholder.getKey().described())
                    .isEqualTo("…");
            out.clear();
            placeholder.getValue().to(type.encoder(), out);
            assertThat(Decoded.cells(out.toBytes())).startsWith("[");
        }
        CellBuffer out = new CellBuffer();
        array(text("__debezium_unavailable_value"), text("x"))
                .to(FieldTypes.of(arrayOf(schema("STRING", null))).updating(), out);
        assertThat(Decoded.cells(out.toBytes())).isEqualTo("[\"__debezium_unavailable_value\",\"x\"]");
    }

    private static ConnectSchema bits(String length, String sourceType) {
        return ConnectSchema.of(
                ConnectSchema.Type.BYTES,
                "io.debezium.data.Bits",
                Map.of("length", length, "__debezium.source.column.type", sourceType));
    }

    /** Little-endian, and no more bytes than the highest bit needs. */
    @Test
    void bitsAreTheDigitsThatPostgresWrites() throws Refused {
        byte[] bytes = {0x05, 0x01};
        assertThat(cell(bits("12", "BIT"), (encoder, out) -> encoder.ofBytes(bytes, 0, 2, out)))
                .isEqualTo("000100000101");
        assertThat(cell(bits("3", "BIT"), (encoder, out) -> encoder.ofBytes(bytes, 0, 1, out)))
                .isEqualTo("101");
        assertRefused(Reason.UNDECODABLE, bits("8", "BIT"), (encoder, out) -> encoder.ofBytes(bytes, 0, 2, out));
        assertRefused(Reason.UNSUPPORTED_TYPE, bits("2147483647", ""), CellEncoder::ofNull);
        assertRefused(Reason.UNSUPPORTED_TYPE, bits("8", "VARBIT"), CellEncoder::ofNull);
        assertRefused(Reason.UNSUPPORTED_TYPE, bits("8", ""), CellEncoder::ofNull);
    }

    private static ConnectSchema variableScale() {
        ConnectSchema bytes = ConnectSchema.of(ConnectSchema.Type.BYTES);
        ConnectSchema scale = ConnectSchema.of(ConnectSchema.Type.INT32);
        return new ConnectSchema(
                ConnectSchema.Type.STRUCT,
                "io.debezium.data.VariableScaleDecimal",
                Map.of(),
                true,
                List.of(new ConnectSchema.Field("value", bytes), new ConnectSchema.Field("scale", scale)),
                List.of());
    }

    private static Write decimal(String unscaled, long scale) {
        byte[] bytes = new BigInteger(unscaled).toByteArray();
        return (encoder, out) -> {
            Parts parts = encoder.ofParts();
            parts.begin(out);
            parts.part(0).ofBytes(bytes, 0, bytes.length, parts.buffer());
            parts.add(0, out);
            parts.part(1).ofLong(scale, parts.buffer());
            parts.add(1, out);
            parts.end(out);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "-1, 3, -0.001",
        "15, -3, 15000",
        "123456789012345678901234567890123456789012345, 5, 1234567890123456789012345678901234567890.12345",
        "1, 16383, ''",
        "1, -131071, ''"
    })
    void aDecimalOfAnyScaleHasAllItsDigits(String unscaled, long scale, String text) throws Refused {
        String written = cell(variableScale(), decimal(unscaled, scale));
        if (text.isEmpty()) {
            assertThat(new java.math.BigDecimal(written))
                    .isEqualByComparingTo(new java.math.BigDecimal(new BigInteger(unscaled), (int) scale));
        } else {
            assertThat(written).isEqualTo(text);
        }
    }

    @Test
    void aDecimalThatPostgresCannotHaveIsRefused() {
        assertRefused(Reason.UNDECODABLE, variableScale(), decimal("1", 200_000));
        assertRefused(Reason.UNDECODABLE, variableScale(), decimal("1", Long.MIN_VALUE));
    }

    /** Whitespace, order and escapes are kept: the text is PostgreSQL's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"b\": 1,  \"a\":[1.50, {\"a\": null}], \"c\": \"\\u0041\\n\"}",
                "null",
                "\"text\"",
                " true ",
                "12345678901234567890123456789012345678",
                "-0.1234567890123456789012345678901234567",
                "[1e5, 1.5E-7, 1e308]",
                "[{\"a\":1},{\"a\":1}]"
            })
    void jsonIsKeptAsItIs(String json) throws Refused {
        assertThat(cell(schema("STRING", "io.debezium.data.Json"), text(json))).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'{\"a\":1,\"b\":{\"c\":1,\"c\":2}}', UNREPRESENTABLE_VALUE, has a key twice",
                "123456789012345678901234567890123456789, UNREPRESENTABLE_VALUE, a number in the JSON has 39 characters",
                "[0.12345678901234567890123456789012345678], UNREPRESENTABLE_VALUE, keeps 38 digits",
                "[1e400], UNREPRESENTABLE_VALUE, or a float64",
                "[1.00000000000000000001e5], UNREPRESENTABLE_VALUE, or a float64",
                "{, UNDECODABLE, the text is no JSON",
                "'[1] 2', UNDECODABLE, more than one value",
                "1 2, UNDECODABLE, more than one value",
                "'', UNDECODABLE, an empty text",
                "NaN, UNDECODABLE, the text is no JSON"
            })
    void jsonThatSnowflakeWouldRefuseOrBendIsRefusedAhead(String json, Reason reason, String detail) {
        assertThatThrownBy(() -> cell(schema("STRING", "io.debezium.data.Json"), text(json)))
                .hasMessageContaining(detail)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    }
}
