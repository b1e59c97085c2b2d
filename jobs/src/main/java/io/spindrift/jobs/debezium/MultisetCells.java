package io.spindrift.jobs.debezium;

import io.spindrift.sinks.model.CellBuffer;
import io.spindrift.sinks.model.CellCursor;
import io.spindrift.sinks.model.Column;
import io.spindrift.sinks.model.Multiset;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The cells of {@link Multiset#COLUMNS} behind a row's own. The hash is SHA-256's first bytes over name and text of each column that is not NULL, in the
 * order of the names, each with its length ahead of it: a column that is added later, and is NULL, changes no row. Not thread-safe.
 */
final class MultisetCells {

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private final byte[][] names;
    /** Numbers of the columns, in the order of their names. */
    private final int[] byName;

    private final int[] starts;
    private final int[] lengths;
    private final MessageDigest digest = sha256();
    private final byte[] hash = new byte[digest.getDigestLength()];
    private final byte[] length = new byte[Integer.BYTES];
    private final CellCursor cursor = new CellCursor();

    /** @param columns the row's own */
    MultisetCells(List<Column> columns) {
        names = columns.stream()
                .map(column -> column.name().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        byName = IntStream.range(0, columns.size())
                .boxed()
                .sorted(Comparator.comparing(i -> columns.get(i).name()))
                .mapToInt(i -> i)
                .toArray();
        starts = new int[columns.size()];
        lengths = new int[columns.size()];
    }

    /**
     * A row as it was before → the same row afterwards, where its cells were left out as unchanged.
     *
     * @param out for the row, with nothing left out; what it held is gone
     */
    void fill(CellBuffer before, CellBuffer after, CellBuffer out) {
        CellCursor was = new CellCursor().on(before);
        cursor.on(after);
        out.clear();
        while (cursor.next() && was.next()) {
            out.addCell(cursor.isUnchanged() ? was : cursor);
        }
    }

    /** The row's hash, as a cell; the row has nothing left out. */
    void addHash(CellBuffer row, CellBuffer out) {
        find(row);
        for (int column : byName) {
            if (lengths[column] >= 0) {
                update(names[column], 0, names[column].length);
                update(row.array(), starts[column], lengths[column]);
            }
        }
        try {
            digest.digest(hash, 0, hash.length);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
        out.begin();
        for (int i = 0; i < Multiset.HASH_BYTES; i++) {
            out.append(HEX[hash[i] >> 4 & 0xf]);
            out.append(HEX[hash[i] & 0xf]);
        }
        out.end();
    }

    private void find(CellBuffer row) {
        cursor.on(row);
        for (int i = 0; i < starts.length; i++) {
            if (!cursor.next() || cursor.isUnchanged()) {
                throw new IllegalStateException("a row of " + starts.length + " columns has " + i + " values");
            }
            starts[i] = cursor.textStart();
            lengths[i] = cursor.isNull() ? -1 : cursor.textLength();
        }
    }

    private void update(byte[] bytes, int offset, int size) {
        ByteBuffer.wrap(length).putInt(size);
        digest.update(length);
        digest.update(bytes, offset, size);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
