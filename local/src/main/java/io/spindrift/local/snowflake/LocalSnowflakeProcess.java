package io.spindrift.local.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import io.spindrift.local.process.ChildProcess;
import io.spindrift.local.process.LocalStackException;
import io.spindrift.local.process.LoopbackPort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A {@link LocalSnowflake} in a process of its own, to be killed hard and started again on the same files and port. */
public final class LocalSnowflakeProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path dataDirectory;
    private final int port;
    private final StageTransport stages;
    private ChildProcess process;

    private LocalSnowflakeProcess(Path dataDirectory, int port, StageTransport stages) {
        this.dataDirectory = dataDirectory;
        this.port = port;
        this.stages = stages;
        this.process = launch();
    }

    /** Starts on a free port and waits until it answers; its log is the file {@code snowflake.log} of the data directory. */
    public static LocalSnowflakeProcess start(Path dataDirectory) throws IOException {
        return start(dataDirectory, StageTransport.LOCAL_FS);
    }

    /** Likewise; clients move files that way. */
    public static LocalSnowflakeProcess start(Path dataDirectory, StageTransport stages) throws IOException {
        return new LocalSnowflakeProcess(
                Files.createDirectories(dataDirectory).toAbsolutePath(), LoopbackPort.free(), stages);
    }

    private ChildProcess launch() {
        List<String> line = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                // A short life on few cores.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                LocalSnowflakeProcess.class.getName(),
                dataDirectory.toString(),
                String.valueOf(port),
                stages.name());
        ChildProcess started = ChildProcess.start(new ChildProcess.Command(
                "the local Snowflake", List.of(), line, "KILL", dataDirectory, dataDirectory.resolve("snowflake.log")));
        started.awaitReady(PATIENCE, () -> answers());
        return started;
    }

    private boolean answers() throws InterruptedException {
        try {
            return Files.exists(passwordFile()) && admin("GET", "/faults", "").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** As kill -9 does: whatever was not committed is lost. */
    public void kill() {
        process.kill();
        awaitEnd();
    }

    /** Waits for the end that a {@link Fault.Kill} brings. */
    public void awaitEnd() {
        if (!process.awaitExit(PATIENCE)) {
            throw new LocalStackException("the local Snowflake is still running");
        }
    }

    /** Starts it again after its end, on the same files and port. */
    public void restart() {
        process = launch();
    }

    public boolean alive() {
        return process.alive();
    }

    /** Asks for a fault through the admin endpoint; returns its id. The server's end does away with all faults. */
    public int arm(Fault fault) throws IOException, InterruptedException {
        JsonNode armed = faults("POST", "/faults", Answers.JSON.writeValueAsString(fault));
        return armed.path(armed.size() - 1).path("id").asInt();
    }

    /** How often an armed fault has happened; 0 when there is none of this id. */
    public int fired(int id) throws IOException, InterruptedException {
        for (JsonNode armed : faults("GET", "/faults", "")) {
            if (armed.path("id").asInt() == id) {
                return armed.path("fired").asInt();
            }
        }
        return 0;
    }

    public void disarm(int id) throws IOException, InterruptedException {
        faults("DELETE", "/faults/" + id, "");
    }

    private JsonNode faults(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = admin(method, path, body);
        if (answer.statusCode() != 200) {
            throw new IOException(
                    "the local Snowflake refused %s %s %s: %s".formatted(method, path, body, answer.body()));
        }
        return Answers.JSON.readTree(answer.body());
    }

    private HttpResponse<String> admin(String method, String path, String body)
            throws IOException, InterruptedException {
        String login = Base64.getEncoder().encodeToString((user() + ":" + password()).getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + Admin.PATH + path))
                .timeout(PATIENCE)
                .header("Authorization", "Basic " + login)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    public String jdbcUrl() {
        return LocalSnowflake.jdbcUrl(port);
    }

    public String user() {
        return LocalSnowflake.USER;
    }

    public String password() throws IOException {
        return Files.readString(passwordFile()).strip();
    }

    private Path passwordFile() {
        return dataDirectory.resolve("password");
    }

    @Override
    public void close() {
        process.close();
    }

    /** The process: data directory, port, stages. Runs until it is told to end. */
    public static void main(String[] args) throws InterruptedException {
        LocalSnowflake.Settings settings = LocalSnowflake.Settings.in(Path.of(args[0]))
                .onPort(Integer.parseInt(args[1]))
                .withStages(StageTransport.valueOf(args[2]))
                .inItsOwnProcess();
        LocalSnowflake snowflake = LocalSnowflake.start(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(snowflake::close, "close-local-snowflake"));
        new CountDownLatch(1).await();
    }
}
