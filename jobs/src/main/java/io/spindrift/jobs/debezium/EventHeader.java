package io.spindrift.jobs.debezium;

import io.spindrift.jobs.ingest.RawRecord;
import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.Position;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * What an envelope says besides its row: the operation, the source, and where in the bytes before and after stand. Filled by name from
 * either encoding; reused from record to record.
 */
final class EventHeader {

    /** The row is absent. */
    static final int NOWHERE = -1;

    private static final byte[] NO_BYTES = {};
    private static final long ABSENT = Long.MIN_VALUE;
    private static final List<byte[]> SNAPSHOTS =
            ascii("true", "first", "first_in_data_collection", "last_in_data_collection", "last", "incremental");
    private static final byte[] STREAMING = "false".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] READ = "r".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST = "last".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_OF_TABLE = "last_in_data_collection".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    final Text op = new Text();
    final Text snapshot = new Text();
    final Text schema = new Text();
    final Text table = new Text();
    final Text deleted = new Text();
    final Number lsn = new Number();
    final Number txId = new Number();
    final Number millis = new Number();
    final Number micros = new Number();
    final Number nanos = new Number();
    /** Of the change in its transaction; only {@link EnvelopeReader#readTotalOrder} reads it. */
    final Number totalOrder = new Number();

    int before;
    int after;
    /** The record is a row with metadata beside it, and no envelope. */
    boolean flattened;

    private final CellBuffer cells;
    private RowGuess guess = RowGuess.NONE;
    private RowGuess guessWithBefore = RowGuess.NONE;
    private RowGuess read = RowGuess.NONE;
    private byte[] bytes = NO_BYTES;

    private final List<Text> texts = List.of(op, snapshot, schema, table, deleted);
    private final List<Number> numbers = List.of(lsn, txId, millis, micros, nanos, totalOrder);

    /** @param cells that the row after goes to where it is read along with the header */
    EventHeader(CellBuffer cells) {
        this.cells = cells;
    }

    void clear() {
        bytes = NO_BYTES;
        read = RowGuess.NONE;
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).present = false;
        }
        for (int i = 0; i < numbers.size(); i++) {
            numbers.get(i).value = ABSENT;
        }
        before = NOWHERE;
        after = NOWHERE;
        flattened = false;
    }

    /** Whether it is filled already. */
    boolean isOf(byte[] value) {
        return bytes == value;
    }

    void filledFrom(byte[] value) {
        bytes = value;
    }

    /** What the row after may be read with: where no row stands before it, and where one does. */
    void expect(RowGuess alone, RowGuess withBefore) {
        guess = alone;
        guessWithBefore = withBefore;
    }

    /** Reads the row after, which begins there. False: it has to be stepped over. */
    boolean readAhead(byte[] value, int at, int to) {
        RowGuess by = before == NOWHERE ? guess : guessWithBefore;
        cells.clear();
        if (!by.reader().readAhead(value, at, to, by.cells(), cells)) {
            return false;
        }
        read = by;
        return true;
    }

    /** Steps over the row before, which begins there. False: its reader does not know it. */
    boolean stepOver(JsonInput in) {
        return guessWithBefore.reader().stepOver(in);
    }

    /** The row after stands in the cells, read with exactly this. */
    boolean hasRead(RowCells with) {
        return read != RowGuess.NONE && read.cells() == with;
    }

    /** The whole record, which begins there, is the row: after a change, and of a delete before it. */
    void flattenedFrom(int at) {
        before = at;
        after = at;
        flattened = true;
    }

    /** Of an update, that the row stood there as it was before: a flattened record has only one. */
    boolean hasBefore() {
        return before != NOWHERE && !flattened;
    }

    /** Debezium's code of the operation. */
    char operation() throws Refused {
        if (!op.present || op.length != 1) {
            throw Refused.undecodable("the %s of one letter", flattened ? "record has no __op" : "envelope has no op");
        }
        return (char) op.bytes[0];
    }

    Position position(RawRecord record) throws Refused {
        if (flattened) {
            requireWhole();
        }
        return new Position(
                record.topic(),
                record.partition(),
                record.offset(),
                lsn.orElse(Position.NONE),
                txId.orElse(Position.NONE),
                committedAtMicros(),
                (isSnapshotMark() || flattened) && operation() == 'r',
                record.isReplayed());
    }

    /** Of a read that was sent again its place in the partition, as a negative number: it comes from there, and may come twice. */
    OptionalLong totalOrder(RawRecord record) throws Refused {
        if (operation() != 'r') {
            return OptionalLong.of(totalOrder.value);
        }
        OptionalLong place = record.replayedOffset();
        return place.isPresent() ? OptionalLong.of(-1 - place.getAsLong()) : place;
    }

    /** The reads of one snapshot have one LSN; those of an incremental one have none. */
    boolean endsSnapshot(long snapshotLsn) {
        return op.is(READ) && lsn.value == snapshotLsn && (snapshot.is(LAST) || snapshot.is(LAST_OF_TABLE));
    }

    /** In a flattened record the operation and the mark of a delete are two statements, and only a read may lack an LSN. */
    private void requireWhole() throws Refused {
        if (!deleted.is(TRUE) && !deleted.is(FALSE)) {
            throw Refused.undecodable("__deleted is neither true nor false");
        }
        if (deleted.is(TRUE) != (operation() == 'd')) {
            throw Refused.undecodable("__op and __deleted disagree on whether the record is a delete");
        }
        if (lsn.value == ABSENT && operation() != 'r') {
            throw Refused.undecodable("the LSN of a change is null");
        }
    }

    private boolean isSnapshotMark() throws Refused {
        if (!snapshot.present || snapshot.is(STREAMING)) {
            return false;
        }
        for (int i = 0; i < SNAPSHOTS.size(); i++) {
            if (snapshot.is(SNAPSHOTS.get(i))) {
                return true;
            }
        }
        throw Refused.undecodable(
                "source.snapshot of %d bytes is none of the marks that Debezium writes", snapshot.length);
    }

    /** The finest that is there: releases before 2.6 write milliseconds only. */
    private long committedAtMicros() throws Refused {
        if (micros.value != ABSENT) {
            return micros.value;
        }
        if (nanos.value != ABSENT) {
            return Math.floorDiv(nanos.value, 1000L);
        }
        if (millis.value == ABSENT || Math.abs(millis.value) > Long.MAX_VALUE / 1000) {
            throw Refused.undecodable(
                    "the %s has none of ts_us, ts_ns and ts_ms", flattened ? "record's source" : "envelope's source");
        }
        return millis.value * 1000;
    }

    private static List<byte[]> ascii(String... texts) {
        return Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.US_ASCII))
                .toList();
    }

    /** Keeps a copy of the last text it was given. */
    static final class Text implements CellEncoder {
        private byte[] bytes = new byte[32];
        private int length;
        private boolean present;

        @Override
        public void ofNull(CellBuffer out) {
            present = false;
        }

        @Override
        public void ofText(byte[] utf8, int offset, int size, CellBuffer out) {
            set(utf8, offset, size);
        }

        void set(byte[] utf8) {
            set(utf8, 0, utf8.length);
        }

        private void set(byte[] utf8, int offset, int size) {
            if (bytes.length < size) {
                bytes = new byte[size];
            }
            System.arraycopy(utf8, offset, bytes, 0, size);
            length = size;
            present = true;
        }

        boolean isPresent() {
            return present;
        }

        boolean is(byte[] expected) {
            return present && Arrays.equals(bytes, 0, length, expected, 0, expected.length);
        }

        byte[] copy() {
            return Arrays.copyOf(bytes, length);
        }
    }

    static final class Number implements CellEncoder {
        private long value;

        @Override
        public void ofNull(CellBuffer out) {
            value = ABSENT;
        }

        @Override
        public void ofLong(long number, CellBuffer out) throws Refused {
            if (number == ABSENT) {
                throw Refused.undecodable("the envelope's source has a number that no source counts to");
            }
            value = number;
        }

        boolean isPresent() {
            return value != ABSENT;
        }

        long orElse(long other) {
            return value == ABSENT ? other : value;
        }
    }
}
