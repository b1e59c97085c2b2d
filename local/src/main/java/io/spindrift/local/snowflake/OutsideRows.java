package io.spindrift.local.snowflake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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
 * {@code c1}, {@code c2}, …, of {@code part}, {@code row} and {@code line}, each counted from 1, and of {@code problem}, what is wrong
 * with the row. One thread reads ahead while DuckDB stores.
 */
final class OutsideRows implements AutoCloseable {
    private static final Map<String, OutsideRows> OFFERED = new ConcurrentHashMap<>();
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final int CHUNK_ROWS = 2048;
    private static final int CHUNK_BYTES = 1 << 23;
    private final String ticket = String.valueOf(TICKETS.incrementAndGet());
    private final int columns;
    private final List<Part> parts;
    private final Problems problems;
    private final Set<Place> left;
    private final long[] counts;
    private volatile @Nullable Failure failure;

    /** A file, or whatever else has rows one after the other. */
    interface Part {
        Reader open() throws IOException;
    }

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

    /** What becomes of rows that cannot be read. */
    enum Problems {
        FAIL,
        TELL
    }

    /** A row, by its part and its number there; number 0 stands for all of them. */
    record Place(int part, long row) {}

    /** Why and where reading failed. */
    record Failure(SnowflakeError error, Place place, long line) {}

    /** Rows are on offer until they are closed; those in {@code left} are left out. */
    OutsideRows(int columns, List<? extends Part> parts, Problems problems, Set<Place> left) {
        this.columns = columns;
        this.parts = List.copyOf(parts);
        this.problems = problems;
        this.left = left;
        this.counts = new long[parts.size()];
        OFFERED.put(ticket, this);
    }

    private boolean leaves(int part, long row) {
        return !left.isEmpty() && (left.contains(new Place(part, row)) || left.contains(new Place(part, 0)));
    }

    String sql() {
        return "sf_rows('" + ticket + "')";
    }

    /** How many rows each part had, those left out included; known once they were read. */
    long count(int part) {
        return counts[part - 1];
    }

    /** Why reading failed. */
    @Nullable
    Failure failure() {
        return failure;
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
            for (String number : List.of("part", "row", "line")) {
                info.addResultColumn(number, DuckDBColumnType.BIGINT);
            }
            info.addResultColumn("problem", DuckDBColumnType.VARCHAR);
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
        private final long[][] numbers = new long[3][CHUNK_ROWS];
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
        private final boolean[] wantedTexts;
        private int part;
        private long row;
        private @Nullable Reader reader;
        private @Nullable CompletableFuture<Chunk> ahead;

        private Scan(OutsideRows source, int[] wanted) {
            this.source = source;
            this.wanted = wanted;
            this.wantedTexts = new boolean[source.columns + 4];
            for (int column : wanted) {
                wantedTexts[column] = true;
            }
        }

        private long write(DuckDBDataChunkWriter writer) {
            Chunk chunk = ahead == null ? read() : joined(ahead);
            if (chunk.isFull()) {
                ahead = CompletableFuture.supplyAsync(this::read);
            } else {
                ahead = CompletableFuture.completedFuture(new Chunk(0));
            }
            for (int i = 0; i < wanted.length && chunk.rows > 0; i++) {
                var vector = writer.vector(i);
                int number = wanted[i] - source.columns;
                if (number >= 0 && number < 3) {
                    for (int at = 0; at < chunk.rows; at++) {
                        vector.setLong(at, chunk.numbers[number][at]);
                    }
                } else {
                    byte[][] texts = chunk.texts[number < 0 ? wanted[i] : source.columns];
                    vector.setStringUtf8Batch(0, chunk.rows == CHUNK_ROWS ? texts : Arrays.copyOf(texts, chunk.rows));
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
                throw failed(new SnowflakeError("100080", "22000", "a file cannot be read: " + e.getMessage(), e), 0);
            }
        }

        private IllegalStateException failed(SnowflakeError error, long line) {
            source.failure = new Failure(error, new Place(part, row), line);
            return new IllegalStateException(
                    DuckDbErrors.tagged(error.code(), error.sqlState(), error.getMessage()), error);
        }

        /** To the next row, of this part or of the next one that has any. */
        private boolean advance() throws IOException {
            while (reader == null || !reader.next()) {
                close();
                if (part == source.parts.size()) {
                    return false;
                }
                reader = source.parts.get(part++).open();
                row = 0;
            }
            source.counts[part - 1] = ++row;
            return true;
        }

        private void add(Chunk chunk) {
            Reader from = reader;
            if (from == null || source.leaves(part, row)) {
                return;
            }
            SnowflakeError problem = from.problem();
            if (problem != null && source.problems == Problems.FAIL) {
                throw failed(problem, from.line());
            }
            int at = chunk.rows++;
            for (int i = 0; i < source.columns; i++) {
                byte[] text = wantedTexts[i] ? from.text(i) : null;
                chunk.texts[i][at] = text;
                chunk.bytes += text == null ? 0 : text.length;
            }
            chunk.numbers[0][at] = part;
            chunk.numbers[1][at] = row;
            chunk.numbers[2][at] = from.line();
            chunk.texts[source.columns][at] =
                    problem == null ? null : problem.getMessage().getBytes(StandardCharsets.UTF_8);
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
