package io.spindrift.sinks.stage;

import java.nio.file.Path;

/**
 * A finished CSV.zst file on the local disk, on its way into the stage under the same name.
 *
 * @param bytes compressed size
 */
record LocalFile(Path path, long bytes, RowSummary rows) {}
