package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.sinks.model.CellBuffer;
import java.io.IOException;

/** Flattened records in Connect's JSON: by their layout where they stand as Connect writes them, by Jackson everywhere else. */
final class JsonFlattened implements EnvelopeReader {

    private static final ConnectSchema NUMBER = ConnectSchema.of(ConnectSchema.Type.INT64);
    private static final ConnectSchema TEXT = ConnectSchema.of(ConnectSchema.Type.STRING);

    private final JsonLayout layout;
    private final JsonValues values;
    private final JsonRow row;
    private final CellBuffer unused = new CellBuffer();

    /**
     * @param layout of the whole record
     * @param values shared by all readers of a decoder
     */
    JsonFlattened(JsonLayout layout, JsonValues values, JsonRow row) {
        this.layout = layout;
        this.values = values;
        this.row = row;
    }

    @Override
    public void readHeader(byte[] value, int from, int to, EventHeader header) throws Refused {
        if (layout.readHeader(value, from, to, header)) {
            return;
        }
        header.clear();
        header.flattenedFrom(from);
        try (JsonParser parser = Json.parser(value, from, to)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Refused.undecodable("the payload is no JSON object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                CellEncoder slot = Metadata.of(name).slot(header);
                if (slot == RowCells.SKIPPED) {
                    parser.skipChildren();
                } else {
                    readMetadata(parser, name, slot);
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

    private void readMetadata(JsonParser parser, String name, CellEncoder slot) throws Refused, IOException {
        try {
            values.read(parser, slot instanceof EventHeader.Text ? TEXT : NUMBER, slot, unused);
        } catch (Refused refused) {
            throw refused.at(name);
        }
    }

    @Override
    public boolean readAhead(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        return row.readColumns(value, at, to, cells, out);
    }

    @Override
    public void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
        if (!layout.hasTaken(value) || !row.readColumns(value, at, to, cells, out) || !layout.isBehindRow()) {
            row.read(value, at, to, cells, out);
        }
    }
}
