package io.spindrift.sinks.model;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Flink's view of the model: the types of its edges and of its state. Class names here stand in savepoints. */
public final class ModelTypes {

    public static final TypeInformation<ChangeEvent> CHANGE_EVENT =
            new BinaryTypeInfo<>(ChangeEvent.class, new ChangeEventSerializer());
    public static final TypeInformation<RowKey> ROW_KEY = new BinaryTypeInfo<>(RowKey.class, new RowKeySerializer());
    public static final TypeInformation<TableShape> TABLE_SHAPE =
            new BinaryTypeInfo<>(TableShape.class, new TableShapeSerializer());
    public static final TypeInformation<Position> POSITION =
            new BinaryTypeInfo<>(Position.class, new PositionSerializer());

    private ModelTypes() {}

    public static final class ChangeEventSerializer extends BinarySerializer<ChangeEvent> {
        private static final long serialVersionUID = 1;

        private transient NameCache names = new NameCache();

        public ChangeEventSerializer() {
            super("a change event");
        }

        @Override
        public ChangeEvent createInstance() {
            return EmptyValues.DEAD_LETTER;
        }

        @Override
        public TypeSerializer<ChangeEvent> duplicate() {
            return new ChangeEventSerializer();
        }

        @Override
        protected void write(ChangeEvent value, DataOutputView out) throws IOException {
            ModelFormat.writeEvent(value, out);
        }

        @Override
        protected ChangeEvent read(int version, DataInputView in) throws IOException {
            return ModelFormat.readEvent(in, names);
        }

        private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            names = new NameCache();
        }

        @Override
        public TypeSerializerSnapshot<ChangeEvent> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<ChangeEvent> {
            public Snapshot() {
                super(ChangeEventSerializer::new);
            }
        }
    }

    public static final class RowKeySerializer extends BinarySerializer<RowKey> {
        private static final long serialVersionUID = 1;

        private transient NameCache names = new NameCache();

        public RowKeySerializer() {
            super("a row key");
        }

        @Override
        public RowKey createInstance() {
            return EmptyValues.ROW_KEY;
        }

        @Override
        public TypeSerializer<RowKey> duplicate() {
            return new RowKeySerializer();
        }

        @Override
        protected void write(RowKey value, DataOutputView out) throws IOException {
            ModelFormat.writeKey(value, out);
        }

        @Override
        protected RowKey read(int version, DataInputView in) throws IOException {
            return ModelFormat.readKey(in, names);
        }

        private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            names = new NameCache();
        }

        @Override
        public TypeSerializerSnapshot<RowKey> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<RowKey> {
            public Snapshot() {
                super(RowKeySerializer::new);
            }
        }
    }

    public static final class TableShapeSerializer extends BinarySerializer<TableShape> {
        private static final long serialVersionUID = 1;

        public TableShapeSerializer() {
            super("a table shape");
        }

        @Override
        public TableShape createInstance() {
            return EmptyValues.SHAPE;
        }

        @Override
        public TypeSerializer<TableShape> duplicate() {
            return this;
        }

        @Override
        protected void write(TableShape value, DataOutputView out) throws IOException {
            ModelFormat.writeShape(value, out);
        }

        @Override
        protected TableShape read(int version, DataInputView in) throws IOException {
            return ModelFormat.readShape(in);
        }

        @Override
        public TypeSerializerSnapshot<TableShape> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<TableShape> {
            public Snapshot() {
                super(TableShapeSerializer::new);
            }
        }
    }

    public static final class PositionSerializer extends BinarySerializer<Position> {
        private static final long serialVersionUID = 1;

        public PositionSerializer() {
            super("a position");
        }

        @Override
        public Position createInstance() {
            return EmptyValues.POSITION;
        }

        @Override
        public TypeSerializer<Position> duplicate() {
            return this;
        }

        @Override
        protected void write(Position value, DataOutputView out) throws IOException {
            ModelFormat.writePosition(value, out);
        }

        @Override
        protected Position read(int version, DataInputView in) throws IOException {
            return ModelFormat.readPosition(in);
        }

        @Override
        public TypeSerializerSnapshot<Position> snapshotConfiguration() {
            return new Snapshot();
        }

        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Position> {
            public Snapshot() {
                super(PositionSerializer::new);
            }
        }
    }
}
