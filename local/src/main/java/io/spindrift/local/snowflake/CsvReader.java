package io.spindrift.local.snowflake;

import io.spindrift.local.snowflake.OutsideRows.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The rows of a CSV file, by Snowflake's rules. */
final class CsvReader implements OutsideRows.Reader {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final int END = -1;
    private final InputStream in;
    private final FileFormat format;
    private final int fields;
    private final int columns;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] field = new byte[1 << 10];
    private int length;
    private int allBits;
    private boolean enclosed;
    private boolean escape;
    private long line = 1;
    private @Nullable SnowflakeError problem;

    CsvReader(InputStream in, FileFormat format, int columns, int fields) throws IOException {
        this.in = in;
        this.format = format;
        this.fields = format.counts() ? fields : 0;
        this.columns = columns;
        this.end = in.readNBytes(buffer, 0, BYTE_ORDER_MARK.length);
        if (Arrays.equals(buffer, 0, end, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
            at = end;
        }
        for (int i = 0; i < format.skippedLines(); i++) {
            for (int b = read(); b != END && b != '\n'; b = read()) {
                continue;
            }
        }
    }

    @Override
    public @Nullable Row next() throws IOException {
        if (peek() == END) {
            return null;
        }
        byte[] @Nullable [] row = new byte[columns][];
        long begins = line;
        problem = null;
        int count = 0;
        int stop;
        do {
            stop = field();
            if (count < row.length) {
                row[count] = value();
            }
            count++;
        } while (stop == format.delimiter());
        if (fields > 0 && count != fields) {
            String counts = count + ") does not match that of the corresponding table (" + fields;
            problem(
                    "100080",
                    "Number of columns in file (" + counts
                            + "), use file format option error_on_column_count_mismatch=false to ignore this error");
        }
        return new Row(row, begins, problem);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The first one of a row counts. */
    private void problem(String code, String message) {
        if (problem == null) {
            problem = new SnowflakeError(code, "22000", message);
        }
    }

    private int peek() throws IOException {
        if (at == end) {
            at = 0;
            end = Math.max(0, in.read(buffer));
        }
        return at == end ? END : buffer[at] & 0xff;
    }

    private int read() throws IOException {
        int b = peek();
        if (b != END) {
            at++;
        }
        if (b == '\n') {
            line++;
        }
        return b;
    }

    private int readPastSpace() throws IOException {
        int b = read();
        while (format.trims() && isSpace(b)) {
            b = read();
        }
        return b;
    }

    private static boolean isSpace(int b) {
        return b == ' ' || b == '\t';
    }

    private boolean stops(int b) {
        return b == format.delimiter() || b == '\n' || b == END;
    }

    /** Appends what stands before the next byte that may mean something, as far as the buffer reaches. */
    private void appendPlain(int special) {
        int from = at;
        int bits = 0;
        while (at < end && buffer[at] != special && buffer[at] != '\n' && buffer[at] != '\\') {
            bits |= buffer[at++];
        }
        int count = at - from;
        if (length + count > field.length) {
            field = Arrays.copyOf(field, Math.max(2 * field.length, length + count));
        }
        System.arraycopy(buffer, from, field, length, count);
        length += count;
        allBits |= bits;
    }

    private void append(int b) {
        if (length == field.length) {
            field = Arrays.copyOf(field, 2 * length);
        }
        field[length++] = (byte) b;
        allBits |= b;
    }

    /** Reads a field; returns what ended it. */
    private int field() throws IOException {
        length = 0;
        allBits = 0;
        escape = false;
        int b = readPastSpace();
        enclosed = b == format.quote();
        if (enclosed) {
            return enclosed();
        }
        while (!stops(b)) {
            escape |= b == '\\';
            append(b);
            appendPlain(format.delimiter());
            b = read();
        }
        // A new line is logical: \r\n is one too.
        if (b == '\n' && length > 0 && field[length - 1] == '\r') {
            length--;
        }
        while (format.trims() && length > 0 && isSpace(field[length - 1])) {
            length--;
        }
        return b;
    }

    private int enclosed() throws IOException {
        appendPlain(format.quote());
        for (int b = read(); b != END; b = read()) {
            if (b == format.quote() && peek() != b) {
                return afterQuote();
            }
            if (b == format.quote()) {
                read();
            }
            append(b);
            appendPlain(format.quote());
        }
        problem("100132", "Found end of file inside a quoted field");
        return END;
    }

    private int afterQuote() throws IOException {
        int b = readPastSpace();
        if (b == '\r' && peek() == '\n') {
            b = read();
        }
        if (!stops(b)) {
            String found = "Found character '" + (char) b + "' instead of field delimiter '";
            problem("100016", found + (char) format.delimiter() + "'");
            while (b != '\n' && b != END) {
                b = read();
            }
        }
        return b;
    }

    private byte @Nullable [] value() {
        if (length == 0 && !enclosed) {
            return null;
        }
        for (byte[] text : format.nulls()) {
            if (Arrays.equals(text, 0, text.length, field, 0, length)) {
                return null;
            }
        }
        if (escape && format.escapes() && problem == null) {
            problem = SnowflakeError.unsupported("the escape sequence in '" + string() + "'");
        }
        byte[] value = Arrays.copyOf(field, length);
        if ((allBits & 0x80) != 0 && !Arrays.equals(value, string().getBytes(StandardCharsets.UTF_8))) {
            problem("100144", "Invalid UTF8 detected in string '" + string() + "'");
        }
        return value;
    }

    private String string() {
        return new String(field, 0, length, StandardCharsets.UTF_8);
    }
}
