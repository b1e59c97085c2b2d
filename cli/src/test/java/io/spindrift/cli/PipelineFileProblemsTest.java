package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever command reads it: every problem is listed, exit code 2, nothing is begun. */
class PipelineFileProblemsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check",
                "connector status",
                "health",
                "sweep --table ORDERS",
                "dead-letters list",
                "stopped-tables list",
                "stopped-tables resume --table ORDERS",
                "accept gap --topic t --partition 0 --up-to 1",
                "accept topic --topic t",
                "sql SELECT"
            })
    void areListedByEachCommand(String command, @TempDir Path directory) throws Exception {
        Path config = Files.writeString(
                directory.resolve("pipeline.yaml"), "source: {topics: a, mistyped: 1}\npipeline: {parallelism: 0}\n");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(Stream.concat(Stream.of(command.split(" ")), Stream.of("--config", config.toString()))
                        .toArray(String[]::new));
        assertThat(exitCode).as(err.toString()).isEqualTo(2);
        assertThat(err.toString())
                .contains("mistyped", "bootstrap-servers", "parallelism")
                .doesNotContain("spindrift:");
        assertThat(out.toString()).isEmpty();
    }
}
