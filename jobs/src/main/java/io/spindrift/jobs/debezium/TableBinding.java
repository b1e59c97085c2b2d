package io.spindrift.jobs.debezium;

import io.spindrift.jobs.debezium.KeylessTables.Identity;
import io.spindrift.jobs.route.SourceTable;
import io.spindrift.sinks.model.DeadLetter.Reason;
import io.spindrift.sinks.model.TableName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A source table under one value schema: its route, and a plan for every key schema it came with. */
final class TableBinding {

    private final byte[] schemaUtf8;
    private final byte[] tableUtf8;
    private final SourceTable source;
    private final Optional<TableName> target;
    private final Identity identity;
    private final RowLayout.Origin layouts;
    private final ColumnChoices choices;
    private Optional<RowLayout> layout = Optional.empty();
    /** Fields that met a value which their column does not hold. Only grows, so that a table has few shapes. */
    private Set<Integer> raw = Set.of();

    private final Map<KeySchema, Planned> plans = new HashMap<>();
    private KeySchema lastKey = new KeySchema(List.of());
    private Optional<Planned> last = Optional.empty();

    TableBinding(
            byte[] schemaUtf8,
            byte[] tableUtf8,
            SourceTable source,
            Optional<TableName> target,
            Identity identity,
            RowLayout.Origin layouts,
            ColumnChoices choices) {
        this.schemaUtf8 = schemaUtf8;
        this.tableUtf8 = tableUtf8;
        this.source = source;
        this.target = target;
        this.identity = identity;
        this.layouts = layouts;
        this.choices = choices;
    }

    boolean isNamedBy(EventHeader header) {
        return header.table.is(tableUtf8) && header.schema.is(schemaUtf8);
    }

    SourceTable source() {
        return source;
    }

    TableName target() {
        return target.orElseThrow();
    }

    boolean isRouted() {
        return target.isPresent();
    }

    boolean isLogOnly() {
        return identity == Identity.NONE;
    }

    boolean isMultiset() {
        return identity == Identity.VALUES;
    }

    /** Made once, when the first row comes: a table that is not routed needs none. */
    RowLayout layout() throws Refused {
        if (layout.isEmpty()) {
            layout = Optional.of(layouts.of(source));
        }
        return layout.get();
    }

    /** The plan for rows under this key; a refusal is made once too, and thrown every time. */
    RowPlan plan(KeySchema key) throws Refused {
        // The identity settles it: key schemas are compiled once.
        if (last.isEmpty() || key != lastKey) {
            last = Optional.of(plans.computeIfAbsent(key, this::make));
            lastKey = key;
        }
        return last.get().get();
    }

    /**
     * A plan that takes the value for which this one was refused, in a raw column.
     *
     * @throws Refused the same, when there is no such plan
     */
    RowPlan planWithRaw(KeySchema key, RowPlan plan, Refused refused) throws Refused {
        if (refused.reason() != Reason.UNREPRESENTABLE_VALUE
                || !plan.rawFields().contains(refused.field())) {
            throw refused;
        }
        Set<Integer> more = new HashSet<>(raw);
        more.add(refused.field());
        raw = Set.copyOf(more);
        plans.clear();
        last = Optional.empty();
        return plan(key);
    }

    private Planned make(KeySchema key) {
        try {
            if (identity != Identity.KEY) {
                return new Plan(
                        RowPlan.keyless(source, target.orElseThrow(), layout().fields(), identity, choices, raw));
            }
            requireDeclared(key);
            return new Plan(RowPlan.of(source, target.orElseThrow(), layout().fields(), key, choices, raw));
        } catch (Refused refused) {
            return new NoPlan(refused);
        }
    }

    private void requireDeclared(KeySchema key) throws Refused {
        List<String> declared = layout().key().columns();
        if (!declared.isEmpty() && !Set.copyOf(declared).equals(Set.copyOf(key.columns()))) {
            throw Refused.because(
                    Reason.NO_PRIMARY_KEY,
                    "%s: the Kafka key names columns %s, and 'tables' declares the key %s: declare the key that the"
                            + " connector uses, and take a new snapshot of the table if it has changed",
                    source,
                    key.columns(),
                    declared);
        }
    }

    private sealed interface Planned {
        RowPlan get() throws Refused;
    }

    private record Plan(RowPlan plan) implements Planned {
        @Override
        public RowPlan get() {
            return plan;
        }
    }

    private record NoPlan(Refused refused) implements Planned {
        @Override
        public RowPlan get() throws Refused {
            throw refused;
        }
    }
}
