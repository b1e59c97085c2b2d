package io.spindrift.jobs.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.Position;
import java.io.IOException;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One of these stands in a savepoint for every row of the source. */
class RowStateTest {

    private static final Position READ = new Position("t", 3, 9, 0x100, 77, -2, true);
    private static final String READ_BYTES = "000174" + "00000003" + "0000000000000009" + "0000000000000100"
            + "000000000000004d" + "fffffffffffffffe" + "01";
    private static final Position STREAMED = new Position("t", 3, 8, 0x101, 78, -3, false);
    private static final String STREAMED_BYTES = "000174" + "00000003" + "0000000000000008" + "0000000000000101"
            + "000000000000004e" + "fffffffffffffffd" + "00";

    private final TypeSerializer<RowState> serializer = RowState.TYPE.createSerializer(new SerializerConfigImpl());

    static Stream<Arguments> goldens() {
        return Stream.of(
                Arguments.of(
                        new RowState(READ, null, false, Position.NONE, 0x0102, new byte[] {0, 3, 'x'}),
                        "02" + READ_BYTES + "00" + "00" + "ffffffffffffffff" + "0000000000000102" + "00000003"
                                + "000378"),
                Arguments.of(
                        new RowState(STREAMED, STREAMED, true, 78, -1, null),
                        "02" + STREAMED_BYTES + "01" + "000000000000004e" + "ffffffffffffffff" + "ffffffff"),
                Arguments.of(
                        new RowState(READ, STREAMED, false, Position.NONE, -1, null),
                        "02" + READ_BYTES + "01" + STREAMED_BYTES + "00" + "ffffffffffffffff" + "ffffffffffffffff"
                                + "ffffffff"));
    }

    /** A row without cells counts as deleted: nothing is then made up for it. */
    static Stream<Arguments> goldensOfVersion1() {
        return Stream.of(
                Arguments.of(
                        new RowState(READ, null, false, Position.NONE, 0x0102, new byte[] {0, 3, 'x'}),
                        "01" + READ_BYTES + "00" + "0000000000000102" + "00000003" + "000378"),
                Arguments.of(
                        new RowState(STREAMED, STREAMED, true, Position.NONE, -1, null),
                        "01" + STREAMED_BYTES + "ffffffffffffffff" + "ffffffff"),
                Arguments.of(
                        new RowState(READ, STREAMED, true, Position.NONE, -1, null),
                        "01" + READ_BYTES + "01" + STREAMED_BYTES + "ffffffffffffffff" + "ffffffff"));
    }

    @ParameterizedTest
    @MethodSource("goldensOfVersion1")
    void aStateOfVersion1IsRead(RowState state, String bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(HexFormat.of().parseHex(bytes));
        assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(state);
        assertThat(in.available()).isZero();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void aRowsStateHasItsBytes(RowState state, String bytes) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(state, out);
        assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer())).isEqualTo(bytes);
        DataInputDeserializer in = new DataInputDeserializer(HexFormat.of().parseHex(bytes));
        assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(state);
        assertThat(in.available()).isZero();
    }

    @Test
    void anUnknownVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(new DataInputDeserializer(new byte[] {3, 0, 0})))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "a row's state was written in format 3; this build reads up to 2. Restore it with the build that wrote it.");
    }

    @Test
    void theSerializerIsFoundAgainFromItsSnapshot() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        assertThat(in.readUTF()).isEqualTo("io.spindrift.jobs.order.RowState$RowStateSerializer$Snapshot");
        in.setBuffer(out.getCopyOfBuffer());
        TypeSerializerSnapshot<RowState> restored =
                TypeSerializerSnapshot.readVersionedSnapshot(in, getClass().getClassLoader());
        assertThat(restored.restoreSerializer()).isEqualTo(serializer);
    }
}
