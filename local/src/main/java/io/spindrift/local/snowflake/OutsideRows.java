package io.spindrift.local.snowflake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

    /** Reads the rows of a part. */
    interface Reader extends AutoCloseable {
        boolean next() throws IOException;

        /** A field of the row, in UTF-8. */
        byte @Nullable [] text(int column);

        /** Where the row begins. */
        default long line() {
            return 0;
        }

        /** What is wrong with the row. */
        default @Nullable SnowflakeError problem() {
            return null;
        }

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

    /** Some rows, column by column. */
    private static final class Chunk {
        private final byte[][][] texts;
        private final long[][] numbers = new long[NUMBERS.size()][CHUNK_ROWS];
        private int rows;
        private int bytes;

        private Chunk(int columns) {
            texts = new byte[columns + 1][CHUNK_ROWS][];
        }

        private boolean isFull() {
            return rows == CHUNK_ROWS || bytes > CHUNK_BYTES;
        }
    }

    private static final class Scan implements DuckDBTableFunctionState {
        private final OutsideRows source;
        private final int[] wanted;
        private final boolean[] isWanted;
        private int part;
        private long row;
        private byte[] file = {};
        private @Nullable Reader reader;
        private @Nullable CompletableFuture<Chunk> ahead;

        private Scan(OutsideRows source, int[] wanted) {
            this.source = source;
            this.wanted = wanted;
            this.isWanted = new boolean[source.columns + 1 + NUMBERS.size()];
            for (int column : wanted) {
                isWanted[column] = true;
            }
        }

        private long write(DuckDBDataChunkWriter writer) {
            Chunk chunk = ahead == null ? read() : joined(ahead);
            ahead = chunk.isFull()
                    ? CompletableFuture.supplyAsync(this::read)
                    : CompletableFuture.completedFuture(new Chunk(0));
            for (int i = 0; i < wanted.length && chunk.rows > 0; i++) {
                var vector = writer.vector(i);
                if (wanted[i] <= source.columns) {
                    byte[][] texts = chunk.texts[wanted[i]];
                    vector.setStringUtf8Batch(0, chunk.rows == CHUNK_ROWS ? texts : Arrays.copyOf(texts, chunk.rows));
                    continue;
                }
                long[] numbers = chunk.numbers[wanted[i] - source.columns - 1];
                for (int at = 0; at < chunk.rows; at++) {
                    vector.setLong(at, numbers[at]);
                }
            }
            return chunk.rows;
        }

        private static Chunk joined(CompletableFuture<Chunk> future) {
            try {
                return future.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        }

        private Chunk read() {
            Chunk chunk = new Chunk(source.columns);
            try {
                while (!chunk.isFull() && advance()) {
                    add(chunk);
                }
                return chunk;
            } catch (IOException e) {
                throw new IllegalStateException(
                        DuckDbErrors.tagged("100080", "22000", "a file cannot be read: " + e.getMessage()), e);
            } catch (SnowflakeError e) {
                throw new IllegalStateException(DuckDbErrors.tagged(e.code(), e.sqlState(), e.getMessage()), e);
            }
        }

        /** To the next row, of this part or of the next one that has any. */
        private boolean advance() throws IOException {
            while (reader == null || !reader.next()) {
                close();
                if (part == source.parts.size()) {
                    return false;
                }
                Part next = source.parts.get(part++);
                file = next.file().getBytes(StandardCharsets.UTF_8);
                reader = next.rows().run();
                row = 0;
            }
            source.counts[part - 1] = ++row;
            return true;
        }

        private void add(Chunk chunk) {
            Reader from = reader;
            Set<Place> left = source.left;
            if (from == null
                    || !left.isEmpty() && (left.contains(new Place(part, row)) || left.contains(new Place(part, 0)))) {
                return;
            }
            SnowflakeError problem = from.problem();
            if (problem != null) {
                String name = source.parts.get(part - 1).file();
                source.unreadable.accept(new Rejected(new Place(part, row), name, from.line(), problem, null, ""));
                return;
            }
            int at = chunk.rows++;
            for (int i = 0; i < source.columns; i++) {
                byte[] text = isWanted[i] ? from.text(i) : null;
                chunk.texts[i][at] = text;
                chunk.bytes += text == null ? 0 : text.length;
            }
            chunk.texts[source.columns][at] = file;
            chunk.numbers[0][at] = part;
            chunk.numbers[1][at] = row;
            chunk.numbers[2][at] = from.line();
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
