package io.spindrift.jobs.debezium;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.DeadLetter.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values in Connect's JSON without a schema ({@code schemas.enable=false}). What a record is, its fields' names say; what its row's values
 * are, nothing in it says: "MDk=" is 123.45 or 12.345, and a number may be a day, a millisecond or a plain number. So a table's rows are
 * read by its declaration, and refused without one.
 */
final class PlainJson implements SchemaCache<ValueSchema> {

    /** Names on the top level that tell records apart, a bit each. */
    private static final List<String> TELLING = List.of(
            "before",
            "after",
            "source",
            "op",
            "message",
            "ts_ms",
            "status",
            "id",
            "event_count",
            "data_collections",
            "aggregate_type",
            "type",
            "additional_data",
            "timestamp");

    private static final Map<String, Integer> BITS = bits();
    private static final int ENVELOPE = mask("before", "after", "source", "op");
    private static final int MESSAGE = mask("message", "source", "op");
    private static final int HEARTBEAT = mask("ts_ms");
    private static final int TRANSACTION = mask("status", "id", "event_count", "data_collections", "ts_ms");
    private static final int NOTIFICATION = mask("id", "aggregate_type", "type", "additional_data", "timestamp");

    private final JsonValues values;
    private final DeclaredTables declared;
    private final Map<SourceTable, DeclaredTables.Table> tables;
    /** A topic holds one table, nearly always: an envelope each keeps its search for the table short. */
    private final Map<String, Known> envelopes = new HashMap<>();

    private final Map<String, Known> flattened = new HashMap<>();
    /** Of each topic, what its last record was that was looked at closely. */
    private final Map<String, Known> last = new HashMap<>();

    private String lastTopic = "";
    private @Nullable Known lastKnown;

    private final Set<Metadata> metadata = EnumSet.noneOf(Metadata.class);
    private final EventHeader header;
    private final List<String> names = new ArrayList<>();
    private final List<String> sourceNames = new ArrayList<>();
    private int seen;

    /** @param layout that the last such record had which was looked at closely */
    private record Known(Envelope envelope, JsonLayout layout) {}

    /**
     * @param values shared by all readers of a decoder
     * @param header its header, which is filled already where that tells what the record is
     */
    PlainJson(DeclaredTables declared, JsonValues values, EventHeader header) {
        this.header = header;
        this.declared = declared;
        this.values = values;
        tables = declared.byName();
    }

    @Override
    public Located<ValueSchema> locate(String topic, byte[] bytes) throws Refused {
        Known known = topic.equals(lastTopic) ? lastKnown : last.get(topic);
        lastTopic = topic;
        lastKnown = known;
        if (known != null) {
            known.envelope.foresee(header);
            if (known.layout.readHeader(bytes, 0, bytes.length, header)) {
                return new Located<>(known.envelope, 0, bytes.length);
            }
            header.clear();
        }
        scan(bytes);
        return new Located<>(schema(topic), 0, bytes.length);
    }

    private ValueSchema schema(String topic) {
        if ((seen & ENVELOPE) == ENVELOPE) {
            Known known = envelopes.computeIfAbsent(topic, t -> envelope());
            remember(topic, known);
            if (Set.copyOf(names).size() == names.size()) {
                known.layout.expect(names, sourceNames);
            }
            return known.envelope;
        }
        if ((seen & MESSAGE) == MESSAGE) {
            return new ValueSchema.SideTopic(Ignored.MESSAGE);
        }
        if (!metadata.isEmpty()) {
            return Flattened.lack(metadata)
                    .<ValueSchema>map(ValueSchema.Stranger::new)
                    .orElseGet(() -> flattenedOf(topic));
        }
        if (isAlone(HEARTBEAT) && topic.toLowerCase(Locale.ROOT).contains("heartbeat")) {
            return new ValueSchema.SideTopic(Ignored.HEARTBEAT);
        }
        if (isAlone(TRANSACTION)) {
            return new ValueSchema.SideTopic(Ignored.TRANSACTION);
        }
        if (isAlone(NOTIFICATION)) {
            return new ValueSchema.SideTopic(Ignored.NOTIFICATION);
        }
        return new ValueSchema.Stranger(
                "the JSON without schema is neither an envelope of Debezium's PostgreSQL connector"
                        + " (before, after, source, op) nor a flattened record: take the topic out of the pipeline, or "
                        + Flattened.settings());
    }

