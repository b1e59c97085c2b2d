package io.spindrift.sinks.model;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that stand in savepoints. What fails here breaks every user's state: a new form is a new version beside the old one. */
class ModelFormatTest {

    private static final Position POSITION = new Position("shop.public.t", 3, 1234, 0x1_0000_0010L, 77, -1, false);
    private static final String POSITION_BYTES = "000d" + "73686f702e7075626c69632e74" // shop.public.t
            + "00000003" + "00000000000004d2" + "0000000100000010" + "000000000000004d" + "ffffffffffffffff" + "00";

    private static final TableShape SHAPE = new TableShape(
            new TableName("ALL_TYPES"),
            List.of(
                    new Column("ID", new ColumnType.Number(38, 37), true),
                    new Column("B", new ColumnType.Bool(), false),
                    new Column("D", new ColumnType.Double(), false),
                    new Column("T", new ColumnType.Text(134_217_728), false),
                    new Column("X", new ColumnType.Binary(67_108_864), false),
                    new Column("DAY", new ColumnType.Date(), false),
                    new Column("TI", new ColumnType.Time(6), false),
                    new Column("N", new ColumnType.TimestampNtz(9), false),
                    new Column("Z", new ColumnType.TimestampTz(0), false),
                    new Column("Grün", new ColumnType.Variant(), false)));
    private static final String SHAPE_BYTES = "0009" + "414c4c5f5459504553" + "000a" // ALL_TYPES, 10 columns
            + "0002" + "4944" + "02" + "00000026" + "00000025" + "01" // ID
            + "0001" + "42" + "01" + "00000000" + "00000000" + "00"
            + "0001" + "44" + "03" + "00000000" + "00000000" + "00"
            + "0001" + "54" + "04" + "08000000" + "00000000" + "00"
            + "0001" + "58" + "05" + "04000000" + "00000000" + "00"
            + "0003" + "444159" + "06" + "00000000" + "00000000" + "00"
            + "0002" + "5449" + "07" + "00000006" + "00000000" + "00"
            + "0001" + "4e" + "08" + "00000009" + "00000000" + "00"
            + "0001" + "5a" + "09" + "00000000" + "00000000" + "00"
            + "0005" + "4772c3bc6e" + "0a" + "00000000" + "00000000" + "00";

    private static final RowKey KEY = new RowKey(new TableName("T"), new byte[] {3, '1'});
    private static final String KEY_BYTES = "0001" + "54" + "00000002" + "0331";

    private static final DeadLetter LETTER = new DeadLetter(
            "top",
            1,
            2,
            -3,
            DeadLetter.Reason.UNDECODABLE,
            "why",
            null,
            new byte[0],
            List.of(new DeadLetter.Header("h", new byte[] {9}), new DeadLetter.Header("n", null)));

    private record Golden<T>(TypeInformation<T> type, T value, String bytes) {
        @Override
        public String toString() {
            return value.getClass().getSimpleName();
        }
    }

