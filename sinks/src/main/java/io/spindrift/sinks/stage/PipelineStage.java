package io.spindrift.sinks.stage;

import io.spindrift.sinks.model.TableName;
import io.spindrift.sinks.model.TableShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HexFormat;

/**
 * A pipeline's part of the internal stage: {@code <pipeline>/<epoch>/<checkpoint>/<table>/<shape>/<file>}. Epoch and checkpoint are there
 * for people, and for removing whole directories. They identify nothing: a checkpoint's number comes again after a restore, and whoever
 * lost the pipeline while it started reads its successor's epoch. The files' own names differ always.
 *
 * <p>Used by several threads.
 */
final class PipelineStage {

    private static final long UNREAD = -1;

    private final String pipeline;
    private long epoch = UNREAD;

    /** @param pipeline letters, digits, '-' and '_' */
    PipelineStage(String pipeline) {
        this.pipeline = pipeline;
    }

    /**
     * Moves a local file into the stage. Not before the writer's first barrier: only then the epoch is this attempt's.
     *
     * @param checkpoint that the file is likely for
     */
    StagedFile put(LocalFile file, TableShape shape, long checkpoint, FileUploader uploader) throws IOException {
        String directory = directory(pipeline, epoch(uploader), checkpoint, shape);
        uploader.upload(file.path(), directory);
        Files.delete(file.path());
        return StagedFile.of(shape, directory + file.path().getFileName(), file.bytes(), file.rows());
    }

    /** Asked for once: the first upload does, all others wait for it. */
    private synchronized long epoch(FileUploader uploader) throws IOException {
        if (epoch == UNREAD) {
            epoch = uploader.epoch();
        }
        return epoch;
    }

    static String directory(String pipeline, long epoch, long checkpoint, TableShape shape) {
        return pipeline + "/" + epoch + "/" + checkpoint + "/" + directoryName(shape.table()) + "/"
                + HexFormat.of().toHexDigits(shape.fingerprint()) + "/";
    }

    /** Stage paths keep to letters, digits, '-' and '_'; anything else is written as its hexadecimal UTF-8 bytes behind '='. */
    static String directoryName(TableName table) {
        StringBuilder name = new StringBuilder();
        for (byte b : table.value().getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' || b == '-';
            name.append(plain ? String.valueOf((char) b) : "=%02X".formatted(b));
        }
        return name.toString();
    }
}
