package io.spindrift.local.snowflake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBTableFunction;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBTableFunctionCallInfo;
import org.duckdb.DuckDBTableFunctionInitInfo;
import org.duckdb.DuckDBTableFunctionState;
import org.jspecify.annotations.Nullable;

/**
 * Rows that DuckDB reads from Java, such as those of staged files and of bound arrays: the table {@code sf_rows('ticket')} of the texts
 * {@code c1}, {@code c2}, … and {@code file}, and of {@code part}, {@code row} and {@code line}, each counted from 1. One thread reads
 * ahead while DuckDB stores.
 */
final class OutsideRows implements AutoCloseable {
    private static final Map<String, OutsideRows> OFFERED = new ConcurrentHashMap<>();
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final List<String> NUMBERS = List.of("part", "row", "line");
    private static final int CHUNK_ROWS = 2048;
    private static final int CHUNK_BYTES = 1 << 23;
    private final String ticket = String.valueOf(TICKETS.incrementAndGet());
    private final int columns;
    private final List<Part> parts;
    private final Set<Place> left;
    private final Consumer<Rejected> unreadable;
    private final long[] counts;

    /** A file, or whatever else has rows one after the other. */
    record Part(String file, Stages.Io<Reader> rows) {}

    /** Fields in UTF-8, the line where the row begins, and what is wrong with it. */
    record Row(
            byte[] @Nullable [] fields, long line, @Nullable SnowflakeError problem) {}

    /** Reads the rows of a part. */
    interface Reader extends AutoCloseable {
        /** Null at the end. */
        @Nullable
        Row next() throws IOException;

        @Override
        default void close() throws IOException {}
    }

    /** A row, by its part and its number there; number 0 stands for all of them. */
    record Place(int part, long row) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparingInt(Place::part).thenComparingLong(Place::row);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A row that cannot be loaded.
     *
     * @param column {@code "TABLE"["COLUMN":1]}, null when the row could not even be read
     */
    record Rejected(
            Place place,
            String file,
            long line,
            SnowflakeError error,
            @Nullable String column,
            String value) {
        SnowflakeError located() {
            String where = column == null ? " starts at line " + line : ", column " + column;
            String file = value + "\n  File '" + this.file + "', line " + line + "\n  Row " + place.row() + where;
            return new SnowflakeError(error.code(), error.sqlState(), error.getMessage() + file, error);
        }

        void fail() {
            throw located();
        }
    }

    /**
     * Rows are on offer until they are closed.
     *
     * @param left these are left out
     * @param unreadable takes the rows that cannot be read, which are left out as well; what it throws fails the statement
     */
    OutsideRows(int columns, List<Part> parts, Set<Place> left, Consumer<Rejected> unreadable) {
        this.columns = columns;
        this.parts = parts;
        this.left = left;
        this.unreadable = unreadable;
        this.counts = new long[parts.size()];
        OFFERED.put(ticket, this);
    }

    String sql() {
        return "sf_rows('" + ticket + "')";
    }

    /** How many rows each part had, those left out included; known once they were read. */
    long count(int part) {
        return counts[part - 1];
    }

    @Override
    public void close() {
        OFFERED.remove(ticket);
    }

    static void install(Connection connection) throws SQLException {
        try (var builder = DuckDBFunctions.tableFunction()) {
            builder.withName("sf_rows")
                    .withParameter(String.class)
                    .withProjectionPushdown()
                    .withFunction(new Function())
                    .register(connection);
        }
    }

    private static final class Function implements DuckDBTableFunction<OutsideRows, Scan, Object> {
        @Override
        public OutsideRows bind(DuckDBTableFunctionBindInfo info) {
            OutsideRows rows;
            try (var ticket = info.getParameter(0)) {
                rows = OFFERED.get(String.valueOf(ticket.getString()));
            }
            if (rows == null) {
                throw new IllegalStateException("rows that are no longer on offer");
            }
            for (int i = 1; i <= rows.columns; i++) {
                info.addResultColumn("c" + i, DuckDBColumnType.VARCHAR);
            }
            info.addResultColumn("file", DuckDBColumnType.VARCHAR);
            NUMBERS.forEach(number -> info.addResultColumn(number, DuckDBColumnType.BIGINT));
            return rows;
        }

