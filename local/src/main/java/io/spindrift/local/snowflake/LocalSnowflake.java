package io.spindrift.local.snowflake;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stand-in for Snowflake on this machine: the protocol of the unmodified JDBC driver, over an embedded DuckDB.
 *
 * <p>It keeps to documented Snowflake behaviour where a loader relies on it, and fails with Snowflake's kind of error, saying "not
 * supported by the local Snowflake", where it does not know better. Committed data, stages and the password live in the data
 * directory and survive a crash; sessions and open transactions do not. On request it misbehaves: see {@link #faults()}.
 *
 * <p>One data directory has one stand-in at a time.
 */
public final class LocalSnowflake implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSnowflake.class);
    static final String USER = "SPINDRIFT";
    static final String DATABASE = "SPINDRIFT";
    private final HttpServer server;
    private final ExecutorService threads;
    private final Sessions sessions;
    private final Statements statements;
    private final Engine engine;
    private final Misbehaviour misbehaviour;
    private final String password;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * How to start.
     *
     * @param dataDirectory created when missing, with the database SPINDRIFT and its schema PUBLIC
     * @param address to listen on
     * @param port 0 for a free one
     * @param stages how the driver moves files
     */
    public record Settings(
            Path dataDirectory,
            InetAddress address,
            int port,
            StageTransport stages,
            Latency latency,
            Process process) {
        /** Whose process it is; only one of its own can be killed on request. */
        public enum Process {
            SHARED,
            OWN
        }

        /** On a free port of the loopback address, as fast as it can. */
        public static Settings in(Path dataDirectory) {
            return new Settings(
                    dataDirectory,
                    InetAddress.getLoopbackAddress(),
                    0,
                    StageTransport.LOCAL_FS,
                    Latency.OFF,
                    Process.SHARED);
        }

        public Settings inItsOwnProcess() {
            return new Settings(dataDirectory, address, port, stages, latency, Process.OWN);
        }

        public Settings onPort(int other) {
            return new Settings(dataDirectory, address, other, stages, latency, process);
        }

        public Settings withStages(StageTransport other) {
            return new Settings(dataDirectory, address, port, other, latency, process);
        }
    }

    private LocalSnowflake(Settings settings, Engine engine, String password) throws IOException {
        this.engine = engine;
        this.password = password;
        misbehaviour =
                new Misbehaviour(new Faults(settings.process() == Settings.Process.OWN), engine, settings.latency());
        StageHttp bucket = new StageHttp(engine.stages());
        Stages stages = new Stages(engine.stages(), settings.stages(), bucket);
        statements = new Statements(engine, stages, Clock.systemUTC(), misbehaviour);
        sessions = new Sessions(engine, USER, password, Clock.systemUTC());
        createDatabase();
        server = HttpServer.create(new InetSocketAddress(settings.address(), settings.port()), 0);
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "local-snowflake");
            thread.setDaemon(true);
            return thread;
        });
        server.createContext("/", new Protocol(sessions, statements, misbehaviour)::handle);
        server.createContext(Admin.PATH, new Admin(misbehaviour)).setAuthenticator(Admin.authenticator(USER, password));
        if (settings.stages() == StageTransport.HTTP) {
            server.createContext("/" + StageHttp.BUCKET, bucket::handle);
        }
        server.setExecutor(threads);
        server.start();
        LOG.info("local Snowflake on port {}", port());
    }

    /** Starts on this port of the loopback address, 0 for a free one. */
    public static LocalSnowflake start(Path dataDirectory, int port) {
        return start(Settings.in(dataDirectory).onPort(port));
    }

    /** @throws UncheckedIOException when the port is taken or the directory cannot be used, also when another process uses it */
    public static LocalSnowflake start(Settings settings) {
        // Without it every round trip waits for delayed acknowledgements: 45 ms instead of 1.5.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            Path directory = Files.createDirectories(settings.dataDirectory()).toAbsolutePath();
            Engine engine = Engine.open(directory);
            try {
                return new LocalSnowflake(settings, engine, password(directory.resolve("password")));
            } catch (IOException | RuntimeException e) {
                engine.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the local Snowflake cannot start on port " + settings.port() + " in " + settings.dataDirectory(),
                    e);
        } catch (SQLException e) {
            throw new UncheckedIOException(
                    new IOException("cannot open the database in " + settings.dataDirectory(), e));
        }
    }

    private void createDatabase() {
        try (Session session = new Session(0, USER, engine, Clock.systemUTC().instant())) {
            statements.run(session, "CREATE DATABASE IF NOT EXISTS " + DATABASE, Binds.unbound(), 1);
        }
    }

    private static String password(Path file) throws IOException {
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, password);
        return password;
    }

    /** For the unmodified driver, with what it needs to be quick and quiet without an account. */
    public String jdbcUrl() {
        return jdbcUrl(port());
    }

    static String jdbcUrl(int port) {
        return "jdbc:snowflake://127.0.0.1:" + port + "/?ssl=off&account=local&db=" + DATABASE
                + "&schema=PUBLIC&warehouse=LOCAL&JDBC_QUERY_RESULT_FORMAT=JSON&CLIENT_TELEMETRY_ENABLED=false"
                + "&disablePlatformDetection=true";
    }

    public String user() {
        return USER;
    }

    public String password() {
        return password;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** What shall go wrong. */
    public Faults faults() {
        return misbehaviour.faults();
    }

    public void latency(Latency latency) {
        misbehaviour.latency(latency);
    }

    /** Stops at once: what is open is rolled back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.stop(0);
            sessions.close();
            statements.close();
            threads.shutdownNow();
            try {
                threads.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            engine.close();
        }
    }
}
