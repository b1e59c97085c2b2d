package io.spindrift.bench;

import com.github.luben.zstd.ZstdOutputStream;
import io.spindrift.local.snowflake.LocalSnowflake;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The local Snowflake through the unmodified driver, in milliseconds an operation. Wanted on two cores: a round trip ≤ 3 ms, COPY of a
 * million rows ≤ 2 s (500,000 rows/s), MERGE of 100,000 rows into a million ≤ 500 ms.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init")
public class LocalSnowflakeBenchmark {
    private static final int ROWS = 1_000_000;
    private static final int MERGED = 100_000;
    private Path directory = Path.of("");
    private LocalSnowflake snowflake;
    private Connection connection;
    private PreparedStatement one;

    @Setup
    public void start() throws IOException, SQLException {
        directory = Files.createTempDirectory("spindrift-bench-");
        snowflake = LocalSnowflake.start(directory.resolve("data"), 0);
        connection = DriverManager.getConnection(snowflake.jdbcUrl(), snowflake.user(), snowflake.password());
        one = connection.prepareStatement("SELECT 1");
        execute("CREATE STAGE box");
        execute(
                "CREATE TABLE raw (id INT, a VARCHAR, b VARCHAR, c NUMBER(12,2), d TIMESTAMP_TZ(6), e BOOLEAN, f VARCHAR,"
                        + " g DATE, h NUMBER(38,0), i VARCHAR, op VARCHAR(1), lsn INT)");
        execute("CREATE TABLE target LIKE raw");
        Path csv = directory.resolve("rows.csv.zst");
        write(csv);
        execute("PUT file://" + csv + " @box AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = ZSTD");
        execute("CREATE TABLE changes AS SELECT * FROM target WHERE FALSE");
        copy("target");
        execute("INSERT INTO changes SELECT id, a, b, c + 1, d, e, f, g, h, i, 'u', lsn + 1 FROM target WHERE id < "
                + MERGED);
    }

    /** About 200 bytes a row. */
    private static void write(Path csv) throws IOException {
        try (Writer out = new BufferedWriter(
                new OutputStreamWriter(new ZstdOutputStream(Files.newOutputStream(csv), 1), StandardCharsets.UTF_8))) {
            for (int id = 0; id < ROWS; id++) {
                out.write(String.format(
                        Locale.ROOT,
                        "%d,\"customer-%d@example.com\",\"some text of a row that is %d\",%d.%02d,2026-11-21 08:00:%02d.%06d +00:00,"
                                + "%b,\"PENDING\",2026-11-%02d,%d,\"https://example.com/orders/%d/lines\",c,%d%n",
                        id,
                        id,
                        id,
                        id % 1000,
                        id % 100,
                        id % 60,
                        id,
                        id % 2 == 0,
                        id % 28 + 1,
                        id * 1_000_003L,
                        id,
                        id));
            }
        }
    }

    @Setup(Level.Invocation)
    public void begin() throws SQLException {
        connection.setAutoCommit(false);
    }

    @TearDown(Level.Invocation)
    public void rollback() throws SQLException {
        connection.rollback();
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @Warmup(iterations = 3, time = 2)
    @Measurement(iterations = 3, time = 2)
    public int roundTrip() throws SQLException {
        try (ResultSet result = one.executeQuery()) {
            result.next();
            return result.getInt(1);
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 2)
    @Measurement(iterations = 5)
    public void copyOfAMillionRows() throws SQLException {
        copy("raw");
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 2)
    @Measurement(iterations = 5)
    public void mergeOfAHundredThousandRowsIntoAMillion() throws SQLException {
        execute("""
                MERGE INTO target t USING (
                  SELECT * FROM changes QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY lsn DESC) = 1) s ON t.id = s.id
                WHEN MATCHED AND s.op = 'd' AND s.lsn > t.lsn THEN DELETE
                WHEN MATCHED AND s.lsn > t.lsn THEN UPDATE SET t.a = s.a, t.c = s.c, t.d = s.d, t.lsn = s.lsn
                WHEN NOT MATCHED AND s.op <> 'd' THEN INSERT (id, a, b, c, d, e, f, g, h, i, op, lsn)
                  VALUES (s.id, s.a, s.b, s.c, s.d, s.e, s.f, s.g, s.h, s.i, s.op, s.lsn)""");
    }

    private void copy(String table) throws SQLException {
        execute("COPY INTO " + table + " FROM (SELECT $1::NUMBER(38,0), $2::VARCHAR, $3::VARCHAR, $4::NUMBER(12,2),"
                + " $5::TIMESTAMP_TZ(6), $6::BOOLEAN, $7::VARCHAR, $8::DATE, $9::NUMBER(38,0), $10::VARCHAR, $11::VARCHAR(1),"
                + " $12::NUMBER(38,0) FROM @box/) FILES = ('rows.csv.zst') FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD"
                + " FIELD_OPTIONALLY_ENCLOSED_BY = '\"' EMPTY_FIELD_AS_NULL = TRUE NULL_IF = ()) FORCE = TRUE");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @TearDown
    public void stop() throws SQLException, IOException {
        connection.close();
        snowflake.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
