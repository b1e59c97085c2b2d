package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.RowChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Counts rows while they are written: row by row → a {@link RowSummary}. */
final class RowTally {

    private final long[] counts = new long[Operation.values().length];
    private final List<Partition> partitions = new ArrayList<>();
    private @Nullable Partition last;
    private long highestLsn = Position.NONE;
    private final Set<String> leftOut = new TreeSet<>();

    /** A topic-partition's offsets so far, and its name as it stands in every of its lines. */
    static final class Partition {
        private final String topic;
        private final int number;
        private final byte[] csvFields;
        private long first;
        private long last;

        private Partition(Position position) {
            topic = position.topic();
            number = position.partition();
            first = position.offset();
            last = position.offset();
            CellBuffer fields = new CellBuffer();
            CsvLine.appendText(fields, topic);
            CsvLine.appendNumber(fields, number);
            csvFields = fields.toBytes();
        }

        /** The fields of topic and partition, each with the comma behind it. Not to be changed. */
        byte[] csvFields() {
            return csvFields;
        }

        private boolean is(Position position) {
            return number == position.partition() && topic.equals(position.topic());
        }
    }

    /** Counts the row in. */
    Partition add(RowChange row) {
        Position position = row.position();
        counts[row.operation().ordinal()]++;
        if (!position.snapshot()) {
            highestLsn = Math.max(highestLsn, position.lsn());
        }
        for (int i = 0; i < row.leftOut().size(); i++) {
            leftOut.add(row.leftOut().get(i).column());
        }
        Partition partition = partition(position);
        partition.first = Math.min(partition.first, position.offset());
        partition.last = Math.max(partition.last, position.offset());
        return partition;
    }

    private Partition partition(Position position) {
        if (last != null && last.is(position)) {
            return last;
        }
        for (Partition partition : partitions) {
            if (partition.is(position)) {
                last = partition;
                return partition;
            }
        }
        Partition added = new Partition(position);
        partitions.add(added);
        last = added;
        return added;
    }

    RowSummary summary() {
        List<OffsetRange> offsets = partitions.stream()
                .map(range -> new OffsetRange(range.topic, range.number, range.first, range.last))
                .toList();
        return new RowSummary(operationCounts(), offsets, highestLsn, leftOut);
    }

    private OperationCounts operationCounts() {
        return new OperationCounts(
                counts[Operation.READ.ordinal()],
                counts[Operation.CREATE.ordinal()],
                counts[Operation.UPDATE.ordinal()],
                counts[Operation.DELETE.ordinal()],
                counts[Operation.TRUNCATE.ordinal()]);
    }
}
