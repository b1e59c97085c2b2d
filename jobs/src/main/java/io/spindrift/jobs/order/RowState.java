package io.spindrift.jobs.order;

import io.spindrift.sinks.model.BinarySerializer;
import io.spindrift.sinks.model.BinaryTypeInfo;
import io.spindrift.sinks.model.ModelFormat;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
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
 * @param deleted the last applied change was a delete
 * @param replacedIn the transaction that put another row in the place of a living one, and has not deleted that yet; or {@link Position#NONE}
 * @param shape of the cells
 * @param cells null when the row is deleted, or too small for PostgreSQL to have moved a value out of it; a cell that no change has told yet is
 *     unchanged
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record RowState(
        Position position,
        @Nullable Position lastStreamed,
        boolean deleted,
        long replacedIn,
        long shape,
        byte @Nullable [] cells) {

    public static final TypeInformation<RowState> TYPE = new BinaryTypeInfo<>(RowState.class, new RowStateSerializer());

    // Written out, not compact: NullAway on JDK 17 reads a nullable array only from an explicit parameter.
    public RowState(
            Position position,
            @Nullable Position lastStreamed,
            boolean deleted,
            long replacedIn,
            long shape,
            byte @Nullable [] cells) {
        this.position = position;
        this.lastStreamed = lastStreamed;
        this.deleted = deleted;
        this.replacedIn = replacedIn;
        this.shape = shape;
        this.cells = cells;
    }

    /**
     * The state of a row whose last state was the given one, once a change was applied.
     *
     * @param cells null when they need not be kept
     */
    static RowState after(@Nullable RowState last, RowChange applied, byte @Nullable [] cells) {
        Position position = applied.position();
        boolean replaces = applied.operation() == Operation.CREATE && last != null && !last.deleted;
        return new RowState(
                position,
                position.snapshot() ? (last == null ? null : last.lastStreamed) : position,
                applied.operation() == Operation.DELETE,
                replaces ? position.txId() : Position.NONE,
                applied.shape(),
                cells);
    }

    /** The row went with all others of its table. */
    RowState truncated() {
        return new RowState(position, lastStreamed, true, Position.NONE, shape, null);
    }

    /** A deferrable key was swapped: the transaction that has put a row here now deletes the one that was here before. */
    boolean isOfReplacedRow(RowChange delete) {
        return delete.operation() == Operation.DELETE
                && replacedIn != Position.NONE
                && replacedIn == delete.position().txId();
    }

    /** The replaced row was deleted: this one stays. */
    RowState withoutReplaced(Position delete) {
        return new RowState(delete, delete, false, Position.NONE, shape, cells);
    }

    public static final class RowStateSerializer extends BinarySerializer<RowState> {
        private static final long serialVersionUID = 1;

        public RowStateSerializer() {
            super("a row's state");
        }

        @Override
        public RowState createInstance() {
            Position nowhere = new Position("none", 0, 0, Position.NONE, Position.NONE, 0, false);
            return new RowState(nowhere, nowhere, false, Position.NONE, 0, null);
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
            out.writeBoolean(value.deleted());
            out.writeLong(value.replacedIn());
            out.writeLong(value.shape());
            ModelFormat.writeNullableBytes(value.cells(), out);
        }

        @Override
        protected RowState read(int version, DataInputView in) throws IOException {
            Position position = ModelFormat.readPosition(in);
            Position lastStreamed =
                    position.snapshot() ? (in.readBoolean() ? ModelFormat.readPosition(in) : null) : position;
            return version == 1
                    ? ofVersion1(position, lastStreamed, in.readLong(), ModelFormat.readNullableBytes(in))
                    : new RowState(
                            position,
                            lastStreamed,
                            in.readBoolean(),
                            in.readLong(),
                            in.readLong(),
                            ModelFormat.readNullableBytes(in));
        }

        /** A row without cells may have been deleted, or small: taken for deleted, as nothing is made up for such a row. */
        private static RowState ofVersion1(
                Position position, @Nullable Position lastStreamed, long shape, byte @Nullable [] cells) {
            return new RowState(position, lastStreamed, cells == null, Position.NONE, shape, cells);
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
