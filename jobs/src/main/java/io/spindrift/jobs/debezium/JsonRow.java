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

/** A row in Connect's JSON → cells. It is read as it streams by when its fields stand in the schema's order, as Connect writes them. */
final class JsonRow {

    private final JsonValues values;
    private final List<ConnectSchema.Field> fields;
    private final List<SerializableString> names;
    private final Kind kind;

    enum Kind {
        /** An envelope's before or after: the row's fields and nothing else. */
        ALONE,
        /** A flattened record: metadata stand beside the row's fields. */
        FLATTENED
    }

    /** @param values shared by all readers of a decoder */
    JsonRow(JsonValues values, List<ConnectSchema.Field> fields, Kind kind) {
        this.values = values;
        this.fields = fields;
        this.kind = kind;
        names = fields.stream()
                .<SerializableString>map(field -> new SerializedString(field.name()))
                .toList();
    }

    void read(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
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
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (isColumn(name)) {
                return false;
            }
            parser.nextToken();
            parser.skipChildren();
        }
        return parser.currentToken() == JsonToken.END_OBJECT;
    }

    private boolean isColumn(String name) {
        return kind == Kind.ALONE || Metadata.of(name).isColumn();
    }

    private void readByName(JsonNode tree, RowCells cells, CellBuffer out) throws Refused, IOException {
        for (int i = 0; i < fields.size(); i++) {
            JsonNode value = tree.get(fields.get(i).name());
            if (value == null) {
                throw Refused.undecodable("%s is in the schema and not in the row", cells.placeOf(i));
            }
            try (JsonParser parser = new TreeTraversingParser(value)) {
                parser.nextToken();
                readCell(parser, i, cells, out);
            }
        }
        long columns = tree.properties().stream()
                .filter(field -> isColumn(field.getKey()))
                .count();
        if (columns != fields.size()) {
            throw Refused.undecodable("%s: the row has %d fields, its schema %d", cells.place(), columns, fields.size());
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
            values.read(parser, fields.get(field).schema(), encoder, out);
        } catch (Refused refused) {
            throw refused.at(cells.placeOf(field));
        }
    }

    /** The row alone: what follows it in the record was checked with the header. */
    private static JsonNode tree(byte[] value, int at, int to) throws Refused, IOException {
        try (JsonParser parser = Json.parser(value, at, to)) {
            parser.nextToken();
            parser.skipChildren();
            return Json.tree(value, at, at + (int) parser.currentLocation().getByteOffset());
        }
    }
}
