package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.JsonInput.Literal;
import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The header of envelopes that stand exactly as Connect's JSON converter writes them: always the same fields in the same order, without
 * spaces. Then nothing has to be looked for: what stands between two values is compared, and the values are read out of the bytes. Answers
 * false at anything else, with the header half filled.
 */
final class JsonLayout {

    private static final JsonPlace NUMBER = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.INT64));
    private static final JsonPlace TEXT = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.STRING));

    private final JsonInput in;
    private final CellBuffer unused = new CellBuffer();
    private Step[] steps = {};
    private Literal end = new Literal("}");

    /** Takes nothing until it is told the fields. */
    JsonLayout(JsonInput in) {
        this.in = in;
    }

    /** What stands ahead of a value, and what becomes of the value. */
    private record Step(Literal ahead, Action action) {}

    private interface Action {
        boolean run(JsonInput in, EventHeader header, CellBuffer unused) throws Refused;
    }

    /** @param in shared by all readers of a decoder */
    static JsonLayout of(JsonInput in, ConnectSchema envelope) {
        JsonLayout layout = new JsonLayout(in);
        List<String> source = List.of();
        for (ConnectSchema.Field field : envelope.fields()) {
            source = field.name().equals("source") ? names(field.schema()) : source;
        }
        layout.expect(names(envelope), source);
        return layout;
    }

    private static List<String> names(ConnectSchema struct) {
        return struct.fields().stream().map(ConnectSchema.Field::name).toList();
    }

    /** The names of an envelope's fields, each once, and of its source's. */
    void expect(List<String> envelope, List<String> source) {
        List<Step> expected = new ArrayList<>();
        String ahead = "{";
        String separator = "";
        for (String name : envelope) {
            ahead += separator + Literal.name(name);
            separator = ",";
            if (name.equals("source")) {
                ahead = sourceSteps(ahead + "{", source, expected);
            } else {
                expected.add(new Step(new Literal(ahead), action(name)));
                ahead = "";
            }
        }
        steps = expected.toArray(Step[]::new);
        end = new Literal(ahead + "}");
    }

    /** Gives what stands behind the last value. */
    private static String sourceSteps(String begin, List<String> source, List<Step> steps) {
        String ahead = begin;
        String separator = "";
        for (String name : source) {
            steps.add(new Step(new Literal(ahead + separator + Literal.name(name)), sourceAction(name)));
            ahead = "";
            separator = ",";
        }
        return ahead + "}";
    }

    private static Action action(String name) {
        return switch (name) {
            case "before" -> JsonLayout::before;
            case "after" -> JsonLayout::after;
            case "op" -> value(TEXT, header -> header.op);
            default -> JsonLayout::skip;
        };
    }

    private static Action sourceAction(String name) {
        Metadata kind = Metadata.ofSource(name);
        return switch (kind) {
            case SCHEMA, TABLE, SNAPSHOT -> value(TEXT, kind::slot);
            case LSN, TX_ID, COMMIT_MILLIS, COMMIT_MICROS, COMMIT_NANOS -> value(NUMBER, kind::slot);
            case COLUMN, OPERATION, DELETED, OTHER -> JsonLayout::skip;
        };
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
        if (!in.isAtObject()) {
            header.after = EventHeader.NOWHERE;
            return in.takeNull();
        }
        int at = in.position();
        header.after = at;
        if (header.readAhead(in.bytes(), at, in.end())) {
            return true;
        }
        in.seek(at);
        return in.skipValue(0);
    }

    boolean readHeader(byte[] value, int from, int to, EventHeader header) throws Refused {
        if (header.isOf(value)) {
            return true;
        }
        in.on(value, from, to);
        for (Step step : steps) {
            if (!in.take(step.ahead) || !step.action.run(in, header, unused)) {
                return false;
            }
        }
        if (steps.length == 0 || !in.take(end) || !in.isAtEnd()) {
            return false;
        }
        header.filledFrom(value);
        return true;
    }
}
