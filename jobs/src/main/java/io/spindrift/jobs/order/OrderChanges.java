package io.spindrift.jobs.order;

import io.spindrift.sinks.metrics.Metric;
import io.spindrift.sinks.model.ChangeEvent;
import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelTypes;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RecordSkipped;
import io.spindrift.sinks.model.RecordsRead;
import io.spindrift.sinks.model.RowChange;
import io.spindrift.sinks.model.RowKey;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.SourceEpochs;
import io.spindrift.sinks.model.SourceProgress;
import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import io.spindrift.sinks.model.TableTruncated;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * Changes of each key in any order, some of them twice → each true change once, in the row's order, with those unchanged TOAST cells filled in
 * that the state knows; a change that came after a newer one is marked as superseded; of one that came twice, its place is passed on, to be
 * counted. Shapes, truncates and progress come by broadcast and are passed on:
 * shapes by every subtask, as every writer needs them, the others by one. Keyed and broadcast state survive a crash; after a restore the known shapes are
 * announced again. Dead letters pass through, on their way to the warehouse, and so do changes of rows without a key, which have no order.
 *
 * <p>Rows may be forgotten, by processing time, when they have not changed for a given time; then each commit asks the change log what the state does
 * not know. Truncates and shapes are few and kept.
 */
public final class OrderChanges extends KeyedBroadcastProcessFunction<RowKey, ChangeEvent, ChangeEvent, ChangeEvent> {

    private static final long serialVersionUID = 1;

    public static final OutputTag<ChangeEvent> DEAD_LETTERS =
            new OutputTag<>("order-dead-letters", ModelTypes.CHANGE_EVENT);

    static final MapStateDescriptor<Long, TableShape> SHAPES =
            new MapStateDescriptor<>("shapes", BasicTypeInfo.LONG_TYPE_INFO, ModelTypes.TABLE_SHAPE);
    /** The newest of each table. */
    static final MapStateDescriptor<String, Position> TRUNCATES =
            new MapStateDescriptor<>("truncates", BasicTypeInfo.STRING_TYPE_INFO, ModelTypes.POSITION);

    /** All others, by table and identity: they come in any order through several partitions, and an older one is no duplicate. */
    static final MapStateDescriptor<String, Position> OLDER_TRUNCATES =
            new MapStateDescriptor<>("older-truncates", BasicTypeInfo.STRING_TYPE_INFO, ModelTypes.POSITION);

    /** Of state in the heap, entries that each access looks at: a forgotten row is gone after as many accesses as there are rows, by ten. */
    private static final int CLEANED_AT_ACCESS = 10;

    /** RocksDB asks for the time after as many entries of a compaction. */
    private static final long CLEANED_BETWEEN_CLOCKS = 1000;

    private final PositionRule rule;
    private final @Nullable Duration rowStateTtl;
    private transient ValueState<RowState> row;
    private transient ToastFill toast;
    private transient Counter applied;
    private transient Counter duplicates;
    private transient Counter superseded;
    private transient boolean announced;

    /** Shapes that came ahead of their rows; those broadcast may come behind them. */
    @SuppressWarnings("NullAway.Init")
    private transient Map<Long, TableShape> ahead;

    /** @param rowStateTtl after which a row that does not change is forgotten; null: never */
    public OrderChanges(SourceEpochs epochs, @Nullable Duration rowStateTtl) {
        this.rule = new PositionRule(epochs);
        this.rowStateTtl = rowStateTtl;
    }

    /** The states that the broadcast side of the connection must carry. */
    public static List<MapStateDescriptor<?, ?>> broadcastStates() {
        return List.of(SHAPES, TRUNCATES, OLDER_TRUNCATES);
    }