    private Envelope flattenedOf(String topic) {
        Known known = flattened.computeIfAbsent(topic, t -> flattened());
        remember(topic, known);
        known.layout.expectFlattened(names);
        return known.envelope;
    }

    private void remember(String topic, Known known) {
        last.put(topic, known);
        lastKnown = known;
    }

    private boolean isAlone(int bits) {
        return seen == bits && names.size() == Integer.bitCount(bits);
    }

    private Known envelope() {
        JsonLayout layout = new JsonLayout(values.input());
        return new Known(
                new Envelope(
                        new JsonEnvelope(layout, values, JsonRow.declared(values, List.of(), JsonRow.Kind.ALONE)),
                        layouts(row ->
                                new JsonEnvelope(layout, values, JsonRow.declared(values, row, JsonRow.Kind.ALONE)))),
                layout);
    }

    private Known flattened() {
        JsonLayout layout = new JsonLayout(values.input());
        return new Known(
                new Envelope(
                        new JsonFlattened(layout, values, JsonRow.declared(values, List.of(), JsonRow.Kind.FLATTENED)),
                        layouts(row -> new JsonFlattened(
                                layout, values, JsonRow.declared(values, row, JsonRow.Kind.FLATTENED)))),
                layout);
    }

    private RowLayout.Origin layouts(Function<List<ConnectSchema.Field>, EnvelopeReader> reader) {
        return source -> {
            DeclaredTables.Table table = tables.get(source);
            if (table == null) {
                throw Refused.because(
                        Reason.UNDECLARED_TABLE,
                        "%s: its records are JSON without schema, and the pipeline file's 'tables' does not declare"
                                + " it: add what bin/spindrift tables prints, or set value.converter.schemas.enable=true"
                                + " in the connector",
                        source);
            }
            List<ConnectSchema.Field> row = declared.fields(table);
            return new RowLayout(row, reader.apply(row), new KeySchema(table.key()));
        };
    }

    private void scan(byte[] bytes) throws Refused {
        seen = 0;
        names.clear();
        sourceNames.clear();
        metadata.clear();
        try (JsonParser parser = Json.parser(bytes, 0, bytes.length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Refused.undecodable("%d bytes are no JSON object: set the format to avro", bytes.length);
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                note(name, parser.nextToken());
                if (name.equals("source") && parser.currentToken() == JsonToken.START_OBJECT) {
                    noteSource(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw Json.broken(0);
            }
        } catch (JsonProcessingException e) {
            throw Json.invalid(e, 0);
        } catch (IOException e) {
            throw Json.broken(0);
        }
    }

    /** A column may be called source; the source of an envelope is an object, and no column is one here. */
    private void note(String name, JsonToken value) {
        names.add(name);
        Integer bit = BITS.get(name);
        if (bit != null && (value == JsonToken.START_OBJECT || !name.equals("source"))) {
            seen |= bit;
        }
        Metadata kind = Metadata.of(name);
        if (!kind.isColumn()) {
            metadata.add(kind);
        }
    }

    private void noteSource(JsonParser parser) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            sourceNames.add(name);
            parser.nextToken();
            parser.skipChildren();
        }
    }

    private static Map<String, Integer> bits() {
        Map<String, Integer> bits = new HashMap<>();
        for (int i = 0; i < TELLING.size(); i++) {
            bits.put(TELLING.get(i), 1 << i);
        }
        return Map.copyOf(bits);
    }

    private static int mask(String... names) {
        int mask = 0;
        for (String name : names) {
            mask |= 1 << TELLING.indexOf(name);
        }
        return mask;
    }
}
