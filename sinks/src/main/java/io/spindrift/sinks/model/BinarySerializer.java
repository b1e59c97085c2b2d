package io.spindrift.sinks.model;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer for immutable values in a binary form of our own: a version byte, then the value. Evolution happens behind the version byte,
 * so state written by an older build is always read as it is.
 */
public abstract class BinarySerializer<T> extends TypeSerializer<T> {

    private static final long serialVersionUID = 1;

    private final String what;

    protected BinarySerializer(String what) {
        this.what = what;
    }

    protected abstract void write(T value, DataOutputView out) throws IOException;

    /** The version that {@link #write} writes, 1 to 255; {@link #read} knows it and all before. */
    protected int version() {
        return ModelFormat.VERSION;
    }

    /** Reads a value of the given format version. */
    protected abstract T read(int version, DataInputView in) throws IOException;

    @Override
    public final void serialize(T value, DataOutputView out) throws IOException {
        out.writeByte(version());
        write(value, out);
    }

    @Override
    public final T deserialize(DataInputView in) throws IOException {
        return read(ModelFormat.readVersion(in, what, version()), in);
    }

    @Override
    public final T deserialize(T reuse, DataInputView in) throws IOException {
        return deserialize(in);
    }

    @Override
    public final void copy(DataInputView from, DataOutputView to) throws IOException {
        serialize(deserialize(from), to);
    }

    @Override
    public final boolean isImmutableType() {
        return true;
    }

    @Override
    public final T copy(T value) {
        return value;
    }

    @Override
    public final T copy(T value, T reuse) {
        return value;
    }

    @Override
    public final int getLength() {
        return -1;
    }

    @Override
    public final boolean equals(Object other) {
        return other != null && other.getClass() == getClass();
    }

    @Override
    public final int hashCode() {
        return getClass().hashCode();
    }
}
