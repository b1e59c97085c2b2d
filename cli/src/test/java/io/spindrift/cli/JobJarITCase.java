package io.spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.jobs.StateContents;
import io.spindrift.local.flink.FlinkDistribution;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What the jar for clusters holds: the job and its libraries, and nothing of what Flink's lib/ brings. */
class JobJarITCase {

    private static final Path HOME =
            Path.of(System.getProperty("spindrift.home")).toAbsolutePath().normalize();

    /** Unlisted classes are a library that came along unasked: list it, or leave it out. */
    private static final Set<String> PACKAGES = new TreeSet<>(Set.of(
            "com.fasterxml.jackson",
            "com.github.luben",
            "com.google.common",
            "com.google.errorprone",
            "com.google.j2objc",
            "com.google.thirdparty",
            "com.zaxxer.hikari",
            "io.debezium",
            "io.spindrift.jobs",
            "io.spindrift.sinks",
            "javax.annotation",
            "net.jpountz.lz4",
            "net.jpountz.util",
            "net.jpountz.xxhash",
            "org.apache.commons",
            "org.apache.flink.avro",
            "org.apache.flink.cdc",
            "org.apache.flink.connector",
            "org.apache.flink.formats",
            "org.apache.flink.streaming",
            "org.apache.kafka",
            "org.checkerframework",
            "org.jspecify.annotations",
            "org.postgresql",
            "org.snakeyaml.engine",
            "org.xerial.snappy",
            "org.yaml.snakeyaml"));

    private static final Pattern SIGNATURE = Pattern.compile("META-INF/.*\\.(SF|RSA|DSA|EC)");

    @Test
    void theJarHoldsTheJobAndItsLibrariesAlone() throws Exception {
        Path jar = FlinkDistribution.ofBuild(HOME).jobJar();
        Set<String> strangers = new TreeSet<>();
        Set<String> seen = new TreeSet<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("io.spindrift.jobs.SpindriftJob");
            for (ZipEntry entry : file.stream().toList()) {
                String name = entry.getName();
                assertThat(name).doesNotMatch(SIGNATURE);
                assertThat(name).isNotEqualTo("log4j2.xml").isNotEqualTo("log4j2.properties");
                if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
                    String dotted = name.replace('/', '.');
                    PACKAGES.stream()
                            .filter(known -> dotted.startsWith(known + "."))
                            .findFirst()
                            .ifPresentOrElse(seen::add, () -> strangers.add(dotted));
                }
            }
        }
        assertThat(strangers).isEmpty();
        assertThat(seen).as("what is listed is there").isEqualTo(PACKAGES);
        assertThat(StateContents.ofJar(jar)).isEqualTo(StateContents.ofThisBuild());
    }
}
