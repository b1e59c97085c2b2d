package io.spindrift.sinks.stage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A local directory of one writer's own. Its file names, {@code <writer>-<n>-<attempt>.csv.zst}, are also those in the stage: the attempt is
 * random, so none of them is ever used twice.
 */
public final class SpillDirectory implements Closeable {

    private final Path directory;
    private final String writer;
    private final UUID attempt;
    private long files;

    SpillDirectory(Path directory, String writer, UUID attempt) {
        this.directory = directory;
        this.writer = writer;
        this.attempt = attempt;
    }

    /** Makes one among the JVM's temporary files ({@code java.io.tmpdir}): Flink does not tell a sink's writer its own directories. */
    public static SpillDirectory create(String pipeline, String writer, UUID attempt) throws IOException {
        return new SpillDirectory(Files.createTempDirectory("spindrift-" + pipeline + "-"), writer, attempt);
    }

    /** Of {@link SpillLog}. */
    Path log() {
        return directory.resolve("spill.log");
    }

    Path nextFile() {
        return directory.resolve(writer + "-" + files++ + "-" + attempt + ".csv.zst");
    }

    /** Removes the directory and whatever is left in it. */
    @Override
    public void close() throws IOException {
        if (Files.exists(directory)) {
            try (DirectoryStream<Path> left = Files.newDirectoryStream(directory)) {
                for (Path file : left) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }
}
