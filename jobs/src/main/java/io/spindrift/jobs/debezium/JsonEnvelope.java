package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TreeTraversingParser;
import io.spindrift.sinks.model.CellBuffer;
import java.io.IOException;
import java.util.List;

/**
 * Envelopes in Connect's JSON. What stands exactly as Connect writes it is read by its layout, everything else by Jackson: rows as they stream
 * by when their fields stand in the schema's order, otherwise by name.
 */
final class JsonEnvelope implements EnvelopeReader {

    private static final ConnectSchema NUMBER = ConnectSchema.of(ConnectSchema.Type.INT64);
    private static final ConnectSchema TEXT = ConnectSchema.of(ConnectSchema.Type.STRING);

    private final JsonLayout layout;
    private final JsonValues values;
    private final List<ConnectSchema.Field> row;
    private final List<SerializableString> names;
    private final CellBuffer unused = new CellBuffer();

    private JsonEnvelope(JsonLayout layout, JsonValues values, List<ConnectSchema.Field> row) {
        this.layout = layout;
        this.values = values;
        this.row = row;
        names = row.stream()
                .<SerializableString>map(field -> new SerializedString(field.name()))
                .toList();
    }

    /** @param values shared by all readers of a decoder */
    static ValueSchema compile(ConnectSchema schema, JsonValues values) {
        return ValueSchema.rowOf(schema)
                .<ValueSchema>map(row ->
                        new Envelope(new JsonEnvelope(JsonLayout.of(values.input(), schema, row), values, row), row))
                .orElseGet(() -> ValueSchema.other(schema));
    }

    @Override
    public void readHeader(byte[] value, int from, int to, EventHeader header) throws Refused {
        if (layout.readHeader(value, from, to, header)) {
            return;
        }
        header.clear();
        try (JsonParser parser = Json.parser(value, from, to)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Refused.undecodable("the payload is no JSON object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                switch (name) {
                    case "before" -> header.before = stepOver(parser, from);
                    case "after" -> header.after = stepOver(parser, from);
                    case "op" -> values.read(parser, TEXT, header.op, unused);
                    case "source" -> readSource(parser, header);
                    default -> parser.skipChildren();
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw Json.broken(from);
            }
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, from);
        } catch (IOException e) {
            throw Json.broken(from);
        }
    }

    private void readSource(JsonParser parser, EventHeader header) throws Refused, IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Refused.undecodable("the envelope has no source");
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "schema" -> values.read(parser, TEXT, header.schema, unused);
                case "table" -> values.read(parser, TEXT, header.table, unused);
                case "snapshot" -> values.read(parser, TEXT, header.snapshot, unused);
                case "lsn" -> values.read(parser, NUMBER, header.lsn, unused);
                case "txId" -> values.read(parser, NUMBER, header.txId, unused);
                case "ts_ms" -> values.read(parser, NUMBER, header.millis, unused);
                case "ts_us" -> values.read(parser, NUMBER, header.micros, unused);
                case "ts_ns" -> values.read(parser, NUMBER, header.nanos, unused);
                default -> parser.skipChildren();
            }
        }
    }

    private static int stepOver(JsonParser parser, int from) throws Refused, IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return EventHeader.NOWHERE;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Refused.undecodable("a row is no JSON object");
        }
        int at = from + (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        return at;
    }

    @Override
    public void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
        if (layout.readRow(value, at, to, cells, out)) {
            return;
        }
        out.clear();
        try (JsonParser parser = Json.parser(value, at, to)) {
            parser.nextToken();
            if (!readInOrder(parser, cells, out)) {
                out.clear();
                readByName(tree(value, at, to), cells, out);
            }
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, at);
        } catch (IOException e) {
            throw Json.broken(at);
        }
    }

    /** False when the fields stand in another order, with some cells written. */
    private boolean readInOrder(JsonParser parser, RowCells cells, CellBuffer out) throws Refused, IOException {
        for (int i = 0; i < names.size(); i++) {
            if (!parser.nextFieldName(names.get(i))) {
                return false;
            }
            parser.nextToken();
            readCell(parser, i, cells, out);
        }
        return parser.nextToken() == JsonToken.END_OBJECT;
    }

    private void readByName(JsonNode tree, RowCells cells, CellBuffer out) throws Refused, IOException {
        for (int i = 0; i < row.size(); i++) {
            JsonNode value = tree.get(row.get(i).name());
            if (value == null) {
                throw Refused.undecodable("%s is in the schema and not in the row", cells.placeOf(i));
            }
            try (JsonParser parser = new TreeTraversingParser(value)) {
                parser.nextToken();
                readCell(parser, i, cells, out);
            }
        }
        if (tree.size() != row.size()) {
            throw Refused.undecodable(
                    "%s: the row has %d fields, its schema %d", cells.place(), tree.size(), row.size());
        }
    }

    private void readCell(JsonParser parser, int field, RowCells cells, CellBuffer out) throws Refused, IOException {
        CellEncoder encoder = cells.encoders().get(field);
        if (encoder == RowCells.SKIPPED) {
            parser.skipChildren();
            out.addNull();
            return;
        }
        try {
            values.read(parser, row.get(field).schema(), encoder, out);
        } catch (Refused refused) {
            throw refused.at(cells.placeOf(field));
        }
    }

    /** The row alone: what follows it in the envelope was checked with the header. */
    private static JsonNode tree(byte[] value, int at, int to) throws Refused, IOException {
        try (JsonParser parser = Json.parser(value, at, to)) {
            parser.nextToken();
            parser.skipChildren();
            return Json.tree(value, at, at + (int) parser.currentLocation().getByteOffset());
        }
    }
}
