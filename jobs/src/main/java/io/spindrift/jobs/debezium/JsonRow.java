package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TreeTraversingParser;
import io.spindrift.jobs.debezium.JsonInput.Literal;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A row in Connect's JSON → cells: out of its bytes where it stands as Connect writes it, otherwise by Jackson. Then it is read as it streams
 * by when its fields stand in the expected order, and by name when they do not.
 */
final class JsonRow {

    /** PostgreSQL's longest name, in bytes. */
    private static final int MAX_NAME = 63;

    private final JsonValues values;
    private final List<ConnectSchema.Field> fields;
    private final List<SerializableString> names;
    private final Kind kind;
    private final boolean declared;
    private final Literal[] ahead;
    private final JsonPlace[] places;

    enum Kind {
        /** An envelope's before or after: the row's fields and nothing else. */
        ALONE,
        /** A flattened record: metadata stand beside the row's fields. */
        FLATTENED
    }

    private JsonRow(JsonValues values, List<ConnectSchema.Field> fields, Kind kind, boolean declared) {
        this.values = values;
        this.fields = fields;
        this.kind = kind;
        this.declared = declared;
        JsonPlace place = JsonPlace.struct(fields);
        ahead = place.names().toArray(Literal[]::new);
        places = place.parts().toArray(JsonPlace[]::new);
        names = fields.stream()
                .<SerializableString>map(field -> new SerializedString(field.name()))
                .toList();
    }

    /**
     * Rows whose fields their own schema names.
     *
     * @param values shared by all readers of a decoder
     */
    static JsonRow ofSchema(JsonValues values, List<ConnectSchema.Field> fields, Kind kind) {
        return new JsonRow(values, fields, kind, false);
    }

    /** Rows whose fields the pipeline file names. */
    static JsonRow declared(JsonValues values, List<ConnectSchema.Field> fields, Kind kind) {
        return new JsonRow(values, fields, kind, true);
    }

    void read(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
        if (kind == Kind.ALONE && readAsWritten(value, at, to, cells, out)) {
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

    /** False with some cells written. A refusal, too, is for Jackson's way to repeat: it names the place. */
    boolean readAsWritten(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        return readColumns(value, at, to, cells, out) && values.input().take('}');
    }

    /** Likewise, and the input stands behind the last column then. */
    boolean readColumns(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        JsonInput in = values.input().on(value, at, to);
        try {
            for (int i = 0; i < ahead.length; i++) {
                if (!in.take(ahead[i]) || !readCell(in, i, cells, out)) {
                    return false;
                }
            }
            return ahead.length > 0;
        } catch (Refused refused) {
            return false;
        }
    }

    /** False, somewhere in it, where its fields do not stand as expected. */
    boolean stepOver(JsonInput in) {
        for (int i = 0; i < ahead.length; i++) {
            if (!in.take(ahead[i]) || !in.skipValue(1)) {
                return false;
            }
        }
        return ahead.length > 0 && in.take('}');
    }

    private boolean readCell(JsonInput in, int field, RowCells cells, CellBuffer out) throws Refused {
        CellEncoder encoder = cells.encoders()[field];
        if (encoder instanceof RowCells.Skipped skipped) {
            skipped.write(out);
            return in.skipValue(0);
        }
        return places[field].read(in, encoder, out);
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
                throw declared
                        ? Refused.because(
                                Reason.UNDECLARED_TABLE,
                                "%s is declared in 'tables' and not in the row: the table has changed, or the"
                                        + " connector leaves the column out; declare what it sends",
                                cells.placeOf(i))
                        : Refused.undecodable("%s is in the schema and not in the row", cells.placeOf(i));
            }
            try (JsonParser parser = new TreeTraversingParser(value)) {
                parser.nextToken();
                readCell(parser, i, cells, out);
            }
        }
        long columns = tree.properties().stream()
                .filter(field -> isColumn(field.getKey()))
                .count();
        if (columns != fields.size() && declared) {
            throw undeclared(tree, cells);
        }
        if (columns != fields.size()) {
            throw Refused.undecodable(
                    "%s: the row has %d fields, its schema %d", cells.place(), columns, fields.size());
        }
    }

    private Refused undeclared(JsonNode tree, RowCells cells) {
        Set<String> known = fields.stream().map(ConnectSchema.Field::name).collect(Collectors.toSet());
        List<String> unknown = tree.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> isColumn(name) && !known.contains(name))
                .map(name -> cells.place() + "." + name.substring(0, Math.min(name.length(), MAX_NAME)))
                .toList();
        return Refused.because(
                Reason.UNDECLARED_TABLE,
                "%s: in the row and not declared in 'tables': declare it, or exclude it with column.exclude.list",
                String.join(", ", unknown));
    }

    private void readCell(JsonParser parser, int field, RowCells cells, CellBuffer out) throws Refused, IOException {
        CellEncoder encoder = cells.encoders()[field];
        if (encoder instanceof RowCells.Skipped skipped) {
            parser.skipChildren();
            skipped.write(out);
            return;
        }
        try {
            values.read(parser, fields.get(field).schema(), encoder, out);
        } catch (Refused refused) {
            throw refused.at(cells.placeOf(field), field);
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
