package io.spindrift.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.spindrift.local.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The job in a process of its own, {@code bin/spindrift run}, kept alive: a process that was killed is started again and goes on from its
 * newest checkpoint; one that ended by itself is not.
 */
final class JobProcess implements AutoCloseable {

    private static final int KILLED = 128;
    private static final int MAX_RESTARTS = 20;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Path home;
    private final Path directory;
    private final Consumer<String> progress;
    private ChildProcess process;
    private boolean closing;
    private boolean ended;
    private int restarts;

    private JobProcess(Path home, Path directory, Consumer<String> progress) throws IOException {
        this.home = home;
        this.directory = directory;
        this.progress = progress;
        this.process = launch();
        watch(process);
    }

    /** @param directory holds pipeline.yaml; state and log are written there */
    static JobProcess start(Path home, Path directory, Consumer<String> progress) throws IOException {
        return new JobProcess(home, directory, progress);
    }

    Path log() {
        return directory.resolve("job.log");
    }

    private Path endpoints() {
        return directory.resolve("job.json");
    }

    private ChildProcess launch() throws IOException {
        Files.deleteIfExists(endpoints());
        List<String> command = List.of(
                home.resolve("bin/spindrift").toString(),
                "run",
                "--config",
                directory.resolve("pipeline.yaml").toString(),
                "--state-dir",
                directory.resolve("state").toString(),
                "--endpoints",
                endpoints().toString());
        return ChildProcess.start(new ChildProcess.Command("the job", List.of(), command, "KILL", directory, log()));
    }

    private void watch(ChildProcess watched) {
        watched.onExit().thenAccept(this::afterExit);
    }

    private synchronized void afterExit(int exitCode) {
        if (closing) {
            return;
        }
        if (exitCode <= KILLED || restarts == MAX_RESTARTS) {
            ended = true;
            progress.accept("the job ended by itself, exit code " + exitCode + "; its log: " + log());
            return;
        }
        restarts++;
        progress.accept(
                "the job's process was killed (exit code " + exitCode + "); it goes on from its newest checkpoint");
        try {
            process = launch();
            watch(process);
        } catch (IOException | RuntimeException e) {
            ended = true;
            progress.accept("the job could not be started again: " + e);
        }
    }

    /** Waits until the job is submitted; its REST address. */
    String awaitRest() throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            if (Files.exists(endpoints())) {
                return new ObjectMapper()
                        .readTree(Files.readString(endpoints()))
                        .get("flink")
                        .asText();
            }
            ChildProcess running = current();
            if (running.awaitExit(POLL) && running == current()) {
                throw new IOException(
                        "the job did not start; the end of its log:%n%s".formatted(ChildProcess.tail(log())));
            }
        }
        throw new IOException("the job did not start within %d s; the end of its log:%n%s"
                .formatted(START_TIMEOUT.toSeconds(), ChildProcess.tail(log())));
    }

    private synchronized ChildProcess current() {
        return process;
    }

    /** Ends the process as a power cut would; it is started again. */
    void kill() {
        current().kill();
    }

    /** Waits for the process to end by itself; false when it does not in time. */
    boolean awaitEnd(Duration timeout) {
        return current().awaitExit(timeout);
    }

    /** Fails when the job has ended by itself: it will not come back. */
    synchronized void requireRunning() throws IOException {
        if (ended) {
            throw new IOException("the job has ended by itself; its log: " + log());
        }
    }

    synchronized int restarts() {
        return restarts;
    }

    boolean isAlive() {
        return current().alive();
    }

    /** Stops the job with a savepoint, which commits what it has read. */
    @Override
    public void close() {
        ChildProcess last;
        synchronized (this) {
            closing = true;
            last = process;
        }
        last.stop(STOP_TIMEOUT);
    }
}
