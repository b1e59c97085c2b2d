package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.JsonInput.Literal;
import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One place of a Connect schema, compiled for values that stand as Connect's JSON converter writes them: no spaces, a struct's fields in the
 * schema's order. Reads them into encoders as {@link JsonValues} does, and answers false where it would not be sure to.
 *
 * @param names of a struct, what stands ahead of each field's value
 * @param parts of a struct its fields, of an array and a map its items
 */
record JsonPlace(ConnectSchema.Type type, boolean optional, List<Literal> names, List<JsonPlace> parts) {

    private static final double[] POWERS = powers();
    /** With no more digits than this, and a power of ten that is exact, one division rounds once: correctly. */
    private static final int EXACT_DIGITS = 15;

    private static final int EXACT_FLOAT = 1 << 24;
    private static final int EXACT_FLOAT_POWER = 10;

    /** The fields of a row. */
    static JsonPlace struct(List<ConnectSchema.Field> fields) {
        return of(new ConnectSchema(ConnectSchema.Type.STRUCT, "", Map.of(), false, fields, List.of()));
    }

    static JsonPlace of(ConnectSchema schema) {
        List<JsonPlace> parts = new ArrayList<>();
        for (ConnectSchema item : schema.items()) {
            parts.add(of(item));
        }
        for (ConnectSchema.Field field : schema.fields()) {
            parts.add(of(field.schema()));
        }
        return new JsonPlace(
                schema.type(),
                schema.optional(),
                names(schema.fields().stream().map(ConnectSchema.Field::name).toList()),
                List.copyOf(parts));
    }

    /** What stands ahead of the value of each field of a struct. */
    static List<Literal> names(List<String> fields) {
        List<Literal> names = new ArrayList<>();
        for (String field : fields) {
            names.add(new Literal((names.isEmpty() ? "{" : ",") + Literal.name(field)));
        }
        return List.copyOf(names);
    }

    boolean read(JsonInput in, CellEncoder encoder, CellBuffer out) throws Refused {
        if (in.takeNull()) {
            if (optional) {
                encoder.ofNull(out);
            }
            return optional;
        }
        switch (type) {
            case INT8, INT16, INT32, INT64 -> {
                if (!in.takeInteger()) {
                    return false;
                }
                encoder.ofLong(in.integer(), out);
                return true;
            }
            case BOOLEAN -> {
                int value = in.takeBoolean();
                if (value >= 0) {
                    encoder.ofBoolean(value == 1, out);
                }
                return value >= 0;
            }
            case STRING -> {
                return text(in, encoder, out);
            }
            case BYTES -> {
                return bytes(in, encoder, out);
            }
            case FLOAT32, FLOAT64 -> {
                return floating(in, encoder, out);
            }
            case ARRAY -> {
                return array(in, encoder.ofParts(), out);
            }
            case MAP -> {
                return map(in, encoder.ofParts(), out);
            }
            case STRUCT -> {
                return struct(in, encoder.ofParts(), out);
            }
            case UNION -> {
                return false;
            }
        }
        throw new IllegalStateException("every type is switched on");
    }

    private static boolean text(JsonInput in, CellEncoder encoder, CellBuffer out) throws Refused {
        if (!in.takeText()) {
            return false;
        }
        if (in.isPlain()) {
            encoder.ofUtf8(in.bytes(), in.start(), in.length(), out);
            return true;
        }
        int length = in.unescapedLength();
        if (length >= 0) {
            encoder.ofUtf8(in.unescaped(), 0, length, out);
        }
        return length >= 0;
    }

    private static boolean bytes(JsonInput in, CellEncoder encoder, CellBuffer out) throws Refused {
        int length = in.takeText() && in.isPlain() ? in.decodeBase64() : -1;
        if (length >= 0) {
            encoder.ofBytes(in.decoded(), 0, length, out);
        }
        return length >= 0;
    }

    /** Connect writes NaN and the infinities as texts; those, too, are left to Jackson. */
    private boolean floating(JsonInput in, CellEncoder encoder, CellBuffer out) throws Refused {
        if (!in.takeNumber() || !in.isPlain() || !in.isBehindValue()) {
            return false;
        }
        long digits = 0;
        int decimals = -1;
        for (int i = in.start(); i < in.start() + in.length(); i++) {
            byte b = in.bytes()[i];
            if (b == '.') {
                decimals = 0;
            } else if (b != '-') {
                digits = 10 * digits + b - '0';
                decimals += decimals < 0 ? 0 : 1;
            }
        }
        // Of an integer only Jackson knows whether -0 is one.
        if (decimals < 0 || in.length() > EXACT_DIGITS + 1) {
            return false;
        }
        boolean negative = in.bytes()[in.start()] == '-';
        if (type == ConnectSchema.Type.FLOAT64) {
            double value = digits / POWERS[decimals];
            encoder.ofDouble(negative ? -value : value, out);
            return true;
        }
        if (digits > EXACT_FLOAT || decimals > EXACT_FLOAT_POWER) {
            return false;
        }
        float value = (float) digits / (float) POWERS[decimals];
        encoder.ofDouble(negative ? -value : value, out);
        return true;
    }

    private boolean array(JsonInput in, Parts to, CellBuffer out) throws Refused {
        if (!in.take('[')) {
            return false;
        }
        to.begin(out);
        if (!in.take(']')) {
            do {
                if (!parts.get(0).read(in, to.part(0), to.buffer())) {
                    return false;
                }
                to.add(0, out);
            } while (in.take(','));
            if (!in.take(']')) {
                return false;
            }
        }
        to.end(out);
        return true;
    }

    private boolean map(JsonInput in, Parts to, CellBuffer out) throws Refused {
        if (!in.take('{')) {
            return false;
        }
        to.begin(out);
        if (!in.take('}')) {
            do {
                if (!in.takeText() || !in.isPlain()) {
                    return false;
                }
                to.key(in.bytes(), in.start(), in.length());
                if (!in.take(':') || !parts.get(0).read(in, to.part(0), to.buffer())) {
                    return false;
                }
                to.add(0, out);
            } while (in.take(','));
            if (!in.take('}')) {
                return false;
            }
        }
        to.end(out);
        return true;
    }

    private boolean struct(JsonInput in, Parts to, CellBuffer out) throws Refused {
        to.begin(out);
        for (int i = 0; i < parts.size(); i++) {
            if (!in.take(names.get(i)) || !parts.get(i).read(in, to.part(i), to.buffer())) {
                return false;
            }
            to.add(i, out);
        }
        if (parts.isEmpty() || !in.take('}')) {
            return false;
        }
        to.end(out);
        return true;
    }

    private static double[] powers() {
        double[] powers = new double[EXACT_DIGITS + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = 10 * powers[i - 1];
        }
        return powers;
    }
}
