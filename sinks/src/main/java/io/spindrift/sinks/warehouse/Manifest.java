package io.spindrift.sinks.warehouse;

import io.spindrift.sinks.commit.Commit;
import io.spindrift.sinks.stage.OperationCounts;
import io.spindrift.sinks.stage.StagedFile;
import java.util.stream.Collectors;

/** A commit's content as the ledger keeps it, in JSON. */
final class Manifest {

    private Manifest() {}

    /** {@code {"USERS":{"r":0,"c":12,"u":3,"d":1,"t":0},…}} */
    static String tableCounts(Commit commit) {
        return commit.filesByTable().entrySet().stream()
                .map(table -> {
                    OperationCounts counts = StagedFile.counts(table.getValue());
                    return "%s:{\"r\":%d,\"c\":%d,\"u\":%d,\"d\":%d,\"t\":%d}"
                            .formatted(
                                    quoted(table.getKey().value()),
                                    counts.reads(),
                                    counts.creates(),
                                    counts.updates(),
                                    counts.deletes(),
                                    counts.truncates());
                })
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** {@code [{"path":"shop/7/12/USERS/…","rows":15,"bytes":812},…]} */
    static String files(Commit commit) {
        return commit.files().stream()
                .map(file -> "{\"path\":%s,\"rows\":%d,\"bytes\":%d}"
                        .formatted(quoted(file.path()), file.rows(), file.bytes()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** Names of tables and paths have no control characters. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
