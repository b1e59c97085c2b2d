package io.spindrift.cli.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectorFileTest {

    private final Path file;

    ConnectorFileTest(@TempDir Path directory) {
        file = directory.resolve("x.json");
    }

    private ConnectorFile read(String json, String... name) throws IOException, ConnectorProblems {
        Files.writeString(file, json);
        return ConnectorFile.read(file, Optional.ofNullable(name.length == 0 ? null : name[0]));
    }

    @Test
    void bothFormsAreRead() throws Exception {
        ConnectorFile named = read("""
                {"name": "shop", "config": {"connector.class": "C", "tasks.max": 1, "database.password": "${env:P}"}}""");
        assertThat(named.name()).isEqualTo("shop");
        assertThat(named.config())
                .containsEntry("tasks.max", "1")
                .containsEntry("name", "shop")
                .containsEntry("database.password", "${env:P}");
        assertThat(read("{\"connector.class\": \"C\", \"name\": \"bare\"}").name())
                .isEqualTo("bare");
        assertThat(read("{\"name\": \"a\", \"config\": {\"connector.class\": \"C\", \"name\": \"a\"}}", "b")
                        .config())
                .containsEntry("name", "b");
    }

    @Test
    void everyProblemIsToldAndNoSecret() {
        assertThatThrownBy(() -> read("""
                        {"config": {"database.password": "hunter2", "sasl.jaas.config": "x password='hunter2'", "a": {}, "b": null},
                         "tags": 1}"""))
                .isInstanceOf(ConnectorProblems.class)
                .hasMessageStartingWith("7 problems in " + file)
                .hasMessageContaining("'database.password' is given in clear: write ${file:/path:key} or ${env:NAME}")
                .hasMessageContaining("'sasl.jaas.config' is given in clear")
                .hasMessageContaining("'a' is OBJECT")
                .hasMessageContaining("'b' is NULL")
                .hasMessageContaining("unknown key 'tags'")
                .hasMessageContaining("give --name")
                .hasMessageContaining("'connector.class' is missing")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void aSettingThatIsGivenTwiceIsAProblem() {
        assertThatThrownBy(() -> read("{\"name\": \"a\", \"config\": {\"x\": \"1\", \"x\": \"2\"}}"))
                .isInstanceOf(ConnectorProblems.class)
                .hasMessageContaining("it is not JSON: line 1, column ")
                .hasMessageContaining("Duplicate field 'x'");
    }

    @Test
    void aFileThatIsNotThereIsAProblem() {
        assertThatThrownBy(() -> ConnectorFile.read(file.resolveSibling("none.json"), Optional.empty()))
                .isInstanceOf(ConnectorProblems.class)
                .hasMessageContaining("it cannot be read");
    }
}