    @Override
    public void open(OpenContext context) {
        row = rowState();
        toast = new ToastFill();
        applied = Metric.CHANGES_APPLIED.counter(getRuntimeContext().getMetricGroup());
        duplicates = Metric.CHANGES_DUPLICATE.counter(getRuntimeContext().getMetricGroup());
        superseded = Metric.CHANGES_SUPERSEDED.counter(getRuntimeContext().getMetricGroup());
        announced = false;
        ahead = new HashMap<>();
    }

    private ValueState<RowState> rowState() {
        ValueStateDescriptor<RowState> descriptor = new ValueStateDescriptor<>("row", RowState.TYPE);
        if (rowStateTtl != null) {
            descriptor.enableTimeToLive(expiring(rowStateTtl));
        }
        try {
            return getRuntimeContext().getState(descriptor);
        } catch (RuntimeException e) {
            if (ExceptionUtils.findThrowable(e, StateMigrationException.class).isEmpty()) {
                throw e;
            }
            throw new SuppressRestartsException(new IllegalStateException(
                    "pipeline.row-state-ttl is %s, and this checkpoint or savepoint was made by a job for which it was %s. Set it as it was, or start the job without state: it reads again what its topics have, and the ledger leaves out what RAW has."
                            .formatted(
                                    rowStateTtl == null ? "not set" : "set", rowStateTtl == null ? "set" : "not set"),
                    e));
        }
    }

    /** Rows that never change again are the ones to forget: no access and hardly a compaction comes by them, so RocksDB compacts old files by their age. */
    private static StateTtlConfig expiring(Duration ttl) {
        return StateTtlConfig.newBuilder(ttl)
                .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
                .setStateVisibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
                .cleanupIncrementally(CLEANED_AT_ACCESS, false)
                .cleanupInRocksdbCompactFilter(CLEANED_BETWEEN_CLOCKS, ttl)
                .build();
    }

    @Override
    public void processBroadcastElement(ChangeEvent event, Context context, Collector<ChangeEvent> out)
            throws Exception {
        announceRestored(context.getBroadcastState(SHAPES).immutableEntries(), out);
        if (event instanceof ShapeAnnounced shape) {
            requireSameIdentity(shape.shape(), context.getBroadcastState(SHAPES).immutableEntries());
            context.getBroadcastState(SHAPES).put(shape.shape().fingerprint(), shape.shape());
            out.collect(shape);
        } else if (event instanceof TableTruncated truncated) {
            boolean isNew = remember(truncated, context);
            if (isMine(truncated.table().value())) {
                out.collect(isNew ? truncated : duplicate(truncated.position()));
            }
        } else if (event instanceof SourceProgress progress && isMine(progress.topic())) {
            out.collect(progress);
        } else if (event instanceof RecordsRead
                && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            out.collect(event);
        }
    }

    /** @return false: it came before */
    private boolean remember(TableTruncated truncated, Context context) throws Exception {
        String table = truncated.table().value();
        Position position = truncated.position();
        BroadcastState<String, Position> newest = context.getBroadcastState(TRUNCATES);
        BroadcastState<String, Position> older = context.getBroadcastState(OLDER_TRUNCATES);
        Position last = newest.get(table);
        int order = last == null ? 1 : rule.epochs().compare(position, last);
        if (order == 0 || older.contains(identity(table, position))) {
            return false;
        }
        if (order < 0) {
            older.put(identity(table, position), position);
            return true;
        }
        if (last != null) {
            older.put(identity(table, last), last);
        }
        newest.put(table, position);
        return true;
    }

    private static String identity(String table, Position truncate) {
        return truncate.lsn() + " " + truncate.committedAtMicros() + " " + table;
    }

