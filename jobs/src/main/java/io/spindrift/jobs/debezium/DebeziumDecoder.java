package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.Multiset;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableTruncated;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Kafka records of a Debezium PostgreSQL connector → change events, in the order of the records.
 *
 * <ul>
 *   <li>A row's change, ahead of it its shape when this decoder has not announced it yet.
 *   <li>A truncated table.
 *   <li>A dead letter: the record whole, and why.
 *   <li>Nothing, counted by {@link Ignored}: tombstones, Debezium's side topics, tables that the routes do not take.
 * </ul>
 *
 * <p>The key's columns are named by the Kafka key, or declared; its values are always the row's own. Of a delete only the key is believed: under
 * REPLICA IDENTITY DEFAULT Debezium fills NOT NULL columns of {@code before} with made-up values. Tables that are logged only have no key, whatever
 * Kafka's says; of their deletes the whole row is believed where one of its values shows that it was sent: in a column that takes NULL and has no
 * default, where only REPLICA IDENTITY FULL sends one. Rows that are known by their values are read whole, an update's before and after. Debezium's placeholder of an unchanged
 * TOAST value is recognised in updates, and in the insert half of a key change; anywhere else it is a user's text. The delete half has every
 * value that may be left out of the insert as unchanged: it stands with the old key. Of types for which Debezium
 * has no placeholder NULL may stand in its place, unless {@code before} is there, which only REPLICA IDENTITY FULL sends with an update.
 *
 * <p>One decoder a source subtask. Not thread-safe, but for {@link #ignored}. It holds nothing that a crash could lose.
 */
public final class DebeziumDecoder {

    private static final String OLD_KEY = "__debezium.oldkey";
    private static final String NEW_KEY = "__debezium.newkey";

    private final Function<SourceTable, Optional<TableName>> routes;
    private final KeylessTables keyless;
    private final ColumnChoices choices;
    private final SchemaCache<ValueSchema> values;
    private final SchemaCache<KeySchema> keys;
    private final Set<Long> announced = new HashSet<>();
    private final AtomicLongArray ignored = new AtomicLongArray(Ignored.values().length);
    private final AtomicLong rawValues = new AtomicLong();
    private final CellBuffer cells = new CellBuffer();
    private final EventHeader header = new EventHeader(cells);
    private final CellBuffer keyCells = new CellBuffer();
    private final CellBuffer before = new CellBuffer();
    private final CellBuffer after = new CellBuffer();
    private final CellCursor cursor = new CellCursor();
    private final List<ChangeEvent> decoded = new ArrayList<>(2);
    private @Nullable RowPlan lastAnnounced;
    /** Of the record that is being decoded, once it is known. */
    private @Nullable TableBinding binding;

    /** For tables whose records carry their schemas. */
    DebeziumDecoder(
            RecordFormat keyFormat,
            RecordFormat valueFormat,
            WriterSchemas schemas,
            Function<SourceTable, Optional<TableName>> routes) {
        this(keyFormat, valueFormat, DeclaredTables.NONE, schemas, routes, ColumnSettings.DEFAULT);
    }

    /** Where each table has a key. */
    public DebeziumDecoder(
            RecordFormat keyFormat,
            RecordFormat valueFormat,
            DeclaredTables declared,
            WriterSchemas schemas,
            Function<SourceTable, Optional<TableName>> routes,
            ColumnSettings columns) {
        this(keyFormat, valueFormat, declared, schemas, routes, KeylessTables.NONE, columns);
    }

    /**
     * @param declared the tables whose records may come without a schema
     * @param routes the warehouse's table for a source table, or empty: not wanted. Asked once a table and schema version
     */
    public DebeziumDecoder(
            RecordFormat keyFormat,
            RecordFormat valueFormat,
            DeclaredTables declared,
            WriterSchemas schemas,
            Function<SourceTable, Optional<TableName>> routes,
            KeylessTables keyless,
            ColumnSettings columns) {
        this.routes = routes;
        this.keyless = keyless;
        choices = new ColumnChoices(columns);
        AvroInput avro = new AvroInput();
        JsonValues json = new JsonValues();
        values = new Formats<>(
                valueFormat,
                new AvroSchemas<>(schemas, type -> AvroEnvelope.compile(type, avro)),
                new JsonSchemas<>(schema -> JsonEnvelope.compile(schema, json)),
                new PlainJson(declared, json, header));
        keys = new Formats<>(
                keyFormat,
                new AvroSchemas<>(schemas, type -> KeySchema.of(type.schema())),
                new JsonSchemas<>(KeySchema::of),
                new PlainJsonKeys(json));
    }

    /**
     * Emits the record's events, or none.
     *
     * @throws IOException when the registry cannot be reached: no fault of the record, which must be read again
     */
    public void decode(RawRecord record, Consumer<? super ChangeEvent> out) throws IOException {
        decoded.clear();
        binding = null;
        try {
            decodeValue(record);
        } catch (Refused refused) {
            decoded.clear();
            decoded.add(deadLetter(record, refused));
        } catch (RuntimeException e) {
            // A record that meets a fault of ours must not stop the pipeline for ever. It is kept, and the fault is
            // named.
            decoded.clear();
            decoded.add(deadLetter(record, Refused.undecodable("fault of the decoder: %s", place(e))));
        }
        for (int i = 0; i < decoded.size(); i++) {
            out.accept(decoded.get(i));
        }
    }

    /**
     * Whether the record is the last read of its table in the snapshot of this LSN: {@code source.snapshot} says so. Reads no further than the
     * header.
     *
     * @throws IOException when the registry cannot be reached
     */
    public boolean endsSnapshot(RawRecord record, long lsn) throws IOException {
        byte[] value = record.value();
        if (value == null) {
            return false;
        }
        header.clear();
        try {
            SchemaCache.Located<ValueSchema> located = values.locate(record.topic(), value);
            if (located.schema() instanceof Envelope envelope) {
                header.expect(RowGuess.NONE, RowGuess.NONE);
                envelope.reader().readHeader(value, located.from(), located.to(), header);
                return header.endsSnapshot(lsn);
            }
            return false;
        } catch (Refused refused) {
            return false;
        }
    }

    /** Records that became no event, since this decoder began. */
    public long ignored(Ignored kind) {
        return ignored.get(kind.ordinal());
    }

    /** Values that stand in a raw column because their own does not hold them, since this decoder began. */
    public long rawValues() {
        return rawValues.get();
    }

    /** Columns that were left out by {@link ColumnSettings.OnUnsupportedType#EXCLUDE_COLUMN}. */
    public int columnsLeftOut() {
        return choices.leftOut();
    }

    private void decodeValue(RawRecord record) throws Refused, IOException {
        byte[] value = record.value();
        if (value == null) {
            ignore(Ignored.TOMBSTONE);
            return;
        }
        header.clear();
        SchemaCache.Located<ValueSchema> located = values.locate(record.topic(), value);
        // Sealed: the compiler of Java 17 has no pattern switch.
        if (located.schema() instanceof Envelope envelope) {
            envelope.foresee(header);
            envelope.reader().readHeader(value, located.from(), located.to(), header);
            decodeEvent(record, located, envelope);
        } else if (located.schema() instanceof ValueSchema.SideTopic side) {
            ignore(side.kind());
        } else if (located.schema() instanceof ValueSchema.Stranger stranger) {
            throw Refused.because(Reason.NOT_AN_ENVELOPE, "%s", stranger.detail());
        }
    }

    private void decodeEvent(RawRecord record, SchemaCache.Located<ValueSchema> located, Envelope envelope)
            throws Refused, IOException {
        char op = header.operation();
        if (op == 'm') {
            ignore(Ignored.MESSAGE);
            return;
        }
        TableBinding table = envelope.table(record.topic(), header, routes, keyless, choices);
        binding = table;
        if (!table.isRouted()) {
            ignore(Ignored.UNROUTED);
            return;
        }
        Position position = header.position(record);
        switch (op) {
            case 't' -> truncate(table, position);
            case 'r', 'c', 'u', 'd' ->
                emit(
                        table.isMultiset()
                                ? readByValues(record, located, envelope, table, position)
                                : read(record, located.to(), envelope, table),
                        position);
            default -> throw Refused.undecodable("op is '%s', none of r, c, u, d, t, m", printable(op));
        }
    }

    /** Reads the row's cells; with a plan that takes them all. */
    private RowPlan read(RawRecord record, int end, Envelope envelope, TableBinding table) throws Refused, IOException {
        byte[] value = Objects.requireNonNull(record.value());
        KeySchema key = table.isLogOnly() ? KeySchema.NONE : keyOf(record, table);
        RowPlan plan = table.plan(key);
        Operation operation = Operation.ofCode(header.operation());
        int at = rowAt(operation, table);
        if (header.hasRead(cellsOf(record, operation, plan))) {
            return plan;
        }
        EnvelopeReader rows = table.layout().reader();
        while (true) {
            RowCells with = cellsOf(record, operation, plan);
            cells.clear();
            if (at == EventHeader.NOWHERE) {
                plan.shape().columns().forEach(column -> cells.addNull());
                return plan;
            }
            try {
                rows.readRow(value, at, end, with, cells);
                if (operation != Operation.DELETE) {
                    envelope.hasRead(header, rows, with);
                } else if (operation == Operation.DELETE && !plan.hasKey() && RowPlan.hasValue(cells, cursor)) {
                    cells.clear();
                    rows.readRow(value, at, end, plan.whole(), cells);
                }
                return plan;
            } catch (Refused refused) {
                plan = table.planWithRaw(key, plan, refused);
            }
        }
    }

    /** Reads the row that a change brings, and behind its cells what tells it from others: {@link Multiset#COLUMNS}. */
    private RowPlan readByValues(
            RawRecord record,
            SchemaCache.Located<ValueSchema> located,
            Envelope envelope,
            TableBinding table,
            Position position)
            throws Refused {
        byte[] value = Objects.requireNonNull(record.value());
        envelope.reader().readTotalOrder(value, located.from(), located.to(), header);
        requireCountable(record, table, position);
        OptionalLong order = header.totalOrder(record);
        while (true) {
            RowPlan plan = table.plan(KeySchema.NONE);
            try {
                readByValues(value, located.to(), table, plan);
            } catch (Refused refused) {
                table.planWithRaw(KeySchema.NONE, plan, refused);
                continue;
            }
            order.ifPresentOrElse(cells::addLong, cells::addNull);
            return plan;
        }
    }

    private void readByValues(byte[] value, int end, TableBinding table, RowPlan plan) throws Refused {
        Operation operation = Operation.ofCode(header.operation());
        EnvelopeReader rows = table.layout().reader();
        MultisetCells multiset = plan.multiset().orElseThrow();
        int at = rowAt(operation, table);
        cells.clear();
        if (operation != Operation.UPDATE) {
            rows.readRow(value, at, end, plan.whole(), cells);
            multiset.addHash(cells, cells);
            cells.addNull();
            return;
        }
        before.clear();
        rows.readRow(value, header.before, end, plan.whole(), before);
        after.clear();
        rows.readRow(value, at, end, plan.updating(), after);
        multiset.fill(before, after, cells);
        multiset.addHash(cells, cells);
        multiset.addHash(before, cells);
    }

    /** What is added up must be there whole, and tell itself where it comes again. */
    private void requireCountable(RawRecord record, TableBinding table, Position position) throws Refused {
        String problem = "";
        if (header.flattened) {
            problem = "a flattened record tells no row before an update: leave out ExtractNewRecordState for its topic";
        } else if (record.key() != null) {
            problem = "the record has a Kafka key: take the table out of pipeline.multiset-tables, or the connector's"
                    + " message.key.columns away, and start with a new topic";
        } else if (header.operation() == 'r' && position.lsn() == Position.NONE) {
            problem = "an incremental snapshot reads rows again which nobody can tell apart: take an initial one";
        } else if (header.operation() == 'u' && !header.hasBefore()) {
            problem = "the update does not have its row as it was before: set REPLICA IDENTITY FULL";
        } else if (header.operation() != 'r' && !header.totalOrder.isPresent()) {
            problem = "the change has no number in its transaction, which tells when it comes again: set"
                    + " provide.transaction.metadata=true in the connector, and start with a new topic";
        } else if (header.operation() != 'r' && position.lsn() == Position.NONE) {
            problem = "the change has no LSN";
        }
        if (!problem.isEmpty()) {
            throw Refused.because(
                    Reason.NO_PRIMARY_KEY, "%s is mirrored by its rows' values, and %s", table.source(), problem);
        }
    }

    /** {@link EventHeader#NOWHERE} for a delete that need not say of which row. */
    private int rowAt(Operation operation, TableBinding table) throws Refused {
        int at = operation == Operation.DELETE ? header.before : header.after;
        if (at == EventHeader.NOWHERE && !(operation == Operation.DELETE && table.isLogOnly())) {
            throw operation == Operation.DELETE
                    ? Refused.because(
                            Reason.NO_PRIMARY_KEY,
                            "%s: the delete has no 'before', so no key: set REPLICA IDENTITY DEFAULT or FULL",
                            table.source())
                    : Refused.undecodable("%s: the envelope has no 'after'", table.source());
        }
        return at;
    }

    private void emit(RowPlan plan, Position position) throws Refused {
        byte[] row = cells.toBytes();
        RowKey key = plan.hasKey()
                ? plan.key(row, cursor, keyCells)
                : RowKey.ofRecord(plan.shape().table(), position, keyCells);
        if (plan != lastAnnounced) {
            announce(plan);
        }
        if (!plan.rawColumns().isEmpty()) {
            rawValues.addAndGet(plan.rawValues(row, cursor));
        }
        Operation operation = Operation.ofCode(header.operation());
        List<RowChange.LeftOut> leftOut =
                cells.hasUnchanged() ? plan.leftOut(row, cursor, operation == Operation.DELETE) : List.of();
        decoded.add(new RowChange(key, plan.fingerprint(), operation, position, row, false, leftOut));
    }

    private void announce(RowPlan plan) {
        if (announced.add(plan.fingerprint())) {
            decoded.add(new ShapeAnnounced(plan.shape()));
        }
        lastAnnounced = plan;
    }

    /** Of a table without a key ahead of it the shape, lest it be logged under one with a key, from before the table was listed. */
    private void truncate(TableBinding table, Position position) throws Refused {
        if (table.isLogOnly() || table.isMultiset()) {
            announce(table.plan(KeySchema.NONE));
        }
        decoded.add(new TableTruncated(table.target(), position));
    }

    private RowCells cellsOf(RawRecord record, Operation operation, RowPlan plan) {
        return switch (operation) {
            case DELETE ->
                !plan.hasKey() || record.headers().lastHeader(NEW_KEY) == null ? plan.believed() : plan.moved();
            case UPDATE -> header.hasBefore() ? plan.updating() : plan.updatingBlindly();
            case CREATE -> record.headers().lastHeader(OLD_KEY) == null ? plan.whole() : plan.updatingBlindly();
            case READ, TRUNCATE -> plan.whole();
        };
    }

    private KeySchema keyOf(RawRecord record, TableBinding table) throws Refused, IOException {
        byte[] key = record.key();
        KeySchema declared = table.layout().key();
        if (key == null && !declared.columns().isEmpty()) {
            return declared;
        }
        if (key == null) {
            throw Refused.because(
                    Reason.NO_PRIMARY_KEY,
                    "%s: the record has no Kafka key: give the table a primary key, name columns in the connector's"
                            + " message.key.columns, or list it in the pipeline file: in pipeline.multiset-tables, to be"
                            + " mirrored by its rows' values, or in pipeline.log-only-tables, for a log without a mirror",
                    table.source());
        }
        try {
            return keys.locate(record.topic(), key).schema();
        } catch (Refused refused) {
            throw refused.at("key");
        }
    }

    private void ignore(Ignored kind) {
        ignored.incrementAndGet(kind.ordinal());
    }

    private static String printable(char op) {
        return op >= ' ' && op < 0x7f ? String.valueOf(op) : "0x" + Integer.toHexString(op & 0xff);
    }

    /** Class and line only: the message may quote the record. */
    private static String place(RuntimeException e) {
        StackTraceElement[] stack = e.getStackTrace();
        return e.getClass().getName() + (stack.length == 0 ? "" : " at " + stack[0]);
    }

    /** What the record says, if it is one; else by its topic's name. */
    private @Nullable TableName table(RawRecord record) {
        TableBinding known = binding;
        return (known == null ? TopicName.tableOf(record.topic()).flatMap(routes) : Optional.of(known.target()))
                .orElse(null);
    }

    private DeadLetter deadLetter(RawRecord record, Refused refused) {
        List<DeadLetter.Header> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(new DeadLetter.Header(header.key(), header.value()));
        }
        return new DeadLetter(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMillis(),
                refused.reason(),
                refused.detail(),
                record.key(),
                record.value(),
                headers,
                table(record));
    }
}