        @Override
        public Scan init(DuckDBTableFunctionInitInfo info) {
            info.setMaxThreads(1);
            int[] wanted = new int[(int) info.getColumnCount()];
            Arrays.setAll(wanted, i -> (int) info.getColumnIndex(i));
            return new Scan(info.getBindData(), wanted);
        }

        @Override
        public long apply(DuckDBTableFunctionCallInfo info, DuckDBDataChunkWriter writer) {
            return info.<Scan>getInitData().write(writer);
        }
    }

    /** A row in its place. */
    private record Placed(Row row, Place place, byte[] file) {
        private long number(int column) {
            return column == 0 ? place.part() : column == 1 ? place.row() : row.line();
        }
    }

    private static final class Scan implements DuckDBTableFunctionState {
        private final OutsideRows source;
        private final int[] wanted;
        private int part;
        private byte[] file = {};
        private @Nullable Reader reader;
        private @Nullable CompletableFuture<List<Placed>> ahead;

        private Scan(OutsideRows source, int[] wanted) {
            this.source = source;
            this.wanted = wanted;
        }

        private long write(DuckDBDataChunkWriter writer) {
            List<Placed> rows = ahead == null ? read() : ahead.join();
            ahead = rows.isEmpty()
                    ? CompletableFuture.completedFuture(rows)
                    : CompletableFuture.supplyAsync(this::read);
            for (int i = 0; i < wanted.length && !rows.isEmpty(); i++) {
                var vector = writer.vector(i);
                int column = wanted[i];
                int number = column - source.columns - 1;
                byte[][] texts = new byte[rows.size()][];
                for (int at = 0; at < texts.length; at++) {
                    Placed row = rows.get(at);
                    if (number >= 0) {
                        vector.setLong(at, row.number(number));
                    } else {
                        texts[at] = number == -1 ? row.file() : row.row().fields()[column];
                    }
                }
                if (number < 0) {
                    vector.setStringUtf8Batch(0, texts);
                }
            }
            return rows.size();
        }

        /** Some rows, none at the end. */
        private List<Placed> read() {
            List<Placed> rows = new ArrayList<>(CHUNK_ROWS);
            try {
                Row row = next();
                for (int bytes = 0;
                        row != null;
                        row = bytes > CHUNK_BYTES || rows.size() == CHUNK_ROWS ? null : next()) {
                    bytes += add(rows, row);
                }
                return rows;
            } catch (IOException e) {
                throw new IllegalStateException(
                        DuckDbErrors.tagged("100080", "22000", "a file cannot be read: " + e.getMessage()), e);
            } catch (SnowflakeError e) {
                throw new IllegalStateException(DuckDbErrors.tagged(e.code(), e.sqlState(), e.getMessage()), e);
            }
        }

        /** The next row, of this part or of the next one that has any. */
        private @Nullable Row next() throws IOException {
            Row row = reader == null ? null : reader.next();
            while (row == null) {
                close();
                if (part == source.parts.size()) {
                    return null;
                }
                Part next = source.parts.get(part++);
                file = next.file().getBytes(StandardCharsets.UTF_8);
                reader = next.rows().run();
                row = reader.next();
            }
            source.counts[part - 1]++;
            return row;
        }

        /** Returns the bytes that it has added. */
        private int add(List<Placed> rows, Row row) {
            Place place = new Place(part, source.counts[part - 1]);
            Set<Place> left = source.left;
            if (!left.isEmpty() && (left.contains(place) || left.contains(new Place(part, 0)))) {
                return 0;
            }
            if (row.problem() != null) {
                String name = source.parts.get(part - 1).file();
                source.unreadable.accept(new Rejected(place, name, row.line(), row.problem(), null, ""));
                return 0;
            }
            rows.add(new Placed(row, place, file));
            int bytes = 0;
            for (byte @Nullable [] text : row.fields()) {
                bytes += text == null ? 0 : text.length;
            }
            return bytes;
        }

        @Override
        public void close() throws IOException {
            if (reader != null) {
                reader.close();
                reader = null;
            }
        }
    }
}
