package io.spindrift.local.postgres;

import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.process.LoopbackPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL 17 on a free port of 127.0.0.1, ready for logical decoding. A new cluster in the directory it is
 * given, durable as in production (fsync and synchronous commits on); one superuser with a random password. Works as
 * root and as an ordinary user. {@link #close} shuts it down the fast way: sessions are cut off, data is on disk.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final Duration READY = Duration.ofMinutes(2);
    private static final Duration SHUTDOWN = Duration.ofMinutes(1);
    private static final String SUPERUSER = "postgres";

    /** Room for a stopped connector, but not for a forgotten replication slot that fills the disk. */
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", ""),
            Map.entry("wal_level", "logical"),
            Map.entry("max_slot_wal_keep_size", "4GB"),
            Map.entry("max_replication_slots", "20"),
            Map.entry("max_wal_senders", "20"),
            Map.entry("max_connections", "100"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("fsync", "on"),
            Map.entry("shared_buffers", "64MB"),
            Map.entry("timezone", "UTC"),
            Map.entry("log_timezone", "UTC"));

    private final ServerAccount account;
    private final ChildProcess process;
    private final int port;
    private final String password;

    private PostgresServer(ServerAccount account, ChildProcess process, int port, String password) {
        this.account = account;
        this.process = process;
        this.port = port;
        this.password = password;
    }

    /** Starts a new cluster below the directory, which must not hold one yet. Returns once it answers queries. */
    public static PostgresServer start(Path directory) {
        try {
            requireFresh(directory);
            OperatingUser user = OperatingUser.current();
            PostgresBinaries binaries = PostgresBinaries.unpacked(user);
            ServerAccount account = ServerAccount.prepare(user, binaries, directory.toAbsolutePath());
            PostgresServer server = launch(binaries, account);
            server.awaitReady();
            LOG.info("PostgreSQL is up on 127.0.0.1:{}", server.port);
            return server;
        } catch (IOException e) {
            throw new LocalStackException("cannot start PostgreSQL in " + directory, e);
        }
    }

    private static PostgresServer launch(PostgresBinaries binaries, ServerAccount account) throws IOException {
        try {
            String password = randomPassword();
            initialise(binaries, account, password);
            int port = LoopbackPort.free();
            ChildProcess process = ChildProcess.start(serverCommand(binaries, account, port));
            return new PostgresServer(account, process, port, password);
        } catch (LocalStackException e) {
            account.discardStandIn();
            throw e;
        }
    }

    /** The superuser's JDBC URL of the database postgres, with user and password. */
    public String jdbcUrl() {
        return jdbcUrl(SUPERUSER);
    }

    /** The superuser's JDBC URL of a database, with user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s".formatted(host(), port, database, SUPERUSER, password);
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public String superuser() {
        return SUPERUSER;
    }

    public String superuserPassword() {
        return password;
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        if (process.alive()) {
            ChildProcess.signal(postmasterPid(), "INT");
        }
        if (!process.awaitExit(SHUTDOWN)) {
            LOG.warn("PostgreSQL did not shut down within {} s and is killed", SHUTDOWN.toSeconds());
            process.close();
        }
        removeStandIn();
    }

    private void awaitReady() {
        try {
            process.awaitReady(READY, this::answers);
        } catch (LocalStackException e) {
            close();
            throw e;
        }
    }

    private boolean answers() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl())) {
            return connection.isValid(5);
        }
    }

    /** The server's own number: with runuser the child is runuser, not the server. */
    private long postmasterPid() {
        try {
            return Long.parseLong(Files.readAllLines(dataOf(account).resolve("postmaster.pid"))
                    .get(0)
                    .strip());
        } catch (IOException | NumberFormatException e) {
            return process.pid();
        }
    }

    private void removeStandIn() {
        try {
            account.discardStandIn();
        } catch (IOException e) {
            LOG.warn("cannot remove {}", account.directory(), e);
        }
    }

    private static void requireFresh(Path directory) {
        if (Files.exists(directory.resolve("data"))) {
            throw new LocalStackException(
                    "%s already holds a PostgreSQL cluster; give a new directory or remove it".formatted(directory));
        }
    }

    private static void initialise(PostgresBinaries binaries, ServerAccount account, String password)
            throws IOException {
        Path log = account.directory().resolve("initdb.log");
        Path passwordFile = Files.createFile(
                account.directory().resolve("password"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password);
        Files.setOwner(passwordFile, Files.getOwner(account.directory()));
        List<String> line = new ArrayList<>(account.launcher());
        line.addAll(List.of(binaries.program("initdb").toString(), "--pgdata=" + dataOf(account)));
        line.addAll(List.of("--username=" + SUPERUSER, "--pwfile=" + passwordFile, "--auth=scram-sha-256"));
        line.addAll(List.of("--encoding=UTF8", "--locale=C", "--no-sync"));
        int exitCode = ChildProcess.run(line, account.directory(), log);
        Files.delete(passwordFile);
        if (exitCode != 0) {
            throw new LocalStackException("initdb ended with exit code %d; the end of %s:%n%s"
                    .formatted(exitCode, log, ChildProcess.tail(log)));
        }
    }

    private static ChildProcess.Command serverCommand(PostgresBinaries binaries, ServerAccount account, int port) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(
                binaries.program("postgres").toString(), "-D", dataOf(account).toString()));
        arguments.addAll(List.of("-p", Integer.toString(port)));
        SETTINGS.forEach((name, value) -> arguments.addAll(List.of("-c", name + "=" + value)));
        Path log = account.directory().resolve("postgres.log");
        return new ChildProcess.Command("PostgreSQL", account.launcher(), arguments, "INT", account.directory(), log);
    }

    private static Path dataOf(ServerAccount account) {
        return account.directory().resolve("data");
    }

    private static String randomPassword() {
        byte[] bytes = new byte[12];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
