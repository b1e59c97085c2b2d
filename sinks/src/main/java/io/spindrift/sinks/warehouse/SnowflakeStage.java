package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.stage.FileUploader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The internal stage of a pipeline, written by PUT. Repeating a PUT overwrites the same name with the same bytes. */
public final class SnowflakeStage implements FileUploader {

    private static final Duration SHORTEST_UPLOAD_LIMIT = Duration.ofSeconds(60);

    /** Bytes a second. Whoever has less cannot work with files of the default size. */
    private static final long SLOWEST_UPLOAD = 256 << 10;

    private final String pipeline;
    private final SessionKeeper sessions;

    public SnowflakeStage(String pipeline, WarehouseOptions options) {
        this.pipeline = pipeline;
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    @Override
    public long epoch() throws IOException {
        List<Long> epochs = sessions.run(
                "look-up of pipeline " + pipeline,
                session -> session.query(Statements.SELECT_EPOCH, row -> row.getLong(1), pipeline));
        if (epochs.size() != 1) {
            throw new IOException(
                    "pipeline %s has %d rows in SPINDRIFT.PIPELINES, not 1: its committer has not set it up, or another one is left"
                            .formatted(pipeline, epochs.size()));
        }
        return epochs.get(0);
    }

    @Override
    public void upload(Path file, String directory) throws IOException {
        String name = String.valueOf(file.getFileName());
        String put = Statements.put(file.toAbsolutePath().toString(), directory);
        Duration limit = SHORTEST_UPLOAD_LIMIT.plusSeconds(Files.size(file) / SLOWEST_UPLOAD);
        String status = sessions.run(
                "upload of " + directory + name,
                session -> BoundedCall.within(limit, () -> session.query(put, row -> row.getString("status"))
                        .get(0)));
        if (!"UPLOADED".equals(status)) {
            throw new IOException(
                    "upload of %s%s ended with status %s, not UPLOADED".formatted(directory, name, status));
        }
    }

    @Override
    public void close() {
        sessions.close();
    }
}
