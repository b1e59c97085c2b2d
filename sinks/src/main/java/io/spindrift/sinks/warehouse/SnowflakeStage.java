package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.stage.FileUploader;
import java.io.IOException;
import java.nio.file.Path;

/** The internal stage, written by PUT. Repeating a PUT overwrites the same name with the same bytes. */
public final class SnowflakeStage implements FileUploader {

    private final SessionKeeper sessions;

    public SnowflakeStage(WarehouseOptions options) {
        this.sessions = new SessionKeeper(() -> Session.open(options), SessionKeeper.Retry.DEFAULT);
    }

    @Override
    public void upload(Path file, String directory) throws IOException {
        String name = String.valueOf(file.getFileName());
        String put = Statements.put(file.toAbsolutePath().toString(), directory);
        String status = sessions.run(
                "upload of " + directory + name,
                session -> session.query(put, row -> row.getString("status")).get(0));
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