    /** Rows by key and rows by value do not mix. Changes that were only logged are in no row's state: what a later one leaves out would be filled from before them, and MIRROR lacks them. */
    private static void requireSameIdentity(TableShape shape, Iterable<Map.Entry<Long, TableShape>> known) {
        for (Map.Entry<Long, TableShape> before : known) {
            if (before.getValue().hasKey()
                    && before.getValue().table().equals(shape.table())
                    && before.getValue().isMultiset() != shape.isMultiset()) {
                throw new SuppressRestartsException(new IllegalStateException(
                        "table %s was%s mirrored by its rows' values (pipeline.multiset-tables) until now, and rows by key and by value do not mix: set it as it was, or route the table to another name and start with a topic that begins with a snapshot of it"
                                .formatted(shape.table(), before.getValue().isMultiset() ? "" : " not")));
            }
            if (shape.hasKey()
                    && !before.getValue().hasKey()
                    && before.getValue().table().equals(shape.table())) {
                throw new SuppressRestartsException(new IllegalStateException(
                        "table %1$s was logged only until now, so MIRROR.%1$s lacks its changes: list it in pipeline.log-only-tables again, or route it to a table of another name and take a snapshot of it"
                                .formatted(shape.table())));
            }
        }
    }

    /** What is left of it: it counts. */
    private static RecordSkipped duplicate(Position position) {
        return new RecordSkipped(position.topic(), position.partition(), position.offset());
    }

    private boolean isMine(String name) {
        int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        return Math.floorMod(name.hashCode(), subtasks)
                == getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    }

    @Override
    public void processElement(ChangeEvent event, ReadOnlyContext context, Collector<ChangeEvent> out)
            throws Exception {
        ReadOnlyBroadcastState<Long, TableShape> shapes = context.getBroadcastState(SHAPES);
        announceRestored(shapes.immutableEntries(), out);
        if (event instanceof DeadLetter) {
            out.collect(event);
            return;
        }
        if (event instanceof ShapeAnnounced announced) {
            ahead.put(announced.shape().fingerprint(), announced.shape());
            return;
        }
        RowChange change = (RowChange) event;
        if (change.key().isOfRecord()) {
            applied.inc();
            out.collect(change);
            return;
        }
        RowState last = sinceTruncate(row.value(), change.key().table(), context);
        switch (verdict(change, last)) {
            case APPLY -> {
                if (isBeforeTruncate(change.position(), change.key().table(), context)) {
                    supersede(change, out);
                    row.update(RowState.after(last, change, null).truncated());
                } else if (last != null && last.isOfReplacedRow(change)) {
                    supersede(change, out);
                    row.update(last.withoutReplaced(change.position()));
                } else {
                    apply(change, last, context, out);
                }
            }
            case SUPERSEDED -> supersede(change, out);
            case DUPLICATE -> {
                duplicates.inc();
                out.collect(duplicate(change.position()));
            }
            case REGRESSED -> throw regressed(change, Objects.requireNonNull(last));
        }
    }

    private PositionRule.Verdict verdict(RowChange change, @Nullable RowState last) {
        return last == null
                ? PositionRule.Verdict.APPLY
                : rule.compare(last.position(), last.lastStreamed(), change.position());
    }

    /** The truncate told nothing to the rows that it removed. */
    private @Nullable RowState sinceTruncate(@Nullable RowState last, TableName table, ReadOnlyContext context)
            throws Exception {
        return last != null && !last.deleted() && isBeforeTruncate(last.position(), table, context)
                ? last.truncated()
                : last;
    }

    /** A truncate holds the table's exclusive lock, so its LSN stands between those of the rows before and after it. */
    private boolean isBeforeTruncate(Position position, TableName table, ReadOnlyContext context) throws Exception {
        Position truncate = context.getBroadcastState(TRUNCATES).get(table.value());
        if (truncate == null) {
            return false;
        }
        boolean sameWriter = position.sameWriter(truncate);
        if (sameWriter && (position.snapshot() || position.offset() < truncate.offset())) {
            return position.offset() < truncate.offset();
        }
        return position.lsn() != Position.NONE && rule.epochs().compare(position, truncate) < 0;
    }

