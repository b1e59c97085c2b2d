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
 * directory and survive a crash; sessions and open transactions do not.
 *
 * <p>Listens on the loopback address only. One data directory has one stand-in at a time.
 */
public final class LocalSnowflake implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSnowflake.class);
    static final String USER = "SPINDRIFT";
    private static final String DATABASE = "SPINDRIFT";
    private final HttpServer server;
    private final ExecutorService threads;
    private final Sessions sessions;
    private final Engine engine;
    private final String password;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LocalSnowflake(
            HttpServer server, ExecutorService threads, Sessions sessions, Engine engine, String password) {
        this.server = server;
        this.threads = threads;
        this.sessions = sessions;
        this.engine = engine;
        this.password = password;
    }

    /**
     * Starts on this port of the loopback address, 0 for a free one. The data directory is created when missing, with the database
     * SPINDRIFT and its schema PUBLIC.
     *
     * @throws UncheckedIOException when the port is taken or the directory cannot be used, also when another process uses it
     */
    public static LocalSnowflake start(Path dataDirectory, int port) {
        // Without it every round trip waits for delayed acknowledgements: 45 ms instead of 1.5.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            Path directory = Files.createDirectories(dataDirectory).toAbsolutePath();
            String password = password(directory.resolve("password"));
            Engine engine = Engine.open(directory);
            try {
                return serve(engine, password, port);
            } catch (IOException | RuntimeException e) {
                engine.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the local Snowflake cannot start on port " + port + " in " + dataDirectory, e);
        } catch (SQLException e) {
            throw new UncheckedIOException(new IOException("cannot open the database in " + dataDirectory, e));
        }
    }

    private static LocalSnowflake serve(Engine engine, String password, int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        HttpServer server = HttpServer.create(address, 0);
        Sessions sessions = new Sessions(engine, USER, password);
        Statements statements = new Statements(engine, Clock.systemUTC());
        createDatabase(engine, statements);
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "local-snowflake");
            thread.setDaemon(true);
            return thread;
        });
        Protocol protocol = new Protocol(sessions, statements);
        server.createContext("/", protocol::handle);
        server.setExecutor(threads);
        server.start();
        LOG.info("local Snowflake on port {}", server.getAddress().getPort());
        return new LocalSnowflake(server, threads, sessions, engine, password);
    }

    private static void createDatabase(Engine engine, Statements statements) {
        try (Session session = new Session(0, USER, engine)) {
            statements.run(session, "CREATE DATABASE IF NOT EXISTS " + DATABASE, Binds.unbound());
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
        return "jdbc:snowflake://127.0.0.1:" + port() + "/?ssl=off&account=local&db=" + DATABASE
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

    /** Stops at once: what is open is rolled back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.stop(0);
            sessions.close();
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
