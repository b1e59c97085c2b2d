package io.spindrift.jobs.debezium;

import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.TableName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The envelope of one value schema, with the tables that were seen to use it: nearly always one. */
final class Envelope implements ValueSchema {

    private final EnvelopeReader reader;
    private final RowLayout.Origin layouts;
    private final TopicName topicName = new TopicName();
    private final List<TableBinding> tables = new ArrayList<>();
    private RowGuess guess = RowGuess.NONE;
    private RowGuess guessWithBefore = RowGuess.NONE;

    /** Of a schema, which names the row's fields itself. */
    Envelope(EnvelopeReader reader, List<ConnectSchema.Field> row) {
        this(reader, table -> new RowLayout(row, reader, new KeySchema(List.of())));
    }

    /** @param header reads what stands beside the row; the row's own reader comes with its table's layout */
    Envelope(EnvelopeReader header, RowLayout.Origin layouts) {
        reader = header;
        this.layouts = layouts;
    }

    EnvelopeReader reader() {
        return reader;
    }

    /** That the next row after is read like the last one. */
    void foresee(EventHeader header) {
        header.expect(guess, guessWithBefore);
    }

    void hasRead(EventHeader header, EnvelopeReader rows, RowCells cells) {
        if (header.before == EventHeader.NOWHERE) {
            guess = new RowGuess(rows, cells);
        } else {
            guessWithBefore = new RowGuess(rows, cells);
        }
    }

    /** The table that the header names, or of a flattened record the topic; asks the routes once a table. */
    TableBinding table(
            String topic,
            EventHeader header,
            Function<SourceTable, Optional<TableName>> routes,
            KeylessTables keyless,
            ColumnChoices choices)
            throws Refused {
        if (header.flattened) {
            topicName.complete(topic, header);
        }
        if (!header.schema.isPresent() || !header.table.isPresent()) {
            throw Refused.undecodable("the envelope's source names no schema and table");
        }
        for (int i = 0; i < tables.size(); i++) {
            if (tables.get(i).isNamedBy(header)) {
                return tables.get(i);
            }
        }
        byte[] schema = header.schema.copy();
        byte[] table = header.table.copy();
        if (!Utf8.isValid(schema, 0, schema.length) || !Utf8.isValid(table, 0, table.length)) {
            throw Refused.undecodable("the envelope's source names a schema and a table that are not UTF-8");
        }
        SourceTable source =
                new SourceTable(new String(schema, StandardCharsets.UTF_8), new String(table, StandardCharsets.UTF_8));
        TableBinding binding =
                new TableBinding(schema, table, source, routes.apply(source), keyless.of(source), layouts, choices);
        tables.add(binding);
        return binding;
    }
}
