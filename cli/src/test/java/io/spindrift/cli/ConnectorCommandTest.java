package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line of {@code bin/spindrift connector}; what it does stands in {@link ConnectorLifecycle}. */
class ConnectorCommandTest {

    private final Path directory;

    ConnectorCommandTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private record Answer(int exitCode, String text) {}

    private static Answer connector(String... arguments) {
        StringWriter text = new StringWriter();
        String[] all = new String[arguments.length + 1];
        all[0] = "connector";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        int exitCode = Main.commandLine()
                .setOut(new PrintWriter(text, true))
                .setErr(new PrintWriter(text, true))
                .execute(all);
        return new Answer(exitCode, text.toString());
    }

    @Test
    void whereConnectIsMustBeSaid() {
        Answer answer = connector("status");
        assertThat(answer.exitCode()).isEqualTo(2);
        assertThat(answer.text()).contains("where is Connect? Give --connect, or source.connect.url in --config");
    }

    @Test
    void credentialsInTheUrlAreRefusedAndNotShown() {
        Answer answer = connector("restart", "--connect", "http://me:hunter2@connect:8083");
        assertThat(answer.exitCode()).isEqualTo(2);
        assertThat(answer.text())
                .contains("--connect must be an http or https URL, without credentials")
                .doesNotContain("hunter2");
    }

    @Test
    void aFileWithProblemsIsExplainedBeforeAnybodyIsAsked() throws Exception {
        Path file = Files.writeString(directory.resolve("x.json"), "{\"name\": \"shop\", \"config\": {}}");
        Answer answer = connector("deploy", "--connect", "http://127.0.0.1:9", "--file", file.toString());
        assertThat(answer.exitCode()).isEqualTo(2);
        assertThat(answer.text().strip())
                .isEqualTo("1 problem in %s:\n  - 'connector.class' is missing".formatted(file));
    }

    @Test
    void aConnectThatIsNotThereIsSaid() {
        Answer answer = connector("delete", "--connect", "http://127.0.0.1:9", "--name", "shop", "--yes");
        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.text()).contains("spindrift: Connect at http://127.0.0.1:9 cannot be reached");
    }

    @Test
    void aSourceThatIsNoPostgresIsRefused() {
        Answer answer = connector(
                "delete",
                "--connect",
                "http://127.0.0.1:9",
                "--name",
                "shop",
                "--drop-slot",
                "--source",
                "jdbc:mysql://db/shop");
        assertThat(answer.exitCode()).isEqualTo(2);
        assertThat(answer.text()).contains("--source must begin with jdbc:postgresql:");
    }
}
