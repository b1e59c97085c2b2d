package io.spindrift.sinks.stage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Puts a pipeline's local files into the internal stage. */
public interface FileUploader extends Closeable {

    /**
     * The pipeline's epoch as the ledger has it. From the first barrier on that is the epoch of this attempt's own committer, or of one
     * that has taken the pipeline over since: barriers come when every task runs, and a committer raises the epoch before it runs.
     *
     * @throws IOException when the warehouse could not be reached, after retries, or the pipeline is not set up
     */
    long epoch() throws IOException;

    /**
     * Uploads the file under its own name; uploading the same file again is harmless.
     *
     * @param directory within the stage, ending in a slash
     * @throws IOException when the stage could not be reached or refused, after retries
     */
    void upload(Path file, String directory) throws IOException;
}
