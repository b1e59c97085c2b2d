package io.spindrift.jobs.order;

import io.spindrift.jobs.SpindriftJob;
import io.spindrift.jobs.config.PipelineConfig.Ordering;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowChange.LeftOut;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/** One subtask of the ordering, with short words for what goes in and what comes out. */
final class OrderHarness implements AutoCloseable {

    static final Ordering PLAIN = new Ordering(Optional.empty(), Optional.empty());

    private static final int MAX_PARALLELISM = 8;
    private static final int DOUBT_FROM = 5;

    private final KeyedBroadcastOperatorTestHarness<RowKey, ChangeEvent, ChangeEvent, ChangeEvent> harness;

    /** Of the last call: dead letters and places of duplicates that go on to the warehouse. */
    private final List<ChangeEvent> passedOn = new ArrayList<>();

    private OrderHarness(SourceEpochs epochs, Ordering ordering, int subtasks, int index) throws Exception {
        harness = new KeyedBroadcastOperatorTestHarness<>(
                new OrderOperator(epochs, ordering),
                SpindriftJob::key,
                ModelTypes.ROW_KEY,
                MAX_PARALLELISM,
                subtasks,
                index);
        harness.setup(ModelTypes.CHANGE_EVENT.createSerializer(
                harness.getExecutionConfig().getSerializerConfig()));
    }

    static OrderHarness start() throws Exception {
        return start(1, 0);
    }

    static OrderHarness start(SourceEpochs epochs) throws Exception {
        OrderHarness order = new OrderHarness(epochs, PLAIN, 1, 0);
        order.harness.open();
        return order;
    }

    static OrderHarness start(int subtasks, int index) throws Exception {
        OrderHarness order = new OrderHarness(SourceEpochs.NONE, PLAIN, subtasks, index);
        order.harness.open();
        return order;
    }

    static OrderHarness start(Ordering ordering) throws Exception {
        OrderHarness order = new OrderHarness(SourceEpochs.NONE, ordering, 1, 0);
        order.harness.open();
        return order;
    }

    /** @param backend hashmap or rocksdb */
    static OrderHarness start(Ordering ordering, String backend) throws Exception {
        OrderHarness order = new OrderHarness(SourceEpochs.NONE, ordering, 1, 0);
        order.harness.setStateBackend(backend(backend));
        order.harness.open();
        return order;
    }

    static OrderHarness restore(OperatorSubtaskState state) throws Exception {
        return restore(state, PLAIN);
    }

    static OrderHarness restore(OperatorSubtaskState state, Ordering ordering) throws Exception {
        return restore(state, ordering, "hashmap");
    }

    static OrderHarness restore(OperatorSubtaskState state, Ordering ordering, String backend) throws Exception {
        OrderHarness order = new OrderHarness(SourceEpochs.NONE, ordering, 1, 0);
        order.harness.setStateBackend(backend(backend));
        order.harness.initializeState(state);
        order.harness.open();
        return order;
    }

    private static StateBackend backend(String name) throws Exception {
        return StateBackendLoader.loadStateBackendFromConfig(
                new Configuration().set(StateBackendOptions.STATE_BACKEND, name),
                OrderHarness.class.getClassLoader(),
                null);
    }

    OperatorSubtaskState snapshot() throws Exception {
        harness.prepareSnapshotPreBarrier(1);
        return harness.snapshot(1, 1);
    }

    /** So much time has passed since the start, for what forgets by it. */
    void now(Duration sinceStart) {
        harness.setStateTtlProcessingTime(sinceStart.toMillis());
    }

    /** Both inputs' event time. @return what came out, as short texts */
    List<String> watermark(long millis) throws Exception {
        return texts(passWatermark(millis));
    }

    List<ChangeEvent> passWatermark(long millis) throws Exception {
        harness.watermark(millis);
        return pass();
    }

    /** @return what came out ahead of a barrier, as short texts */
    List<String> barrier() throws Exception {
        return texts(passBarrier());
    }

    List<ChangeEvent> passBarrier() throws Exception {
        harness.prepareSnapshotPreBarrier(2);
        return pass();
    }

    /** @return what came out at the end of the rows, as short texts */
    List<String> end() throws Exception {
        operator().endInput(1);
        return send();
    }

    long late() {
        return operator().changesLate();
    }

    private OrderOperator operator() {
        return (OrderOperator) harness.getOperator();
    }

    /** How many rows the state knows. */
    int rowsKnown() {
        return ((HeapKeyedStateBackend<?>) operator().getKeyedStateBackend()).numKeyValueStateEntries();
    }

    /** What came out, as short texts. */
    List<String> send(ChangeEvent... events) throws Exception {
        return texts(pass(events));
    }

