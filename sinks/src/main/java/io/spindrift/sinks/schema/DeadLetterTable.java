package io.spindrift.sinks.schema;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.ColumnType;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TimestampText;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's table of dead letters, as staged files and commits see it: a table like any other, whose rows are letters. It is made by
 * {@code setup.sql}, has no mirror, and its columns have plain names. A record is kept whole, or, where it is larger than Snowflake's columns,
 * not at all, and the detail says so: the record itself stands at its place in its topic.
 */
public final class DeadLetterTable {

    /** Beside the tables' own names in a commit: no route leads to it. */
    public static final TableName NAME = new TableName("SPINDRIFT.DEAD_LETTERS");

    /** Of headers in JSON and of details; a VARIANT holds more. */
    static final int MAX_TEXT_BYTES = 16 << 20;

    private static final int MAX_UTF8_BYTES = 4;

    private static final ColumnType BYTES = new ColumnType.Binary(ColumnType.Binary.MAX_LENGTH);

    /** Its name and columns stand in savepoints. */
    public static final TableShape SHAPE = new TableShape(
            NAME,
            List.of(
                    new Column("PIPELINE", new ColumnType.Text(255), false),
                    new Column("TIMESTAMP", new ColumnType.TimestampTz(3), false),
                    new Column("REASON", new ColumnType.Text(255), false),
                    new Column("DETAIL", new ColumnType.Text(MAX_TEXT_BYTES), false),
                    new Column("KEY", BYTES, false),
                    new Column("VALUE", BYTES, false),
                    new Column("HEADERS", new ColumnType.Variant(), false)));

    private static final Map<MetaColumn, String> COLUMNS = Map.of(
            MetaColumn.KAFKA_TOPIC, "TOPIC",
            MetaColumn.KAFKA_PARTITION, "PARTITION",
            MetaColumn.KAFKA_OFFSET, "OFFSET",
            MetaColumn.COMMIT_ID, "COMMIT_ID",
            MetaColumn.STAGED_FILE, "STAGED_FILE",
            MetaColumn.INGESTION_TIMESTAMP, "RECORDED_AT");

    private static final long FINGERPRINT = SHAPE.fingerprint();

    private static final long MAX_MILLIS = 253_402_300_799_999L;

    private DeadLetterTable() {}

    public static boolean is(TableName table) {
        return table.equals(NAME);
    }

    /** The column that holds what every staged row says of itself; empty where letters have no such thing. */
    public static Optional<String> column(MetaColumn meta) {
        return Optional.ofNullable(COLUMNS.get(meta));
    }

    /** Letters have no order among each other: they spread over all writers. */
    public static RowKey key(DeadLetter letter) {
        CellBuffer cells = new CellBuffer();
        cells.addText(letter.topic());
        cells.addLong(letter.partition());
        cells.addLong(letter.offset());
        return new RowKey(NAME, cells.toBytes());
    }

    /** The letter as a row to stage; counted as a read. */
    public static RowChange row(String pipeline, DeadLetter letter) {
        String headers = headers(letter.headers());
        boolean known = letter.key() != null || letter.value() != null;
        boolean fits = size(letter.key()) <= ColumnType.Binary.MAX_LENGTH
                && size(letter.value()) <= ColumnType.Binary.MAX_LENGTH
                && headers.length() <= MAX_TEXT_BYTES / MAX_UTF8_BYTES;
        CellBuffer cells = new CellBuffer();
        cells.addText(pipeline);
        addTimestamp(letter.timestampMillis(), cells);
        cells.addText(letter.reason().name());
        cells.addText(fits ? letter.detail() : letter.detail() + tooLarge(letter, headers));
        addBytes(fits ? letter.key() : null, cells);
        addBytes(fits ? letter.value() : null, cells);
        if (known && fits) {
            cells.addText(headers);
        } else {
            cells.addNull();
        }
        Position place = new Position(
                letter.topic(), letter.partition(), letter.offset(), Position.NONE, Position.NONE, 0, true);
        return new RowChange(key(letter), FINGERPRINT, Operation.READ, place, cells.toBytes(), false);
    }

    private static int size(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static String tooLarge(DeadLetter letter, String headers) {
        return " Its key of %d bytes, value of %d bytes and headers of %d characters are more than this table holds, and left out: the record itself stands at this topic, partition and offset."
                .formatted(size(letter.key()), size(letter.value()), headers.length());
    }

    /** Producers write any number; what no timestamp can be stays NULL, and Kafka still has it. */
    private static void addTimestamp(long millis, CellBuffer out) {
        if (millis < 0 || millis > MAX_MILLIS) {
            out.addNull();
            return;
        }
        out.begin();
        TimestampText.appendUtcMicros(out, millis * 1000);
        out.end();
    }

    private static void addBytes(byte @Nullable [] bytes, CellBuffer out) {
        if (bytes == null) {
            out.addNull();
        } else {
            byte[] hex = HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.ISO_8859_1);
            out.addText(hex, 0, hex.length);
        }
    }

    /**
     * {@code [{"name":"h","value":"00ff"},…]}: in their order, values in hexadecimal or null. A name with U+0000, which no VARIANT holds, is given
     * as the hexadecimal UTF-8 of {@code nameHex}.
     */
    private static String headers(List<DeadLetter.Header> headers) {
        StringBuilder json = new StringBuilder("[");
        for (DeadLetter.Header header : headers) {
            json.append(json.length() == 1 ? "{" : ",{");
            if (header.name().indexOf(0) < 0) {
                json.append("\"name\":\"").append(escaped(header.name())).append('"');
            } else {
                byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
                json.append("\"nameHex\":\"")
                        .append(HexFormat.of().formatHex(name))
                        .append('"');
            }
            byte[] value = header.value();
            json.append(",\"value\":")
                    .append(value == null ? "null" : '"' + HexFormat.of().formatHex(value) + '"')
                    .append('}');
        }
        return json.append(']').toString();
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ') {
                escaped.append("\\u%04x".formatted((int) c));
            } else if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
