package io.spindrift.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.junit.jupiter.api.Test;

/** The Dockerfile as it is written: no container engine runs here. What it copies is looked at in ImageITCase. */
final class ImageTest {

    private static final Path ROOT = Path.of("..");

    static List<String> lines(String file) throws IOException {
        return Files.readAllLines(ROOT.resolve(file)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    @Test
    void nothingIsRunOrFetched() throws IOException {
        assertThat(lines("Dockerfile"))
                .allMatch(line -> line.matches("(ARG|FROM|LABEL|COPY|USER) .*| +org\\.opencontainers\\..*"))
                .noneMatch(line -> line.contains("://"))
                .endsWith("USER flink");
    }

    @Test
    void theBuildSeesWhatItCopiesAndNothingElse() throws IOException {
        List<String> copied = lines("Dockerfile").stream()
                .filter(line -> line.startsWith("COPY "))
                .map(line -> "!" + line.split(" ")[1])
                .toList();
        assertThat(lines(".dockerignore")).first().isEqualTo("*");
        assertThat(lines(".dockerignore").subList(1, copied.size() + 1)).containsExactlyElementsOf(copied);
        assertThat(lines(".dockerignore")).hasSize(copied.size() + 1);
    }

    /** Of the versions that the job is built with: the driver's is the pom's, the layout's that of Flink's log4j. */
    @Test
    void flinksLibGetsTheDriverAndTheLayout() throws IOException {
        try (Stream<Path> lib = Files.list(Path.of("target/flink-lib"))) {
            assertThat(lib.map(jar -> jar.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "snowflake-jdbc-" + property("snowflake.jdbc.version") + ".jar",
                            "log4j-layout-template-json-" + property("log4j.version") + ".jar");
        }
        assertThat(jarOnTheClassPath("log4j-core")).endsWith("log4j-core-" + property("log4j.version") + ".jar");
    }

    @Test
    void aLogLineIsOneJsonObject() throws IOException {
        try (LoggerContext context = new LoggerContext(
                "cluster",
                null,
                ROOT.resolve("flink-conf/log4j-console.properties").toUri())) {
            context.start();
            SortedArrayStringMap job = new SortedArrayStringMap();
            job.putValue("flink-job-id", "a1b2");
            Log4jLogEvent event = Log4jLogEvent.newBuilder()
                    .setLoggerName("io.spindrift.sinks.Committer")
                    .setLevel(Level.WARN)
                    .setMessage(new SimpleMessage("two\nlines"))
                    .setThrown(new IllegalStateException("refused"))
                    .setContextData(job)
                    .build();
            String line = new String(
                    context.getConfiguration()
                            .getAppender("Console")
                            .getLayout()
                            .toByteArray(event),
                    StandardCharsets.UTF_8);

            assertThat(line.strip()).doesNotContain("\n");
            JsonNode json = new ObjectMapper().readTree(line);
            assertThat(json.path("message").asText()).isEqualTo("two\nlines");
            assertThat(json.path("log.level").asText()).isEqualTo("WARN");
            assertThat(json.path("log.logger").asText()).isEqualTo("io.spindrift.sinks.Committer");
            assertThat(json.path("flink-job-id").asText()).isEqualTo("a1b2");
            assertThat(json.path("error.type").asText()).isEqualTo("java.lang.IllegalStateException");
            assertThat(json.path("error.stack_trace").asText()).contains("aLogLineIsOneJsonObject");
            assertThat(json.has("@timestamp")).isTrue();
        }
    }

    private static String property(String name) throws IOException {
        var matcher = Pattern.compile("<" + Pattern.quote(name) + ">(.*)</")
                .matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(matcher.find()).as(name).isTrue();
        return matcher.group(1);
    }

    private static String jarOnTheClassPath(String name) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.contains("/" + name + "-"))
                .findFirst()
                .orElseThrow();
    }
}