    private static List<String> texts(List<ChangeEvent> events) {
        return events.stream().map(OrderHarness::text).toList();
    }

    /** What came out. */
    List<ChangeEvent> pass(ChangeEvent... events) throws Exception {
        for (ChangeEvent event : events) {
            boolean isKeyed = event instanceof RowChange
                    || event instanceof DeadLetter
                    || event instanceof ShapeAnnounced shape && shape.aheadOf() != null;
            if (isKeyed) {
                harness.processElement(new StreamRecord<>(event));
            } else {
                harness.processBroadcastElement(new StreamRecord<>(event));
            }
        }
        List<ChangeEvent> out = new ArrayList<>();
        for (Object element : harness.getOutput()) {
            if (element instanceof StreamRecord<?> record) {
                out.add((ChangeEvent) record.getValue());
            }
        }
        harness.getOutput().clear();
        passedOn.clear();
        out.stream()
                .filter(event -> event instanceof DeadLetter || event instanceof RecordSkipped)
                .forEach(passedOn::add);
        out.removeAll(passedOn);
        Queue<StreamRecord<ChangeEvent>> letters = harness.getSideOutput(OrderChanges.DEAD_LETTERS);
        if (letters != null) {
            letters.forEach(letter -> out.add(letter.getValue()));
            letters.clear();
        }
        return out;
    }

    /** Of the last call: what goes on to the warehouse besides changes, as short texts. */
    List<String> passedOn() {
        return passedOn.stream().map(OrderHarness::text).toList();
    }

    /** Of the last call. */
    List<@Nullable TableName> lettersTables() {
        List<@Nullable TableName> tables = new ArrayList<>();
        passedOn.stream()
                .filter(DeadLetter.class::isInstance)
                .forEach(letter -> tables.add(((DeadLetter) letter).table()));
        return tables;
    }

    private static String text(ChangeEvent event) {
        if (event instanceof RowChange row) {
            return row.operation().code() + "@" + row.position().offset() + " " + cells(row.cells())
                    + (row.superseded() ? " superseded" : "");
        } else if (event instanceof ShapeAnnounced announced) {
            return "shape " + announced.shape().columns().size();
        } else if (event instanceof TableTruncated truncated) {
            return "t@" + truncated.position().offset();
        } else if (event instanceof DeadLetter letter) {
            return letter.reason() + " " + letter.topic() + "-" + letter.partition() + "@" + letter.offset();
        }
        if (event instanceof RecordSkipped skipped) {
            return "duplicate@" + skipped.offset();
        } else if (event instanceof RecordsRead read) {
            return "read " + read.records();
        }
        throw new AssertionError(event);
    }

    static String cells(byte[] cells) {
        List<String> texts = new ArrayList<>();
        CellCursor cursor = new CellCursor().on(cells);
        while (cursor.next()) {
            String text = cursor.text();
            texts.add(
                    text == null
                            ? "NULL"
                            : cursor.isUnchanged() ? "…" : text.length() < 9 ? text : text.charAt(0) + "*");
        }
        return String.join("|", texts);
    }

    /** {@code …} stands for an unchanged TOAST value; {@code a*} for a text of PostgreSQL's size to be TOASTed. */
    static byte[] row(@Nullable String... texts) {
        CellBuffer cells = new CellBuffer();
        for (String text : texts) {
            if (text == null) {
                cells.addNull();
            } else if (text.equals("…")) {
                cells.addUnchanged();
            } else {
                cells.addText(text.endsWith("*") ? text.substring(0, 1).repeat(3000) : text);
            }
        }
        return cells.toBytes();
    }

    static RowChange change(TableShape shape, char operation, Position position, byte[] cells) {
        CellCursor cursor = new CellCursor().on(cells);
        cursor.next();
        CellBuffer key = new CellBuffer();
        key.addText(String.valueOf(cursor.text()));
        return new RowChange(
                new RowKey(shape.table(), key.toBytes()),
                shape.fingerprint(),
                Operation.ofCode(operation),
                position,
                cells,
                false,
                leftOut(shape, cells));
    }

    /** Column D may be NULL as well. */
    private static List<LeftOut> leftOut(TableShape shape, byte[] cells) {
        List<LeftOut> columns = new ArrayList<>();
        CellCursor cursor = new CellCursor().on(cells);
        for (int i = 0; cursor.next(); i++) {
            if (cursor.isUnchanged()) {
                String name = shape.columns().get(i).name();
                columns.add(new LeftOut(name, name.equals("D") ? DOUBT_FROM : LeftOut.NO_DOUBT));
            }
        }
        return columns;
    }

    @Override
    public void close() throws Exception {
        harness.close();
    }
}
