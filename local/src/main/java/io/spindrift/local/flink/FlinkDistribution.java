package io.spindrift.local.flink;

import io.spindrift.local.process.LocalStackException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the build has left for a cluster: Flink with what stands in its lib/, and the job's jar.
 *
 * @param classPath Flink, its logger and the Snowflake driver
 * @param logging log4j2's configuration
 * @param jobJar the job with its libraries, without those of the class path
 */
public record FlinkDistribution(List<String> classPath, Path logging, Path jobJar) {
    public FlinkDistribution {
        classPath = List.copyOf(classPath);
    }

    /**
     * @param home the repository, built
     * @throws LocalStackException when the build has left nothing there
     */
    public static FlinkDistribution ofBuild(Path home) {
        Path target = home.resolve("jobs").resolve("target");
        List<String> bundled = entries(target.resolve("runtime.classpath"));
        // What the job needs to compile and does not bring along is what a cluster brings, and the YAML reader is in
        // both.
        List<String> brought = entries(target.resolve("compile.classpath")).stream()
                .filter(jar -> !bundled.contains(jar) || jar.contains("snakeyaml-engine"))
                .toList();
        return new FlinkDistribution(
                brought, home.resolve("flink-conf").resolve("log4j2-console.properties"), jobJar(target));
    }

    private static List<String> entries(Path file) {
        try {
            return Arrays.asList(Files.readString(file).strip().split(File.pathSeparator));
        } catch (IOException e) {
            throw new LocalStackException("no %s: build the jobs module first (mvn package)".formatted(file), e);
        }
    }

    private static Path jobJar(Path target) {
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("spindrift-jobs-.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new LocalStackException(
                            "no jar in %s: build the jobs module (mvn package)".formatted(target)));
        } catch (IOException e) {
            throw new LocalStackException("cannot read " + target, e);
        }
    }
}
