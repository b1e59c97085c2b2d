package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.List;

/** Envelopes and flattened records in Avro: a header field is read where it stands, everything else is stepped over. */
final class AvroEnvelope implements EnvelopeReader {

    private final AvroInput in;
    private final List<Step> steps;
    private final List<Part> row;
    private final CellBuffer unused = new CellBuffer();

    /** A field of what the row is read from: a column, or metadata beside it. */
    private record Part(AvroNode node, boolean isColumn) {}

    private AvroEnvelope(AvroInput in, List<Step> steps, List<Part> row) {
        this.in = in;
        this.steps = List.copyOf(steps);
        this.row = List.copyOf(row);
    }

    /** @param in shared by all readers of a decoder */
    static ValueSchema compile(AvroType type, AvroInput in) {
        return ValueSchema.rowOf(type.schema())
                .<ValueSchema>map(row -> new Envelope(new AvroEnvelope(in, steps(type), rowParts(type)), row))
                .or(() -> Flattened.of(type.schema()).map(flat -> ValueSchema.flattened(flat, flattened(type, in))))
                .orElseGet(() -> ValueSchema.other(type.schema()));
    }

    @Override
    public void readHeader(byte[] value, int from, int to, EventHeader header) throws Refused {
        in.on(value, from, to);
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).run(in, header, unused);
        }
        in.expectEnd();
    }

    /** A refusal is repeated when the row is read again, with its place. */
    @Override
    public boolean readAhead(byte[] value, int at, int to, RowCells cells, CellBuffer out) {
        try {
            readRow(value, at, to, cells, out);
            return true;
        } catch (Refused refused) {
            return false;
        }
    }

    @Override
    public void readRow(byte[] value, int at, int to, RowCells cells, CellBuffer out) throws Refused {
        in.on(value, at, to);
        int column = 0;
        for (int i = 0; i < row.size(); i++) {
            if (row.get(i).isColumn) {
                readCell(row.get(i).node, column++, cells, out);
            } else {
                row.get(i).node.skip(in);
            }
        }
    }

    private void readCell(AvroNode node, int column, RowCells cells, CellBuffer out) throws Refused {
        CellEncoder encoder = cells.encoders().get(column);
        if (encoder instanceof RowCells.Skipped skipped) {
            node.skip(in);
            skipped.write(out);
            return;
        }
        try {
            node.read(in, encoder, out);
        } catch (Refused refused) {
            throw refused.at(cells.placeOf(column), column);
        }
    }

    private static List<Part> rowParts(AvroType envelope) {
        for (AvroType.Field field : envelope.fields()) {
            if (field.name().equals("after")) {
                return field.type().fields().stream()
                        .map(f -> new Part(f.type().node(), true))
                        .toList();
            }
        }
        throw new IllegalStateException("an envelope has a field after");
    }

    private static AvroEnvelope flattened(AvroType record, AvroInput in) {
        List<Step> steps = new ArrayList<>();
        List<Part> row = new ArrayList<>();
        steps.add((input, header, out) -> header.flattenedFrom(input.position()));
        for (AvroType.Field field : record.fields()) {
            AvroNode node = field.type().node();
            Metadata kind = Metadata.of(field.name());
            steps.add((input, header, out) -> {
                CellEncoder slot = kind.slot(header);
                if (slot == RowCells.SKIPPED) {
                    node.skip(input);
                } else {
                    node.read(input, slot, out);
                }
            });
            row.add(new Part(node, kind.isColumn()));
        }
        return new AvroEnvelope(in, steps, row);
    }

    private static List<Step> steps(AvroType envelope) {
        List<Step> steps = new ArrayList<>();
        for (AvroType.Field field : envelope.fields()) {
            AvroNode node = field.type().node();
            switch (field.name()) {
                case "before" -> steps.add((in, header, out) -> header.before = stepOver(node, in));
                case "after" -> steps.add((in, header, out) -> header.after = readOver(node, in, header));
                case "op" -> steps.add((in, header, out) -> node.read(in, header.op, out));
                case "source" -> steps.addAll(sourceSteps(field.type()));
                default -> steps.add((in, header, out) -> node.skip(in));
            }
        }
        return steps;
    }

    private static List<Step> sourceSteps(AvroType source) {
        List<Step> steps = new ArrayList<>();
        if (source.node() instanceof AvroNode.OrNull optional) {
            steps.add((in, header, out) -> {
                if (optional.isNull(in)) {
                    throw Refused.undecodable("the envelope has no source");
                }
            });
        }
        for (AvroType.Field field : source.fields()) {
            AvroNode node = field.type().node();
            switch (field.name()) {
                case "schema" -> steps.add((in, header, out) -> node.read(in, header.schema, out));
                case "table" -> steps.add((in, header, out) -> node.read(in, header.table, out));
                case "snapshot" -> steps.add((in, header, out) -> node.read(in, header.snapshot, out));
                case "lsn" -> steps.add((in, header, out) -> node.read(in, header.lsn, out));
                case "txId" -> steps.add((in, header, out) -> node.read(in, header.txId, out));
                case "ts_ms" -> steps.add((in, header, out) -> node.read(in, header.millis, out));
                case "ts_us" -> steps.add((in, header, out) -> node.read(in, header.micros, out));
                case "ts_ns" -> steps.add((in, header, out) -> node.read(in, header.nanos, out));
                default -> steps.add((in, header, out) -> node.skip(in));
            }
        }
        return steps;
    }

    /** Where the row's fields begin, behind the union's choice; {@link EventHeader#NOWHERE} for null. */
    private static int stepOver(AvroNode row, AvroInput in) throws Refused {
        if (row instanceof AvroNode.OrNull optional && optional.isNull(in)) {
            return EventHeader.NOWHERE;
        }
        int at = in.position();
        fields(row).skip(in);
        return at;
    }

    private static int readOver(AvroNode row, AvroInput in, EventHeader header) throws Refused {
        if (row instanceof AvroNode.OrNull optional && optional.isNull(in)) {
            return EventHeader.NOWHERE;
        }
        int at = in.position();
        if (!header.readAhead(in.bytes(), at, at + in.remaining())) {
            in.seek(at);
            fields(row).skip(in);
        }
        return at;
    }

    private static AvroNode fields(AvroNode row) {
        return row instanceof AvroNode.OrNull optional ? optional.value() : row;
    }

    private interface Step {
        void run(AvroInput in, EventHeader header, CellBuffer out) throws Refused;
    }
}