    static Stream<Golden<?>> goldens() {
        return Stream.of(
                event(
                        new RowChange(KEY, 0x0102030405060708L, Operation.UPDATE, POSITION, new byte[] {0, 1, 2}, true),
                        "01" + KEY_BYTES + "0102030405060708" + "75" + "01" + POSITION_BYTES + "00000003" + "000102"),
                event(
                        new RowChange(
                                KEY,
                                9,
                                Operation.UPDATE,
                                POSITION,
                                new byte[] {1, 1},
                                false,
                                List.of(
                                        new RowChange.LeftOut("A", RowChange.LeftOut.NO_DOUBT),
                                        new RowChange.LeftOut("B", 25))),
                        "01" + KEY_BYTES + "0000000000000009" + "75" + "02" + POSITION_BYTES + "00000002" + "0101"
                                + "0002" + "0001" + "41" + "7fffffff" + "0001" + "42" + "00000019"),
                event(new TableTruncated(new TableName("T"), POSITION), "02" + "0001" + "54" + POSITION_BYTES),
                event(new ShapeAnnounced(SHAPE), "03" + SHAPE_BYTES),
                event(
                        LETTER,
                        "04" + "0003" + "746f70" + "00000001" + "0000000000000002" + "fffffffffffffffd" + "000b"
                                + "554e4445434f4441424c45" + "00000003" + "776879" + "ffffffff" + "00000000"
                                + "00000002" + "00000001" + "68" + "00000001" + "09" + "00000001" + "6e"
                                + "ffffffff"),
                event(new RecordSkipped("top", 1, 2), "05" + "0003" + "746f70" + "00000001" + "0000000000000002"),
                event(
                        new SourceProgress("top", 1, "id", -1, 2, 3),
                        "06" + "0003" + "746f70" + "00000001" + "0002" + "6964" + "ffffffffffffffff"
                                + "0000000000000002" + "0000000000000003"),
                event(new RecordsRead(9, 2), "07" + "0000000000000009" + "0000000000000002"),
                event(
                        new ShapeAnnounced(
                                new TableShape(
                                        new TableName("T"), List.of(new Column("B", new ColumnType.Bool(), false))),
                                KEY),
                        "08" + "0001" + "54" + "0001" + "0001" + "42" + "01" + "00000000" + "00000000" + "00"
                                + KEY_BYTES),
                event(
                        new DeadLetter(
                                "t", 1, 2, 3, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of(), KEY.table()),
                        "09" + "0001" + "54" + "0001" + "74" + "00000001" + "0000000000000002" + "0000000000000003"
                                + "000b" + "554e4445434f4441424c45" + "00000000" + "ffffffff" + "ffffffff"
                                + "00000000"),
                new Golden<>(ModelTypes.ROW_KEY, KEY, "02" + KEY_BYTES),
                new Golden<>(
                        ModelTypes.ROW_KEY,
                        RowKey.ofRecord(new TableName("T"), POSITION, new CellBuffer()),
                        "02" + "0001" + "54" + "00000016" + "00" + "0f" + "73686f702e7075626c69632e74" + "03" + "33"
                                + "06" + "31323334"),
                new Golden<>(
                        ModelTypes.TABLE_SHAPE,
                        new TableShape(new TableName("T"), List.of(new Column("B", new ColumnType.Bool(), false))),
                        "02" + "0001" + "54" + "0001" + "0001" + "42" + "01" + "00000000" + "00000000" + "00"),
                new Golden<>(ModelTypes.POSITION, POSITION, "02" + POSITION_BYTES),
                new Golden<>(
                        ModelTypes.POSITION,
                        new Position("x", 0, 0, Position.NONE, Position.NONE, 1, true),
                        "02" + "0001" + "78" + "00000000" + "0000000000000000" + "ffffffffffffffff" + "ffffffffffffffff"
                                + "0000000000000001" + "01"),
                new Golden<>(
                        ModelTypes.POSITION,
                        new Position("x", 0, 0, Position.NONE, Position.NONE, 1, false, true),
                        "02" + "0001" + "78" + "00000000" + "0000000000000000" + "ffffffffffffffff" + "ffffffffffffffff"
                                + "0000000000000001" + "02"),
                new Golden<>(ModelTypes.TABLE_SHAPE, SHAPE, "02" + SHAPE_BYTES));
    }

