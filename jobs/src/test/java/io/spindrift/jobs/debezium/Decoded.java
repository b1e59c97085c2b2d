package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/** What a decoder made of records, as text: {@code c CUSTOMERS [3] 3|Cyd|cyd@example.com}. */
final class Decoded {

    private Decoded() {}

    static Optional<TableName> toUpperCase(SourceTable source) {
        return Optional.of(new TableName(source.table().toUpperCase(Locale.ROOT)));
    }

    static DebeziumDecoder decoder() {
        return decoder(ColumnSettings.DEFAULT);
    }

    static DebeziumDecoder decoder(ColumnSettings columns) {
        return new DebeziumDecoder(
                RecordFormat.AUTO,
                RecordFormat.AUTO,
                DeclaredTables.NONE,
                Captured.registry(),
                Decoded::toUpperCase,
                columns);
    }

    static List<ChangeEvent> events(DebeziumDecoder decoder, List<RawRecord> records) {
        List<ChangeEvent> events = new ArrayList<>();
        try {
            for (RawRecord record : records) {
                decoder.decode(record, events::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events;
    }

    static List<String> texts(List<RawRecord> records) {
        return texts(decoder(), records);
    }

    static List<String> texts(DebeziumDecoder decoder, List<RawRecord> records) {
        return events(decoder, records).stream().map(Decoded::text).toList();
    }

    static String text(ChangeEvent event) {
        if (event instanceof RowChange row) {
            return row.operation().code() + " " + row.key().table() + " ["
                    + cells(row.key().cells()) + "] " + cells(row.cells());
        }
        if (event instanceof TableTruncated truncated) {
            return "t " + truncated.table();
        }
        if (event instanceof ShapeAnnounced announced) {
            StringJoiner columns = new StringJoiner(", ");
            announced
                    .shape()
                    .columns()
                    .forEach(c -> columns.add(c.name() + " " + c.type().sql() + (c.key() ? " KEY" : "")));
            return "shape " + announced.shape().table() + ": " + columns;
        }
        DeadLetter letter = (DeadLetter) event;
        return "dead " + letter.reason() + ": " + letter.detail();
    }

    static String cells(byte[] cells) {
        CellCursor cursor = new CellCursor().on(cells);
        StringJoiner row = new StringJoiner("|");
        while (cursor.next()) {
            row.add(cursor.isNull() ? "∅" : cursor.isUnchanged() ? "…" : cursor.text());
        }
        return row.toString();
    }
}
