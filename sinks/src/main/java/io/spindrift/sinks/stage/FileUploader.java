package io.spindrift.sinks.stage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Puts local files into the internal stage. */
public interface FileUploader extends Closeable {

    /**
     * Uploads the file under its own name; uploading the same file again is harmless.
     *
     * @param directory within the stage, ending in a slash
     * @throws IOException when the stage could not be reached or refused, after retries
     */
    void upload(Path file, String directory) throws IOException;
}
