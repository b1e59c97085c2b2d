package io.spindrift.sinks.model;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The binary forms of the model: in the shuffle, in state and in committables. Tags are written, never ordinals. A change here is a change
 * of {@link #VERSION}; readers keep every version that a savepoint may hold.
 */
public final class ModelFormat {

    /** Written ahead of every value that can reach a savepoint. */
    public static final int VERSION = 2;

    private static final int OLDEST_VERSION = 1;

    private static final int ROW = 1;
    private static final int TRUNCATED = 2;
    private static final int SHAPE = 3;
    private static final int DEAD_LETTER = 4;
    private static final int SKIPPED = 5;
    private static final int PROGRESS = 6;
    private static final int RECORDS_READ = 7;
    private static final int SHAPE_AHEAD = 8;
    private static final int DEAD_LETTER_OF_TABLE = 9;

    private static final int BOOL = 1;
    private static final int NUMBER = 2;
    private static final int DOUBLE = 3;
    private static final int TEXT = 4;
    private static final int BINARY = 5;
    private static final int DATE = 6;
    private static final int TIME = 7;
    private static final int TIMESTAMP_NTZ = 8;
    private static final int TIMESTAMP_TZ = 9;
    private static final int VARIANT = 10;

    private static final int FLAG_SNAPSHOT = 1;
    private static final int FLAG_REPLAYED = 2;

    /** Also what version 1 wrote of a row, as a boolean. */
    private static final int FLAG_SUPERSEDED = 1;

    private static final int FLAG_LEFT_OUT = 2;

    private ModelFormat() {}

    /**
     * Fails on a version that this build does not know.
     *
     * @param newest that it does
     */
    static int readVersion(DataInput in, String what, int newest) throws IOException {
        int version = in.readUnsignedByte();
        if (version < OLDEST_VERSION || version > newest) {
            throw new IOException(
                    "%s was written in format %d; this build reads up to %d. Restore it with the build that wrote it."
                            .formatted(what, version, newest));
        }
        return version;
    }

    static void writeEvent(ChangeEvent event, DataOutput out) throws IOException {
        if (event instanceof RowChange row) {
            out.writeByte(ROW);
            writeRow(row, out);
        } else if (event instanceof TableTruncated truncated) {
            out.writeByte(TRUNCATED);
            NameCache.write(truncated.table().value(), out);
            writePosition(truncated.position(), out);
        } else if (event instanceof ShapeAnnounced announced) {
            out.writeByte(announced.aheadOf() == null ? SHAPE : SHAPE_AHEAD);
            writeShape(announced.shape(), out);
            if (announced.aheadOf() != null) {
                writeKey(announced.aheadOf(), out);
            }
        } else if (event instanceof DeadLetter letter) {
            out.writeByte(letter.table() == null ? DEAD_LETTER : DEAD_LETTER_OF_TABLE);
            if (letter.table() != null) {
                NameCache.write(letter.table().value(), out);
            }
            writeDeadLetter(letter, out);
        } else if (event instanceof RecordSkipped skipped) {
            out.writeByte(SKIPPED);
            NameCache.write(skipped.topic(), out);
            out.writeInt(skipped.partition());
            out.writeLong(skipped.offset());
        } else if (event instanceof SourceProgress progress) {
            out.writeByte(PROGRESS);
            writeProgress(progress, out);
        } else if (event instanceof RecordsRead read) {
            out.writeByte(RECORDS_READ);
            out.writeLong(read.records());
            out.writeLong(read.ignored());
        }
    }

    static ChangeEvent readEvent(DataInput in, NameCache names) throws IOException {
        int tag = in.readUnsignedByte();
        return switch (tag) {
            case ROW -> readRow(in, names);
            case TRUNCATED -> new TableTruncated(names.readTable(in), readPosition(in, names));
            case SHAPE -> new ShapeAnnounced(readShape(in));
            case SHAPE_AHEAD -> new ShapeAnnounced(readShape(in), readKey(in, names));
            case DEAD_LETTER -> readDeadLetter(in, names, null);
            case DEAD_LETTER_OF_TABLE -> {
                TableName table = names.readTable(in);
                yield readDeadLetter(in, names, table);
            }
            case SKIPPED -> new RecordSkipped(names.readName(in), in.readInt(), in.readLong());
            case PROGRESS -> readProgress(in);
            case RECORDS_READ -> new RecordsRead(in.readLong(), in.readLong());
            default -> throw unknown("change event", tag);
        };
    }

    private static void writeRow(RowChange row, DataOutput out) throws IOException {
        writeKey(row.key(), out);
        out.writeLong(row.shape());
        out.writeByte(row.operation().code());
        out.writeByte((row.superseded() ? FLAG_SUPERSEDED : 0) | (row.leftOut().isEmpty() ? 0 : FLAG_LEFT_OUT));
        writePosition(row.position(), out);
        writeBytes(row.cells(), out);
        if (!row.leftOut().isEmpty()) {
            out.writeShort(row.leftOut().size());
            for (RowChange.LeftOut column : row.leftOut()) {
                writeShortText(column.column(), out);
                out.writeInt(column.doubtFrom());
            }
        }
    }

    private static RowChange readRow(DataInput in, NameCache names) throws IOException {
        RowKey key = readKey(in, names);
        long shape = in.readLong();
        Operation operation = Operation.ofCode(in.readUnsignedByte());
        int flags = in.readUnsignedByte();
        Position position = readPosition(in, names);
        byte[] cells = readBytes(in);
        List<RowChange.LeftOut> leftOut = (flags & FLAG_LEFT_OUT) == 0 ? List.of() : readLeftOut(in, names);
        return new RowChange(key, shape, operation, position, cells, (flags & FLAG_SUPERSEDED) != 0, leftOut);
    }

    private static List<RowChange.LeftOut> readLeftOut(DataInput in, NameCache names) throws IOException {
        int count = in.readUnsignedShort();
        List<RowChange.LeftOut> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            columns.add(new RowChange.LeftOut(names.readName(in), in.readInt()));
        }
        return columns;
    }

    static void writeKey(RowKey key, DataOutput out) throws IOException {
        NameCache.write(key.table().value(), out);
        writeBytes(key.cells(), out);
    }

    static RowKey readKey(DataInput in, NameCache names) throws IOException {
        return new RowKey(names.readTable(in), readBytes(in));
    }

    public static void writePosition(Position position, DataOutput out) throws IOException {
        NameCache.write(position.topic(), out);
        out.writeInt(position.partition());
        out.writeLong(position.offset());
        out.writeLong(position.lsn());
        out.writeLong(position.txId());
        out.writeLong(position.committedAtMicros());
        out.writeByte((position.snapshot() ? FLAG_SNAPSHOT : 0) | (position.replayed() ? FLAG_REPLAYED : 0));
    }

    public static Position readPosition(DataInput in) throws IOException {
        return readPosition(readShortText(in), in);
    }

    static Position readPosition(DataInput in, NameCache names) throws IOException {
        return readPosition(names.readName(in), in);
    }

    private static Position readPosition(String topic, DataInput in) throws IOException {
        int partition = in.readInt();
        long offset = in.readLong();
        long lsn = in.readLong();
        long txId = in.readLong();
        long committedAtMicros = in.readLong();
        int flags = in.readUnsignedByte();
        return new Position(
                topic,
                partition,
                offset,
                lsn,
                txId,
                committedAtMicros,
                (flags & FLAG_SNAPSHOT) != 0,
                (flags & FLAG_REPLAYED) != 0);
    }

    public static void writeProgress(SourceProgress progress, DataOutput out) throws IOException {
        writeShortText(progress.topic(), out);
        out.writeInt(progress.partition());
        writeShortText(progress.topicId(), out);
        out.writeLong(progress.continuesAfter());
        out.writeLong(progress.startOffset());
        out.writeLong(progress.lastOffset());
    }

    public static SourceProgress readProgress(DataInput in) throws IOException {
        return new SourceProgress(
                readShortText(in), in.readInt(), readShortText(in), in.readLong(), in.readLong(), in.readLong());
    }

    public static void writeShape(TableShape shape, DataOutput out) throws IOException {
        NameCache.write(shape.table().value(), out);
        out.writeShort(shape.columns().size());
        for (Column column : shape.columns()) {
            NameCache.write(column.name(), out);
            writeType(column.type(), out);
            out.writeBoolean(column.key());
        }
    }

    public static TableShape readShape(DataInput in) throws IOException {
        TableName table = new TableName(readShortText(in));
        int count = in.readUnsignedShort();
        List<Column> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            columns.add(new Column(readShortText(in), readType(in), in.readBoolean()));
        }
        return new TableShape(table, columns);
    }

    /** A tag and two numbers, whatever the type: length, precision or fraction digits, and scale. */
    private static void writeType(ColumnType type, DataOutput out) throws IOException {
        int tag = BOOL;
        int size = 0;
        int scale = 0;
        if (type instanceof ColumnType.Number number) {
            tag = NUMBER;
            size = number.precision();
            scale = number.scale();
        } else if (type instanceof ColumnType.Double) {
            tag = DOUBLE;
        } else if (type instanceof ColumnType.Text text) {
            tag = TEXT;
            size = text.length();
        } else if (type instanceof ColumnType.Binary binary) {
            tag = BINARY;
            size = binary.length();
        } else if (type instanceof ColumnType.Date) {
            tag = DATE;
        } else if (type instanceof ColumnType.Time time) {
            tag = TIME;
            size = time.fractionDigits();
        } else if (type instanceof ColumnType.TimestampNtz timestamp) {
            tag = TIMESTAMP_NTZ;
            size = timestamp.fractionDigits();
        } else if (type instanceof ColumnType.TimestampTz timestamp) {
            tag = TIMESTAMP_TZ;
            size = timestamp.fractionDigits();
        } else if (type instanceof ColumnType.Variant) {
            tag = VARIANT;
        }
        out.writeByte(tag);
        out.writeInt(size);
        out.writeInt(scale);
    }

    private static ColumnType readType(DataInput in) throws IOException {
        int tag = in.readUnsignedByte();
        int size = in.readInt();
        int scale = in.readInt();
        return switch (tag) {
            case BOOL -> new ColumnType.Bool();
            case NUMBER -> new ColumnType.Number(size, scale);
            case DOUBLE -> new ColumnType.Double();
            case TEXT -> new ColumnType.Text(size);
            case BINARY -> new ColumnType.Binary(size);
            case DATE -> new ColumnType.Date();
            case TIME -> new ColumnType.Time(size);
            case TIMESTAMP_NTZ -> new ColumnType.TimestampNtz(size);
            case TIMESTAMP_TZ -> new ColumnType.TimestampTz(size);
            case VARIANT -> new ColumnType.Variant();
            default -> throw unknown("column type", tag);
        };
    }

    private static void writeDeadLetter(DeadLetter letter, DataOutput out) throws IOException {
        NameCache.write(letter.topic(), out);
        out.writeInt(letter.partition());
        out.writeLong(letter.offset());
        out.writeLong(letter.timestampMillis());
        NameCache.write(letter.reason().name(), out);
        writeBytes(letter.detail().getBytes(StandardCharsets.UTF_8), out);
        writeNullableBytes(letter.key(), out);
        writeNullableBytes(letter.value(), out);
        out.writeInt(letter.headers().size());
        for (DeadLetter.Header header : letter.headers()) {
            writeBytes(header.name().getBytes(StandardCharsets.UTF_8), out);
            writeNullableBytes(header.value(), out);
        }
    }

    private static DeadLetter readDeadLetter(DataInput in, NameCache names, @Nullable TableName table)
            throws IOException {
        String topic = names.readName(in);
        int partition = in.readInt();
        long offset = in.readLong();
        long timestampMillis = in.readLong();
        DeadLetter.Reason reason = DeadLetter.Reason.valueOf(readShortText(in));
        String detail = new String(readBytes(in), StandardCharsets.UTF_8);
        byte @Nullable [] key = readNullableBytes(in);
        byte @Nullable [] value = readNullableBytes(in);
        int count = in.readInt();
        List<DeadLetter.Header> headers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String name = new String(readBytes(in), StandardCharsets.UTF_8);
            headers.add(new DeadLetter.Header(name, readNullableBytes(in)));
        }
        return new DeadLetter(topic, partition, offset, timestampMillis, reason, detail, key, value, headers, table);
    }

    public static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    public static byte[] readBytes(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    public static void writeNullableBytes(byte @Nullable [] bytes, DataOutput out) throws IOException {
        if (bytes == null) {
            out.writeInt(-1);
        } else {
            writeBytes(bytes, out);
        }
    }

    public static byte @Nullable [] readNullableBytes(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    public static void writeShortText(String text, DataOutput out) throws IOException {
        NameCache.write(text, out);
    }

    public static String readShortText(DataInput in) throws IOException {
        byte[] utf8 = new byte[in.readUnsignedShort()];
        in.readFully(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static IOException unknown(String what, int tag) {
        return new IOException("unknown tag " + tag + " of a " + what + ": written by a newer build, or not ours");
    }
}
