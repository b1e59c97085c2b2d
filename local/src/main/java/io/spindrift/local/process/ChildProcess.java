package io.spindrift.local.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own, output in a log file. Unless it is to be detached, it outlives neither {@link #close} nor, on Linux with
 * util-linux, this JVM: setpriv asks the kernel for a signal when the parent ends. The kernel means the parent
 * <em>thread</em>, so a daemon thread of its own starts the process and stays until it is gone. setsid keeps a Ctrl-C
 * in the terminal from the child: the parent closes its parts in order.
 */
public final class ChildProcess implements AutoCloseable {
    private static final int LOG_TAIL_LINES = 25;
    private static final Duration KILL_GRACE = Duration.ofSeconds(20);

    /**
     * What to run.
     *
     * @param launcher a prefix that changes the account, may be empty
     * @param orphanSignal what the child receives when this JVM dies, such as KILL; empty: nothing, it outlives this JVM
     */
    public record Command(
            String name,
            List<String> launcher,
            List<String> arguments,
            String orphanSignal,
            Path workingDirectory,
            Path log) {
        public Command {
            launcher = List.copyOf(launcher);
            arguments = List.copyOf(arguments);
        }
    }

    private final Command command;
    private final Process process;

    private ChildProcess(Command command, Process process) {
        this.command = command;
        this.process = process;
    }

    public static ChildProcess start(Command command) {
        List<String> line = new ArrayList<>(command.launcher());
        line.addAll(orphanGuard(command.orphanSignal()));
        line.addAll(command.arguments());
        ProcessBuilder builder = builder(line, command.workingDirectory(), command.log());
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread keeper = new Thread(() -> keep(builder, started), "keeper-of-" + command.name());
        keeper.setDaemon(true);
        keeper.start();
        try {
            return new ChildProcess(command, started.join());
        } catch (CompletionException e) {
            throw new LocalStackException("cannot run %s: %s".formatted(command.name(), line), e);
        }
    }

    /** Runs to its end; returns the exit code, output appended to the log. */
    public static int run(List<String> line, Path workingDirectory, Path log) {
        try {
            Process process = builder(line, workingDirectory, log).start();
            return process.waitFor();
        } catch (IOException e) {
            return 127;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while running " + line, e);
        }
    }

    public static void signal(long pid, String signal) {
        Path nowhere = Path.of(System.getProperty("java.io.tmpdir", "/"));
        run(List.of("kill", "-" + signal, Long.toString(pid)), nowhere, Path.of("/dev/null"));
    }

    public static String tail(Path log) {
        try {
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e + ")";
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Fails with the tail of the log if the process has ended. */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw new LocalStackException("%s ended with exit code %d; the end of %s:%n%s"
                    .formatted(command.name(), process.exitValue(), command.log(), tail(command.log())));
        }
    }

    /** Waits until the condition holds; fails with the tail of the log if it does not, or if the process ends first. */
    public void awaitReady(Duration timeout, Callable<Boolean> ready) {
        try {
            Deadline.in(timeout).await(command.name() + " to be ready", () -> {
                requireAlive();
                return ready.call();
            });
        } catch (LocalStackException e) {
            if (!process.isAlive()) {
                throw e;
            }
            throw new LocalStackException(
                    "%s; the end of %s:%n%s".formatted(e.getMessage(), command.log(), tail(command.log())), e);
        }
    }

    /** Completes with the exit code; 128 and more: ended by a signal. */
    public CompletableFuture<Integer> onExit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    public void kill() {
        process.destroyForcibly();
    }

    public boolean awaitExit(Duration timeout) {
        try {
            return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Asks it to end, and kills it if it does not within 20 s. */
    @Override
    public void close() {
        stop(KILL_GRACE);
    }

    /** Asks it to end, and kills it if it does not in time. */
    public void stop(Duration patience) {
        process.destroy();
        if (!awaitExit(patience)) {
            process.destroyForcibly();
            awaitExit(KILL_GRACE);
        }
    }

    private static void keep(ProcessBuilder builder, CompletableFuture<Process> started) {
        try {
            Process process = builder.start();
            started.complete(process);
            process.waitFor();
        } catch (IOException e) {
            started.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProcessBuilder builder(List<String> line, Path workingDirectory, Path log) {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(workingDirectory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"));
        String path = builder.environment().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        // The user's environment must not configure the servers (QUARKUS_*, PGDATA, JAVA_TOOL_OPTIONS).
        builder.environment().clear();
        builder.environment().put("PATH", path + ":/usr/sbin:/sbin");
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("TZ", "UTC");
        return builder;
    }

    private static List<String> orphanGuard(String signal) {
        List<String> guard =
                signal.isEmpty() ? List.of("setsid") : List.of("setsid", "setpriv", "--pdeathsig", signal, "--");
        List<String> probe = new ArrayList<>(guard);
        probe.add("true");
        Path nowhere = Path.of(System.getProperty("java.io.tmpdir", "/"));
        return run(probe, nowhere, Path.of("/dev/null")) == 0 ? guard : List.of();
    }
}
