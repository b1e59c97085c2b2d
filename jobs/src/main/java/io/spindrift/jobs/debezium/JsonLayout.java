package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.JsonInput.Literal;
import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Envelopes exactly as Connect's JSON converter writes them: every field of the schema, in its order, without spaces. Then nothing has to be
 * looked for: what stands between two values is compared, and the values are read out of the bytes. Answers false at anything else, with
 * header or cells half filled.
 */
final class JsonLayout {

    private static final JsonPlace NUMBER = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.INT64));
    private static final JsonPlace TEXT = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.STRING));
    private static final Literal END = new Literal("}");

    private final JsonInput in;
    private final Step[] steps;
    private final JsonPlace row;
    private final CellBuffer unused = new CellBuffer();

    private JsonLayout(JsonInput in, List<Step> steps, JsonPlace row) {
        this.in = in;
        this.steps = steps.toArray(Step[]::new);
        this.row = row;
    }

    /** What stands ahead of a value, and what becomes of the value. */
    private record Step(Literal ahead, Action action) {}

    private interface Action {
        boolean run(JsonInput in, EventHeader header, CellBuffer unused) throws Refused;
    }

    /** @param row the fields of before and after */
    static JsonLayout of(JsonInput in, ConnectSchema envelope, List<ConnectSchema.Field> row) {
        List<Step> steps = new ArrayList<>();
        String ahead = "{";
        for (ConnectSchema.Field field : envelope.fields()) {
            ahead += "\"" + field.name() + "\":";
            switch (field.name()) {
                case "before" -> steps.add(new Step(new Literal(ahead), JsonLayout::before));
                case "after" -> steps.add(new Step(new Literal(ahead), JsonLayout::after));
                case "op" -> steps.add(new Step(new Literal(ahead), value(TEXT, header -> header.op)));
                case "source" -> ahead = sourceSteps(ahead + "{", field.schema(), steps);
                default -> steps.add(new Step(new Literal(ahead), JsonLayout::skip));
            }
            ahead = field.name().equals("source") ? ahead + "," : ",";
        }
        return new JsonLayout(
                in,
                steps,
                JsonPlace.of(new ConnectSchema(ConnectSchema.Type.STRUCT, "", Map.of(), false, row, List.of())));
    }

    /** Gives what stands behind the last value. */
    private static String sourceSteps(String begin, ConnectSchema source, List<Step> steps) {
        String ahead = begin;
        for (ConnectSchema.Field field : source.fields()) {
            Action action = slot(field.name()).orElse(JsonLayout::skip);
            steps.add(new Step(new Literal(ahead + "\"" + field.name() + "\":"), action));
            ahead = ",";
        }
        return "}";
    }

    private static Optional<Action> slot(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "schema" -> value(TEXT, header -> header.schema);
                    case "table" -> value(TEXT, header -> header.table);
                    case "snapshot" -> value(TEXT, header -> header.snapshot);
                    case "lsn" -> value(NUMBER, header -> header.lsn);
                    case "txId" -> value(NUMBER, header -> header.txId);
                    case "ts_ms" -> value(NUMBER, header -> header.millis);
                    case "ts_us" -> value(NUMBER, header -> header.micros);
                    case "ts_ns" -> value(NUMBER, header -> header.nanos);
                    default -> null;
                });
    }

    private static Action value(JsonPlace place, Function<EventHeader, CellEncoder> slot) {
        return (in, header, unused) -> place.read(in, slot.apply(header), unused);
    }

    private static boolean skip(JsonInput in, EventHeader header, CellBuffer unused) {
        return in.skipValue(0);
    }

    private static boolean before(JsonInput in, EventHeader header, CellBuffer unused) {
        header.before = in.isAtObject() ? in.position() : EventHeader.NOWHERE;
        return in.isAtObject() ? in.skipValue(0) : in.takeNull();
    }

    private static boolean after(JsonInput in, EventHeader header, CellBuffer unused) {
        header.after = in.isAtObject() ? in.position() : EventHeader.NOWHERE;
        return in.isAtObject() ? in.skipValue(0) : in.takeNull();
    }

    boolean readHeader(byte[] value, int from, int to, EventHeader header) throws Refused {
        in.on(value, from, to);
        for (Step step : steps) {
            if (!in.take(step.ahead) || !step.action.run(in, header, unused)) {
                return false;
            }
        }
        return in.take(END) && in.isAtEnd();
    }

    /** A refusal, too, is for the other reader to repeat: it knows the place. */
    boolean readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        in.on(value, at, to);
        List<CellEncoder> encoders = cells.encoders();
        List<JsonPlace> places = row.parts();
        try {
            for (int i = 0; i < places.size(); i++) {
                if (!in.take(row.names().get(i)) || !cell(places.get(i), encoders.get(i), out)) {
                    return false;
                }
            }
            return in.take(END);
        } catch (Refused refused) {
            return false;
        }
    }

    private boolean cell(JsonPlace place, CellEncoder encoder, CellBuffer out) throws Refused {
        if (encoder != RowCells.SKIPPED) {
            return place.read(in, encoder, out);
        }
        out.addNull();
        return in.skipValue(0);
    }
}