    private void apply(RowChange change, @Nullable RowState last, ReadOnlyContext context, Collector<ChangeEvent> out)
            throws Exception {
        RowChange whole = change;
        if (!change.leftOut().isEmpty()) {
            Optional<RowChange> filled = toast.fill(change, last, shapes(context));
            if (filled.isEmpty()) {
                dead(unknownToast(change), context, out);
                return;
            }
            whole = filled.get();
        }
        boolean keep = change.operation() != Operation.DELETE
                && (whole.cells().length >= ToastFill.SMALLEST_TOASTED_ROW
                        || !whole.leftOut().isEmpty());
        RowState now = RowState.after(last, whole, keep ? whole.cells() : null);
        row.update(isOfForgottenRow(change, last) ? now.truncated() : now);
        applied.inc();
        out.collect(whole);
    }

    private ToastFill.Shapes shapes(ReadOnlyContext context) {
        return fingerprint -> {
            TableShape known = context.getBroadcastState(SHAPES).get(fingerprint);
            return known == null ? ahead.get(fingerprint) : known;
        };
    }

    /** A letter that was sent again may be older than what was forgotten: what a later change leaves out is not filled in from it. */
    private boolean isOfForgottenRow(RowChange change, @Nullable RowState last) {
        return rowStateTtl != null && last == null && change.position().replayed();
    }

    /** To the warehouse's ledger, and to the topic. */
    private static void dead(DeadLetter letter, ReadOnlyContext context, Collector<ChangeEvent> out) {
        context.output(DEAD_LETTERS, letter);
        out.collect(letter);
    }

    /** What it left out is its own row's past, which the state has overwritten: it is logged as it came. */
    private void supersede(RowChange change, Collector<ChangeEvent> out) {
        superseded.inc();
        boolean isMoved =
                change.operation() == Operation.DELETE && !change.leftOut().isEmpty();
        out.collect((isMoved ? toast.keyAlone(change) : change).asSuperseded());
    }

    private static DeadLetter unknownToast(RowChange change) {
        Position at = change.position();
        String columns =
                change.leftOut().stream().map(RowChange.LeftOut::column).collect(Collectors.joining(", "));
        String detail = change.leftOut().stream().anyMatch(RowChange.LeftOut::isInDoubt)
                ? "a change of %s brings NULL in %s: Debezium sends it for a value that PostgreSQL had not changed (TOAST), too, so it cannot be told whether the value is gone. "
                : "a change of %s left out values of %s that PostgreSQL had not changed (TOAST), and nothing has told them before. ";
        detail = detail.formatted(change.key().table(), columns)
                + "The record itself stands at this topic, partition and offset. Touch the row, and set REPLICA IDENTITY FULL for the table, so that updates bring every value.";
        return new DeadLetter(
                at.topic(),
                at.partition(),
                at.offset(),
                at.committedAtMicros() / 1000,
                DeadLetter.Reason.UNKNOWN_TOAST_VALUE,
                detail,
                null,
                null,
                List.of(),
                change.key().table());
    }

    private static SuppressRestartsException regressed(RowChange change, RowState last) {
        Position before = Objects.requireNonNullElse(last.lastStreamed(), last.position());
        return new SuppressRestartsException(new IllegalStateException(
                "the source's log or the topic went back: %s came at %s, committed at %s, after %s, committed at %s. If the source was restored or failed over, add to source.epochs an instant behind the last commit of its old log and not behind the first commit of its new one, and start the job from its last checkpoint; changes that the new log does not have stay in MIRROR until a snapshot. If the topic was made anew, start a new pipeline name over a fresh snapshot."
                        .formatted(
                                change.key().table(),
                                change.position(),
                                change.position().committedAt(),
                                before,
                                before.committedAt())));
    }

    private void announceRestored(Iterable<Map.Entry<Long, TableShape>> shapes, Collector<ChangeEvent> out) {
        if (!announced) {
            announced = true;
            shapes.forEach(shape -> out.collect(new ShapeAnnounced(shape.getValue())));
        }
    }
}
