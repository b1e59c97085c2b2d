package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.JsonInput.Literal;
import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The header of envelopes, or the metadata of flattened records, that stand exactly as Connect's JSON converter writes them: always the same fields in the same order, without
 * spaces. Then nothing has to be looked for: what stands between two values is compared, and the values are read out of the bytes. Most of
 * the values are the same in every record of a topic, too: neighbours that have never differed are compared in one go with what stands
 * between them, as equal bytes read equally. Answers false at anything else, with the header half filled.
 */
final class JsonLayout {

    private static final JsonPlace NUMBER = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.INT64));
    private static final int MAX_KNOWN = 100;
    private static final byte[] ALWAYS_READ = {};
    private static final JsonPlace TEXT = JsonPlace.of(ConnectSchema.of(ConnectSchema.Type.STRING));

    private final JsonInput in;
    private final CellBuffer unused = new CellBuffer();
    private Literal end = new Literal("}");
    private Step[] steps = {};
    /** Of the record that was last read step by step, where each value begins and ends. */
    private int[] begins = {};

    private int[] ends = {};
    /** What each value was then; empty for one that differed before, or is always read. */
    private byte[][] known = {};
    /** From each step on, and from behind the last one. */
    private Run[] runs = {};
    /** Of a flattened record: what stands ahead of each column's value, and behind the last. */
    private Literal[] columns = {};

    private byte[] taken = ALWAYS_READ;

    /** Takes nothing until it is told the fields. */
    JsonLayout(JsonInput in) {
        this.in = in;
    }

    /** What stands ahead of a value, and what becomes of the value. */
    private record Step(
            Literal ahead, Action action, Sameness sameness, Optional<Function<EventHeader, EventHeader.Text>> slot) {
        Step(String ahead, Action action, Sameness sameness) {
            this(new Literal(ahead), action, sameness, Optional.empty());
        }
    }

    /** Which values are worth to be compared instead of read. */
    private enum Sameness {
        NONE,
        NULL,
        /** Short ones of any kind, which nobody keeps. */
        SKIPPED,
        /** Texts without escapes, which the header keeps. */
        TEXT
    }

    /**
     * Steps whose values are known.
     *
     * @param bytes from the first one on, up to the value of the next step that has to be read, or to the end
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Run(Literal bytes, int next, KnownText[] texts) {
        void fill(EventHeader header) {
            for (KnownText text : texts) {
                text.slot.apply(header).set(text.utf8);
            }
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record KnownText(Function<EventHeader, EventHeader.Text> slot, byte[] utf8) {}

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

    static JsonLayout ofFlattened(JsonInput in, ConnectSchema record) {
        JsonLayout layout = new JsonLayout(in);
        layout.expectFlattened(names(record));
        return layout;
    }

    /** The names of a flattened record's fields. Takes nothing where its metadata do not follow the row, as the transform writes them. */
    void expectFlattened(List<String> record) {
        List<String> row =
                record.stream().filter(name -> Metadata.of(name).isColumn()).toList();
        boolean isInOrder = record.subList(0, row.size()).equals(row) && !row.isEmpty() && row.size() < record.size();
        columns = JsonPlace.names(row).toArray(Literal[]::new);
        List<Step> expected = new ArrayList<>();
        expected.add(new Step("", this::row, Sameness.NONE));
        for (String name : record.subList(row.size(), record.size())) {
            expected.add(metadataStep("," + Literal.name(name), Metadata.of(name)));
        }
        expect(isInOrder ? expected : List.of(), "}");
    }

    private boolean row(JsonInput in, EventHeader header, CellBuffer unused) {
        int at = in.position();
        header.flattenedFrom(at);
        if (header.readAhead(in.bytes(), at, in.end())) {
            return true;
        }
        in.seek(at);
        for (Literal column : columns) {
            if (!in.take(column) || !in.skipValue(1)) {
                return false;
            }
        }
        return true;
    }

    /** Of all records, the last one that was taken. */
    boolean hasTaken(byte[] value) {
        return taken == value;
    }

    /** Whether the row of the flattened record that was taken ends where the input is. */
    boolean isBehindRow() {
        return in.take(steps[1].ahead);
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
                expected.add(step(ahead, name));
                ahead = "";
            }
        }
        expect(expected, ahead + "}");
    }

    private void expect(List<Step> expected, String behind) {
        steps = expected.toArray(Step[]::new);
        end = new Literal(behind);
        taken = ALWAYS_READ;
        begins = new int[steps.length];
        ends = new int[steps.length];
        known = new byte[steps.length][];
        runs = new Run[0];
    }

    /** Gives what stands behind the last value. */
    private static String sourceSteps(String begin, List<String> source, List<Step> steps) {
        String ahead = begin;
        String separator = "";
        for (String name : source) {
            steps.add(sourceStep(ahead + separator + Literal.name(name), name));
            ahead = "";
            separator = ",";
        }
        return ahead + "}";
    }

    private static Step step(String ahead, String name) {
        return switch (name) {
            case "before" -> new Step(ahead, JsonLayout::before, Sameness.NULL);
            case "after" -> new Step(ahead, JsonLayout::after, Sameness.NONE);
            case "op" -> text(ahead, header -> header.op);
            default -> skipping(ahead);
        };
    }

    private static Step sourceStep(String ahead, String name) {
        return metadataStep(ahead, Metadata.ofSource(name));
    }

    private static Step metadataStep(String ahead, Metadata kind) {
        return switch (kind) {
            case OPERATION -> text(ahead, header -> header.op);
            case DELETED -> text(ahead, header -> header.deleted);
            case SCHEMA -> text(ahead, header -> header.schema);
            case TABLE -> text(ahead, header -> header.table);
            case SNAPSHOT -> text(ahead, header -> header.snapshot);
            case LSN, TX_ID, COMMIT_MILLIS, COMMIT_MICROS, COMMIT_NANOS ->
                new Step(ahead, value(NUMBER, kind::slot), Sameness.NONE);
            case COLUMN, OTHER -> skipping(ahead);
        };
    }

    private static Step text(String ahead, Function<EventHeader, EventHeader.Text> slot) {
        return new Step(new Literal(ahead), value(TEXT, slot::apply), Sameness.TEXT, Optional.of(slot));
    }

    private static Step skipping(String ahead) {
        return new Step(ahead, JsonLayout::skip, Sameness.SKIPPED);
    }

    private static Action value(JsonPlace place, Function<EventHeader, CellEncoder> slot) {
        return (in, header, unused) -> place.read(in, slot.apply(header), unused);
    }

    private static boolean skip(JsonInput in, EventHeader header, CellBuffer unused) {
        return in.skipValue(0);
    }

    private static boolean before(JsonInput in, EventHeader header, CellBuffer unused) {
        if (!in.isAtObject()) {
            header.before = EventHeader.NOWHERE;
            return in.takeNull();
        }
        int at = in.position();
        header.before = at;
        if (header.stepOver(in)) {
            return true;
        }
        in.seek(at);
        return in.skipValue(0);
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
        if (!readByRuns(header)) {
            header.clear();
            in.seek(from);
            if (!readByStep(header)) {
                return false;
            }
            learn(from);
        }
        header.filledFrom(value);
        taken = value;
        return true;
    }

    private boolean readByRuns(EventHeader header) throws Refused {
        int step = 0;
        while (step < runs.length) {
            Run run = runs[step];
            if (!in.take(run.bytes)) {
                return false;
            }
            run.fill(header);
            if (run.next == steps.length) {
                return in.isAtEnd();
            }
            if (!steps[run.next].action.run(in, header, unused)) {
                return false;
            }
            step = run.next + 1;
        }
        return false;
    }

    private boolean readByStep(EventHeader header) throws Refused {
        for (int i = 0; i < steps.length; i++) {
            if (!in.take(steps[i].ahead)) {
                return false;
            }
            begins[i] = in.position();
            if (!steps[i].action.run(in, header, unused)) {
                return false;
            }
            ends[i] = in.position();
        }
        return steps.length > 0 && in.take(end) && in.isAtEnd();
    }

    /** From the record that was just read step by step. A value that has differed once is read ever after: so this comes to an end. */
    private void learn(int from) {
        for (int i = 0; i < steps.length; i++) {
            byte[] value = Arrays.copyOfRange(in.bytes(), begins[i], Math.min(ends[i], begins[i] + MAX_KNOWN));
            boolean same = known[i] == null ? isWorth(steps[i].sameness, value) : Arrays.equals(known[i], value);
            known[i] = same ? value : ALWAYS_READ;
        }
        runs = new Run[steps.length + 1];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = run(i, i == 0 ? from : ends[i - 1]);
        }
    }

    private Run run(int first, int from) {
        List<KnownText> texts = new ArrayList<>();
        int next = first;
        while (next < steps.length && known[next] != ALWAYS_READ) {
            byte[] value = known[next];
            steps[next].slot.ifPresent(
                    slot -> texts.add(new KnownText(slot, Arrays.copyOfRange(value, 1, value.length - 1))));
            next++;
        }
        int to = next == steps.length ? in.end() : begins[next];
        return new Run(new Literal(Arrays.copyOfRange(in.bytes(), from, to)), next, texts.toArray(KnownText[]::new));
    }

    private static boolean isWorth(Sameness sameness, byte[] value) {
        return switch (sameness) {
            case NONE -> false;
            case NULL -> value[0] == 'n';
            case SKIPPED -> value.length < MAX_KNOWN;
            case TEXT -> value[0] == '"' && value.length < MAX_KNOWN && !hasBackslash(value);
        };
    }

    private static boolean hasBackslash(byte[] value) {
        for (byte b : value) {
            if (b == '\\') {
                return true;
            }
        }
        return false;
    }
}
