package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.FileFormat.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The rows of a CSV file, by Snowflake's rules. */
final class CsvReader implements OutsideRows.Reader {
    private static final byte[] EMPTY = {};
    private final InputStream in;
    private final FileFormat format;
    private final boolean trims;
    private final boolean newLine;
    private final int fields;
    private final byte[] @Nullable [] row;
    private byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] field = new byte[1 << 10];
    private int length;
    private int allBits;
    private boolean enclosed;
    private boolean strange;
    private long line = 1;
    private long rowLine;
    private @Nullable SnowflakeError problem;

    /** What stops a field. */
    private enum Stop {
        NOTHING,
        FIELD,
        RECORD,
        FILE
    }

    CsvReader(InputStream in, FileFormat format, int columns, int fields) throws IOException {
        this.in = in;
        this.format = format;
        this.trims = format.has(Rule.TRIM_SPACE);
        this.newLine = Arrays.equals(format.recordDelimiter(), new byte[] {'\n'});
        this.fields = format.has(Rule.ERROR_ON_COLUMN_COUNT_MISMATCH) ? fields : 0;
        this.row = new byte[columns][];
        if (has(3) && buffer[0] == (byte) 0xef && buffer[1] == (byte) 0xbb && buffer[2] == (byte) 0xbf) {
            at = 3;
        }
        for (int i = 0; i < format.skippedLines(); i++) {
            for (int b = read(); b >= 0 && b != '\n'; b = read()) {
                continue;
            }
        }
    }

    @Override
    public boolean next() throws IOException {
        int count;
        do {
            if (at == end && !has(1)) {
                return false;
            }
            rowLine = line;
            problem = null;
            Arrays.fill(row, null);
            count = 0;
            Stop stop;
            do {
                stop = field();
                if (count < row.length) {
                    row[count] = value();
                }
                count++;
            } while (stop == Stop.FIELD);
        } while (count == 1 && length == 0 && !enclosed && format.has(Rule.SKIP_BLANK_LINES));
        if (fields > 0 && count != fields) {
            problem(
                    "100080",
                    "Number of columns in file (" + count + ") does not match that of the corresponding table ("
                            + fields
                            + "), use file format option error_on_column_count_mismatch=false to ignore this error");
        }
        return true;
    }

    @Override
    public byte @Nullable [] text(int column) {
        return row[column];
    }

    @Override
    public long line() {
        return rowLine;
    }

    @Override
    public @Nullable SnowflakeError problem() {
        return problem;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void problem(SnowflakeError found) {
        if (problem == null) {
            problem = found;
        }
    }

    private void problem(String code, String message) {
        problem(new SnowflakeError(code, "22000", message));
    }

    // Bytes.

    /** Whether this many bytes follow. */
    private boolean has(int bytes) throws IOException {
        while (end - at < bytes) {
            System.arraycopy(buffer, at, buffer, 0, end - at);
            end -= at;
            at = 0;
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                return false;
            }
            end += read;
        }
        return true;
    }

    /** The next byte, or -1. */
    private int read() throws IOException {
        if (at == end && !has(1)) {
            return -1;
        }
        int b = buffer[at++] & 0xff;
        if (b == '\n') {
            line++;
        }
        return b;
    }

    /** Whether this byte begins the delimiter, whose rest is then consumed. */
    private boolean begins(int b, byte[] delimiter) throws IOException {
        if (b != (delimiter[0] & 0xff)) {
            return false;
        }
        int rest = delimiter.length - 1;
        if (rest > 0) {
            if (!has(rest) || !Arrays.equals(buffer, at, at + rest, delimiter, 1, rest + 1)) {
                return false;
            }
            for (int i = 0; i < rest; i++) {
                read();
            }
        }
        return true;
    }

    private Stop stop(int b) throws IOException {
        if (b < 0) {
            return Stop.FILE;
        }
        if (begins(b, format.fieldDelimiter())) {
            return Stop.FIELD;
        }
        // A new line is logical: \r\n is one too.
        if (begins(b, format.recordDelimiter())
                || newLine && b == '\r' && has(1) && buffer[at] == '\n' && read() == '\n') {
            return Stop.RECORD;
        }
        return Stop.NOTHING;
    }

    private void append(int b) {
        if (length == field.length) {
            field = Arrays.copyOf(field, 2 * length);
        }
        field[length++] = (byte) b;
        allBits |= b;
    }

    // Fields.

    private Stop field() throws IOException {
        length = 0;
        allBits = 0;
        strange = false;
        int b = read();
        while (trims && isSpace(b)) {
            b = read();
        }
        enclosed = b == format.quote();
        if (enclosed) {
            return enclosed();
        }
        Stop stop = stop(b);
        while (stop == Stop.NOTHING) {
            append(b == format.unenclosedEscape() ? escaped(b) : b);
            b = read();
            stop = stop(b);
        }
        while (trims && length > 0 && isSpace(field[length - 1])) {
            length--;
        }
        return stop;
    }

    private static boolean isSpace(int b) {
        return b == ' ' || b == '\t';
    }

    private Stop enclosed() throws IOException {
        int b = read();
        while (b >= 0) {
            if (b == format.quote()) {
                b = read();
                if (b != format.quote()) {
                    return afterQuote(b);
                }
                append(b);
            } else {
                append(b == format.escape() ? escaped(b) : b);
            }
            b = read();
        }
        problem("100132", "Found end of file inside a quoted field");
        return Stop.FILE;
    }

    private Stop afterQuote(int first) throws IOException {
        int b = first;
        while (trims && isSpace(b)) {
            b = read();
        }
        Stop stop = stop(b);
        boolean broken = stop == Stop.NOTHING;
        if (broken) {
            problem(
                    "100016",
                    "Found character '" + (char) b + "' instead of field delimiter '"
                            + new String(format.fieldDelimiter(), StandardCharsets.UTF_8) + "'");
        }
        while (broken && (stop == Stop.NOTHING || stop == Stop.FIELD)) {
            b = read();
            stop = stop(b);
        }
        return stop;
    }

    /** What the escape character and the byte after it stand for. The escape alone, where that is known for NULL_IF only. */
    private int escaped(int escape) throws IOException {
        int b = has(1) ? buffer[at] & 0xff : -1;
        if (b == escape
                || b == format.quote()
                || b == '\r'
                || b == '\n'
                || b == format.fieldDelimiter()[0]
                || b == format.recordDelimiter()[0]) {
            return read();
        }
        strange = true;
        return escape;
    }

    private byte @Nullable [] value() {
        if (length == 0 && !enclosed && format.has(Rule.EMPTY_FIELD_AS_NULL)) {
            return null;
        }
        for (byte[] text : format.nulls()) {
            if (Arrays.equals(text, 0, text.length, field, 0, length)) {
                return null;
            }
        }
        if (strange) {
            problem(SnowflakeError.unsupported("the escape sequence in '" + string() + "'"));
        }
        if (allBits > 127 && !isUtf8()) {
            problem("100144", "Invalid UTF8 detected in string '" + string() + "'");
        }
        return length == 0 ? EMPTY : Arrays.copyOf(field, length);
    }

    private String string() {
        return new String(field, 0, length, StandardCharsets.UTF_8);
    }

    private boolean isUtf8() {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(field, 0, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