    private static Golden<ChangeEvent> event(ChangeEvent event, String bytes) {
        return new Golden<>(ModelTypes.CHANGE_EVENT, event, "02" + bytes);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void aValueHasItsBytes(Golden<T> golden) throws IOException {
        assertThat(write(serializer(golden.type()), golden.value())).isEqualTo(golden.bytes());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void theBytesAreTheValueAgain(Golden<T> golden) throws IOException {
        TypeSerializer<T> serializer = serializer(golden.type());
        T read = read(serializer, golden.bytes());
        assertThat(read).usingRecursiveComparison().isEqualTo(golden.value());
        // The serializer keeps names: the second value must not be the first one's.
        assertThat(read(serializer, golden.bytes())).usingRecursiveComparison().isEqualTo(golden.value());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void copyingBytesChangesNothing(Golden<T> golden) throws IOException {
        DataOutputSerializer copy = new DataOutputSerializer(64);
        serializer(golden.type()).copy(input(golden.bytes()), copy);
        assertThat(HexFormat.of().formatHex(copy.getCopyOfBuffer())).isEqualTo(golden.bytes());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void aSerializerOfAnotherJvmReadsTheSame(Golden<T> golden) throws Exception {
        TypeSerializer<T> shipped = InstantiationUtil.clone(serializer(golden.type()));
        assertThat(read(shipped, golden.bytes())).usingRecursiveComparison().isEqualTo(golden.value());
        assertThat(shipped).isEqualTo(serializer(golden.type()));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void anUnknownVersionIsRefused(Golden<T> golden) {
        assertThatThrownBy(() ->
                        read(serializer(golden.type()), "03" + golden.bytes().substring(2)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(
                        "was written in format 3; this build reads up to 2. Restore it with the build that wrote it.");
    }

    /** Version 2 has only added what a row leaves out. */
    @ParameterizedTest
    @MethodSource("goldens")
    <T> void theBytesOfVersion1AreTheValueToo(Golden<T> golden) throws IOException {
        T read = read(serializer(golden.type()), "01" + golden.bytes().substring(2));
        assertThat(read).usingRecursiveComparison().isEqualTo(golden.value());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    <T> void aValueCutShortIsRefused(Golden<T> golden) {
        String bytes = golden.bytes();
        assertThatThrownBy(() -> read(serializer(golden.type()), bytes.substring(0, bytes.length() - 2)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void everyKindOfEventAndTypeStandsAmongTheGoldenBytes() {
        Set<Class<?>> values =
                goldens().map(golden -> golden.value().getClass()).collect(toSet());
        assertThat(values).contains(ChangeEvent.class.getPermittedSubclasses());
        Set<Class<?>> types =
                SHAPE.columns().stream().map(column -> column.type().getClass()).collect(toSet());
        assertThat(types).contains(ColumnType.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @CsvSource({
        "010a, 'unknown tag 10 of a change event: written by a newer build, or not ours'",
        "010300015400010001420b0000000000000000, 'unknown tag 11 of a column type: written by a newer build, or not ours'"
    })
    void anUnknownTagIsRefused(String bytes, String message) {
        assertThatThrownBy(() -> read(serializer(ModelTypes.CHANGE_EVENT), bytes))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
    }

    @Test
    void anUnknownOperationIsRefused() {
        String bytes = "01" + "01" + KEY_BYTES + "0102030405060708" + "78" + "01" + POSITION_BYTES + "00000000";
        assertThatThrownBy(() -> read(serializer(ModelTypes.CHANGE_EVENT), bytes))
                .hasMessage("unknown operation 'x': known are r, c, u, d, t");
    }

    /** The name cache finds both in one place. */
    @Test
    void namesOfOneHashAreToldApart() throws IOException {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        TypeSerializer<RowKey> serializer = serializer(ModelTypes.ROW_KEY);
        for (String name : List.of("Aa", "BB", "Aa")) {
            RowKey key = new RowKey(new TableName(name), new byte[0]);
            assertThat(read(serializer, write(serializer, key))).isEqualTo(key);
        }
    }

    @Test
    void aNameThatItsLengthCannotSayIsRefused() {
        DeadLetter letter =
                new DeadLetter("t".repeat(70_000), 0, 0, 0, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of());
        assertThatThrownBy(() -> write(serializer(ModelTypes.CHANGE_EVENT), letter))
                .hasMessage("a name of 70000 bytes, at most 65535 can be written");
    }

    /** Kafka sets no limit to a header's name. */
    @Test
    void aDeadLetterKeepsAHeaderWithALongName() throws IOException {
        DeadLetter.Header header = new DeadLetter.Header("h".repeat(70_000), new byte[] {1});
        DeadLetter letter =
                new DeadLetter("t", 0, 0, 0, DeadLetter.Reason.UNDECODABLE, "", null, null, List.of(header));
        TypeSerializer<ChangeEvent> serializer = serializer(ModelTypes.CHANGE_EVENT);
        assertThat(read(serializer, write(serializer, letter)))
                .usingRecursiveComparison()
                .isEqualTo(letter);
    }

    @Test
    void codesOfOperationsArePromises() {
        Map<Operation, Character> codes = new HashMap<>();
        for (Operation operation : Operation.values()) {
            codes.put(operation, operation.code());
            assertThat(Operation.ofCode(operation.code())).isEqualTo(operation);
        }
        assertThat(codes)
                .isEqualTo(Map.of(
                        Operation.READ, 'r',
                        Operation.CREATE, 'c',
                        Operation.UPDATE, 'u',
                        Operation.DELETE, 'd',
                        Operation.TRUNCATE, 't'));
    }

    /** Rows in flight and in state name their shape by this number. */
    @Test
    void aShapesFingerprintIsTheSameInEveryBuild() {
        assertThat(SHAPE.fingerprint()).isEqualTo(0xb6c4b36d34153793L);
        assertThat(new TableShape(SHAPE.table(), SHAPE.columns().subList(0, 9)).fingerprint())
                .isNotEqualTo(SHAPE.fingerprint());
    }

    /** Flink assigns key groups by this number: another one after a restore is another subtask's state. */
    @Test
    void aKeysHashIsTheSameInEveryJvm() {
        assertThat(KEY.hashCode()).isEqualTo(3707);
        assertThat(new RowKey(new TableName("ORDERS"), "\u0007hello".getBytes(StandardCharsets.UTF_8)).hashCode())
                .isEqualTo(697943591);
    }

    @Test
    void keysAreEqualByTableAndCells() {
        assertThat(new RowKey(new TableName("T"), new byte[] {3, '1'})).isEqualTo(KEY);
        assertThat(new RowKey(new TableName("U"), new byte[] {3, '1'})).isNotEqualTo(KEY);
        assertThat(new RowKey(new TableName("T"), new byte[] {3, '2'})).isNotEqualTo(KEY);
    }

    static Stream<TypeInformation<?>> types() {
        return Stream.of(ModelTypes.CHANGE_EVENT, ModelTypes.ROW_KEY, ModelTypes.TABLE_SHAPE, ModelTypes.POSITION);
    }

    @ParameterizedTest
    @MethodSource("types")
    <T> void aSerializerIsFoundAgainFromItsSnapshot(TypeInformation<T> type) throws IOException {
        TypeSerializer<T> serializer = serializer(type);
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        TypeSerializerSnapshot<T> restored =
                TypeSerializerSnapshot.readVersionedSnapshot(in, getClass().getClassLoader());
        assertThat(restored.restoreSerializer()).isEqualTo(serializer);
        assertThat(serializer
                        .snapshotConfiguration()
                        .resolveSchemaCompatibility(restored)
                        .isCompatibleAsIs())
                .isTrue();
    }

    /** Savepoints name them. */
    @Test
    void theSnapshotsClassNamesArePromises() {
        assertThat(types().map(type ->
                        serializer(type).snapshotConfiguration().getClass().getName()))
                .containsExactly(
                        "io.spindrift.sinks.model.ModelTypes$ChangeEventSerializer$Snapshot",
                        "io.spindrift.sinks.model.ModelTypes$RowKeySerializer$Snapshot",
                        "io.spindrift.sinks.model.ModelTypes$TableShapeSerializer$Snapshot",
                        "io.spindrift.sinks.model.ModelTypes$PositionSerializer$Snapshot");
    }

    /** Flink gives each thread a duplicate; a shared name cache would mix two threads' names. */
    @Test
    void serializersThatKeepNamesAreDuplicatedWithoutThem() {
        assertThat(serializer(ModelTypes.CHANGE_EVENT)).isNotSameAs(serializer(ModelTypes.CHANGE_EVENT));
        assertThat(serializer(ModelTypes.ROW_KEY)).isNotSameAs(serializer(ModelTypes.ROW_KEY));
        TypeSerializer<RowKey> keys = serializer(ModelTypes.ROW_KEY);
        assertThat(keys.duplicate()).isNotSameAs(keys).isEqualTo(keys);
    }

    private static <T> TypeSerializer<T> serializer(TypeInformation<T> type) {
        return type.createSerializer(new SerializerConfigImpl());
    }

    private static <T> String write(TypeSerializer<T> serializer, T value) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(value, out);
        return HexFormat.of().formatHex(out.getCopyOfBuffer());
    }

    private static <T> T read(TypeSerializer<T> serializer, String bytes) throws IOException {
        DataInputDeserializer in = input(bytes);
        T value = serializer.deserialize(in);
        assertThat(in.available()).as("bytes left over").isZero();
        return value;
    }

    private static DataInputDeserializer input(String bytes) {
        return new DataInputDeserializer(HexFormat.of().parseHex(bytes));
    }
}
