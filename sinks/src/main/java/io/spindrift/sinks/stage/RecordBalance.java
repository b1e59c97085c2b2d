package io.spindrift.sinks.stage;

import static io.spindrift.sinks.model.Require.require;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What became of the records that were read: each is one of the others. One writer knows a part of it, all writers of a checkpoint together
 * the whole.
 *
 * @param applied changes, truncates among them
 * @param superseded true changes that are logged and not merged: newer ones of their rows came first
 * @param duplicates changes that had come before
 * @param dead letters
 * @param ignored tombstones, heartbeats, tables that no route takes, truncates of tables without a row
 */
public record RecordBalance(long read, long applied, long superseded, long duplicates, long dead, long ignored) {

    public static final RecordBalance NONE = new RecordBalance(0, 0, 0, 0, 0, 0);

    public RecordBalance {
        require(
                read >= 0 && applied >= 0 && superseded >= 0 && duplicates >= 0 && dead >= 0 && ignored >= 0,
                "a negative count of records: %d, %d, %d, %d, %d, %d",
                read,
                applied,
                superseded,
                duplicates,
                dead,
                ignored);
    }

    public RecordBalance plus(RecordBalance other) {
        return new RecordBalance(
                read + other.read,
                applied + other.applied,
                superseded + other.superseded,
                duplicates + other.duplicates,
                dead + other.dead,
                ignored + other.ignored);
    }

    /** Of both, where both are known. */
    public static @Nullable RecordBalance sum(@Nullable RecordBalance one, @Nullable RecordBalance other) {
        return one == null || other == null ? null : one.plus(other);
    }

    /**
     * Fails unless every record that was read is accounted for, and every row that is accounted for is staged.
     *
     * @param rows of the change log that are staged
     * @param letters that are staged
     */
    public void requireAccounted(long rows, long letters) {
        long accounted = applied + superseded + duplicates + dead + ignored;
        if (read != accounted || rows != applied + superseded || letters != dead) {
            throw new IllegalStateException(
                    "records were lost or doubled between source and stage, so nothing is committed: %d read, and %d applied + %d superseded + %d duplicates + %d dead + %d ignored = %d; staged are %d rows and %d dead letters. The job starts again from its last checkpoint; if this comes again, keep the job's log and report it."
                            .formatted(read, applied, superseded, duplicates, dead, ignored, accounted, rows, letters));
        }
    }

    /** @param balance null: not known */
    public static void write(@Nullable RecordBalance balance, DataOutput out) throws IOException {
        out.writeBoolean(balance != null);
        if (balance != null) {
            out.writeLong(balance.read);
            out.writeLong(balance.applied);
            out.writeLong(balance.superseded);
            out.writeLong(balance.duplicates);
            out.writeLong(balance.dead);
            out.writeLong(balance.ignored);
        }
    }

    /** @return null: not known */
    public static @Nullable RecordBalance readNullable(DataInput in) throws IOException {
        return in.readBoolean()
                ? new RecordBalance(
                        in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong())
                : null;
    }
}
