package io.spindrift.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChildProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void aChildThatEndsTooEarlyIsReportedWithItsExitCodeAndTheEndOfItsLog(@TempDir Path directory) {
        try (ChildProcess child = ChildProcess.start(command(directory, "sh", "-c", "echo no such option; exit 3"))) {
            assertThatThrownBy(() -> child.awaitReady(PATIENCE, () -> false))
                    .isInstanceOf(LocalStackException.class)
                    .hasMessageContaining("the sleeper ended with exit code 3")
                    .hasMessageContaining("no such option");
        }
    }

    @Test
    void aChildThatIsNeverReadyIsReportedWithTheEndOfItsLog(@TempDir Path directory) {
        try (ChildProcess child = ChildProcess.start(command(directory, "sh", "-c", "echo thinking; exec sleep 600"))) {
            Deadline.in(PATIENCE).await("a line in the log", () -> ChildProcess.tail(directory.resolve("child.log"))
                    .contains("thinking"));
            assertThatThrownBy(() -> child.awaitReady(Duration.ofMillis(50), () -> false))
                    .hasMessageContaining("the sleeper to be ready")
                    .hasMessageContaining("thinking");
        }
    }

    @Test
    void closingEndsTheChildAndMayBeRepeated(@TempDir Path directory) {
        ChildProcess child = ChildProcess.start(command(directory, "sleep", "600"));
        child.close();
        child.close();
        assertThat(child.alive()).isFalse();
    }

    @Test
    void aProgramThatDoesNotExistIsNamed(@TempDir Path directory) {
        try (ChildProcess child = ChildProcess.start(command(directory, "/no/such/program"))) {
            assertThatThrownBy(() -> child.awaitReady(PATIENCE, () -> false)).hasMessageContaining("/no/such/program");
        } catch (LocalStackException e) {
            assertThat(e).hasMessageContaining("/no/such/program");
        }
    }

    @Test
    void aChildDiesWithAParentThatIsKilled(@TempDir Path directory) throws IOException {
        Path nowhere = Path.of("/dev/null");
        assumeThat(ChildProcess.run(List.of("setpriv", "--pdeathsig", "KILL", "true"), directory, nowhere))
                .isZero();
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = parent.inputReader()) {
            long child = Long.parseLong(output.readLine());
            // The child begins as setpriv; the guard stands once that has become the sleeper.
            Deadline.in(PATIENCE).await("the child to sleep", () -> sleeps(child));
            parent.destroyForcibly();
            Deadline.in(PATIENCE).await("the end of the orphan", () -> gone(ProcessHandle.of(child)));
        }
    }

    /** A JVM with a child. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println(ChildProcess.start(command(Path.of(arguments[0]), "sleep", "600"))
                    .pid());
            new CountDownLatch(1).await();
        }
    }

    private static boolean sleeps(long pid) {
        Optional<String[]> arguments =
                ProcessHandle.of(pid).flatMap(process -> process.info().arguments());
        return arguments.isPresent() && List.of(arguments.get()).equals(List.of("600"));
    }

    private static boolean gone(Optional<ProcessHandle> process) {
        return process.isEmpty() || !process.get().isAlive();
    }

    private static ChildProcess.Command command(Path directory, String... arguments) {
        return new ChildProcess.Command(
                "the sleeper", List.of(), List.of(arguments), "KILL", directory, directory.resolve("child.log"));
    }
}
