package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.DeadLetter;
import io.spindrift.sinks.model.ModelFormat;
import io.spindrift.sinks.model.TableName;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Dead letters of one topic-partition that stop a table.
 *
 * @param letters the first and the last of them
 * @param reason of the first
 */
public record TableStop(TableName table, OffsetRange letters, DeadLetter.Reason reason) {

    private TableStop and(TableStop other) {
        TableStop earlier = other.letters.first() < letters.first() ? other : this;
        return new TableStop(table, letters.span(other.letters), earlier.reason);
    }

    /** One a table and topic-partition. */
    public static List<TableStop> joined(Collection<TableStop> stops) {
        record Place(TableName table, String topic, int partition) {}
        Map<Place, TableStop> joined = new LinkedHashMap<>();
        for (TableStop stop : stops) {
            OffsetRange letters = stop.letters;
            joined.merge(new Place(stop.table, letters.topic(), letters.partition()), stop, TableStop::and);
        }
        return new ArrayList<>(joined.values());
    }

    /** Reasons by their names, as letters have them. */
    public static void write(List<TableStop> stops, DataOutput out) throws IOException {
        out.writeInt(stops.size());
        for (TableStop stop : stops) {
            ModelFormat.writeShortText(stop.table.value(), out);
            ModelFormat.writeShortText(stop.letters.topic(), out);
            out.writeInt(stop.letters.partition());
            out.writeLong(stop.letters.first());
            out.writeLong(stop.letters.last());
            ModelFormat.writeShortText(stop.reason.name(), out);
        }
    }

    public static List<TableStop> read(DataInput in) throws IOException {
        int count = in.readInt();
        List<TableStop> stops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TableName table = new TableName(ModelFormat.readShortText(in));
            OffsetRange letters =
                    new OffsetRange(ModelFormat.readShortText(in), in.readInt(), in.readLong(), in.readLong());
            stops.add(new TableStop(table, letters, DeadLetter.Reason.valueOf(ModelFormat.readShortText(in))));
        }
        return stops;
    }
}
