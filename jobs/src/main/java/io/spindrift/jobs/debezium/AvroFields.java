package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.List;

/** The fields of an Avro record: those of the common kinds are read, and stepped over, without asking their nodes. */
final class AvroFields {

    private static final int NEVER_NULL = -1;

    private final AvroNode[] nodes;
    private final Kind[] kinds;
    private final int[] nullChoices;

    private enum Kind {
        INT,
        LONG,
        DOUBLE,
        BOOLEAN,
        TEXT,
        BYTES,
        /** As its node says. */
        OTHER
    }

    AvroFields(List<AvroNode> fields) {
        nodes = new AvroNode[fields.size()];
        kinds = new Kind[fields.size()];
        nullChoices = new int[fields.size()];
        for (int i = 0; i < nodes.length; i++) {
            AvroNode node = fields.get(i);
            nullChoices[i] = NEVER_NULL;
            if (node instanceof AvroNode.OrNull optional) {
                nullChoices[i] = optional.nullChoice();
                node = optional.value();
            }
            nodes[i] = node;
            kinds[i] = kind(node);
        }
    }

    private static Kind kind(AvroNode node) {
        if (node instanceof AvroNode.Int32) {
            return Kind.INT;
        }
        if (node instanceof AvroNode.Int64) {
            return Kind.LONG;
        }
        if (node instanceof AvroNode.Float64) {
            return Kind.DOUBLE;
        }
        if (node instanceof AvroNode.Bool) {
            return Kind.BOOLEAN;
        }
        if (node instanceof AvroNode.Text) {
            return Kind.TEXT;
        }
        return node instanceof AvroNode.Bytes ? Kind.BYTES : Kind.OTHER;
    }

    int size() {
        return nodes.length;
    }

    void read(AvroInput in, int field, CellEncoder encoder, CellBuffer out) throws Refused {
        if (isNull(in, field)) {
            encoder.ofNull(out);
            return;
        }
        switch (kinds[field]) {
            case INT -> encoder.ofLong(in.readInt(), out);
            case LONG -> encoder.ofLong(in.readLong(), out);
            case DOUBLE -> encoder.ofDouble(in.readDouble(), out);
            case BOOLEAN -> encoder.ofBoolean(in.readBoolean(), out);
            case TEXT -> {
                int length = in.readLength();
                encoder.ofText(in.bytes(), in.take(length), length, out);
            }
            case BYTES -> {
                int length = in.readLength();
                encoder.ofBytes(in.bytes(), in.take(length), length, out);
            }
            case OTHER -> nodes[field].read(in, encoder, out);
        }
    }

    void skip(AvroInput in, int field) throws Refused {
        if (isNull(in, field)) {
            return;
        }
        switch (kinds[field]) {
            case INT -> in.readInt();
            case LONG -> in.readLong();
            case DOUBLE -> in.take(Double.BYTES);
            case BOOLEAN -> in.readBoolean();
            case TEXT, BYTES -> in.take(in.readLength());
            case OTHER -> nodes[field].skip(in);
        }
    }

    void skipAll(AvroInput in) throws Refused {
        for (int i = 0; i < nodes.length; i++) {
            skip(in, i);
        }
    }

    private boolean isNull(AvroInput in, int field) throws Refused {
        return nullChoices[field] != NEVER_NULL && in.readChoice(2) == nullChoices[field];
    }
}
