package io.spindrift.local.registry;

import io.spindrift.local.process.LocalStackException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the build unpacked the registry's programs: local/target/registry in the project's directory. */
record RegistryDistribution(Path directory, Path runner) {
    private static final String IN_PROJECT = "local/target/registry";

    /** Looks in -Dspindrift.home, then upward from this class's own place, then upward from the working directory. */
    static RegistryDistribution locate() {
        Set<Path> tried = new LinkedHashSet<>();
        String home = System.getProperty("spindrift.home");
        if (home != null) {
            tried.add(Path.of(home).toAbsolutePath().normalize());
        } else {
            addUpward(tried, codeSource());
            addUpward(tried, Path.of("").toAbsolutePath());
        }
        for (Path root : tried) {
            Path runner = runnerIn(root.resolve(IN_PROJECT));
            if (runner != null) {
                return new RegistryDistribution(root.resolve(IN_PROJECT), runner);
            }
        }
        throw new LocalStackException(
                "no schema registry in %s below any of %s; build it with 'mvn -pl local process-resources' or set -Dspindrift.home"
                        .formatted(IN_PROJECT, tried));
    }

    private static void addUpward(Set<Path> roots, @Nullable Path from) {
        for (Path path = from; path != null; path = path.getParent()) {
            roots.add(path);
        }
    }

    private static @Nullable Path codeSource() {
        CodeSource source = RegistryDistribution.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Path runnerIn(Path directory) {
        if (!Files.isDirectory(directory)) {
            return null;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*-runner.jar")) {
            Iterator<Path> jars = found.iterator();
            return jars.hasNext() ? jars.next() : null;
        } catch (IOException e) {
            return null;
        }
    }
}
