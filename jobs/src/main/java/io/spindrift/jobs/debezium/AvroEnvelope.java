package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Envelopes and flattened records in Avro: a header field is read where it stands, everything else is stepped over. */
final class AvroEnvelope implements EnvelopeReader {

    private final AvroInput in;
    private final List<Step> steps;
    private final List<Step> orderSteps;
    private final AvroFields row;
    /** Of the row's fields, whether each is a column, or metadata beside it. */
    private final boolean[] isColumn;

    private final CellBuffer unused = new CellBuffer();

    private AvroEnvelope(
            AvroInput in, List<Step> steps, List<Step> orderSteps, List<AvroType.Field> row, boolean flattened) {
        this.in = in;
        this.steps = List.copyOf(steps);
        this.orderSteps = List.copyOf(orderSteps);
        this.row = fields(row);
        isColumn = new boolean[row.size()];
        for (int i = 0; i < isColumn.length; i++) {
            isColumn[i] = !flattened || Metadata.of(row.get(i).name()).isColumn();
        }
    }

    private static AvroFields fields(List<AvroType.Field> fields) {
        return new AvroFields(fields.stream().map(field -> field.type().node()).toList());
    }

    /** @param in shared by all readers of a decoder */
    static ValueSchema compile(AvroType type, AvroInput in) {
        return ValueSchema.rowOf(type.schema())
                .<ValueSchema>map(row ->
                        new Envelope(new AvroEnvelope(in, steps(type), orderSteps(type), rowFields(type), false), row))
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

    @Override
    public void readTotalOrder(byte[] value, int from, int to, EventHeader header) throws Refused {
        in.on(value, from, to);
        for (int i = 0; i < orderSteps.size(); i++) {
            orderSteps.get(i).run(in, header, unused);
        }
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
            if (isColumn[i]) {
                readCell(i, column++, cells, out);
            } else {
                row.skip(in, i);
            }
        }
    }

    private void readCell(int field, int column, RowCells cells, CellBuffer out) throws Refused {
        CellEncoder encoder = cells.encoders()[column];
        if (encoder instanceof RowCells.Skipped skipped) {
            row.skip(in, field);
            skipped.write(out);
            return;
        }
        try {
            row.read(in, field, encoder, out);
        } catch (Refused refused) {
            throw refused.at(cells.placeOf(column), column);
        }
    }

    private static List<AvroType.Field> rowFields(AvroType envelope) {
        for (AvroType.Field field : envelope.fields()) {
            if (field.name().equals("after")) {
                return field.type().fields();
            }
        }
        throw new IllegalStateException("an envelope has a field after");
    }

    private static AvroEnvelope flattened(AvroType record, AvroInput in) {
        Step begin = (input, header, out) -> header.flattenedFrom(input.position());
        List<Step> steps = List.of(begin, headerFields(record.fields(), Metadata::of));
        return new AvroEnvelope(in, steps, List.of(), record.fields(), true);
    }

    /** Reads what the header keeps, and steps over the others. */
    private static Step headerFields(List<AvroType.Field> fields, Function<String, Metadata> kindOf) {
        AvroFields values = fields(fields);
        Metadata[] kinds =
                fields.stream().map(field -> kindOf.apply(field.name())).toArray(Metadata[]::new);
        return (in, header, out) -> {
            for (int i = 0; i < kinds.length; i++) {
                CellEncoder slot = kinds[i].slot(header);
                if (slot == RowCells.SKIPPED) {
                    values.skip(in, i);
                } else {
                    values.read(in, i, slot, out);
                }
            }
        };
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

    private static List<Step> orderSteps(AvroType envelope) {
        List<Step> steps = new ArrayList<>();
        for (AvroType.Field field : envelope.fields()) {
            AvroNode node = field.type().node();
            steps.add(
                    field.name().equals("transaction") && !field.type().fields().isEmpty()
                            ? transactionStep(field.type())
                            : (in, header, out) -> node.skip(in));
        }
        return steps;
    }

    private static Step transactionStep(AvroType transaction) {
        List<AvroType.Field> fields = transaction.fields();
        AvroFields values = fields(fields);
        return (in, header, out) -> {
            if (transaction.node() instanceof AvroNode.OrNull optional && optional.isNull(in)) {
                return;
            }
            for (int i = 0; i < fields.size(); i++) {
                if (fields.get(i).name().equals("total_order")) {
                    values.read(in, i, header.totalOrder, out);
                } else {
                    values.skip(in, i);
                }
            }
        };
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
        steps.add(headerFields(source.fields(), Metadata::ofSource));
        return steps;
    }

    /** Where the row's fields begin, behind the union's choice; {@link EventHeader#NOWHERE} for null. */
    private static int stepOver(AvroNode row, AvroInput in) throws Refused {
        if (row instanceof AvroNode.OrNull optional && optional.isNull(in)) {
            return EventHeader.NOWHERE;
        }
        int at = in.position();
        present(row).skip(in);
        return at;
    }

    private static int readOver(AvroNode row, AvroInput in, EventHeader header) throws Refused {
        if (row instanceof AvroNode.OrNull optional && optional.isNull(in)) {
            return EventHeader.NOWHERE;
        }
        int at = in.position();
        if (!header.readAhead(in.bytes(), at, at + in.remaining())) {
            in.seek(at);
            present(row).skip(in);
        }
        return at;
    }

    private static AvroNode present(AvroNode row) {
        return row instanceof AvroNode.OrNull optional ? optional.value() : row;
    }

    private interface Step {
        void run(AvroInput in, EventHeader header, CellBuffer out) throws Refused;
    }
}
