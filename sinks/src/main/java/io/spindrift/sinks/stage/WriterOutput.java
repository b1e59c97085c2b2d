package io.spindrift.sinks.stage;

import java.util.List;

/**
 * What one writer made between two checkpoints: exactly one a writer and checkpoint, also when it made no file.
 *
 * @param watermarkMillis the event time up to which this writer has seen everything, ms since 1970 UTC; {@link Long#MIN_VALUE}: none yet
 */
public record WriterOutput(List<StagedFile> files, long watermarkMillis) {

    public WriterOutput {
        files = List.copyOf(files);
    }
}
