package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ColumnType;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Arrays, maps and structs → JSON, whose values have the text that a column of their type would have: numbers, booleans and JSON as they
 * are, everything else between quotes.
 */
final class JsonEncoder implements CellEncoder, Parts {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final Kind kind;
    private final List<FieldType> parts;
    private final List<byte[]> names;
    private final CellBuffer part = new CellBuffer();
    private final CellCursor cursor = new CellCursor();
    private final CellBuffer key = new CellBuffer();
    private int start;
    private int count;
    private int nulls;

    private enum Kind {
        ARRAY,
        MAP,
        STRUCT
    }

    private JsonEncoder(Kind kind, List<FieldType> parts, List<byte[]> names) {
        this.kind = kind;
        this.parts = List.copyOf(parts);
        this.names = List.copyOf(names);
    }

    static JsonEncoder array(FieldType item) {
        return new JsonEncoder(Kind.ARRAY, List.of(item), List.of());
    }

    static JsonEncoder map(FieldType value) {
        return new JsonEncoder(Kind.MAP, List.of(value), List.of());
    }

    static JsonEncoder struct(List<String> names, List<FieldType> fields) {
        return new JsonEncoder(
                Kind.STRUCT,
                fields,
                names.stream()
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    @Override
    public Parts ofParts() {
        return this;
    }

    @Override
    public void begin(CellBuffer out) {
        out.begin();
        start = out.size();
        count = 0;
        nulls = 0;
        out.append((byte) (kind == Kind.ARRAY ? '[' : '{'));
        part.clear();
    }

    @Override
    public void key(byte[] utf8, int offset, int length) throws Refused {
        if (kind != Kind.MAP) {
            Parts.super.key(utf8, offset, length);
        }
        if (!Utf8.isValid(utf8, offset, length)) {
            throw Refused.undecodable("a key of %d bytes is not UTF-8", length);
        }
        key.clear();
        key.addText(utf8, offset, length);
    }

    @Override
    public CellEncoder part(int index) {
        return parts.get(index).encoder();
    }

    @Override
    public CellBuffer buffer() {
        return part;
    }

    @Override
    public void add(int index, CellBuffer out) {
        if (count++ > 0) {
            out.append((byte) ',');
        }
        if (kind == Kind.STRUCT) {
            byte[] name = names.get(index);
            appendText(name, 0, name.length, out);
            out.append((byte) ':');
        } else if (kind == Kind.MAP) {
            cursor.on(key).next();
            appendText(cursor.bytes(), cursor.textStart(), cursor.textLength(), out);
            out.append((byte) ':');
        }
        cursor.on(part).next();
        appendPart(parts.get(index).column(), out);
        part.clear();
    }

    private void appendPart(ColumnType type, CellBuffer out) {
        if (cursor.isNull()) {
            nulls++;
            out.appendAscii("null");
        } else if (isBare(type)) {
            out.append(cursor.bytes(), cursor.textStart(), cursor.textLength());
        } else {
            appendText(cursor.bytes(), cursor.textStart(), cursor.textLength(), out);
        }
    }

    /** JSON has no NaN and no infinities. */
    private boolean isBare(ColumnType type) {
        if (type instanceof ColumnType.Double) {
            byte last = cursor.bytes()[cursor.textStart() + cursor.textLength() - 1];
            return last >= '0' && last <= '9';
        }
        return type instanceof ColumnType.Number
                || type instanceof ColumnType.Bool
                || type instanceof ColumnType.Variant;
    }

    private static void appendText(byte[] utf8, int offset, int length, CellBuffer out) {
        out.append((byte) '"');
        int from = offset;
        for (int i = offset; i < offset + length; i++) {
            byte b = utf8[i];
            if (b == '"' || b == '\\' || b >= 0 && b < ' ') {
                out.append(utf8, from, i - from);
                from = i + 1;
                out.append((byte) '\\');
                if (b >= ' ') {
                    out.append(b);
                } else {
                    out.appendAscii("u00");
                    out.append(HEX[b >> 4]);
                    out.append(HEX[b & 0xf]);
                }
            }
        }
        out.append(utf8, from, offset + length - from);
        out.append((byte) '"');
    }

    /** Debezium sends an array of arrays as so many nulls: that cannot be told from an array of nulls, so neither is believed. */
    @Override
    public void end(CellBuffer out) throws Refused {
        out.append((byte) (kind == Kind.ARRAY ? ']' : '}'));
        if (out.size() - start > ColumnType.Text.MAX_LENGTH) {
            throw Refused.unrepresentable("the JSON of %d bytes exceeds Snowflake's VARIANT", out.size() - start);
        }
        out.end();
        if (kind == Kind.ARRAY && count > 0 && nulls == count) {
            throw Refused.unrepresentable(
                    "the array has nothing but %d nulls: so Debezium sends arrays of more than one dimension; exclude the column"
                            + " (column.exclude.list), or store it as json",
                    count);
        }
    }
}
