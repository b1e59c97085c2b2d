package io.spindrift.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the Dockerfile copies, after the modules before this one are packaged. */
final class ImageITCase {

    @Test
    void everySourceIsThere() throws IOException {
        for (String line : ImageTest.lines("Dockerfile")) {
            if (line.startsWith("COPY ")) {
                assertThat(matching(line.split(" ")[1])).as(line).isNotEmpty();
            }
        }
    }

    /** A file's name as the target takes exactly one source. The driver in both places would be two drivers. */
    @Test
    void theJobIsOneJarWithoutTheDriver() throws IOException {
        List<Path> jars = matching("jobs/target/spindrift-jobs-*.jar");
        assertThat(jars).hasSize(1);
        try (JarFile job = new JarFile(jars.get(0).toFile())) {
            assertThat(job.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("io.spindrift.jobs.SpindriftJob");
            assertThat(job.stream().map(entry -> entry.getName()))
                    .contains("io/spindrift/jobs/SpindriftJob.class")
                    .noneMatch(name -> name.startsWith("net/snowflake/client/")
                            || name.startsWith("org/apache/flink/streaming/api/environment/"));
        }
    }

    private static List<Path> matching(String pattern) throws IOException {
        Path source = Path.of("..").resolve(pattern);
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + source);
        try (Stream<Path> files = Files.list(source.getParent())) {
            return files.filter(matcher::matches).toList();
        }
    }
}
