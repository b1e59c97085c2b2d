package io.spindrift.jobs.order;

import io.spindrift.sinks.model.BinarySerializer;
import io.spindrift.sinks.model.BinaryTypeInfo;
import io.spindrift.sinks.model.ModelFormat;
import io.spindrift.sinks.model.Position;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a row: the position of its last applied change, and its cells where a later change may leave some of them out.
 *
 * @param lastStreamed the last applied change that is no snapshot read: {@code position}, or one before it, or none
 * @param shape of the cells
 * @param cells null when the row is deleted, or too small for PostgreSQL to have moved a value out of it
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record RowState(Position position, @Nullable Position lastStreamed, long shape, byte @Nullable [] cells) {

    public static final TypeInformation<RowState> TYPE = new BinaryTypeInfo<>(RowState.class, new RowStateSerializer());

    // Written out, not compact: NullAway on JDK 17 reads a nullable array only from an explicit parameter.
    public RowState(Position position, @Nullable Position lastStreamed, long shape, byte @Nullable [] cells) {
        this.position = position;
        this.lastStreamed = lastStreamed;
        this.shape = shape;
        this.cells = cells;
    }

    /** The state of a row whose last state was the given one, once a change was applied. */
    static RowState after(@Nullable RowState last, Position applied, long shape, byte @Nullable [] cells) {
        Position lastStreamed = applied.snapshot() ? (last == null ? null : last.lastStreamed) : applied;
        return new RowState(applied, lastStreamed, shape, cells);
    }

    public static final class RowStateSerializer extends BinarySerializer<RowState> {
        private static final long serialVersionUID = 1;

        public RowStateSerializer() {
            super("a row's state");
        }

        @Override
        public RowState createInstance() {
            return after(null, new Position("none", 0, 0, Position.NONE, Position.NONE, 0, false), 0, null);
        }

        @Override
        public TypeSerializer<RowState> duplicate() {
            return this;
        }

        @Override
        protected void write(RowState value, DataOutputView out) throws IOException {
            ModelFormat.writePosition(value.position(), out);
            if (value.position().snapshot()) {
                out.writeBoolean(value.lastStreamed() != null);
                if (value.lastStreamed() != null) {
                    ModelFormat.writePosition(value.lastStreamed(), out);
                }
            }
            out.writeLong(value.shape());
            ModelFormat.writeNullableBytes(value.cells(), out);
        }

        @Override
        protected RowState read(int version, DataInputView in) throws IOException {
            Position position = ModelFormat.readPosition(in);
            Position lastStreamed =
                    position.snapshot() ? (in.readBoolean() ? ModelFormat.readPosition(in) : null) : position;
            return new RowState(position, lastStreamed, in.readLong(), ModelFormat.readNullableBytes(in));
        }

        @Override
        public TypeSerializerSnapshot<RowState> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<RowState> {
            public Snapshot() {
                super(RowStateSerializer::new);
            }
        }
    }
}
