package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.sinks.model.CellBuffer;
import java.io.IOException;

/** Envelopes in Connect's JSON: by their layout where they stand as Connect writes them, by Jackson everywhere else. */
final class JsonEnvelope implements EnvelopeReader {

    private static final ConnectSchema NUMBER = ConnectSchema.of(ConnectSchema.Type.INT64);
    private static final ConnectSchema TEXT = ConnectSchema.of(ConnectSchema.Type.STRING);

    private final JsonLayout layout;
    private final JsonValues values;
    private final JsonRow row;
    private final CellBuffer unused = new CellBuffer();

    /**
     * @param layout of what stands beside the row
     * @param values shared by all readers of a decoder
     */
    JsonEnvelope(JsonLayout layout, JsonValues values, JsonRow row) {
        this.layout = layout;
        this.values = values;
        this.row = row;
    }

    /** @param values shared by all readers of a decoder */
    static ValueSchema compile(ConnectSchema schema, JsonValues values) {
        return ValueSchema.rowOf(schema)
                .<ValueSchema>map(row -> new Envelope(
                        new JsonEnvelope(
                                JsonLayout.of(values.input(), schema),
                                values,
                                JsonRow.ofSchema(values, row, JsonRow.Kind.ALONE)),
                        row))
                .or(() ->
                        Flattened.of(schema).map(flat -> ValueSchema.flattened(flat, flattened(schema, flat, values))))
                .orElseGet(() -> ValueSchema.other(schema));
    }

    private static JsonFlattened flattened(ConnectSchema schema, Flattened layout, JsonValues values) {
        return new JsonFlattened(
                JsonLayout.ofFlattened(values.input(), schema),
                values,
                JsonRow.ofSchema(values, layout.row(), JsonRow.Kind.FLATTENED));
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

    @Override
    public void readTotalOrder(byte[] value, int from, int to, EventHeader header) throws Refused {
        try (JsonParser parser = Json.parser(value, from, to)) {
            parser.nextToken();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (parser.nextToken() == JsonToken.START_OBJECT && name.equals("transaction")) {
                    readTransaction(parser, header);
                } else {
                    parser.skipChildren();
                }
            }
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, from);
        } catch (IOException e) {
            throw Json.broken(from);
        }
    }

    private void readTransaction(JsonParser parser, EventHeader header) throws Refused, IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            if (name.equals("total_order")) {
                values.read(parser, NUMBER, header.totalOrder, unused);
            } else {
                parser.skipChildren();
            }
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
    public boolean readAhead(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        return row.readAsWritten(value, at, to, cells, out);
    }

    @Override
    public boolean stepOver(JsonInput in) {
        return row.stepOver(in);
    }

    @Override
    public void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
        row.read(value, at, to, cells, out);
    }
}
